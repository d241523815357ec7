// GridSample: images sampled at positions that a tensor gives.
#pragma once

#include "ops/op_def.h"

#include <array>
#include <cstdint>
#include <span>

namespace tenon::internal {

enum class GridSampleMode : uint8_t { kNearest, kLinear, kCubic };
template <>
struct EnumNames<GridSampleMode> {
  static constexpr std::array names = {"nearest", "linear", "cubic"};
};

// What lies outside of the image: zeros, the pixels at its border, or its mirror image.
enum class GridSamplePadding : uint8_t { kZeros, kBorder, kReflection };
template <>
struct EnumNames<GridSamplePadding> {
  static constexpr std::array names = {"zeros", "border", "reflection"};
};

struct GridSampleAttrs {
  // Whether -1 and 1 are the middles of the first and the last pixel, or their outer ends.
  bool align_corners = false;
  GridSampleMode mode = GridSampleMode::kLinear;
  GridSamplePadding padding_mode = GridSamplePadding::kZeros;
  bool operator==(const GridSampleAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("align_corners", self.align_corners);
    field("mode", self.mode);
    field("padding_mode", self.padding_mode);
  }
};

// Operands of floating types: x[N, C, D1, ..., Dk], grid[N, O1, ..., Ok, k], whose vectors are
// positions from -1 to 1 along Dk, ..., D1, the innermost axis first. The result is
// [N, C, O1, ..., Ok]. Rounds halves to even; the cubic filter has a coefficient of -0.75.
std::span<const OpDef* const> grid_sample_ops();

}  // namespace tenon::internal
