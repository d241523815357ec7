#include "ops/roi_pool.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr int64_t kMaxExtent = std::numeric_limits<int32_t>::max();
// Along an axis of a bin: regions may be as large as numbers are, but images are not.
constexpr int64_t kMaxSamples = 1 << 16;

// Images, regions and the image of each, to bins of that height and width.
Result<std::vector<ValueInfo>> infer_bins(std::span<const ValueInfo> in, int64_t height,
                                          int64_t width) {
  TRY_STATUS(require_floating(in[0].type));
  TRY_STATUS(require_same_types(in.first(2)));
  TRY_STATUS(require_indices(in[2]));
  if (in[0].shape.size() != 4) {
    return invalid_argument("x {} must be [N, C, H, W]", to_string(in[0].shape));
  }
  if (in[1].shape.size() != 2 || certainly_differ(in[1].shape[1], 4) || in[2].shape.size() != 1 ||
      certainly_differ(in[2].shape[0], in[1].shape[0])) {
    return invalid_argument("regions {} and the images of each {} must be [R, 4] and [R]",
                            to_string(in[1].shape), to_string(in[2].shape));
  }
  if (std::min(height, width) < 1 || std::max(height, width) > kMaxExtent) {
    return invalid_argument("a region cannot be pooled to {} x {}", height, width);
  }
  return std::vector{
      ValueInfo{in[0].type, {in[1].shape[0], in[0].shape[1], height, width}, std::nullopt}};
}

Result<std::vector<ValueInfo>> infer_roi_align(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<RoiAlignAttrs>();
  if (attrs.sampling_ratio < 0 || attrs.sampling_ratio > kMaxSamples) {
    return invalid_argument("sampling_ratio={} is not from 0 to {}", attrs.sampling_ratio,
                            kMaxSamples);
  }
  return infer_bins(in, attrs.output_height, attrs.output_width);
}

Result<std::vector<ValueInfo>> infer_max_roi_pool(const Attrs& erased,
                                                  std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<MaxRoiPoolAttrs>();
  if (attrs.pooled_shape.size() != 2) {
    return invalid_argument("pooled_shape={} must be a height and a width",
                            to_string(to_symbolic(attrs.pooled_shape)));
  }
  return infer_bins(in, attrs.pooled_shape[0], attrs.pooled_shape[1]);
}

// The image of each region. Errors: InvalidArgument for one that there is not.
Result<std::vector<int64_t>> images_of(std::span<const ConstTensorView> in) {
  std::vector<int64_t> images = TRY(to_int64s(in[2]));
  TRY_STATUS(normalize_indices(images, in[0].shape[0]));
  return images;
}

// Bins of regions: calls pool(plane, region, y, x) for those of the result, with a plane of the
// region's image, and stores what it returns.
template <class T, class Pool>
void pool_bins(const ConstTensorView& in, std::span<const int64_t> images, const TensorView& out,
               ThreadPool& threads, const Pool& pool) {
  const int64_t channels = in.shape[1];
  const int64_t plane = in.shape[2] * in.shape[3];
  const int64_t height = out.shape[2];
  const int64_t width = out.shape[3];
  const T* const x = elements_of<T>(in).data();
  T* const y = elements_of<T>(out).data();
  threads.parallel_for(out.shape[0] * channels, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t region = i / channels;
      const int64_t image = images[static_cast<size_t>(region)];
      const T* const from = x + (image * channels + i % channels) * plane;
      for (int64_t bin = 0; bin < height * width; ++bin) {
        const double value = pool(from, region, bin / width, bin % width);
        y[i * height * width + bin] = store<T>(static_cast<ComputeType<T>>(value));
      }
    }
  });
}

// A region along one axis, and its bins.
struct AlignedAxis {
  int64_t extent;
  double begin;
  double bin;
  int64_t samples;

  double position(int64_t index, int64_t sample) const {
    return begin + static_cast<double>(index) * bin +
           (static_cast<double>(sample) + 0.5) * bin / static_cast<double>(samples);
  }
};

AlignedAxis aligned_axis(const RoiAlignAttrs& attrs, double first, double last, int64_t extent,
                         int64_t bins) {
  const bool half_pixel = attrs.coordinates == RoiCoordinates::kHalfPixel;
  const double begin = first * attrs.spatial_scale - (half_pixel ? 0.5 : 0);
  double length = last * attrs.spatial_scale - (half_pixel ? 0.5 : 0) - begin;
  if (!half_pixel) length = std::max(length, 1.0);
  const double bin = length / static_cast<double>(bins);
  if (!std::isfinite(begin) || !std::isfinite(bin)) return {extent, 0, 0, 0};
  const double pixels = std::clamp(std::ceil(bin), 0.0, static_cast<double>(kMaxSamples));
  const int64_t samples =
      attrs.sampling_ratio > 0 ? attrs.sampling_ratio : static_cast<int64_t>(pixels);
  return {extent, begin, bin, samples};
}

// The two pixels beside a position, and how far it is from the first to the second.
struct Neighbours {
  int64_t low = 0;
  int64_t high = 0;
  double towards_high = 0;
};

// False for a position outside of the image.
bool find_neighbours(double position, int64_t extent, Neighbours& found) {
  if (!(position >= -1 && position <= static_cast<double>(extent))) return false;
  const double inside = std::max(position, 0.0);
  found.low = std::min(static_cast<int64_t>(inside), extent - 1);
  found.high = std::min(found.low + 1, extent - 1);
  found.towards_high = found.high == found.low ? 0 : inside - static_cast<double>(found.low);
  return true;
}

