#include "ops/resize.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/picked_copy.h"
#include "ops/resize_samples.h"
#include "ops/strided_copy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace tenon::internal {
namespace {

using InterpolatedTypes = TypeList<float, double, Float16, BFloat16, int8_t, uint8_t, int16_t,
                                   uint16_t, int32_t, uint32_t>;

constexpr OperandMask kHostInputs = 0b10;
// Larger extents, as a float, do not fit an int64_t after rounding.
constexpr int64_t kMaxSize = int64_t{1} << 62;

// Whether results are copies of elements, and not computed from them.
bool only_copies(const ResizeAttrs& attrs) {
  return attrs.mode == ResizeMode::kNearest &&
         attrs.coordinates != ResizeCoordinates::kTfCropAndResize;
}

// numerator / denominator, the second a power of two.
struct Fraction {
  int64_t numerator;
  int64_t denominator;
};

// A scale as a fraction so small that f32 holds its product with every extent up to 2^16 exactly:
// exact arithmetic on such an extent gives what ONNX's in f32 does.
std::optional<Fraction> small_fraction(float scale) {
  constexpr int kBits = std::numeric_limits<float>::digits;
  int exponent = 0;
  auto numerator = static_cast<int64_t>(std::ldexp(std::frexp(scale, &exponent), kBits));
  exponent -= kBits;
  while (numerator % 2 == 0) {
    numerator /= 2;
    ++exponent;
  }
  if (numerator >= 256 || exponent < -16 || exponent > 16) return std::nullopt;
  return exponent >= 0 ? Fraction{numerator << exponent, 1}
                       : Fraction{numerator, int64_t{1} << -exponent};
}

Result<Dim> scaled_extent(const Dim& extent, float scale) {
  if (const std::optional<Fraction> fraction = small_fraction(scale)) {
    return Dim::floor_div(extent * fraction->numerator, fraction->denominator);
  }
  if (!extent.is_constant()) {
    return unsupported(
        "a scale of {} leaves the extent of a symbolic dimension ({}) open, because it is no "
        "fraction of small numbers: give that dimension a size, or resize to sizes",
        number_text(scale), extent.to_string());
  }
  const float scaled = std::floor(static_cast<float>(extent.constant()) * scale);
  if (scaled >= static_cast<float>(kMaxSize)) {
    return invalid_argument("an extent of {} scaled by {} is too large", extent.constant(),
                            number_text(scale));
  }
  return Dim(static_cast<int64_t>(scaled));
}

Status check_floats(std::string_view name, std::span<const float> values, size_t count,
                    float above) {
  if (values.size() != count) {
    return invalid_argument("the number of {} is {}, the axes take {}", name, values.size(), count);
  }
  for (const float value : values) {
    if (value > above && std::isfinite(value)) continue;
    return invalid_argument("{} is not among the {} that are possible", number_text(value), name);
  }
  return ok_status();
}

// One scale for all axes: the least, or largest, that leads to one of the sizes.
Status keep_proportions(ResizeAspect aspect, std::span<const size_t> axes,
                        std::span<const Dim> sizes, const SymbolicShape& shape,
                        std::vector<ResizedAxis>& resized) {
  std::optional<float> scale;
  for (size_t i = 0; i < axes.size(); ++i) {
    const Dim& extent = shape[axes[i]];
    if (!extent.is_constant() || !sizes[i].is_constant()) {
      return unsupported(
          "with keep_aspect_ratio_policy the extents depend on all dimensions at once, and {} to "
          "be resized to {} is symbolic: give it a size",
          extent.to_string(), sizes[i].to_string());
    }
    if (extent.constant() == 0) {
      return invalid_argument("axis {} of extent 0 has no proportions to keep", axes[i]);
    }
    const float quotient =
        static_cast<float>(sizes[i].constant()) / static_cast<float>(extent.constant());
    const bool smaller = aspect == ResizeAspect::kNotLarger;
    if (!scale || (smaller ? quotient < *scale : quotient > *scale)) scale = quotient;
  }
  for (const size_t axis : axes) {
    const float scaled = *scale * static_cast<float>(shape[axis].constant());
    resized[axis].output = static_cast<int64_t>(std::floor(static_cast<double>(scaled) + 0.5));
    // Nothing is left of an axis, and nothing is computed.
    if (*scale > 0) resized[axis].scale = *scale;
  }
  return ok_status();
}

Status take_sizes(const ResizeAttrs& attrs, std::span<const size_t> axes,
                  std::span<const ValueInfo> in, std::vector<ResizedAxis>& resized) {
  const std::vector<Dim> sizes = TRY(list_operand(in[1], "sizes"));
  if (sizes.size() != axes.size()) {
    return invalid_argument("the number of sizes is {}, the axes take {}", sizes.size(),
                            axes.size());
  }
  for (const Dim& size : sizes) {
    if (size.is_constant() && (size.constant() < 0 || size.constant() > kMaxSize)) {
      return invalid_argument("{} is no size", size.constant());
    }
  }
  for (size_t i = 0; i < axes.size(); ++i) resized[axes[i]] = {.output = sizes[i]};
  if (attrs.aspect == ResizeAspect::kStretch) return ok_status();
  return keep_proportions(attrs.aspect, axes, sizes, in[0].shape, resized);
}

Status take_scales(const ResizeAttrs& attrs, std::span<const size_t> axes,
                   const SymbolicShape& shape, std::vector<ResizedAxis>& resized) {
  TRY_STATUS(check_floats("scales", attrs.scales, axes.size(), 0));
  for (size_t i = 0; i < axes.size(); ++i) {
    const float scale = attrs.scales[i];
    resized[axes[i]] = {.output = TRY(scaled_extent(shape[axes[i]], scale)), .scale = scale};
  }
  return ok_status();
}

Result<std::vector<ValueInfo>> infer_resize(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<ResizeAttrs>();
  TRY_STATUS(require_whole_bytes(in[0].type));
  if (!only_copies(attrs) && !dispatch_type<InterpolatedTypes>(in[0].type, []<class T>() {}).ok()) {
    return unsupported(
        "elements of type {} cannot be interpolated; floating types and integers of 8 to 32 bits "
        "can",
        to_string(in[0].type));
  }
  ValueInfo out = {in[0].type, {}, std::nullopt};
  for (const ResizedAxis& axis : TRY(resized_axes(attrs, in))) {
    const Dim& extent = in[0].shape[out.shape.size()];
    if (extent == Dim(0) && axis.output.is_constant() && axis.output != Dim(0)) {
      return invalid_argument("an axis without elements cannot be resized to {}",
                              axis.output.to_string());
    }
    out.shape.push_back(axis.output);
  }
  return std::vector{std::move(out)};
}

template <class T>
T rounded_to(double value) {
  if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(value)) return 0;
    return static_cast<T>(std::clamp(std::nearbyint(value), static_cast<double>(Limits::lowest()),
                                     static_cast<double>(Limits::max())));
  } else {
    return store<T>(static_cast<ComputeType<T>>(value));
  }
}

