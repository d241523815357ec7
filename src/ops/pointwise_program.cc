#include "base/check.h"
#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/pointwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

using Instruction = PointwiseProgram::Instruction;

std::string_view describe(ScalarTypes types) {
  switch (types) {
    case ScalarTypes::kNumeric:
      return "f32, f64, f16, bf16 or integers of at least 8 bits";
    case ScalarTypes::kSigned:
      return "f32, f64, f16, bf16 or signed integers of at least 8 bits";
    case ScalarTypes::kFloating:
      return "f32, f64, f16 or bf16";
    case ScalarTypes::kInteger:
      return "integers of at least 8 bits";
    case ScalarTypes::kBool:
      return "bool";
    case ScalarTypes::kNumericOrBool:
      return "f32, f64, f16, bf16, bool or integers of at least 8 bits";
    case ScalarTypes::kAny:
      break;
  }
  return "any element type";
}

bool accepts(ScalarTypes types, DataType type) {
  const int bits = bits_of(type);
  const bool floating = is_floating(type) && bits >= 16;
  const bool numeric = floating || (is_integer(type) && bits >= 8);
  switch (types) {
    case ScalarTypes::kNumeric:
      return numeric;
    case ScalarTypes::kSigned:
      return numeric && is_signed(type);
    case ScalarTypes::kFloating:
      return floating;
    case ScalarTypes::kInteger:
      return numeric && !floating;
    case ScalarTypes::kBool:
      return type == DataType::kBool;
    case ScalarTypes::kNumericOrBool:
      return numeric || type == DataType::kBool;
    case ScalarTypes::kAny:
      break;
  }
  return bits > 0;
}

// Type of the result for operands of these types, as many as the row's arity; `wanted` where the
// row leaves it open.
Result<DataType> result_type(const ScalarOp& row, std::span<const DataType> operands,
                             DataType wanted) {
  const bool selects = row.signature == ScalarSignature::kSelection;
  if (selects && operands[0] != DataType::kBool) {
    return invalid_argument("the condition must be bool, not {}", to_string(operands[0]));
  }
  const std::span<const DataType> uniform = selects ? operands.subspan(1) : operands;
  for (const DataType type : uniform) {
    if (!accepts(row.types, type)) {
      return invalid_argument("operands must be {}, not {}", describe(row.types), to_string(type));
    }
    if (type != uniform[0]) {
      return invalid_argument("operands must have one element type, not {} and {}; insert a Cast",
                              to_string(uniform[0]), to_string(type));
    }
  }
  if (row.signature == ScalarSignature::kComparison) return DataType::kBool;
  if (row.signature != ScalarSignature::kConversion) return uniform[0];
  if (bits_of(wanted) == 0) return invalid_argument("the type to convert to is not given");
  return wanted;
}

// Parameters that the row does not have are 0, so that equal programs have equal texts.
Status verify_params(const ScalarOp& row, const ScalarParams& params) {
  size_t used = 0;
  for (const AttrTable::Field& field : row.attrs->fields()) {
    if (field.type == "type") continue;
    const float param = params[used++];
    if (field.type == "bool" && param != 0 && param != 1) {
      return invalid_argument("{} of {} must be 0 or 1, not {}", field.name, row.name,
                              number_text(param));
    }
  }
  for (const float param : std::span(params).subspan(used)) {
    if (param != 0) return invalid_argument("{} has {}", row.name, counted(used, "parameter"));
  }
  return ok_status();
}

// Appends the instructions of a node.
class ProgramMaker {
 public:
  explicit ProgramMaker(std::span<const DataType> inputs) {
    program_.inputs.assign(inputs.begin(), inputs.end());
  }

  // Returns the register of the result.
  Result<int32_t> add(const ScalarOp& row, std::span<const int32_t> operands,
                      ScalarParams params = {}, DataType wanted = DataType::kUndefined) {
    Instruction instruction{.code = row.code, .params = params};
    std::array<DataType, 3> types;
    for (size_t i = 0; i < operands.size(); ++i) {
      instruction.operands[i] = operands[i];
      types[i] = program_.type_of(operands[i]);
    }
    instruction.type = TRY(result_type(row, std::span(types).first(operands.size()), wanted));
    program_.body.push_back(instruction);
    return static_cast<int32_t>(program_.inputs.size() + program_.body.size() - 1);
  }

  // A register with the value as another type.
  Result<int32_t> cast(int32_t reg, DataType type) {
    if (program_.type_of(reg) == type) return reg;
    return add(scalar_op(ScalarCode::kCast), {{reg}}, {}, type);
  }

  PointwiseProgram finish(int32_t result) && {
    program_.outputs = {result};
    return std::move(program_);
  }

 private:
  PointwiseProgram program_;
};

// Min(a, b, c) is Min(Min(a, b), c), and Min(a) is a.
Result<int32_t> add_folded(const ScalarOp& row, size_t count, ProgramMaker& maker) {
  int32_t result = 0;
  // Checks the types of a single operand too.
  if (count == 1) {
    result = TRY(maker.add(row, {{0, 0}}));
  }
  for (size_t i = 1; i < count; ++i) {
    result = TRY(maker.add(row, {{result, static_cast<int32_t>(i)}}));
  }
  return result;
}

