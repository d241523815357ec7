#include "ops/top_k.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b10;
// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 12;

Result<std::vector<ValueInfo>> infer_top_k(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<TopKAttrs>();
  if (!dispatch_type<NumericTypes>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be compared", to_string(in[0].type));
  }
  const std::vector<Dim> k = TRY(list_operand(in[1], "number of elements to take"));
  if (k.size() != 1) {
    return invalid_argument("how many to take is {}, it must be one number", to_string(in[1]));
  }
  ValueInfo values = {in[0].type, in[0].shape, std::nullopt};
  const size_t axis = TRY(normalize_axis(attrs.axis, values.shape.size()));
  const Dim& extent = values.shape[axis];
  if (k[0].is_constant() && k[0].constant() < 0) {
    return invalid_argument("{} cannot be taken", counted(k[0].constant(), "element"));
  }
  if (k[0].is_constant() && extent.is_constant() && k[0].constant() > extent.constant()) {
    return invalid_argument("{} elements are wanted of axis {} of {}, which has {}",
                            k[0].constant(), axis, to_string(in[0]), extent.constant());
  }
  values.shape[axis] = k[0];
  ValueInfo indices = {DataType::kInt64, values.shape, std::nullopt};
  return std::vector{std::move(values), std::move(indices)};
}

// Whether x comes before y; a NaN is not equal to itself.
template <class Number>
bool comes_before(Number x, Number y, bool largest) {
  if (x != x || y != y) return x != x && y == y;
  return largest ? x > y : x < y;
}

Status top_k_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                       std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_top_k, erased, in, out, kHostInputs));
  const auto& attrs = erased.as<TopKAttrs>();
  const size_t axis = TRY(normalize_axis(attrs.axis, in[0].shape.size()));
  const AxisVectors vectors(in[0].shape, axis);
  const int64_t k = out[0].shape[axis];
  int64_t* const indices = elements_of<int64_t>(out[1]).data();
  return dispatch_type<NumericTypes>(in[0].type, [&]<class T>() {
    const T* const x = elements_of<T>(in[0]).data();
    T* const values = elements_of<T>(out[0]).data();
    for_each_vector_group(vectors, 1, kGrain, pool, [&](int64_t outer, int64_t inner, int64_t) {
      const T* const from = x + outer * vectors.count * vectors.inner + inner;
      std::vector<int64_t> order(static_cast<size_t>(vectors.count));
      std::iota(order.begin(), order.end(), 0);
      const auto before = [&](int64_t a, int64_t b) {
        const auto first = load(from[a * vectors.inner]);
        const auto second = load(from[b * vectors.inner]);
        if (comes_before(first, second, attrs.largest)) return true;
        return !comes_before(second, first, attrs.largest) && a < b;
      };
      std::partial_sort(order.begin(), order.begin() + k, order.end(), before);
      for (int64_t i = 0; i < k; ++i) {
        const int64_t to = (outer * k + i) * vectors.inner + inner;
        indices[to] = order[static_cast<size_t>(i)];
        values[to] = from[indices[to] * vectors.inner];
      }
    });
  });
}

constexpr OpDef kTopK = {
    .name = "TopK",
    .doc = "The largest or smallest elements along an axis, and where they are.",
    .attrs = &attr_table<TopKAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 2,
    .infer = infer_top_k,
    .reference = top_k_reference,
    .host_inputs = kHostInputs};
constexpr const OpDef* kOps[] = {&kTopK};

}  // namespace

std::span<const OpDef* const> top_k_ops() { return kOps; }

}  // namespace tenon::internal
