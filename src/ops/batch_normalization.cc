#include "ops/batch_normalization.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr std::array<std::string_view, 5> kOperandNames = {"x", "scale", "bias", "mean",
                                                           "variance"};

Result<std::vector<ValueInfo>> infer_batch_normalization(const Attrs&,
                                                         std::span<const ValueInfo> in) {
  const SymbolicShape& x = in[0].shape;
  if (x.empty()) return invalid_argument("x is a scalar; it must have channels");
  const Dim channels = x.size() == 1 ? Dim(1) : x[1];
  for (size_t i = 0; i < in.size(); ++i) {
    TRY_STATUS(require_floating(in[i].type));
    if (i > 0 && (in[i].shape.size() != 1 || certainly_differ(in[i].shape[0], channels))) {
      return invalid_argument("{} {} must be [{}], one value for each channel of x {}",
                              kOperandNames[i], to_string(in[i].shape), channels.to_string(),
                              to_string(x));
    }
  }
  return std::vector{ValueInfo{in[0].type, x, {}}};
}

// What is done to each element of a channel: (x - mean) * factor + bias.
struct Channel {
  double mean;
  double factor;
  double bias;
};

std::vector<Channel> make_channels(const BatchNormalizationAttrs& attrs,
                                   std::span<const ConstTensorView> in) {
  std::vector<Channel> channels;
  for (int64_t i = 0; i < in[1].shape[0]; ++i) {
    const double deviation =
        std::sqrt(element_as_double(in[4], i) + static_cast<double>(attrs.epsilon));
    channels.push_back({.mean = element_as_double(in[3], i),
                        .factor = element_as_double(in[1], i) / deviation,
                        .bias = element_as_double(in[2], i)});
  }
  return channels;
}

Status reference_batch_normalization(const Attrs& attrs, std::span<const ConstTensorView> in,
                                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_batch_normalization, attrs, in, out));
  const Shape& shape = in[0].shape;
  const int64_t count = tenon::element_count(shape);
  if (count == 0) return ok_status();
  const std::vector<Channel> channels = make_channels(attrs.as<BatchNormalizationAttrs>(), in);
  const auto channel_count = static_cast<int64_t>(channels.size());
  const int64_t planes = shape.size() == 1 ? 1 : shape[0] * channel_count;
  const int64_t plane_size = count / planes;
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    const T* x = elements_of<T>(in[0]).data();
    T* y = elements_of<T>(out[0]).data();
    pool.parallel_for(planes, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        const Channel& channel = channels[static_cast<size_t>(plane % channel_count)];
        for (int64_t i = plane * plane_size; i < (plane + 1) * plane_size; ++i) {
          const auto value = static_cast<double>(load(x[i]));
          y[i] = store<T>(
              static_cast<ComputeType<T>>((value - channel.mean) * channel.factor + channel.bias));
        }
      }
    });
  });
}

constexpr OpDef kBatchNormalization = {
    .name = "BatchNormalization",
    .doc = "Normalizes each channel with a given mean and variance, then scales and shifts it.",
    .attrs = &attr_table<BatchNormalizationAttrs>,
    .min_inputs = 5,
    .max_inputs = 5,
    .outputs = 1,
    .infer = infer_batch_normalization,
    .reference = reference_batch_normalization,
    .in_place = 1U << 0,
};

constexpr std::array<const OpDef*, 1> kOps = {&kBatchNormalization};

}  // namespace

std::span<const OpDef* const> batch_normalization_ops() { return kOps; }

}  // namespace tenon::internal
