#include "ops/normalization.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/work.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 12;
constexpr std::array<std::string_view, 3> kOperandNames = {"x", "scale", "bias"};

Status require_one_floating_type(std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  return require_same_types(in);
}

Result<std::vector<ValueInfo>> infer_layer_normalization(const Attrs& erased,
                                                         std::span<const ValueInfo> in) {
  TRY_STATUS(require_one_floating_type(in));
  const SymbolicShape& x = in[0].shape;
  const size_t axis = TRY(normalize_axis(erased.as<LayerNormalizationAttrs>().axis, x.size()));
  const SymbolicShape normalized(x.begin() + static_cast<ptrdiff_t>(axis), x.end());
  for (size_t i = 1; i < in.size(); ++i) {
    if (!in[i].present()) continue;
    const SymbolicShape& shape = in[i].shape;
    bool fits = shape.size() <= normalized.size();
    for (size_t k = 1; fits && k <= shape.size(); ++k) {
      const Dim& dim = shape[shape.size() - k];
      fits = dim == Dim(1) || !certainly_differ(dim, normalized[normalized.size() - k]);
    }
    if (!fits) {
      return invalid_argument("{} {} does not broadcast to {}, the dims of x that are normalized",
                              kOperandNames[i], to_string(shape), to_string(normalized));
    }
  }
  return std::vector{ValueInfo{in[0].type, x, std::nullopt}};
}

// [N, C, D...] with a vector for the channels in each further operand.
Status check_channels(std::span<const ValueInfo> in) {
  TRY_STATUS(require_one_floating_type(in));
  const SymbolicShape& x = in[0].shape;
  if (x.size() < 2) {
    return invalid_argument("x {} must have rank 2 or more: batch, channels, spatial axes",
                            to_string(x));
  }
  for (size_t i = 1; i < in.size(); ++i) {
    const SymbolicShape& shape = in[i].shape;
    if (shape.size() == 1 && !certainly_differ(shape[0], x[1])) continue;
    return invalid_argument("{} {} must be [{}], one value for each channel of x {}",
                            kOperandNames[i], to_string(shape), x[1].to_string(), to_string(x));
  }
  return ok_status();
}

