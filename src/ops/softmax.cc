#include "ops/softmax.h"

#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread: each costs two exponentials.
constexpr int64_t kGrain = int64_t{1} << 10;
// Neighbouring vectors that are computed together, so that the operand is read in order.
constexpr int64_t kLanes = 16;

Result<std::vector<ValueInfo>> infer_softmax(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  TRY(normalize_axis(attrs.as<SoftmaxAttrs>().axis, in[0].shape.size()));
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

// exp(x - max) / sum(exp(x - max)) for `lanes` neighbouring vectors of `count` elements, which lie
// `stride` apart. The exponentials are computed twice, so that narrow types round only once.
template <class T>
void softmax_vectors(const T* in, T* out, int64_t count, int64_t stride, int64_t lanes) {
  const auto for_each = [&](auto&& body) {
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t lane = 0; lane < lanes; ++lane) {
        body(static_cast<size_t>(lane), i * stride + lane);
      }
    }
  };
  std::array<double, kLanes> largest;
  largest.fill(-std::numeric_limits<double>::infinity());
  for_each([&](size_t lane, int64_t at) {
    largest[lane] = std::max(largest[lane], static_cast<double>(load(in[at])));
  });
  std::array<double, kLanes> sum{};
  for_each([&](size_t lane, int64_t at) { sum[lane] += std::exp(load(in[at]) - largest[lane]); });
  for_each([&](size_t lane, int64_t at) {
    const double value = std::exp(load(in[at]) - largest[lane]) / sum[lane];
    out[at] = store<T>(static_cast<ComputeType<T>>(value));
  });
}

Status softmax_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                         std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_softmax, attrs, in, out));
  const std::span<const int64_t> shape(in[0].shape);
  if (tenon::element_count(shape) == 0) return ok_status();
  const size_t axis = TRY(normalize_axis(attrs.as<SoftmaxAttrs>().axis, shape.size()));
  const AxisVectors vectors(shape, axis);
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    for_each_vector_group(vectors, kLanes, kGrain, pool,
                          [&](int64_t outer, int64_t inner, int64_t lanes) {
                            const int64_t first = outer * vectors.count * vectors.inner + inner;
                            softmax_vectors(static_cast<const T*>(in[0].data) + first,
                                            static_cast<T*>(out[0].data) + first, vectors.count,
                                            vectors.inner, lanes);
                          });
  });
}

constexpr OpDef kSoftmax = {.name = "Softmax",
                            .doc = "exp(x) / sum(exp(x)) along an axis.",
                            .attrs = &attr_table<SoftmaxAttrs>,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .outputs = 1,
                            .infer = infer_softmax,
                            .reference = softmax_reference,
                            .in_place = 0b1};
constexpr const OpDef* kOps[] = {&kSoftmax};

}  // namespace

std::span<const OpDef* const> softmax_ops() { return kOps; }

}  // namespace tenon::internal
