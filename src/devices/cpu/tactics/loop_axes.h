// Loops over several tensors at once, each with its own strides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

struct LoopAxis {
  int64_t extent = 1;
  // One for each tensor, in units of the caller's; 0 where the tensor repeats.
  std::vector<int64_t> strides;
  bool operator==(const LoopAxis&) const = default;
};

// The same loops, outermost first, with as few axes as that takes: without extents of 1, and with
// neighbours made one where every tensor passes over both evenly. At least one axis.
std::vector<LoopAxis> merge_axes(std::span<const LoopAxis> axes);

// Product of the extents.
int64_t iterations(std::span<const LoopAxis> axes);

// Where each tensor is in iteration `index`: sums of position times stride.
void offsets_at(std::span<const LoopAxis> axes, int64_t index, std::span<int64_t> offsets);

}  // namespace tenon::internal
