#include "ops/arg_extreme.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;
// Neighbouring vectors that are walked together.
constexpr int64_t kLanes = 64;

Result<std::vector<ValueInfo>> infer_arg_extreme(const Attrs& erased,
                                                 std::span<const ValueInfo> in) {
  if (!dispatch_type<NumericTypes>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be compared", to_string(in[0].type));
  }
  const auto& attrs = erased.as<ArgExtremeAttrs>();
  ValueInfo out = {DataType::kInt64, in[0].shape, std::nullopt};
  const size_t axis = TRY(normalize_axis(attrs.axis, out.shape.size()));
  if (out.shape[axis] == Dim(0)) {
    return invalid_argument("axis {} of {} has no elements", axis, to_string(in[0]));
  }
  if (attrs.keepdims) {
    out.shape[axis] = 1;
  } else {
    out.shape.erase(out.shape.begin() + static_cast<ptrdiff_t>(axis));
  }
  return std::vector{std::move(out)};
}

// Whether `value` takes the place of `best`, which stands before it. A NaN is not equal to itself.
template <bool largest, class Number>
bool is_better(Number value, Number best, bool last_of_equals) {
  if (best != best) return last_of_equals && value != value;
  if (value != value) return true;
  if (value == best) return last_of_equals;
  return largest ? value > best : value < best;
}

template <bool largest>
Status arg_extreme_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                             std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_arg_extreme, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<ArgExtremeAttrs>();
  const AxisVectors vectors(in[0].shape, TRY(normalize_axis(attrs.axis, in[0].shape.size())));
  int64_t* const results = elements_of<int64_t>(out[0]).data();
  return dispatch_type<NumericTypes>(in[0].type, [&]<class T>() {
    const T* const x = elements_of<T>(in[0]).data();
    for_each_vector_group(
        vectors, kLanes, kGrain, pool, [&](int64_t outer, int64_t inner, int64_t lanes) {
          int64_t* const index = results + outer * vectors.inner + inner;
          std::array<ComputeType<T>, kLanes> best;
          for (int64_t k = 0; k < vectors.count; ++k) {
            const T* const row = x + (outer * vectors.count + k) * vectors.inner + inner;
            for (int64_t lane = 0; lane < lanes; ++lane) {
              const ComputeType<T> value = load(row[lane]);
              ComputeType<T>& so_far = best[static_cast<size_t>(lane)];
              if (k == 0 || is_better<largest>(value, so_far, attrs.select_last_index)) {
                so_far = value;
                index[lane] = k;
              }
            }
          }
        });
  });
}

template <bool largest>
constexpr OpDef arg_extreme(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .attrs = &attr_table<ArgExtremeAttrs>,
          .min_inputs = 1,
          .max_inputs = 1,
          .outputs = 1,
          .infer = infer_arg_extreme,
          .reference = arg_extreme_reference<largest>};
}

constexpr OpDef kArgMax =
    arg_extreme<true>("ArgMax", "The index of the largest element along an axis.");
constexpr OpDef kArgMin =
    arg_extreme<false>("ArgMin", "The index of the smallest element along an axis.");
constexpr const OpDef* kOps[] = {&kArgMax, &kArgMin};

}  // namespace

std::span<const OpDef* const> arg_extreme_ops() { return kOps; }

}  // namespace tenon::internal