Result<std::vector<ValueInfo>> infer_group_normalization(const Attrs& erased,
                                                         std::span<const ValueInfo> in) {
  TRY_STATUS(check_channels(in));
  const int64_t groups = erased.as<GroupNormalizationAttrs>().num_groups;
  const Dim& channels = in[0].shape[1];
  if (groups < 1 || (channels.is_constant() && channels.constant() % groups != 0)) {
    return invalid_argument("num_groups={} does not divide the {} channels", groups,
                            channels.to_string());
  }
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

Result<std::vector<ValueInfo>> infer_instance_normalization(const Attrs&,
                                                            std::span<const ValueInfo> in) {
  TRY_STATUS(check_channels(in));
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

Result<std::vector<ValueInfo>> infer_lrn(const Attrs& erased, std::span<const ValueInfo> in) {
  TRY_STATUS(check_channels(in));
  const int64_t size = erased.as<LrnAttrs>().size;
  if (size < 1) return invalid_argument("size={} must be 1 or more", size);
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

// What is done to an element: (x - mean) * factor * scale + bias.
struct Affine {
  double scale = 1;
  double bias = 0;
};

// How vectors are normalized: whether their mean is taken away, and what keeps the divisor from 0.
struct Statistics {
  bool centered = true;
  double epsilon = 0;
};

// Normalizes vectors of `size` elements that lie one behind the other; affine(vector, i) tells what
// is done to element i of a vector afterwards.
template <class T, class AffineOf>
void normalize_vectors(const ConstTensorView& in, const TensorView& out, int64_t size,
                       Statistics statistics, ThreadPool& pool, const AffineOf& affine) {
  const T* const x = elements_of<T>(in).data();
  T* const y = elements_of<T>(out).data();
  const auto count = static_cast<double>(size);
  pool.parallel_for(
      tenon::element_count(in.shape) / size,
      [&](int64_t begin, int64_t end) {
        for (int64_t vector = begin; vector < end; ++vector) {
          const T* const from = x + vector * size;
          double sum = 0;
          for (int64_t i = 0; statistics.centered && i < size; ++i) {
            sum += static_cast<double>(load(from[i]));
          }
          const double mean = sum / count;
          double squares = 0;
          for (int64_t i = 0; i < size; ++i) {
            const double distance = static_cast<double>(load(from[i])) - mean;
            squares += distance * distance;
          }
          const double factor = 1 / std::sqrt(squares / count + statistics.epsilon);
          for (int64_t i = 0; i < size; ++i) {
            const Affine then = affine(vector, i);
            const double normal = (static_cast<double>(load(from[i])) - mean) * factor;
            y[vector * size + i] =
                store<T>(static_cast<ComputeType<T>>(normal * then.scale + then.bias));
          }
        }
      },
      std::max<int64_t>(1, kGrain / size));
}

template <bool centered>
Status reference_layer_normalization(const Attrs& erased, std::span<const ConstTensorView> in,
                                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_layer_normalization, erased, in, out));
  if (tenon::element_count(in[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<LayerNormalizationAttrs>();
  const size_t axis = TRY(normalize_axis(attrs.axis, in[0].shape.size()));
  const std::span<const int64_t> shape = std::span(in[0].shape).subspan(axis);
  const std::vector<double> scale = broadcast_numbers(in[1], shape);
  std::vector<double> bias(scale.size(), 0.0);
  if (has_operand(in, 2)) bias = broadcast_numbers(in[2], shape);
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    normalize_vectors<T>(in[0], out[0], tenon::element_count(shape), {centered, attrs.epsilon},
                         pool, [&](int64_t, int64_t i) {
                           const auto at = static_cast<size_t>(i);
                           return Affine{scale[at], bias[at]};
                         });
  });
}

// [N, C, D...] with `groups` vectors for each of N.
Status normalize_groups(std::span<const ConstTensorView> in, const TensorView& out, int64_t groups,
                        double epsilon, ThreadPool& pool) {
  if (tenon::element_count(in[0].shape) == 0) return ok_status();
  const int64_t channels = in[0].shape[1];
  const int64_t positions = tenon::element_count(std::span(in[0].shape).subspan(2));
  std::vector<Affine> affine;
  for (int64_t i = 0; i < channels; ++i) {
    affine.push_back({element_as_double(in[1], i), element_as_double(in[2], i)});
  }
  const int64_t in_group = channels / groups;
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    normalize_vectors<T>(in[0], out, in_group * positions, {true, epsilon}, pool,
                         [&](int64_t vector, int64_t i) {
                           const int64_t channel = vector % groups * in_group + i / positions;
                           return affine[static_cast<size_t>(channel)];
                         });
  });
}

Status reference_group_normalization(const Attrs& erased, std::span<const ConstTensorView> in,
                                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_group_normalization, erased, in, out));
  const auto& attrs = erased.as<GroupNormalizationAttrs>();
  return normalize_groups(in, out[0], attrs.num_groups, attrs.epsilon, pool);
}

Status reference_instance_normalization(const Attrs& erased, std::span<const ConstTensorView> in,
                                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_instance_normalization, erased, in, out));
  return normalize_groups(in, out[0], in[0].shape[1],
                          erased.as<InstanceNormalizationAttrs>().epsilon, pool);
}

