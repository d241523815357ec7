#include "ops/region.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/text_tokens.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/region_parts.h"
#include "ops/strided_copy.h"
#include "ops/work.h"
#include "tensor/attribute_text.h"
#include "tensor/host_tensor.h"

#include <array>
#include <cstddef>
#include <utility>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_region(const Attrs& attrs, std::span<const ValueInfo> in) {
  RegionParts parts = TRY(region_parts(attrs.as<RegionAttrs>(), in));
  return std::vector{std::move(parts.output)};
}

// Runs the parts one after the other, each into memory of its own.
class Run {
 public:
  Run(const RegionParts& parts, ThreadPool& pool) : parts_(parts), pool_(pool) {}

  Status run(std::span<const ConstTensorView> in, const TensorView& out) {
    std::vector<ConstTensorView> operands;
    for (size_t i = 0; i < in.size(); ++i) operands.push_back(TRY(view(parts_.views[i], in[i])));
    if (parts_.anchor == nullptr) {
      return interpret(parts_.after, operands, {&out, 1}, pool_);
    }
    std::vector<ConstTensorView> anchor_operands;
    for (size_t i = 0; i < parts_.before.size(); ++i) {
      anchor_operands.push_back(TRY(before(i, operands)));
    }
    if (parts_.after.is_empty()) {
      return parts_.anchor->reference(parts_.anchor_attrs, anchor_operands, {&out, 1}, pool_);
    }
    const TensorView result = TRY(make(parts_.anchor_output));
    TRY_STATUS(parts_.anchor->reference(parts_.anchor_attrs, anchor_operands, {&result, 1}, pool_));
    std::vector<ConstTensorView> inputs = {result};
    const auto first = static_cast<std::ptrdiff_t>(parts_.after_first);
    inputs.insert(inputs.end(), operands.begin() + first, operands.end());
    return interpret(parts_.after, inputs, {&out, 1}, pool_);
  }

 private:
  // Memory for a value of these parts, whose dims are numbers.
  Result<TensorView> make(const ValueInfo& info) {
    Shape shape = TRY(evaluate(info.shape, {}));
    std::byte* data = nullptr;
    // Nobody else has seen the tensor yet.
    const auto keep = [&data](std::span<std::byte> bytes) { data = bytes.data(); };
    storage_.push_back(TRY(HostTensor::make(info.type, shape, keep)));
    return TensorView{data, info.type, std::move(shape)};
  }

  Result<ConstTensorView> view(const OperandView& view, const ConstTensorView& operand) {
    if (view.is_identity()) return operand;
    const std::vector<int64_t> strides = dense_strides(operand.shape);
    ReadOrder order;
    for (const int64_t axis : view.perm) {
      order.shape.push_back(operand.shape[static_cast<size_t>(axis)]);
      order.strides.push_back(strides[static_cast<size_t>(axis)]);
    }
    const TensorView copy = TRY(make({operand.type, to_symbolic(order.shape), {}}));
    TRY_STATUS(copy_in_order(order, operand, copy, pool_));
    return copy;
  }

  // What the anchor reads as its operand `index`.
  Result<ConstTensorView> before(size_t index, std::span<const ConstTensorView> operands) {
    const PointwiseProgram& program = parts_.before[index];
    const auto mine = operands.subspan(parts_.before_first[index]);
    if (program.is_empty()) return mine[0];
    const TensorView result = TRY(make(parts_.anchor_inputs[index]));
    TRY_STATUS(interpret(program, mine.first(program.inputs.size()), {&result, 1}, pool_));
    return result;
  }

  const RegionParts& parts_;
  ThreadPool& pool_;
  std::vector<HostTensor> storage_;
};

// Operands that the program reads where it writes, and as wide as what it writes. An anchor reads
// around the elements that it computes, so none of its operands is among them.
OperandMask in_place_of_region(const Attrs& attrs, size_t operands) {
  const auto& region = attrs.as<RegionAttrs>();
  const PointwiseProgram& program = region.after;
  const size_t first_input = region.anchor.op == nullptr ? 0 : 1;
  if (program.is_empty() || program.inputs.size() > operands + first_input) return 0;
  const int width = bits_of(program.type_of(program.outputs[0]));
  OperandMask mask = 0;
  size_t operand = operands + first_input - program.inputs.size();
  for (size_t i = first_input; i < program.inputs.size() && operand < 32; ++i, ++operand) {
    const bool as_stored = region.views.empty() || region.views[operand].is_identity();
    if (as_stored && bits_of(program.inputs[i]) == width) mask |= OperandMask{1} << operand;
  }
  return mask;
}