template <class T>
double pool_aligned(const T* plane, const AlignedAxis& rows, const AlignedAxis& columns, int64_t y,
                    int64_t x, RoiAlignMode mode) {
  double sum = 0;
  double largest = -std::numeric_limits<double>::infinity();
  const auto add = [&](double part) {
    sum += part;
    largest = larger(largest, part);
  };
  for (int64_t i = 0; i < rows.samples; ++i) {
    Neighbours row;
    if (!find_neighbours(rows.position(y, i), rows.extent, row)) {
      add(0);
      continue;
    }
    const T* const low = plane + row.low * columns.extent;
    const T* const high = plane + row.high * columns.extent;
    const double down = row.towards_high;
    for (int64_t k = 0; k < columns.samples; ++k) {
      Neighbours column;
      if (!find_neighbours(columns.position(x, k), columns.extent, column)) {
        add(0);
        continue;
      }
      const double right = column.towards_high;
      add((1 - down) * (1 - right) * static_cast<double>(load(low[column.low])));
      add((1 - down) * right * static_cast<double>(load(low[column.high])));
      add(down * (1 - right) * static_cast<double>(load(high[column.low])));
      add(down * right * static_cast<double>(load(high[column.high])));
    }
  }
  const int64_t count = rows.samples * columns.samples;
  if (count == 0) return 0;
  return mode == RoiAlignMode::kMax ? largest : sum / static_cast<double>(count);
}

Status roi_align_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                           std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_roi_align, erased, in, out));
  const auto& attrs = erased.as<RoiAlignAttrs>();
  const std::vector<int64_t> images = TRY(images_of(in));
  const int64_t height = in[0].shape[2];
  const int64_t width = in[0].shape[3];
  if (height * width == 0 && tenon::element_count(out[0].shape) > 0) {
    return invalid_argument("images of {} have no pixels", tenon::to_string(in[0].shape));
  }
  std::vector<std::pair<AlignedAxis, AlignedAxis>> regions;
  for (int64_t i = 0; i < out[0].shape[0]; ++i) {
    const auto number = [&](int64_t k) { return element_as_double(in[1], i * 4 + k); };
    regions.emplace_back(aligned_axis(attrs, number(1), number(3), height, attrs.output_height),
                         aligned_axis(attrs, number(0), number(2), width, attrs.output_width));
  }
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    pool_bins<T>(in[0], images, out[0], pool,
                 [&](const T* plane, int64_t region, int64_t y, int64_t x) {
                   const auto& [rows, columns] = regions[static_cast<size_t>(region)];
                   return pool_aligned(plane, rows, columns, y, x, attrs.mode);
                 });
  });
}

// A region along one axis in pixels, and its bins.
struct PixelAxis {
  int64_t extent;
  double begin;
  double bin;

  // [begin, end) of a bin.
  std::pair<int64_t, int64_t> pixels(int64_t index) const {
    const auto inside = [this](double position) {
      // What is no number is not above 0 either.
      if (!(position > 0)) return int64_t{0};
      return static_cast<int64_t>(std::min(position, static_cast<double>(extent)));
    };
    return {inside(begin + std::floor(static_cast<double>(index) * bin)),
            inside(begin + std::ceil(static_cast<double>(index + 1) * bin))};
  }
};

PixelAxis pixel_axis(double first, double last, float scale, int64_t extent, int64_t bins) {
  const double begin = std::round(first * scale);
  const double length = std::max(std::round(last * scale) - begin + 1, 1.0);
  return {extent, begin, length / static_cast<double>(bins)};
}

template <class T>
double largest_pixel(const T* plane, const PixelAxis& rows, const PixelAxis& columns, int64_t y,
                     int64_t x) {
  const auto [top, bottom] = rows.pixels(y);
  const auto [left, right] = columns.pixels(x);
  if (top >= bottom || left >= right) return 0;
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t row = top; row < bottom; ++row) {
    for (int64_t column = left; column < right; ++column) {
      largest = larger(largest, static_cast<double>(load(plane[row * columns.extent + column])));
    }
  }
  return largest;
}

Status max_roi_pool_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                              std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_max_roi_pool, erased, in, out));
  const auto& attrs = erased.as<MaxRoiPoolAttrs>();
  const std::vector<int64_t> images = TRY(images_of(in));
  std::vector<std::pair<PixelAxis, PixelAxis>> regions;
  for (int64_t i = 0; i < out[0].shape[0]; ++i) {
    const auto number = [&](int64_t k) { return element_as_double(in[1], i * 4 + k); };
    regions.emplace_back(
        pixel_axis(number(1), number(3), attrs.spatial_scale, in[0].shape[2], out[0].shape[2]),
        pixel_axis(number(0), number(2), attrs.spatial_scale, in[0].shape[3], out[0].shape[3]));
  }
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    pool_bins<T>(in[0], images, out[0], pool,
                 [&](const T* plane, int64_t region, int64_t y, int64_t x) {
                   const auto& [rows, columns] = regions[static_cast<size_t>(region)];
                   return largest_pixel(plane, rows, columns, y, x);
                 });
  });
}

constexpr OpDef kMaxRoiPool = {.name = "MaxRoiPool",
                               .doc = "The largest pixels in the bins of regions of interest.",
                               .attrs = &attr_table<MaxRoiPoolAttrs>,
                               .min_inputs = 3,
                               .max_inputs = 3,
                               .outputs = 1,
                               .infer = infer_max_roi_pool,
                               .reference = max_roi_pool_reference};

constexpr OpDef kRoiAlign = {
    .name = "RoiAlign",
    .doc = "Averages, or maxima, of bilinear samples in the bins of regions of interest.",
    .attrs = &attr_table<RoiAlignAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_roi_align,
    .reference = roi_align_reference};

constexpr std::array<const OpDef*, 2> kOps = {&kMaxRoiPool, &kRoiAlign};

}  // namespace

std::span<const OpDef* const> roi_pool_ops() { return kOps; }

}  // namespace tenon::internal
