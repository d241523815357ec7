#include "devices/cpu/jit/program_emitter.h"

#include "base/thread_pool.h"
#include "devices/cpu/jit/emitted_program.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/random_tensor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace tenon::internal::testing {
namespace {

using Instruction = PointwiseProgram::Instruction;

constexpr int64_t kElements = 37;

// Programs of up to 24 instructions over up to five inputs, each verified.
class RandomPrograms {
 public:
  explicit RandomPrograms(uint64_t seed) : random_(seed) {}

  PointwiseProgram next() {
    program_ = {};
    program_.inputs.assign(1 + pick(5), DataType::kFloat32);
    const size_t length = 1 + pick(24);
    while (program_.body.size() < length || result_type() != DataType::kFloat32) add();
    program_.outputs = {static_cast<int32_t>(registers()) - 1};
    return program_;
  }

 private:
  size_t pick(size_t count) { return random_() % count; }
  size_t registers() const { return program_.inputs.size() + program_.body.size(); }
  DataType result_type() const { return program_.body.back().type; }

  // A register of that type; recent ones are likelier, so that chains form. -1 if there is none.
  int32_t pick_register(DataType type) {
    for (int i = 0; i < 50; ++i) {
      const size_t back = std::min(pick(registers()), pick(registers()));
      const auto reg = static_cast<int32_t>(registers() - 1 - back);
      if (program_.type_of(reg) == type) return reg;
    }
    return -1;
  }

  void add() {
    const ScalarOp& row = scalar_ops()[pick(scalar_ops().size())];
    Instruction instruction{.code = row.code, .params = {0.25F, 0.5F}};
    const bool wants_bools = row.types == ScalarTypes::kBool ||
                             (row.types == ScalarTypes::kNumericOrBool && pick(4) == 0);
    const DataType type = wants_bools ? DataType::kBool : DataType::kFloat32;
    instruction.type = row.signature == ScalarSignature::kComparison ? DataType::kBool : type;
    for (size_t i = 0; i < static_cast<size_t>(row.arity); ++i) {
      const bool condition = i == 0 && row.signature == ScalarSignature::kSelection;
      instruction.operands[i] = pick_register(condition ? DataType::kBool : type);
      if (instruction.operands[i] < 0) return;
    }
    if (row.code == ScalarCode::kCast && pick(2) == 0) {
      instruction.operands[0] = pick_register(DataType::kBool);
      if (instruction.operands[0] < 0) return;
    }
    program_.body.push_back(instruction);
    program_.outputs = {static_cast<int32_t>(registers()) - 1};
    // Instructions carry as many numbers as their row has.
    for (size_t params = 2; params > 0 && !verify(program_).ok(); --params) {
      program_.body.back().params[params - 1] = 0;
    }
    if (!verify(program_).ok() || !ProgramEmitter::rejects(program_, kBools).empty()) {
      program_.body.pop_back();
    }
  }

  static constexpr auto kBools = ProgramEmitter::Bools::kAtTheEnds;
  std::mt19937_64 random_;
  PointwiseProgram program_;
};

std::vector<HostTensor> random_inputs(const PointwiseProgram& program, uint64_t seed) {
  std::vector<HostTensor> inputs;
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    inputs.push_back(random_tensor(DataType::kFloat32, {kElements}, seed * 16 + i, -4, 4));
  }
  return inputs;
}

std::vector<float> interpreted(const PointwiseProgram& program,
                               const std::vector<HostTensor>& inputs) {
  std::vector<float> result(kElements);
  std::vector<ConstTensorView> in;
  for (const HostTensor& input : inputs) in.push_back(input.view());
  const auto pool = ThreadPool::create({.workers = 0}).value();
  const std::vector<TensorView> out = {{result.data(), DataType::kFloat32, {kElements}}};
  EXPECT_THAT(interpret(program, in, out, *pool), IsOk());
  return result;
}

std::vector<float> emitted(const EmittedProgram& program, const std::vector<HostTensor>& inputs) {
  std::vector<std::span<const float>> in;
  for (const HostTensor& input : inputs) {
    in.emplace_back(reinterpret_cast<const float*>(input.bytes().data()), kElements);
  }
  std::vector<float> result(kElements);
  EXPECT_TRUE(program.run(in, result)) << "a register has changed that must not";
  return result;
}

// Steps and cancellation turn the last place into a visible difference in few elements.
size_t different_elements(const std::vector<float>& got, const std::vector<float>& want) {
  size_t different = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const ConstTensorView got_view(&got[i], DataType::kFloat32, {});
    const ConstTensorView want_view(&want[i], DataType::kFloat32, {});
    if (!tensors_close(got_view, want_view, {1e-4, 1e-4})) ++different;
  }
  return different;
}

TEST(ProgramEmitter, RandomProgramsGiveWhatTheInterpreterGives) {
  constexpr uint64_t kSeed = 20240501;
  constexpr size_t kPrograms = 400;
  size_t spilled = 0;
  size_t different = 0;
  for (const Isa isa : generated_isas()) {
    RandomPrograms programs(kSeed);
    for (size_t i = 0; i < kPrograms; ++i) {
      const PointwiseProgram program = programs.next();
      SCOPED_TRACE(fmt::format("seed {}, program {} on {}: {}", kSeed, i, to_string(isa),
                               to_string(program)));
      const std::vector<HostTensor> inputs = random_inputs(program, i);
      const std::vector<float> want = interpreted(program, inputs);
      const EmittedProgram narrow(isa, program);
      const EmittedProgram wide(isa, program, 11);
      const std::vector<float> got = emitted(narrow, inputs);
      const std::vector<float> got_wide = emitted(wide, inputs);
      const size_t differing = different_elements(got, want);
      EXPECT_LE(differing, 2U) << "of " << kElements;
      different += differing;
      // How values are kept does not change them.
      EXPECT_EQ(std::memcmp(got.data(), got_wide.data(), got.size() * sizeof(float)), 0);
      spilled += narrow.spill_bytes() > 0 ? 1U : 0U;
    }
  }
  EXPECT_GT(spilled, kPrograms / 10) << "hardly any program ran out of registers";
  EXPECT_LT(different, kPrograms / 10);
}

