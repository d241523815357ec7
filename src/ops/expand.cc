#include "ops/expand.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_expand(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  const std::vector<Dim> wanted = TRY(list_operand(in[1], "dimensions to expand to"));
  for (const Dim& dim : wanted) {
    if (dim.is_constant() && dim.constant() < 0) {
      return invalid_argument("cannot expand to {}: {} is no dimension",
                              to_string(SymbolicShape(wanted)), dim.constant());
    }
  }
  ValueInfo out = {in[0].type, TRY(broadcast(in[0].shape, wanted)), std::nullopt};
  const std::optional<Shape> from = constant_shape(in[0].shape);
  const std::optional<Shape> to = constant_shape(out.shape);
  if (in[0].elements && from && to && tenon::element_count(*to) <= kMaxKnownElements) {
    const ReadOrder order = TRY(expand_order(*from, *to));
    out = with_elements(std::move(out), in_order(order, *in[0].elements));
  }
  return std::vector{std::move(out)};
}

Status expand_reference(const Attrs&, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  return copy_in_order(TRY(expand_order(in[0].shape, out[0].shape)), in[0], out[0], pool);
}

constexpr OpDef kExpand = {
    .name = "Expand",
    .doc = "Repeats a tensor along axes of extent 1 so that it has the broadcast shape.",
    .attrs = &attr_table<NoAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_expand,
    .reference = expand_reference,
    .host_inputs = 0b10};
constexpr const OpDef* kOps[] = {&kExpand};

}  // namespace

std::span<const OpDef* const> expand_ops() { return kOps; }

Result<ReadOrder> expand_order(std::span<const int64_t> from, const Shape& to) {
  if (from.size() > to.size()) {
    return invalid_argument("{} cannot be broadcast to {}", tenon::to_string(from),
                            tenon::to_string(to));
  }
  const size_t missing = to.size() - from.size();
  ReadOrder order = {to, std::vector<int64_t>(to.size()), 0};
  const std::vector<int64_t> strides = dense_strides(from);
  for (size_t axis = 0; axis < from.size(); ++axis) {
    const int64_t extent = to[missing + axis];
    if (from[axis] == 1) continue;
    if (from[axis] != extent) {
      return invalid_argument("{} cannot be broadcast to {}", tenon::to_string(from),
                              tenon::to_string(to));
    }
    order.strides[missing + axis] = strides[axis];
  }
  return order;
}

}  // namespace tenon::internal