// Weighted sums along all axes at once.
template <class T>
class Interpolation {
 public:
  Interpolation(std::span<const AxisSamples> axes, double extrapolation, const ConstTensorView& in,
                const TensorView& out)
      : axes_(axes),
        strides_(dense_strides(in.shape)),
        rows_(dense_strides(out.shape)),
        extrapolation_(rounded_to<T>(extrapolation)),
        x_(elements_of<T>(in).data()),
        out_(elements_of<T>(out).data()),
        width_(out.shape.back()),
        pieces_((width_ + kLanes - 1) / kLanes),
        count_(tenon::element_count(out.shape) / width_ * pieces_) {}

  void run(ThreadPool& pool) const {
    int64_t taps = 1;
    for (const AxisSamples& axis : axes_)
      taps = std::min(taps * std::min(axis.taps, kGrain), kGrain);
    pool.parallel_for(
        count_,
        [this](int64_t begin, int64_t end) {
          for (int64_t piece = begin; piece < end; ++piece) {
            const int64_t first = piece % pieces_ * kLanes;
            compute(piece / pieces_ * width_ + first, first, std::min(kLanes, width_ - first));
          }
        },
        std::max<int64_t>(1, kGrain / (std::min(kLanes, width_) * taps)));
  }

 private:
  // Neighbouring results along the last axis that are computed together.
  static constexpr int64_t kLanes = 64;
  // Products worth handing to another thread.
  static constexpr int64_t kGrain = int64_t{1} << 14;

  // Results from `at` on, which stand at `first` on the last axis.
  void compute(int64_t at, int64_t first, int64_t lanes) const {
    T* write = out_ + at;
    bool outside = false;
    for (size_t axis = 0; axis + 1 < axes_.size(); ++axis) {
      outside = outside || is_outside(axis, position_on(axis, at));
    }
    if (outside) {
      std::fill_n(write, lanes, extrapolation_);
      return;
    }
    std::array<double, kLanes> sums{};
    add(0, at, first, x_, 1, std::span(sums).first(static_cast<size_t>(lanes)));
    for (int64_t i = 0; i < lanes; ++i) {
      write[i] = is_outside(axes_.size() - 1, first + i)
                     ? extrapolation_
                     : rounded_to<T>(sums[static_cast<size_t>(i)]);
    }
  }