Status reference_lrn(const Attrs& erased, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_lrn, erased, in, out));
  const auto& attrs = erased.as<LrnAttrs>();
  const int64_t channels = in[0].shape[1];
  const int64_t positions = tenon::element_count(std::span(in[0].shape).subspan(2));
  const int64_t before = (attrs.size - 1) / 2;
  const int64_t behind = attrs.size - 1 - before;
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    const T* const x = elements_of<T>(in[0]).data();
    T* const y = elements_of<T>(out[0]).data();
    pool.parallel_for(in[0].shape[0] * channels, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        const int64_t channel = plane % channels;
        const int64_t first = plane - std::min(before, channel);
        const int64_t last = plane + std::min(behind, channels - 1 - channel);
        for (int64_t i = 0; i < positions; ++i) {
          double sum = 0;
          for (int64_t k = first; k <= last; ++k) {
            const auto value = static_cast<double>(load(x[k * positions + i]));
            sum += value * value;
          }
          const double divisor =
              std::pow(attrs.bias + attrs.alpha / static_cast<double>(attrs.size) * sum,
                       static_cast<double>(attrs.beta));
          const int64_t at = plane * positions + i;
          y[at] = store<T>(static_cast<ComputeType<T>>(load(x[at]) / divisor));
        }
      }
    });
  });
}

constexpr OpDef kGroupNormalization = {
    .name = "GroupNormalization",
    .doc =
        "Normalizes groups of channels to mean 0 and variance 1, then scales and shifts each "
        "channel.",
    .attrs = &attr_table<GroupNormalizationAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_group_normalization,
    .reference = reference_group_normalization,
    .in_place = 0b1,
    .flops = flops_of_each_input};

constexpr OpDef kInstanceNormalization = {
    .name = "InstanceNormalization",
    .doc =
        "Normalizes each channel of each image to mean 0 and variance 1, then scales and shifts "
        "it.",
    .attrs = &attr_table<InstanceNormalizationAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_instance_normalization,
    .reference = reference_instance_normalization,
    .in_place = 0b1,
    .flops = flops_of_each_input};

constexpr OpDef kLayerNormalization = {
    .name = "LayerNormalization",
    .doc =
        "Normalizes the last axes together to mean 0 and variance 1, then scales and shifts "
        "them.",
    .attrs = &attr_table<LayerNormalizationAttrs>,
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_layer_normalization,
    .reference = reference_layer_normalization<true>,
    .in_place = 0b1,
    .flops = flops_of_each_input};

constexpr OpDef kLrn = {.name = "LRN",
                        .doc = "Divides by a power of the squares of neighbouring channels.",
                        .attrs = &attr_table<LrnAttrs>,
                        .min_inputs = 1,
                        .max_inputs = 1,
                        .outputs = 1,
                        .infer = infer_lrn,
                        .reference = reference_lrn,
                        .flops = flops_of_each_input};

constexpr OpDef kRmsNormalization = {
    .name = "RMSNormalization",
    .doc = "Divides the last axes together by the root of their mean square, then scales them.",
    .attrs = &attr_table<LayerNormalizationAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_layer_normalization,
    .reference = reference_layer_normalization<false>,
    .in_place = 0b1,
    .flops = flops_of_each_input};

constexpr std::array<const OpDef*, 5> kOps = {&kGroupNormalization, &kInstanceNormalization,
                                              &kLayerNormalization, &kLrn, &kRmsNormalization};

}  // namespace

std::vector<double> broadcast_numbers(const ConstTensorView& operand,
                                      std::span<const int64_t> shape) {
  const int64_t count = tenon::element_count(shape);
  std::vector<double> numbers;
  numbers.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    int64_t at = 0;
    int64_t stride = 1;
    for (size_t back = 1; back <= std::min(shape.size(), operand.shape.size()); ++back) {
      const int64_t extent = operand.shape[operand.shape.size() - back];
      at += extent == 1 ? 0 : rest % shape[shape.size() - back] * stride;
      stride *= extent;
      rest /= shape[shape.size() - back];
    }
    numbers.push_back(element_as_double(operand, at));
  }
  return numbers;
}

std::span<const OpDef* const> normalization_ops() { return kOps; }

}  // namespace tenon::internal
