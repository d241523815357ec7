#include "devices/cpu/tactics/loop_axes.h"

#include <algorithm>

namespace tenon::internal {
namespace {

// Whether `outer` goes on where `inner` ends, for every tensor.
bool continues(const LoopAxis& outer, const LoopAxis& inner) {
  for (size_t i = 0; i < inner.strides.size(); ++i) {
    if (outer.strides[i] != inner.strides[i] * inner.extent) return false;
  }
  return true;
}

}  // namespace

std::vector<LoopAxis> merge_axes(std::span<const LoopAxis> axes) {
  std::vector<LoopAxis> merged;
  for (const LoopAxis& axis : axes) {
    if (axis.extent == 1) continue;
    if (!merged.empty() && continues(merged.back(), axis)) {
      merged.back() = {merged.back().extent * axis.extent, axis.strides};
    } else {
      merged.push_back(axis);
    }
  }
  if (merged.empty()) {
    const size_t tensors = axes.empty() ? 0 : axes.front().strides.size();
    merged.push_back({1, std::vector<int64_t>(tensors, 0)});
  }
  return merged;
}

int64_t iterations(std::span<const LoopAxis> axes) {
  int64_t count = 1;
  for (const LoopAxis& axis : axes) count *= axis.extent;
  return count;
}

void offsets_at(std::span<const LoopAxis> axes, int64_t index, std::span<int64_t> offsets) {
  std::ranges::fill(offsets, 0);
  for (size_t i = axes.size(); i-- > 0;) {
    const int64_t position = index % axes[i].extent;
    index /= axes[i].extent;
    for (size_t k = 0; k < offsets.size(); ++k) offsets[k] += position * axes[i].strides[k];
  }
}

}  // namespace tenon::internal