  // Adds what the taps on `axis` and those behind it read, times `weight`.
  void add(size_t axis, int64_t at, int64_t first, const T* from, double weight,
           std::span<double> sums) const {
    const AxisSamples& samples = axes_[axis];
    if (axis + 1 == axes_.size()) {
      auto tap = static_cast<size_t>(first * samples.taps);
      for (double& sum : sums) {
        for (int64_t i = 0; i < samples.taps; ++i, ++tap) {
          sum += weight * samples.weights[tap] *
                 static_cast<double>(load(from[samples.positions[tap]]));
        }
      }
      return;
    }
    auto tap = static_cast<size_t>(position_on(axis, at) * samples.taps);
    for (int64_t i = 0; i < samples.taps; ++i, ++tap) {
      add(axis + 1, at, first, from + samples.positions[tap] * strides_[axis],
          weight * samples.weights[tap], sums);
    }
  }

  int64_t position_on(size_t axis, int64_t at) const {
    const auto extent = static_cast<int64_t>(axes_[axis].positions.size()) / axes_[axis].taps;
    return at / rows_[axis] % extent;
  }

  bool is_outside(size_t axis, int64_t position) const {
    const std::vector<bool>& outside = axes_[axis].outside;
    return !outside.empty() && outside[static_cast<size_t>(position)];
  }

  std::span<const AxisSamples> axes_;
  std::vector<int64_t> strides_;
  // Elements of the result from one position on an axis to the next.
  std::vector<int64_t> rows_;
  T extrapolation_;
  const T* x_;
  T* out_;
  int64_t width_;
  int64_t pieces_;
  int64_t count_;
};

Status resize_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  const auto& attrs = erased.as<ResizeAttrs>();
  TRY_STATUS(check_shapes(infer_resize, erased, in, out, kHostInputs));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const std::vector<ResizedAxis> resized =
      TRY(resized_axes(attrs, TRY(operand_infos(in, kHostInputs))));
  std::vector<AxisSamples> axes;
  for (size_t i = 0; i < resized.size(); ++i) {
    axes.push_back(sample_axis(attrs, resized[i], in[0].shape[i]));
  }
  if (only_copies(attrs)) {
    std::vector<PickedAxis> picked;
    for (AxisSamples& axis : axes) picked.push_back(std::move(axis.positions));
    return copy_picked(picked, in[0], nullptr, out[0], pool);
  }
  return dispatch_type<InterpolatedTypes>(in[0].type, [&]<class T>() {
    Interpolation<T>(axes, attrs.extrapolation_value, in[0], out[0]).run(pool);
  });
}

constexpr OpDef kResize = {
    .name = "Resize",
    .doc =
        "Resamples a tensor to other extents: nearest neighbours, or linear or cubic "
        "interpolation, with the coordinates that ONNX knows.",
    .attrs = &attr_table<ResizeAttrs>,
    .min_inputs = 1,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_resize,
    .reference = resize_reference,
    .host_inputs = kHostInputs};
constexpr const OpDef* kOps[] = {&kResize};

}  // namespace

Result<std::vector<ResizedAxis>> resized_axes(const ResizeAttrs& attrs,
                                              std::span<const ValueInfo> in) {
  const SymbolicShape& shape = in[0].shape;
  if (shape.empty()) return invalid_argument("a scalar has no axes to resize");
  std::vector<size_t> axes(shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (!attrs.axes.empty()) axes = TRY(normalize_axes(attrs.axes, shape.size()));
  if (has_operand(in, 1) != attrs.scales.empty()) {
    return invalid_argument("either sizes or scales must be given, and not both");
  }
  std::vector<ResizedAxis> resized;
  for (const Dim& extent : shape) resized.push_back({.output = extent, .scale = 1.0F});
  TRY_STATUS(attrs.scales.empty() ? take_sizes(attrs, axes, in, resized)
                                  : take_scales(attrs, axes, shape, resized));
  if (attrs.coordinates != ResizeCoordinates::kTfCropAndResize) return resized;
  TRY_STATUS(check_floats("ends of the region of interest", attrs.roi, 2 * axes.size(),
                          -std::numeric_limits<float>::infinity()));
  for (size_t i = 0; i < axes.size(); ++i) {
    resized[axes[i]].roi_begin = attrs.roi[i];
    resized[axes[i]].roi_end = attrs.roi[i + axes.size()];
  }
  return resized;
}

std::span<const OpDef* const> resize_ops() { return kOps; }

}  // namespace tenon::internal
