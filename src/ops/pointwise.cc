#include "ops/pointwise.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operands.h"
#include "ops/pointwise_elements.h"
#include "ops/work.h"

#include <array>
#include <limits>
#include <utility>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer(ScalarCode code, const Attrs& attrs,
                                     std::span<const ValueInfo> in) {
  const OpDef& op = pointwise_op_defs()[static_cast<size_t>(code)];
  std::vector<DataType> types;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].present()) return invalid_argument("operand {} is missing", i);
    types.push_back(in[i].type);
  }
  const PointwiseProgram program = TRY(program_of(op, attrs, types));
  ValueInfo out;
  out.type = program.type_of(program.outputs[0]);
  out.shape = in[0].shape;
  for (const ValueInfo& operand : in.subspan(1)) {
    out.shape = TRY(broadcast(out.shape, operand.shape));
  }
  if (auto elements = pointwise_elements(program, in, out.shape)) {
    out = with_elements(std::move(out), *std::move(elements));
  }
  return std::vector<ValueInfo>{std::move(out)};
}

Status run_reference(ScalarCode code, const Attrs& attrs, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool& pool) {
  const OpDef& op = pointwise_op_defs()[static_cast<size_t>(code)];
  std::vector<DataType> types;
  for (const ConstTensorView& tensor : in) types.push_back(tensor.type);
  return interpret(TRY(program_of(op, attrs, types)), in, out, pool);
}

// OpDef holds plain functions; these know their row.
template <ScalarCode code>
Result<std::vector<ValueInfo>> infer_row(const Attrs& attrs, std::span<const ValueInfo> in) {
  return infer(code, attrs, in);
}
template <ScalarCode code>
Status reference_row(const Attrs& attrs, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool& pool) {
  return run_reference(code, attrs, in, out, pool);
}

// Operands that have the type of the result for sure. A cast reads each element before it writes
// it, whatever the types are.
constexpr OperandMask in_place_operands(ScalarCode code, ScalarSignature signature) {
  if (code == ScalarCode::kPow) return 0b001;
  switch (signature) {
    case ScalarSignature::kUniform:
      return 0b011;
    case ScalarSignature::kFolded:
      return std::numeric_limits<OperandMask>::max();
    case ScalarSignature::kComparison:
      return 0;
    case ScalarSignature::kSelection:
      return 0b110;
    case ScalarSignature::kConversion:
      break;
  }
  return 0b001;
}

// One an instruction.
double pointwise_flops(const Attrs&, std::span<const ValueInfo>, const ValueInfo& out) {
  return elements_in(out.shape);
}

double folded_flops(const Attrs&, std::span<const ValueInfo> in, const ValueInfo& out) {
  return elements_in(out.shape) * static_cast<double>(in.size() - 1);
}

template <ScalarCode code>
constexpr OpDef make_def(std::string_view name, std::string_view doc, int arity,
                         ScalarSignature signature, const AttrTable& attrs) {
  const bool folded = signature == ScalarSignature::kFolded;
  const OperandMask all = arity == 1 ? 0b001 : std::numeric_limits<OperandMask>::max();
  return {.name = name,
          .doc = doc,
          .attrs = &attrs,
          .min_inputs = folded ? 1 : arity,
          .max_inputs = folded ? kVariadic : arity,
          .outputs = 1,
          .infer = &infer_row<code>,
          .reference = &reference_row<code>,
          .in_place = in_place_operands(code, signature) & all,
          .view = code == ScalarCode::kIdentity,
          .flops = folded ? folded_flops : pointwise_flops};
}

constexpr std::array kDefs = {
#define TENON_SCALAR_OP(name, arity, types, signature, attributes, doc)        \
  make_def<ScalarCode::k##name>(#name, doc, arity, ScalarSignature::signature, \
                                attr_table<attributes>),
#include "ops/scalar_ops.inc"
#undef TENON_SCALAR_OP
};

constexpr auto kOps = [] {
  std::array<const OpDef*, kDefs.size()> ops{};
  for (size_t i = 0; i < ops.size(); ++i) ops[i] = &kDefs[i];
  return ops;
}();

}  // namespace

std::span<const OpDef> pointwise_op_defs() { return kDefs; }

std::span<const OpDef* const> pointwise_ops() { return kOps; }

const ScalarOp* pointwise_row(const OpDef& op) {
  for (size_t i = 0; i < kDefs.size(); ++i) {
    if (&op == &kDefs[i]) return &scalar_ops()[i];
  }
  return nullptr;
}

}  // namespace tenon::internal
