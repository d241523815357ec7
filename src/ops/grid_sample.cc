#include "ops/grid_sample.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/strided_copy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr double kCubicCoefficient = -0.75;
constexpr size_t kMaxTaps = 4;
// Samples worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 8;

Result<std::vector<ValueInfo>> infer_grid_sample(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  TRY_STATUS(require_floating(in[1].type));
  const SymbolicShape& x = in[0].shape;
  const SymbolicShape& grid = in[1].shape;
  if (x.size() < 3 || grid.size() != x.size() || certainly_differ(x[0], grid[0]) ||
      certainly_differ(grid.back(), static_cast<int64_t>(x.size() - 2))) {
    return invalid_argument(
        "x {} must be [N, C, D1, ..., Dk] and the grid {} [N, O1, ..., Ok, k], with one position "
        "for each D",
        to_string(x), to_string(grid));
  }
  ValueInfo out = {in[0].type, {x[0], x[1]}, std::nullopt};
  out.shape.insert(out.shape.end(), grid.begin() + 1, grid.end() - 1);
  return std::vector{std::move(out)};
}

// A position mirrored at both ends until it lies between them.
double reflected(double position, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  const double distance = std::abs(position - low);
  const double turns = std::floor(distance / range);
  const double rest = distance - turns * range;
  return std::fmod(turns, 2) == 0 ? low + rest : high - rest;
}

// What is read along one axis for one sample.
struct AxisTaps {
  size_t count = 0;
  // kOutside for a zero.
  std::array<int64_t, kMaxTaps> positions{};
  std::array<double, kMaxTaps> weights{};
};
constexpr int64_t kOutside = -1;

class AxisSampler {
 public:
  AxisSampler(const GridSampleAttrs& attrs, int64_t extent)
      : attrs_(attrs),
        extent_(extent),
        last_(static_cast<double>(extent - 1)),
        low_(attrs.align_corners ? 0 : -0.5),
        high_(attrs.align_corners ? last_ : last_ + 0.5) {}

  AxisTaps taps(double grid) const {
    double position =
        attrs_.align_corners ? (grid + 1) / 2 * last_ : ((grid + 1) * (last_ + 1) - 1) / 2;
    if (attrs_.mode == GridSampleMode::kNearest) position = std::nearbyint(position);
    AxisTaps taps;
    // Not a number, or further away than any pixel.
    if (!(std::abs(position) < kFarAway)) {
      if (attrs_.padding_mode != GridSamplePadding::kBorder || position != position) {
        return with_tap(taps, kOutside, 1);
      }
    }
    position = inside(position);
    const double floor = std::floor(position);
    const auto base = static_cast<int64_t>(floor);
    const double rest = position - floor;
    switch (attrs_.mode) {
      case GridSampleMode::kNearest:
        return with_tap(taps, pixel(base), 1);
      case GridSampleMode::kLinear:
        return with_tap(with_tap(taps, pixel(base), 1 - rest), pixel(base + 1), rest);
      case GridSampleMode::kCubic:
        break;
    }
    for (int64_t i = -1; i <= 2; ++i) {
      taps = with_tap(taps, pixel(base + i), cubic_weight(static_cast<double>(i) - rest));
    }
    return taps;
  }

 private:
  static constexpr double kFarAway = 1e15;

  static AxisTaps with_tap(AxisTaps taps, int64_t position, double weight) {
    taps.positions[taps.count] = position;
    taps.weights[taps.count] = weight;
    ++taps.count;
    return taps;
  }

  static double cubic_weight(double distance) {
    constexpr double a = kCubicCoefficient;
    const double x = std::abs(distance);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  }

  // A position that padding brings into the image; zeros leave it where it is.
  double inside(double position) const {
    if (position >= low_ && position <= high_) return position;
    switch (attrs_.padding_mode) {
      case GridSamplePadding::kZeros:
        return position;
      case GridSamplePadding::kBorder:
        // A cubic filter sees the border from further away.
        return attrs_.mode == GridSampleMode::kCubic ? std::clamp(position, -2.0, last_ + 2)
                                                     : std::clamp(position, 0.0, last_);
      case GridSamplePadding::kReflection:
        break;
    }
    return reflected(position, low_, high_);
  }

  int64_t pixel(int64_t position) const {
    if (position >= 0 && position < extent_) return position;
    if (attrs_.padding_mode == GridSamplePadding::kZeros) return kOutside;
    const double there = attrs_.padding_mode == GridSamplePadding::kBorder
                             ? static_cast<double>(position)
                             : reflected(static_cast<double>(position), low_, high_);
    return static_cast<int64_t>(std::clamp(there, 0.0, last_));
  }

  const GridSampleAttrs& attrs_;
  int64_t extent_;
  double last_;
  // The ends of the image.
  double low_;
  double high_;
};

// The sum over the taps of all axes.
template <class T>
double weighted_sum(std::span<const AxisTaps> axes, std::span<const int64_t> strides,
                    const T* from) {
  if (axes.empty()) return static_cast<double>(load(*from));
  const AxisTaps& taps = axes.front();
  double sum = 0;
  for (size_t i = 0; i < taps.count; ++i) {
    if (taps.positions[i] == kOutside || taps.weights[i] == 0) continue;
    sum += taps.weights[i] * weighted_sum(axes.subspan(1), strides.subspan(1),
                                          from + taps.positions[i] * strides.front());
  }
  return sum;
}

Status grid_sample_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                             std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_grid_sample, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const std::span<const int64_t> spatial = std::span(in[0].shape).subspan(2);
  if (tenon::element_count(spatial) == 0) {
    return invalid_argument("images of {} have no pixels", tenon::to_string(in[0].shape));
  }
  const std::vector<int64_t> strides = dense_strides(spatial);
  std::vector<AxisSampler> samplers;
  for (const int64_t extent : spatial) {
    samplers.emplace_back(erased.as<GridSampleAttrs>(), extent);
  }
  const int64_t channels = in[0].shape[1];
  const int64_t plane = tenon::element_count(spatial);
  const int64_t samples = tenon::element_count(std::span(out[0].shape).subspan(2));
  const auto rank = static_cast<int64_t>(spatial.size());
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    const T* const x = elements_of<T>(in[0]).data();
    T* const y = elements_of<T>(out[0]).data();
    pool.parallel_for(
        in[0].shape[0] * samples,
        [&](int64_t begin, int64_t end) {
          std::vector<AxisTaps> taps(samplers.size());
          for (int64_t i = begin; i < end; ++i) {
            for (size_t axis = 0; axis < taps.size(); ++axis) {
              const int64_t number = i * rank + rank - 1 - static_cast<int64_t>(axis);
              taps[axis] = samplers[axis].taps(element_as_double(in[1], number));
            }
            for (int64_t channel = 0; channel < channels; ++channel) {
              const int64_t image = i / samples * channels + channel;
              const double sum = weighted_sum<T>(taps, strides, x + image * plane);
              y[image * samples + i % samples] = store<T>(static_cast<ComputeType<T>>(sum));
            }
          }
        },
        kGrain);
  });
}

constexpr OpDef kGridSample = {
    .name = "GridSample",
    .doc =
        "Samples images at given positions: nearest neighbours, or linear or cubic "
        "interpolation.",
    .attrs = &attr_table<GridSampleAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_grid_sample,
    .reference = grid_sample_reference};
constexpr std::array<const OpDef*, 1> kOps = {&kGridSample};

}  // namespace

std::span<const OpDef* const> grid_sample_ops() { return kOps; }

}  // namespace tenon::internal
