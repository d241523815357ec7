#include "ops/range.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b111;
// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;

Result<Dim> scalar_operand(const ValueInfo& operand, std::string_view what) {
  const std::vector<Dim> elements = TRY(list_operand(operand, "start, limit or delta"));
  if (elements.size() == 1) return elements[0];
  return invalid_argument("the {} is {}, it must be a scalar", what, to_string(operand));
}

Result<Dim> range_count(const Dim& start, const Dim& limit, const Dim& delta) {
  if (!delta.is_constant()) {
    return unsupported("the delta depends on a symbolic dimension ({}); it must be constant",
                       delta.to_string());
  }
  if (delta == Dim(0)) return invalid_argument("the delta is 0");
  const bool forwards = delta.constant() > 0;
  const Dim count =
      Dim::ceil_div(forwards ? limit - start : start - limit, forwards ? delta : Dim(0) - delta);
  return count.is_at_least(0) ? count : Dim::max(count, 0);
}

Result<std::vector<ValueInfo>> infer_range(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_same_types(in));
  const Dim start = TRY(scalar_operand(in[0], "start"));
  const Dim limit = TRY(scalar_operand(in[1], "limit"));
  const Dim delta = TRY(scalar_operand(in[2], "delta"));
  ValueInfo out = {in[0].type, {TRY(range_count(start, limit, delta))}, std::nullopt};
  const Dim& count = out.shape[0];
  if (count.is_constant() && count.constant() <= kMaxKnownElements) {
    std::vector<Dim> elements;
    for (int64_t i = 0; i < count.constant(); ++i) elements.push_back(start + delta * i);
    out = with_elements(std::move(out), std::move(elements));
  }
  return std::vector{std::move(out)};
}

Status range_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                       std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_range, attrs, in, out, kHostInputs));
  const int64_t start = TRY(to_int64s(in[0]))[0];
  const int64_t delta = TRY(to_int64s(in[2]))[0];
  return dispatch_type<TypeList<int32_t, int64_t>>(out[0].type, [&]<class T>() {
    const std::span<T> elements = elements_of<T>(out[0]);
    pool.parallel_for(
        static_cast<int64_t>(elements.size()),
        [&](int64_t begin, int64_t end) {
          // All lie between start and limit.
          for (int64_t i = begin; i < end; ++i) {
            elements[static_cast<size_t>(i)] = static_cast<T>(start + i * delta);
          }
        },
        kGrain);
  });
}

constexpr OpDef kRange = {
    .name = "Range",
    .doc = "Integers from start on, delta apart, up to limit, which is not among them.",
    .attrs = &attr_table<NoAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_range,
    .reference = range_reference,
    .host_inputs = kHostInputs};
constexpr const OpDef* kOps[] = {&kRange};

}  // namespace

std::span<const OpDef* const> range_ops() { return kOps; }

}  // namespace tenon::internal
