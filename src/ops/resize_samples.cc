#include "ops/resize_samples.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>

namespace tenon::internal {
namespace {

// One axis in numbers.
struct Axis {
  int64_t input;
  int64_t output;
  float scale;
  float roi_begin;
  float roi_end;
};

// The position on the operand that position `index` of the result stands for.
float original_position(ResizeCoordinates coordinates, const Axis& axis, int64_t index) {
  const auto position = static_cast<float>(index);
  const auto original = static_cast<float>(axis.input);
  const auto resized = static_cast<float>(axis.output);
  switch (coordinates) {
    case ResizeCoordinates::kHalfPixel:
      break;
    case ResizeCoordinates::kHalfPixelSymmetric: {
      const float adjustment = resized / (axis.scale * original);
      const float offset = original / 2 * (1 - adjustment);
      return offset + (position + 0.5F) / axis.scale - 0.5F;
    }
    case ResizeCoordinates::kPytorchHalfPixel:
      if (axis.output == 1) return 0;
      break;
    case ResizeCoordinates::kAlignCorners:
      return axis.output == 1 ? 0 : position * (original - 1) / (resized - 1);
    case ResizeCoordinates::kAsymmetric:
      return position / axis.scale;
    case ResizeCoordinates::kTfHalfPixelForNn:
      return (position + 0.5F) / axis.scale;
    case ResizeCoordinates::kTfCropAndResize: {
      const float begin = axis.roi_begin;
      const float end = axis.roi_end;
      if (axis.output == 1) return 0.5F * (begin + end) * (original - 1);
      return begin * (original - 1) + position * (end - begin) * (original - 1) / (resized - 1);
    }
  }
  return (position + 0.5F) / axis.scale - 0.5F;
}

double rounded(ResizeRounding rounding, double position) {
  switch (rounding) {
    case ResizeRounding::kRoundPreferFloor:
      return std::ceil(position - 0.5);
    case ResizeRounding::kRoundPreferCeil:
      return std::floor(position + 0.5);
    case ResizeRounding::kFloor:
      return std::floor(position);
    case ResizeRounding::kCeil:
      break;
  }
  return std::ceil(position);
}

// Of a sample at a distance, in steps between samples.
double linear_weight(double distance) { return std::max(0.0, 1 - std::abs(distance)); }
double cubic_weight(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

// Sets the samples of one output after another.
class Sampler {
 public:
  Sampler(const ResizeAttrs& attrs, int64_t input, float scale, AxisSamples& samples)
      : attrs_(attrs), input_(input), samples_(samples) {
    if (attrs.mode == ResizeMode::kNearest) return;
    // The filter grows where it shall see all that is left out otherwise.
    if (attrs.antialias) density_ = std::min(static_cast<double>(scale), 1.0);
    const double reach = attrs.mode == ResizeMode::kLinear ? 1 : 2;
    first_ = static_cast<int64_t>(std::floor(-reach / density_)) + 1;
    samples_.taps = 2 - 2 * first_;
  }

  void add(double position) {
    if (attrs_.mode == ResizeMode::kNearest) {
      add_tap(static_cast<int64_t>(std::clamp(rounded(attrs_.rounding, position), 0.0,
                                              static_cast<double>(input_ - 1))),
              1);
      return;
    }
    const double floor = std::floor(position);
    // Whatever lies further away than the filter reaches is the same as at that distance.
    const auto base = static_cast<int64_t>(std::clamp(floor, static_cast<double>(-samples_.taps),
                                                      static_cast<double>(input_ + samples_.taps)));
    for (int64_t tap = 0; tap < samples_.taps; ++tap) {
      const int64_t step = first_ + tap;
      add_tap(base + step, weight((static_cast<double>(step) - (position - floor)) * density_));
    }
    const std::span<double> weights =
        std::span(samples_.weights).last(static_cast<size_t>(samples_.taps));
    if (attrs_.exclude_outside || density_ < 1) normalize(weights);
  }

 private:
  double weight(double distance) const {
    return attrs_.mode == ResizeMode::kLinear ? linear_weight(distance)
                                              : cubic_weight(distance, attrs_.cubic_coeff_a);
  }

  // Beyond the ends, the elements there repeat, or count for nothing.
  void add_tap(int64_t position, double weight) {
    const bool outside = position < 0 || position >= input_;
    samples_.positions.push_back(std::clamp<int64_t>(position, 0, input_ - 1));
    samples_.weights.push_back(outside && attrs_.exclude_outside ? 0 : weight);
  }

  // Where no weight is left there is nothing to share out.
  static void normalize(std::span<double> weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (sum == 0) return;
    for (double& weight : weights) weight /= sum;
  }

  const ResizeAttrs& attrs_;
  int64_t input_;
  AxisSamples& samples_;
  // Steps of the filter from one sample to the next.
  double density_ = 1;
  // Of the first sample, counted from the one at or before the position.
  int64_t first_ = 0;
};

}  // namespace

AxisSamples sample_axis(const ResizeAttrs& attrs, const ResizedAxis& resized, int64_t input) {
  const int64_t output = resized.output.constant();
  const float scale =
      resized.scale.value_or(static_cast<float>(output) / static_cast<float>(input));
  const Axis axis = {input, output, scale, resized.roi_begin, resized.roi_end};
  const bool crops = attrs.coordinates == ResizeCoordinates::kTfCropAndResize;
  AxisSamples samples;
  const bool whole = !crops || (axis.roi_begin == 0 && axis.roi_end == 1);
  if (whole && scale == 1 && output == input) {
    samples.positions.resize(static_cast<size_t>(output));
    std::iota(samples.positions.begin(), samples.positions.end(), 0);
    samples.weights.assign(static_cast<size_t>(output), 1);
    return samples;
  }
  Sampler sampler(attrs, input, scale, samples);
  for (int64_t i = 0; i < output; ++i) {
    const float position = original_position(attrs.coordinates, axis, i);
    const bool outside = crops && !(position >= 0 && position <= static_cast<float>(input - 1));
    if (crops) samples.outside.push_back(outside);
    sampler.add(outside ? 0 : position);
  }
  return samples;
}

}  // namespace tenon::internal