// An exponent of another type than the base: integers meet in i64, where wrapping around gives what
// it gives in the base's type; others in f64.
Result<int32_t> add_power(const ScalarOp& row, DataType base, DataType exponent,
                          ProgramMaker& maker) {
  if (base == exponent) return maker.add(row, {{0, 1}});
  for (const DataType type : {base, exponent}) {
    if (!accepts(row.types, type)) {
      return invalid_argument("operands must be {}, not {}", describe(row.types), to_string(type));
    }
  }
  const bool integers = is_integer(base) && is_integer(exponent);
  const DataType common = integers ? DataType::kInt64 : DataType::kFloat64;
  const int32_t wide_base = TRY(maker.cast(0, common));
  const int32_t wide_exponent = TRY(maker.cast(1, common));
  const int32_t power = TRY(maker.add(row, {{wide_base, wide_exponent}}));
  return maker.cast(power, base);
}

}  // namespace

DataType PointwiseProgram::type_of(int32_t reg) const {
  const auto index = static_cast<size_t>(reg);
  TENON_CHECK(reg >= 0 && index < inputs.size() + body.size());
  return index < inputs.size() ? inputs[index] : body[index - inputs.size()].type;
}

Status verify_instruction(const PointwiseProgram& program, size_t index) {
  const Instruction& instruction = program.body[index];
  const size_t defined = program.inputs.size() + index;
  if (static_cast<size_t>(instruction.code) >= scalar_ops().size()) {
    return invalid_argument("there is no operation number {}",
                            static_cast<unsigned>(instruction.code));
  }
  const ScalarOp& row = scalar_op(instruction.code);
  const auto arity = static_cast<size_t>(row.arity);
  std::array<DataType, 3> types;
  for (size_t i = 0; i < instruction.operands.size(); ++i) {
    const int32_t reg = instruction.operands[i];
    if (i >= arity) {
      if (reg != -1) return invalid_argument("{} takes {}", row.name, counted(arity, "operand"));
    } else if (reg < 0 || static_cast<size_t>(reg) >= defined) {
      return invalid_argument("operand {} of {} is register {}, which is not defined before it", i,
                              row.name, reg);
    } else {
      types[i] = program.type_of(reg);
    }
  }
  TRY_STATUS(verify_params(row, instruction.params));
  const DataType result =
      TRY_CONTEXT(result_type(row, std::span(types).first(arity), instruction.type),
                  fmt::format("in an instruction {}", row.name));
  if (result == instruction.type) return ok_status();
  return invalid_argument("{} gives {}, not {}", row.name, to_string(result),
                          to_string(instruction.type));
}

Status verify(const PointwiseProgram& program) {
  for (const DataType type : program.inputs) {
    if (bits_of(type) == 0) return invalid_argument("an input of the program has no element type");
  }
  for (size_t i = 0; i < program.body.size(); ++i) {
    TRY_STATUS(verify_instruction(program, i));
  }
  if (program.outputs.empty()) return invalid_argument("the program has no outputs");
  const size_t registers = program.inputs.size() + program.body.size();
  for (const int32_t reg : program.outputs) {
    if (reg < 0 || static_cast<size_t>(reg) < program.inputs.size() ||
        static_cast<size_t>(reg) >= registers) {
      return invalid_argument("output register {} is not the result of an instruction", reg);
    }
  }
  return ok_status();
}

Attrs attrs_of(const Instruction& instruction) {
  const ScalarOp& row = scalar_op(instruction.code);
  AttributeMap attributes;
  size_t param = 0;
  for (const AttrTable::Field& field : row.attrs->fields()) {
    if (field.type == "type") {
      attributes.emplace(field.name, std::string(to_string(instruction.type)));
    } else if (field.type == "bool") {
      attributes.emplace(field.name, static_cast<int64_t>(instruction.params[param++]));
    } else {
      attributes.emplace(field.name, static_cast<double>(instruction.params[param++]));
    }
  }
  Result<Attrs> attrs = Attrs::from_map(*row.attrs, attributes);
  TENON_CHECK(attrs.ok(), "{}", attrs.error().message());
  return *std::move(attrs);
}

Result<PointwiseProgram> program_of(const OpDef& op, const Attrs& attrs,
                                    std::span<const DataType> inputs) {
  const ScalarOp* row = pointwise_row(op);
  if (row == nullptr) return invalid_argument("{} is not a pointwise op", op.name);
  const bool folded = row->signature == ScalarSignature::kFolded;
  const auto arity = static_cast<size_t>(row->arity);
  if (folded ? inputs.empty() : inputs.size() != arity) {
    return invalid_argument("{} takes {}, not {}", op.name,
                            folded ? "one or more operands" : counted(arity, "operand"),
                            inputs.size());
  }
  ProgramMaker maker(inputs);
  if (folded) {
    return std::move(maker).finish(TRY(add_folded(*row, inputs.size(), maker)));
  }
  if (row->code == ScalarCode::kPow) {
    return std::move(maker).finish(TRY(add_power(*row, inputs[0], inputs[1], maker)));
  }
  const DataType wanted =
      row->code == ScalarCode::kCast ? attrs.as<CastAttrs>().to : DataType::kUndefined;
  constexpr std::array<int32_t, 3> kInputs = {0, 1, 2};
  const int32_t result =
      TRY(maker.add(*row, std::span(kInputs).first(arity), row->params(attrs), wanted));
  return std::move(maker).finish(result);
}

}  // namespace tenon::internal