constexpr DataType kF32 = DataType::kFloat32;

Instruction instruction(ScalarCode code, int32_t a, int32_t b = -1, int32_t c = -1) {
  return {.code = code, .type = kF32, .operands = {a, b, c}};
}

// y * 0.5 * (1 + erf(y * 0.7)) with y = x + bias
PointwiseProgram gelu_with_bias() {
  return {.inputs = {kF32, kF32, kF32, kF32, kF32},
          .body = {instruction(ScalarCode::kAdd, 0, 1), instruction(ScalarCode::kMul, 5, 2),
                   instruction(ScalarCode::kErf, 6), instruction(ScalarCode::kAdd, 7, 3),
                   instruction(ScalarCode::kMul, 5, 8), instruction(ScalarCode::kMul, 9, 4)},
          .outputs = {10}};
}

PointwiseProgram silu_and_residual() {
  return {.inputs = {kF32, kF32},
          .body = {instruction(ScalarCode::kSigmoid, 0), instruction(ScalarCode::kMul, 0, 2),
                   instruction(ScalarCode::kAdd, 3, 1)},
          .outputs = {4}};
}

PointwiseProgram clip() {
  return {.inputs = {kF32, kF32, kF32},
          .body = {instruction(ScalarCode::kMax, 0, 1), instruction(ScalarCode::kMin, 3, 2)},
          .outputs = {4}};
}

TEST(ProgramEmitter, NeedsNoStackForShortPrograms) {
  for (const Isa isa : generated_isas()) {
    for (const PointwiseProgram& program : {silu_and_residual(), clip()}) {
      EXPECT_EQ(EmittedProgram(isa, program).spill_bytes(), 0) << to_string(program);
    }
  }
}

TEST(ProgramEmitter, LoadsEachInputOnceWhereRegistersAreMany) {
  for (const Isa isa : generated_isas()) {
    for (const PointwiseProgram& program : {gelu_with_bias(), silu_and_residual(), clip()}) {
      const EmittedProgram code(isa, program, 11);
      EXPECT_EQ(code.loads(), static_cast<int>(program.inputs.size()) - 1) << to_string(program);
    }
  }
}

TEST(ProgramEmitter, LoadsAnInputAgainRatherThanSavingIt) {
  // All inputs are used at the start and once more at the end.
  PointwiseProgram program{
      .inputs = std::vector<DataType>(9, kF32), .body = {}, .outputs = {8 + 16}};
  for (int32_t i = 1; i < 9; ++i) {
    program.body.push_back(instruction(ScalarCode::kAdd, i == 1 ? 0 : 7 + i, i));
  }
  for (int32_t i = 1; i < 9; ++i) {
    program.body.push_back(instruction(ScalarCode::kMul, 15 + i, i));
  }
  ASSERT_THAT(verify(program), IsOk());
  const std::vector<HostTensor> inputs = random_inputs(program, 1);
  for (const Isa isa : generated_isas()) {
    const EmittedProgram code(isa, program);
    EXPECT_EQ(code.spill_bytes(), 0);
    EXPECT_GT(code.loads(), 8);
    EXPECT_EQ(different_elements(emitted(code, inputs), interpreted(program, inputs)), 0U);
  }
}

TEST(ProgramEmitter, LeavesOutWhatDoesNotReachTheOutput) {
  const PointwiseProgram program{
      .inputs = {kF32, kF32, kF32},
      .body = {instruction(ScalarCode::kMul, 1, 1), instruction(ScalarCode::kIdentity, 2)},
      .outputs = {4}};
  const std::vector<HostTensor> inputs = random_inputs(program, 1);
  for (const Isa isa : generated_isas()) {
    const EmittedProgram code(isa, program);
    EXPECT_EQ(code.loads(), 1);
    EXPECT_EQ(emitted(code, inputs), interpreted(program, inputs));
  }
}

TEST(ProgramEmitter, SaysWhatItCannotEmit) {
  const auto reason = [](const PointwiseProgram& any) { return ProgramEmitter::rejects(any); };
  EXPECT_EQ(reason(clip()), "");
  PointwiseProgram program = clip();
  program.outputs = {3, 4};
  EXPECT_EQ(reason(program), "the program has 2 outputs, not one");
  program = clip();
  program.body[0].code = ScalarCode::kMod;
  EXPECT_EQ(reason(program), "Mod takes as many steps as its operands ask for");
  program.inputs[2] = DataType::kFloat16;
  EXPECT_EQ(reason(program), "input 2 of the program is f16");

  const PointwiseProgram cast{
      .inputs = {kF32},
      .body = {{.code = ScalarCode::kCast, .type = DataType::kInt32, .operands = {0, -1, -1}},
               {.code = ScalarCode::kCast, .type = kF32, .operands = {1, -1, -1}}},
      .outputs = {2}};
  EXPECT_EQ(reason(cast), "the result of Cast is i32");

  const PointwiseProgram where{.inputs = {DataType::kBool, kF32},
                               .body = {instruction(ScalarCode::kWhere, 0, 1, 1)},
                               .outputs = {2}};
  EXPECT_EQ(reason(where), "input 0 of the program is bool");
  EXPECT_EQ(ProgramEmitter::rejects(where, ProgramEmitter::Bools::kAtTheEnds), "");
}

}  // namespace
}  // namespace tenon::internal::testing
