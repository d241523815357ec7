#include "ops/pad.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/picked_copy.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b1010;

}  // namespace

Result<std::vector<AxisPads>> axis_pads(std::span<const ValueInfo> in) {
  const size_t rank = in[0].shape.size();
  std::vector<size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (has_operand(in, 3)) {
    axes = TRY(normalize_axes(TRY(constant_list_operand(in[3], "axes to pad")), rank));
  }
  const std::vector<Dim> pads = TRY(list_operand(in[1], "pads"));
  if (pads.size() != 2 * axes.size()) {
    return invalid_argument("the number of pads is {}, the axes take {}", pads.size(),
                            2 * axes.size());
  }
  std::vector<AxisPads> of_axes(rank);
  for (size_t i = 0; i < axes.size(); ++i) of_axes[axes[i]] = {pads[i], pads[i + axes.size()]};
  return of_axes;
}

namespace {

Status check_value(std::span<const ValueInfo> in) {
  if (!has_operand(in, 2)) return ok_status();
  const Dim count = element_count(in[2].shape);
  if (in[2].type == in[0].type && !certainly_differ(count, 1)) return ok_status();
  return invalid_argument("the value to pad with is {}, it must be a scalar of x's type",
                          to_string(in[2]));
}

Result<std::vector<ValueInfo>> infer_pad(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  TRY_STATUS(check_value(in));
  ValueInfo out = {in[0].type, in[0].shape, std::nullopt};
  const std::vector<AxisPads> pads = TRY(axis_pads(in));
  for (size_t axis = 0; axis < pads.size(); ++axis) {
    out.shape[axis] = out.shape[axis] + pads[axis].begin + pads[axis].end;
  }
  return std::vector{std::move(out)};
}

// What modes make of a position outside of `extent` > 0 elements.
int64_t folded(PadMode mode, int64_t position, int64_t extent) {
  const auto modulo = [](int64_t value, int64_t divisor) {
    const int64_t rest = value % divisor;
    return rest < 0 ? rest + divisor : rest;
  };
  switch (mode) {
    case PadMode::kConstant:
      return kFilled;
    case PadMode::kEdge:
      return position < 0 ? 0 : extent - 1;
    case PadMode::kWrap:
      return modulo(position, extent);
    case PadMode::kReflect:
      break;
  }
  if (extent == 1) return 0;
  const int64_t there_and_back = modulo(position, 2 * (extent - 1));
  return std::min(there_and_back, 2 * (extent - 1) - there_and_back);
}

Result<PickedAxis> padded_axis(PadMode mode, int64_t begin, int64_t end, int64_t extent) {
  // What is left of the axis.
  const int64_t first = std::clamp<int64_t>(-begin, 0, extent);
  const int64_t last = std::clamp<int64_t>(extent + end, first, extent);
  PickedAxis picked(static_cast<size_t>(extent + begin + end));
  if (mode != PadMode::kConstant && first == last && !picked.empty()) {
    return invalid_argument("an axis of extent {} with pads {} and {} has no elements to repeat",
                            extent, begin, end);
  }
  int64_t position = -begin - first;
  for (int64_t& from : picked) {
    const bool inside = position >= 0 && position < last - first;
    from = inside ? position : folded(mode, position, last - first);
    if (from != kFilled) from += first;
    ++position;
  }
  return picked;
}

Status pad_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_pad, attrs, in, out, kHostInputs));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const std::vector<AxisPads> pads = TRY(axis_pads(TRY(operand_infos(in, kHostInputs))));
  std::vector<PickedAxis> axes;
  for (size_t axis = 0; axis < pads.size(); ++axis) {
    axes.push_back(TRY(padded_axis(attrs.as<PadAttrs>().mode, pads[axis].begin.constant(),
                                   pads[axis].end.constant(), in[0].shape[axis])));
  }
  return copy_picked(axes, in[0], has_operand(in, 2) ? in[2].data : nullptr, out[0], pool);
}

constexpr OpDef kPad = {
    .name = "Pad",
    .doc =
        "Adds elements at the ends of axes (a value, mirrored, repeated or wrapped around), or "
        "takes them away.",
    .attrs = &attr_table<PadAttrs>,
    .min_inputs = 2,
    .max_inputs = 4,
    .outputs = 1,
    .infer = infer_pad,
    .reference = pad_reference,
    .host_inputs = kHostInputs};
constexpr const OpDef* kOps[] = {&kPad};

}  // namespace

std::span<const OpDef* const> pad_ops() { return kOps; }

}  // namespace tenon::internal