Status reference_region(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_region, attrs, in, out));
  std::vector<ValueInfo> operands;
  for (const ConstTensorView& tensor : in) {
    operands.push_back({tensor.type, to_symbolic(tensor.shape), {}});
  }
  const RegionParts parts = TRY(region_parts(attrs.as<RegionAttrs>(), operands));
  return Run(parts, pool).run(in, out[0]);
}

double region_flops(const Attrs& attrs, std::span<const ValueInfo> in, const ValueInfo& out) {
  const Result<RegionParts> parts = region_parts(attrs.as<RegionAttrs>(), in);
  if (!parts.ok()) return 0;
  const auto program_flops = [](const PointwiseProgram& program, const ValueInfo& result) {
    return static_cast<double>(program.body.size()) * elements_in(result.shape);
  };
  double flops = program_flops(parts->after, out);
  for (size_t i = 0; i < parts->before.size(); ++i) {
    flops += program_flops(parts->before[i], parts->anchor_inputs[i]);
  }
  if (parts->anchor == nullptr || parts->anchor->flops == nullptr) return flops;
  return flops +
         parts->anchor->flops(parts->anchor_attrs, parts->anchor_inputs, parts->anchor_output);
}

constexpr OpDef kRegion = {
    .name = kRegionName,
    .doc =
        "A fused node: an op or none, with views of its operands and pointwise programs before and "
        "after it.",
    .attrs = &attr_table<RegionAttrs>,
    .min_inputs = 1,
    .max_inputs = kMaxRegionOperands,
    .outputs = 1,
    .infer = infer_region,
    .reference = reference_region,
    .in_place_of = in_place_of_region,
    .flops = region_flops,
};

constexpr std::array<const OpDef*, 1> kOps = {&kRegion};

}  // namespace

std::string TextForm<OperandView>::to_text(const OperandView& view) {
  const AttributeMap changed = changed_attributes(Attrs::of(view));
  return changed.empty() ? std::string() : to_string(changed);
}

Result<OperandView> TextForm<OperandView>::parse(std::string_view text) {
  if (text.empty()) return OperandView();
  TokenReader tokens(text);
  const AttributeMap attributes = TRY(parse_attributes(tokens));
  TRY_STATUS(tokens.expect_end());
  return TRY(Attrs::from_map(attr_table<OperandView>, attributes)).as<OperandView>();
}

std::string describe(const RegionAttrs& region) {
  std::vector<std::string_view> ops;
  const auto add_program = [&](const PointwiseProgram& program) {
    for (const PointwiseProgram::Instruction& instruction : program.body) {
      ops.push_back(scalar_op(instruction.code).name);
    }
  };
  for (const PointwiseProgram& program : region.before) add_program(program);
  if (region.anchor.op != nullptr) ops.push_back(region.anchor.op->name);
  add_program(region.after);
  return join(ops, "+");
}

Status check_anchor(const OpDef& op, size_t operands) {
  if (op.outputs != 1) {
    return invalid_argument("{} has {} outputs and cannot be an anchor", op.name, op.outputs);
  }
  if (op.view || pointwise_row(op) != nullptr || op.infer == infer_region) {
    return invalid_argument("{} cannot be an anchor: it is {}", op.name,
                            op.view                    ? "a view"
                            : op.infer == infer_region ? "a region"
                                                       : "pointwise");
  }
  const OperandMask given = operands < 32 ? (OperandMask{1} << operands) - 1 : ~OperandMask{0};
  if ((op.host_inputs & given) != 0) {
    return invalid_argument("{} cannot be an anchor: it reads an operand on the host", op.name);
  }
  return ok_status();
}

std::span<const OpDef* const> region_ops() { return kOps; }

}  // namespace tenon::internal
