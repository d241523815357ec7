#include "ops/reformat.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/strided_copy.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_reformat(const Attrs& attrs, std::span<const ValueInfo> in) {
  const ReformatAttrs& layouts = attrs.as<ReformatAttrs>();
  TRY_STATUS(require_whole_bytes(in[0].type));
  for (const Layout layout : {layouts.from, layouts.to}) {
    if (layout == Layout::kPacked) return invalid_argument("a packed tensor has no other layout");
    // Extents that were open when layouts were chosen may turn out to be 1.
    if (layout == Layout::kChannelsLast && in[0].shape.size() < 3) {
      return invalid_argument("a tensor of shape {} cannot be channels_last",
                              to_string(in[0].shape));
    }
  }
  ValueInfo out = in[0];
  out.elements.reset();
  out.layout = layouts.to;
  return std::vector{std::move(out)};
}

// What is stored at each axis of the result's storage, read from the operand's.
ReadOrder reformat_order(std::span<const int64_t> shape, const ReformatAttrs& layouts) {
  const std::vector<int64_t> from = storage_order(layouts.from, shape.size());
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = from.size(); i-- > 0;) {
    const auto axis = static_cast<size_t>(from[i]);
    strides[axis] = stride;
    stride *= shape[axis];
  }
  ReadOrder order;
  for (const int64_t axis : storage_order(layouts.to, shape.size())) {
    order.shape.push_back(shape[static_cast<size_t>(axis)]);
    order.strides.push_back(strides[static_cast<size_t>(axis)]);
  }
  return order;
}

Status reformat_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                          std::span<const TensorView> out, ThreadPool& pool) {
  const ReadOrder order = reformat_order(in[0].shape, attrs.as<ReformatAttrs>());
  return copy_in_order(order, in[0], {out[0].data, out[0].type, order.shape}, pool);
}

constexpr OpDef kReformat = {.name = "Reformat",
                             .doc = "The operand in another layout in memory.",
                             .attrs = &attr_table<ReformatAttrs>,
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .outputs = 1,
                             .infer = infer_reformat,
                             .reference = reformat_reference};
constexpr const OpDef* kOps[] = {&kReformat};

}  // namespace

std::span<const OpDef* const> reformat_ops() { return kOps; }

}  // namespace tenon::internal
