// Loops over several tensors at once, each with its own strides.
#pragma once

#include <algorithm>
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

// Calls body(index) for iterations [begin, end) in order, with `offsets` as offsets_at() has them.
template <class Body>
void for_iterations(std::span<const LoopAxis> axes, int64_t begin, int64_t end,
                    std::span<int64_t> offsets, const Body& body) {
  const int64_t inner = axes.empty() ? 1 : axes.back().extent;
  while (begin < end) {
    offsets_at(axes, begin, offsets);
    // Along the innermost axis one step is like the next.
    const int64_t stop = std::min(end, begin + inner - begin % inner);
    for (; begin < stop; ++begin) {
      body(begin);
      if (axes.empty()) continue;
      for (size_t i = 0; i < offsets.size(); ++i) offsets[i] += axes.back().strides[i];
    }
  }
}

}  // namespace tenon::internal
