// Resize: resampling along any axes, to the nearest neighbour or with linear or cubic weights.
#pragma once

#include "ops/op_def.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

enum class ResizeMode : uint8_t { kNearest, kLinear, kCubic };
template <>
struct EnumNames<ResizeMode> {
  static constexpr std::array names = {"nearest", "linear", "cubic"};
};

// Which position of the operand a position of the result stands for.
enum class ResizeCoordinates : uint8_t {
  kHalfPixel,
  kHalfPixelSymmetric,
  kPytorchHalfPixel,
  kAlignCorners,
  kAsymmetric,
  kTfHalfPixelForNn,
  kTfCropAndResize,
};
template <>
struct EnumNames<ResizeCoordinates> {
  static constexpr std::array names = {
      "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
      "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize",
  };
};

// What makes a position between two neighbours one of them.
enum class ResizeRounding : uint8_t { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil };
template <>
struct EnumNames<ResizeRounding> {
  static constexpr std::array names = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
};

// Whether sizes are extents, or bounds within which the axes keep their proportions.
enum class ResizeAspect : uint8_t { kStretch, kNotLarger, kNotSmaller };
template <>
struct EnumNames<ResizeAspect> {
  static constexpr std::array names = {"stretch", "not_larger", "not_smaller"};
};

// ONNX's attributes, and those of its operands that are constants: `scales` has a value for each of
// `axes` (all axes where that is empty), `roi` the beginnings for each of them and then the ends.
struct ResizeAttrs {
  bool antialias = false;
  std::vector<int64_t> axes = {};
  ResizeCoordinates coordinates = ResizeCoordinates::kHalfPixel;
  float cubic_coeff_a = -0.75F;
  bool exclude_outside = false;
  float extrapolation_value = 0;
  ResizeAspect aspect = ResizeAspect::kStretch;
  ResizeMode mode = ResizeMode::kNearest;
  ResizeRounding rounding = ResizeRounding::kRoundPreferFloor;
  std::vector<float> roi = {};
  std::vector<float> scales = {};
  bool operator==(const ResizeAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("antialias", self.antialias);
    field("axes", self.axes);
    field("coordinate_transformation_mode", self.coordinates);
    field("cubic_coeff_a", self.cubic_coeff_a);
    field("exclude_outside", self.exclude_outside);
    field("extrapolation_value", self.extrapolation_value);
    field("keep_aspect_ratio_policy", self.aspect);
    field("mode", self.mode);
    field("nearest_mode", self.rounding);
    field("roi", self.roi);
    field("scales", self.scales);
  }
};

// What becomes of one axis.
struct ResizedAxis {
  Dim output;
  // Of the result to the operand; none: the quotient of the extents.
  std::optional<float> scale = std::nullopt;
  // The part of the axis that is resized, from 0 to 1.
  float roi_begin = 0;
  float roi_end = 1;
};

// All axes of the operands `in`: x, and the sizes unless the attributes have scales. An extent is
// floor(extent * scale) in f32, as ONNX has it. Errors: InvalidArgument for attributes and operands
// that do not belong together; Unsupported where an extent cannot be expressed: a symbolic dim
// times a scale that is not a fraction of small numbers, or with kept proportions.
Result<std::vector<ResizedAxis>> resized_axes(const ResizeAttrs& attrs,
                                              std::span<const ValueInfo> in);

// Operands: x of rank 1 or more, optionally sizes. Interpolation takes floating types and integers
// of 8 to 32 bits (rounded to nearest, halves to even), nearest neighbours are of any type.
std::span<const OpDef* const> resize_ops();

}  // namespace tenon::internal
