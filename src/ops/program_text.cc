// The text form of pointwise programs. Plans and graph texts hold it, so the parser trusts nothing.
#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/text_tokens.h"
#include "base/try.h"
#include "ops/pointwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Instruction = PointwiseProgram::Instruction;

std::string register_text(int32_t reg) { return fmt::format("%{}", reg); }

// Names of a row's parameters, in order.
std::vector<std::string> param_names(const ScalarOp& row) {
  std::vector<std::string> names;
  for (const AttrTable::Field& field : row.attrs->fields()) {
    if (field.type != "type") names.push_back(field.name);
  }
  return names;
}

std::string instruction_text(const Instruction& instruction) {
  const ScalarOp& row = scalar_op(instruction.code);
  const std::span<const int32_t> operands = instruction.operands;
  std::string arguments = join(operands.first(static_cast<size_t>(row.arity)), ", ", register_text);
  const std::vector<std::string> names = param_names(row);
  for (size_t i = 0; i < names.size(); ++i) {
    arguments += fmt::format(", {}={}", names[i], number_text(instruction.params[i]));
  }
  return fmt::format("{}({})", row.name, arguments);
}

class ProgramParser {
 public:
  explicit ProgramParser(std::string_view text) : tokens_(text) {}

  Result<PointwiseProgram> run() {
    TRY_STATUS(tokens_.expect("("));
    if (!tokens_.take(")")) {
      do {
        program_.inputs.push_back(TRY(parse_declaration()));
      } while (tokens_.take(","));
      TRY_STATUS(tokens_.expect(")"));
    }
    TRY_STATUS(tokens_.expect("{"));
    do {
      TRY_STATUS(parse_instruction());
    } while (tokens_.take(";"));
    TRY_STATUS(tokens_.expect("}"));
    TRY_STATUS(tokens_.expect("-"));
    TRY_STATUS(tokens_.expect(">"));
    const size_t offset = tokens_.peek().offset;
    do {
      program_.outputs.push_back(TRY(parse_register()));
    } while (tokens_.take(","));
    TRY_STATUS(tokens_.expect_end());
    TRY_STATUS(tokens_.located(verify(program_), offset));
    return std::move(program_);
  }

 private:
  // Registers are numbered in order.
  Result<DataType> parse_declaration() {
    const auto next = static_cast<int32_t>(program_.inputs.size() + program_.body.size());
    const std::string name = register_text(next);
    if (tokens_.peek().text != name) return tokens_.expected("register " + name);
    tokens_.next();
    TRY_STATUS(tokens_.expect(":"));
    const Token type = TRY(tokens_.expect(Token::Kind::kWord, "an element type"));
    return tokens_.located(parse_data_type(type.text), type.offset);
  }

  Result<int32_t> parse_register() {
    const Token token = TRY(tokens_.expect(Token::Kind::kValue, "a register such as %0"));
    const auto number = parse_number<int>(token.text.substr(1));
    if (number.ok() && register_text(*number) == token.text) return *number;
    return tokens_.error_at(token.offset, fmt::format("there is no register {}", token.text));
  }

  Status parse_instruction() {
    const size_t offset = tokens_.peek().offset;
    Instruction instruction;
    instruction.type = TRY(parse_declaration());
    TRY_STATUS(tokens_.expect("="));
    const Token name = TRY(tokens_.expect(Token::Kind::kWord, "an operation"));
    const auto row = std::ranges::find(scalar_ops(), name.text, &ScalarOp::name);
    if (row == scalar_ops().end()) {
      std::vector<std::string_view> names;
      for (const ScalarOp& known : scalar_ops()) names.push_back(known.name);
      return tokens_.error_at(name.offset, fmt::format("there is no operation {}{}", name.text,
                                                       did_you_mean(name.text, names)));
    }
    instruction.code = row->code;
    TRY_STATUS(tokens_.expect("("));
    for (int i = 0; i < row->arity; ++i) {
      if (i > 0) TRY_STATUS(tokens_.expect(","));
      instruction.operands[static_cast<size_t>(i)] = TRY(parse_register());
    }
    TRY_STATUS(parse_params(*row, instruction.params));
    TRY_STATUS(tokens_.expect(")"));
    program_.body.push_back(instruction);
    return tokens_.located(verify_instruction(program_, program_.body.size() - 1), offset);
  }

  Status parse_params(const ScalarOp& row, ScalarParams& params) {
    const std::vector<std::string> names = param_names(row);
    for (size_t i = 0; i < names.size(); ++i) {
      TRY_STATUS(tokens_.expect(","));
      TRY_STATUS(tokens_.expect(names[i]));
      TRY_STATUS(tokens_.expect("="));
      const Token number = TRY(tokens_.expect_scalar("a number"));
      params[i] = TRY(tokens_.located(parse_number<float>(number.text), number.offset));
    }
    return {};
  }

  TokenReader tokens_;
  PointwiseProgram program_;
};

}  // namespace

std::string to_string(const PointwiseProgram& program) {
  const auto declare = [&](size_t index) {
    const auto reg = static_cast<int32_t>(index);
    return fmt::format("%{}: {}", reg, to_string(program.type_of(reg)));
  };
  std::vector<std::string> inputs;
  for (size_t i = 0; i < program.inputs.size(); ++i) inputs.push_back(declare(i));
  std::vector<std::string> body;
  for (size_t i = 0; i < program.body.size(); ++i) {
    body.push_back(fmt::format("{} = {}", declare(program.inputs.size() + i),
                               instruction_text(program.body[i])));
  }
  return fmt::format("({}) {{ {} }} -> {}", join(inputs), join(body, "; "),
                     join(program.outputs, ", ", register_text));
}

Result<PointwiseProgram> parse_program(std::string_view text) { return ProgramParser(text).run(); }

std::string TextForm<PointwiseProgram>::to_text(const PointwiseProgram& program) {
  return program == PointwiseProgram() ? std::string() : to_string(program);
}

Result<PointwiseProgram> TextForm<PointwiseProgram>::parse(std::string_view text) {
  return text.empty() ? PointwiseProgram() : parse_program(text);
}

}  // namespace tenon::internal
