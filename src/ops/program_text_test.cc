#include "base/data_types.h"
#include "ops/list.h"
#include "ops/pointwise.h"
#include "testing/matchers.h"
#include "testing/random_program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::random_program;

constexpr std::string_view kText =
    "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f32 = Elu(%2, alpha=0.5) } -> %3";

std::vector<DataType> some_inputs(uint64_t seed) {
  std::vector<DataType> inputs;
  for (uint64_t i = 0; i <= seed % 4; ++i) {
    inputs.push_back(all_data_types()[(seed + 7 * i) % all_data_types().size()]);
  }
  return inputs;
}

TEST(ParseProgram, ReadsWhatIsPrinted) {
  PointwiseProgram program;
  program.inputs = {DataType::kFloat32, DataType::kFloat32};
  program.body = {{.code = ScalarCode::kAdd, .type = DataType::kFloat32, .operands = {0, 1, -1}},
                  {.code = ScalarCode::kElu,
                   .type = DataType::kFloat32,
                   .operands = {2, -1, -1},
                   .params = {0.5F}}};
  program.outputs = {3};
  EXPECT_THAT(parse_program(kText), IsOkAndHolds(program));
  EXPECT_THAT(parse_program("(%0:f32,%1:f32){%2:f32=Add(%0,%1);%3:f32=Elu(%2,alpha=5e-1)\n} -> %3"),
              IsOkAndHolds(program));
}

TEST(ParseProgram, ReadsEveryRandomProgramBack) {
  std::set<ScalarCode> seen;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const PointwiseProgram program = random_program(some_inputs(seed), 1 + seed % 9, seed);
    const std::string text = to_string(program);
    const Result<PointwiseProgram> back = parse_program(text);
    ASSERT_THAT(back, IsOkAndHolds(program)) << text;
    for (size_t i = 0; i < program.body.size(); ++i) {
      seen.insert(program.body[i].code);
      // -0 equals 0.
      for (size_t p = 0; p < program.body[i].params.size(); ++p) {
        ASSERT_EQ(std::bit_cast<uint32_t>(back->body[i].params[p]),
                  std::bit_cast<uint32_t>(program.body[i].params[p]))
            << text;
      }
    }
  }
  EXPECT_EQ(seen.size(), scalar_ops().size()) << "the programs do not reach every row";
}

TEST(ParseProgram, ReadsParametersThatAreNoNumbers) {
  const auto program =
      parse_program("(%0: f32) { %1: f32 = HardSigmoid(%0, alpha=nan, beta=-inf) } -> %1");
  ASSERT_THAT(program, IsOk());
  EXPECT_TRUE(std::isnan(program->body[0].params[0]));
  EXPECT_EQ(program->body[0].params[1], -INFINITY);
  EXPECT_EQ(to_string(*program),
            "(%0: f32) { %1: f32 = HardSigmoid(%0, alpha=nan, beta=-inf) } -> %1");
}

TEST(ParseProgram, SaysWhereTheTextIsWrong) {
  const auto expect = [](std::string_view text, const char* message) {
    EXPECT_THAT(parse_program(text), IsError(ErrorKind::kCorruptData, message)) << text;
  };
  expect("", "1:1: expected '(', but the text ends");
  expect("(%1: f32) { %2: f32 = Abs(%1) } -> %2", "1:2: expected register %0, not \"%1\"");
  expect("(%0: f31)", "1:6: ");
  expect("(%0: f32) { } -> %0", "1:13: expected register %1, not \"}\"");
  expect("(%0: f32) { %1: f32 = Abss(%0) } -> %1",
         "1:23: there is no operation Abss; did you mean \"Abs\"?");
  expect("(%0: f32) { %1: f32 = Abs(%\"0\") } -> %1", "1:27: there is no register %\"0\"");
  expect("(%0: f32) { %1: f32 = Abs(%00) } -> %1", "1:27: there is no register %00");
  expect("(%0: f32) { %1: f32 = Abs(%0, %0) } -> %1", "1:29: expected ')', not \",\"");
  expect("(%0: f32) { %1: f32 = Add(%0) } -> %1", "1:29: expected ',', not \")\"");
  expect("(%0: f32) { %1: f32 = Elu(%0) } -> %1", "1:29: expected ',', not \")\"");
  expect("(%0: f32) { %1: f32 = Elu(%0, beta=1) } -> %1", "1:31: expected 'alpha', not \"beta\"");
  expect("(%0: f32) { %1: f32 = Elu(%0, alpha=x) } -> %1", "1:37: ");
  expect("(%0: f32) { %1: f32 = Elu(%0, alpha=1e39) } -> %1", "1:37: ");
  expect("(%0: i32) { %1: i32 = Mod(%0, %0, fmod=0.5) } -> %1",
         "1:13: fmod of Mod must be 0 or 1, not 0.5");
  expect("(%0: f32) { %1: f32 = Abs(%1) } -> %1",
         "1:13: operand 0 of Abs is register 1, which is not defined before it");
  expect("(%0: f32) { %1: f16 = Abs(%0) } -> %1", "1:13: Abs gives f32, not f16");
  expect("(%0: f32) { %1: f32 = Abs(%0) } -> %0",
         "1:36: output register 0 is not the result of an instruction");
  expect("(%0: f32) { %1: f32 = Abs(%0) } %1", "1:33: expected '-', not \"%1\"");
  expect("(%0: f32) { %1: f32 = Abs(%0) } -> %1 x", "1:39: expected the end, not \"x\"");
  expect("(%0: f32) { %1: f32 = Abs(%99999999999) } -> %1", "there is no register %99999999999");
}

TEST(ParseProgram, RefusesEveryBeginningOfAText) {
  for (size_t length = 0; length < kText.size(); ++length) {
    EXPECT_FALSE(parse_program(kText.substr(0, length)).ok()) << length;
  }
}

TEST(ProgramTextForm, IsEmptyForTheEmptyProgram) {
  EXPECT_EQ(TextForm<PointwiseProgram>::to_text({}), "");
  EXPECT_THAT(TextForm<PointwiseProgram>::parse(""), IsOkAndHolds(PointwiseProgram()));
  const PointwiseProgram program = parse_program(kText).value();
  EXPECT_EQ(TextForm<PointwiseProgram>::to_text(program), kText);
  EXPECT_THAT(TextForm<PointwiseProgram>::parse(kText), IsOkAndHolds(program));
}

// A node made of an instruction is a program of that instruction.
TEST(AttrsOf, GivesTheInstructionBack) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const PointwiseProgram program = random_program(some_inputs(seed), 1 + seed % 5, seed);
    for (const PointwiseProgram::Instruction& instruction : program.body) {
      const ScalarOp& row = scalar_op(instruction.code);
      std::vector<DataType> types;
      for (int i = 0; i < row.arity; ++i) {
        types.push_back(program.type_of(instruction.operands[static_cast<size_t>(i)]));
      }
      const auto single = program_of(*find_op(row.name), attrs_of(instruction), types);
      ASSERT_THAT(single, IsOk()) << to_string(program);
      ASSERT_EQ(single->body.size(), 1U);
      EXPECT_EQ(single->body[0].code, instruction.code);
      EXPECT_EQ(single->body[0].type, instruction.type);
      EXPECT_EQ(single->body[0].params, instruction.params);
    }
  }
}

}  // namespace
}  // namespace tenon::internal
