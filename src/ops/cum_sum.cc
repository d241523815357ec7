#include "ops/cum_sum.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <array>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b10;
// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;
// Neighbouring vectors that are walked together.
constexpr int64_t kLanes = 64;

// Floating sums are double; integer ones wrap.
template <class T>
using Sum = std::conditional_t<std::is_floating_point_v<ComputeType<T>>, double, uint64_t>;

Result<size_t> summed_axis(std::span<const ValueInfo> in) {
  const std::vector<int64_t> axes = TRY(constant_list_operand(in[1], "axes to sum along"));
  if (axes.size() != 1) {
    return invalid_argument("the axis is {}, it must be a scalar", to_string(in[1]));
  }
  return normalize_axis(axes[0], in[0].shape.size());
}

Result<std::vector<ValueInfo>> infer_cum_sum(const Attrs&, std::span<const ValueInfo> in) {
  if (!dispatch_type<NumericTypes>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be summed", to_string(in[0].type));
  }
  TRY(summed_axis(in));
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

// Of `lanes` vectors whose first elements are at `from`; x and results may be the same memory.
template <class T>
void sum_vectors(const CumSumAttrs& attrs, const AxisVectors& vectors, const T* from, T* to,
                 int64_t lanes) {
  std::array<Sum<T>, kLanes> sums{};
  for (int64_t k = 0; k < vectors.count; ++k) {
    const int64_t at = (attrs.reverse ? vectors.count - 1 - k : k) * vectors.inner;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      Sum<T>& sum = sums[static_cast<size_t>(lane)];
      const Sum<T> before = sum;
      sum += static_cast<Sum<T>>(load(from[at + lane]));
      to[at + lane] = store<T>(static_cast<ComputeType<T>>(attrs.exclusive ? before : sum));
    }
  }
}

Status cum_sum_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                         std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_cum_sum, attrs, in, out, kHostInputs));
  const AxisVectors vectors(in[0].shape, TRY(summed_axis(TRY(operand_infos(in, kHostInputs)))));
  return dispatch_type<NumericTypes>(in[0].type, [&]<class T>() {
    for_each_vector_group(
        vectors, kLanes, kGrain, pool, [&](int64_t outer, int64_t inner, int64_t lanes) {
          const int64_t first = outer * vectors.count * vectors.inner + inner;
          sum_vectors(attrs.as<CumSumAttrs>(), vectors, elements_of<T>(in[0]).data() + first,
                      elements_of<T>(out[0]).data() + first, lanes);
        });
  });
}

constexpr OpDef kCumSum = {
    .name = "CumSum",
    .doc = "The sum of the elements up to each along an axis, or from it on.",
    .attrs = &attr_table<CumSumAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_cum_sum,
    .reference = cum_sum_reference,
    .host_inputs = kHostInputs,
    .in_place = 0b1};
constexpr const OpDef* kOps[] = {&kCumSum};

}  // namespace

std::span<const OpDef* const> cum_sum_ops() { return kOps; }

}  // namespace tenon::internal
