#include "testing/random_program.h"

#include "base/check.h"
#include "base/data_types.h"

#include <array>
#include <bit>
#include <limits>
#include <random>
#include <string_view>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr int kAttempts = 100;

class Generator {
 public:
  Generator(std::vector<DataType> inputs, uint64_t seed) : engine_(seed) {
    program_.inputs = std::move(inputs);
  }

  PointwiseProgram run(size_t instructions) {
    for (size_t i = 0; i < instructions; ++i) add_instruction();
    program_.outputs = {last_register()};
    const Status verified = verify(program_);
    TENON_CHECK(verified.ok(), "{}", verified.error().to_string());
    return std::move(program_);
  }

 private:
  size_t below(size_t bound) { return engine_() % bound; }

  int32_t last_register() const {
    return static_cast<int32_t>(program_.inputs.size() + program_.body.size()) - 1;
  }

  void add_instruction() {
    const int32_t previous = program_.body.empty() ? 0 : last_register();
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      program_.body.push_back(random_instruction(previous));
      if (verify_instruction(program_, program_.body.size() - 1).ok()) return;
      program_.body.pop_back();
    }
    program_.body.push_back({.code = ScalarCode::kIdentity,
                             .type = program_.type_of(previous),
                             .operands = {previous, -1, -1}});
  }

  PointwiseProgram::Instruction random_instruction(int32_t previous) {
    const ScalarOp& row = scalar_ops()[below(scalar_ops().size())];
    PointwiseProgram::Instruction instruction{.code = row.code};
    const auto arity = static_cast<size_t>(row.arity);
    for (size_t i = 0; i < arity; ++i) {
      instruction.operands[i] =
          static_cast<int32_t>(below(static_cast<size_t>(last_register()) + 1));
    }
    instruction.operands[below(arity)] = previous;
    instruction.type = program_.type_of(instruction.operands[arity - 1]);
    if (row.signature == ScalarSignature::kComparison) instruction.type = DataType::kBool;
    if (row.signature == ScalarSignature::kConversion) {
      instruction.type = all_data_types()[below(all_data_types().size())];
    }
    size_t param = 0;
    for (const AttrTable::Field& field : row.attrs->fields()) {
      if (field.type == "type") continue;
      instruction.params[param++] = field.type == "bool" ? static_cast<float>(below(2)) : number();
    }
    return instruction;
  }

  // Of any size, some with all digits.
  float number() {
    using Limits = std::numeric_limits<float>;
    constexpr std::array kSpecial = {
        0.0F, -0.0F, 1.0F, 0.1F, Limits::max(), Limits::denorm_min(), -Limits::infinity()};
    if (below(2) == 0) return kSpecial[below(kSpecial.size())];
    const auto bits = static_cast<uint32_t>(engine_());
    const auto value = std::bit_cast<float>(bits);
    return value == value ? value : 0.5F;
  }

  std::mt19937_64 engine_;
  PointwiseProgram program_;
};

}  // namespace

PointwiseProgram random_program(std::vector<DataType> inputs, size_t instructions, uint64_t seed) {
  TENON_CHECK(!inputs.empty() && instructions > 0);
  return Generator(std::move(inputs), seed).run(instructions);
}

}  // namespace tenon::internal::testing
