// Pooling over regions of interest, which are rectangles of images: RoiAlign and MaxRoiPool.
#pragma once

#include "ops/op_def.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

enum class RoiAlignMode : uint8_t { kAverage, kMax };
template <>
struct EnumNames<RoiAlignMode> {
  static constexpr std::array names = {"avg", "max"};
};

// Where a pixel's value stands: in its middle, or at its corner, where regions also have an extent
// of 1 at least.
enum class RoiCoordinates : uint8_t { kHalfPixel, kOutputHalfPixel };
template <>
struct EnumNames<RoiCoordinates> {
  static constexpr std::array names = {"half_pixel", "output_half_pixel"};
};

struct RoiAlignAttrs {
  RoiCoordinates coordinates = RoiCoordinates::kHalfPixel;
  RoiAlignMode mode = RoiAlignMode::kAverage;
  int64_t output_height = 1;
  int64_t output_width = 1;
  // Samples along each axis of a bin; 0: as many as it has pixels, rounded up.
  int64_t sampling_ratio = 0;
  // From the coordinates of regions to those of the image.
  float spatial_scale = 1;
  bool operator==(const RoiAlignAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("coordinate_transformation_mode", self.coordinates);
    field("mode", self.mode);
    field("output_height", self.output_height);
    field("output_width", self.output_width);
    field("sampling_ratio", self.sampling_ratio);
    field("spatial_scale", self.spatial_scale);
  }
};

struct MaxRoiPoolAttrs {
  std::vector<int64_t> pooled_shape;
  float spatial_scale = 1;
  bool operator==(const MaxRoiPoolAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("pooled_shape", self.pooled_shape);
    field("spatial_scale", self.spatial_scale);
  }
};

// Operands: images x[N, C, H, W] of a floating type; regions[R, 4] of the same type, as x1, y1, x2,
// y2; the image of each region, i64 or i32 [R]. The result is [R, C, height, width], with what is
// pooled in each of height x width bins of a region; an empty bin gives 0.
// - RoiAlign: the average of bilinear samples in a bin, or as ONNX has it, the largest of the
//   weighted neighbours of all samples. Outside of the image there are zeros.
// - MaxRoiPool: the corners of regions are pixels, which belong to them; bins may overlap.
std::span<const OpDef* const> roi_pool_ops();

}  // namespace tenon::internal
