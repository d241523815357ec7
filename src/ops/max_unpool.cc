#include "ops/max_unpool.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"
#include "ops/window.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b100;

// Of the tensor that the indices count. Errors: InvalidArgument.
Result<SymbolicShape> counted_shape(const MaxUnpoolAttrs& attrs, const SymbolicShape& x) {
  if (x.size() < 3) {
    return invalid_argument("x {} must have rank 3 or more: batch, channels, spatial axes",
                            to_string(x));
  }
  const size_t rank = x.size() - 2;
  if (attrs.kernel_shape.size() != rank) {
    return invalid_argument("kernel_shape={} must have {} values, one for each spatial axis of x",
                            to_string(to_symbolic(attrs.kernel_shape)), rank);
  }
  TRY_STATUS(check_axis_values("kernel_shape", attrs.kernel_shape, rank, 1));
  TRY_STATUS(check_axis_values("strides", attrs.strides, rank, 1));
  TRY_STATUS(check_axis_values("pads", attrs.pads, 2 * rank, 0));
  SymbolicShape shape = x;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t pads = value_or(attrs.pads, i, 0) + value_or(attrs.pads, i + rank, 0);
    shape[i + 2] = (x[i + 2] - 1) * value_or(attrs.strides, i, 1) + attrs.kernel_shape[i] - pads;
    if (!shape[i + 2].is_constant() || shape[i + 2].constant() >= 0) continue;
    return invalid_argument("nothing is left of spatial axis {} of x {} between its pads", i,
                            to_string(x));
  }
  return shape;
}

Result<std::vector<ValueInfo>> infer_max_unpool(const Attrs& erased,
                                                std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  TRY_STATUS(require_indices(in[1]));
  bool fits = in[1].shape.size() == in[0].shape.size();
  for (size_t i = 0; fits && i < in[0].shape.size(); ++i) {
    fits = !certainly_differ(in[0].shape[i], in[1].shape[i]);
  }
  if (!fits) {
    return invalid_argument("indices {} must have the shape of x, {}", to_string(in[1].shape),
                            to_string(in[0].shape));
  }
  const SymbolicShape counted = TRY(counted_shape(erased.as<MaxUnpoolAttrs>(), in[0].shape));
  if (!has_operand(in, 2)) return std::vector{ValueInfo{in[0].type, counted, std::nullopt}};
  const SymbolicShape stated = TRY(list_operand(in[2], "dims of the result"));
  fits = stated.size() == counted.size();
  for (size_t i = 0; fits && i < stated.size(); ++i) {
    const Dim more = stated[i] - counted[i];
    fits = !more.is_constant() || (i < 2 ? more.constant() == 0 : more.constant() >= 0);
  }
  if (fits) return std::vector{ValueInfo{in[0].type, stated, std::nullopt}};
  return invalid_argument("the result cannot have the shape {}, it needs {} or more positions",
                          to_string(stated), to_string(counted));
}

Status max_unpool_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                            std::span<const TensorView> out, ThreadPool&) {
  TRY_STATUS(check_shapes(infer_max_unpool, erased, in, out, kHostInputs));
  const SymbolicShape x = to_symbolic(in[0].shape);
  const Shape counted = TRY(evaluate(TRY(counted_shape(erased.as<MaxUnpoolAttrs>(), x)), {}));
  const int64_t count = tenon::element_count(counted);
  const std::vector<int64_t> strides = dense_strides(out[0].shape);
  const std::vector<int64_t> indices = TRY(to_int64s(in[1]));
  return dispatch_size(in[0].type, [&]<class T>() -> Status {
    const std::span<const T> elements = elements_of<T>(in[0]);
    const std::span<T> result = elements_of<T>(out[0]);
    std::ranges::fill(result, T{0});
    for (size_t i = 0; i < elements.size(); ++i) {
      int64_t rest = indices[i];
      if (rest < 0 || rest >= count) {
        return invalid_argument("index {} is outside of {} elements", rest, count);
      }
      int64_t at = 0;
      for (size_t axis = counted.size(); axis-- > 0;) {
        at += rest % counted[axis] * strides[axis];
        rest /= counted[axis];
      }
      result[static_cast<size_t>(at)] = elements[i];
    }
    return ok_status();
  });
}

constexpr OpDef kMaxUnpool = {
    .name = "MaxUnpool",
    .doc = "Puts elements where the windows of MaxPool found them, and zeros elsewhere.",
    .attrs = &attr_table<MaxUnpoolAttrs>,
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_max_unpool,
    .reference = max_unpool_reference,
    .host_inputs = kHostInputs};
constexpr std::array<const OpDef*, 1> kOps = {&kMaxUnpool};

}  // namespace

std::span<const OpDef* const> max_unpool_ops() { return kOps; }

}  // namespace tenon::internal
