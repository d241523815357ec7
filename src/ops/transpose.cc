#include "ops/transpose.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Which axis of the operand each axis of the output is. Errors: InvalidArgument.
Result<std::vector<size_t>> permutation(const Attrs& attrs, size_t rank) {
  const std::optional<std::vector<int64_t>>& perm = attrs.as<TransposeAttrs>().perm;
  std::vector<size_t> axes;
  if (!perm) {
    for (size_t axis = rank; axis-- > 0;) axes.push_back(axis);
    return axes;
  }
  if (perm->size() != rank || std::ranges::any_of(*perm, [](int64_t axis) { return axis < 0; })) {
    return invalid_argument("perm={} does not order the axes of a tensor of rank {}",
                            to_string(*perm), rank);
  }
  return normalize_axes(*perm, rank);
}

ReadOrder permuted_order(std::span<const int64_t> shape, std::span<const size_t> axes) {
  const std::vector<int64_t> strides = dense_strides(shape);
  ReadOrder order;
  for (const size_t axis : axes) {
    order.shape.push_back(shape[axis]);
    order.strides.push_back(strides[axis]);
  }
  return order;
}

Result<std::vector<ValueInfo>> infer_transpose(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  const std::vector<size_t> axes = TRY(permutation(attrs, in[0].shape.size()));
  ValueInfo out = {in[0].type, {}, std::nullopt};
  for (const size_t axis : axes) out.shape.push_back(in[0].shape[axis]);
  const std::optional<Shape> shape = constant_shape(in[0].shape);
  if (in[0].elements && shape) {
    out = with_elements(std::move(out), in_order(permuted_order(*shape, axes), *in[0].elements));
  }
  return std::vector{std::move(out)};
}

Status transpose_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                           std::span<const TensorView> out, ThreadPool& pool) {
  return copy_in_order(TRY(transpose_order(attrs, in[0].shape)), in[0], out[0], pool);
}

constexpr OpDef kTranspose = {.name = "Transpose",
                              .doc = "Reorders the axes of a tensor.",
                              .attrs = &attr_table<TransposeAttrs>,
                              .min_inputs = 1,
                              .max_inputs = 1,
                              .outputs = 1,
                              .infer = infer_transpose,
                              .reference = transpose_reference};
constexpr const OpDef* kOps[] = {&kTranspose};

}  // namespace

std::span<const OpDef* const> transpose_ops() { return kOps; }

Result<ReadOrder> transpose_order(const Attrs& attrs, std::span<const int64_t> shape) {
  return permuted_order(shape, TRY(permutation(attrs, shape.size())));
}

}  // namespace tenon::internal
