#include "ops/list.h"
#include "ops/pointwise.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;

constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kF64 = DataType::kFloat64;
constexpr DataType kI32 = DataType::kInt32;
constexpr DataType kI64 = DataType::kInt64;
constexpr DataType kBool = DataType::kBool;

// Elu(x + y)
PointwiseProgram example() {
  PointwiseProgram program;
  program.inputs = {kF32, kF32};
  program.body = {
      {.code = ScalarCode::kAdd, .type = kF32, .operands = {0, 1, -1}},
      {.code = ScalarCode::kElu, .type = kF32, .operands = {2, -1, -1}, .params = {0.5F}}};
  program.outputs = {3};
  return program;
}

void expect_refused(const PointwiseProgram& program, const char* why) {
  EXPECT_THAT(verify(program), IsError(ErrorKind::kInvalidArgument, why));
}

TEST(PointwiseProgram, PrintsEveryRegisterWithItsType) {
  EXPECT_EQ(to_string(example()),
            "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f32 = Elu(%2, alpha=0.5) } -> %3");
}

TEST(PointwiseProgram, PrintsTheParametersOfACastWithoutItsType) {
  const Attrs attrs = Attrs::of(CastAttrs{.to = kI64, .saturate = false});
  const auto program = program_of(*find_op("Cast"), attrs, {{kF32}});
  ASSERT_THAT(program, IsOk());
  EXPECT_EQ(to_string(*program), "(%0: f32) { %1: i64 = Cast(%0, saturate=0) } -> %1");
}

TEST(VerifyProgram, AcceptsAWellFormedProgram) { EXPECT_THAT(verify(example()), IsOk()); }

TEST(VerifyProgram, RefusesOperandsThatAreNotDefinedBefore) {
  for (const int32_t reg : {2, 3, 9, -1, -2}) {
    PointwiseProgram program = example();
    program.body[0].operands[1] = reg;
    expect_refused(program, "is not defined before it");
  }
}

TEST(VerifyProgram, RefusesMoreOperandsThanTheRowTakes) {
  PointwiseProgram program = example();
  program.body[1].operands[1] = 0;
  expect_refused(program, "Elu takes 1 operand");
}

TEST(VerifyProgram, RefusesAnOperationThatDoesNotExist) {
  PointwiseProgram program = example();
  program.body[0].code = static_cast<ScalarCode>(250);
  expect_refused(program, "no operation number 250");
}

TEST(VerifyProgram, RefusesTypesThatTheRowDoesNotTake) {
  PointwiseProgram program = example();
  program.inputs = {kF32, kF64};
  expect_refused(program, "one element type, not f32 and f64");
  program.inputs = {kI32, kI32};
  program.body[0].type = kI32;
  expect_refused(program, "must be f32, f64, f16 or bf16, not i32");
  program.inputs = {DataType::kInt4, DataType::kInt4};
  expect_refused(program, "not i4");
}

TEST(VerifyProgram, RefusesAResultTypeThatIsNotTheRows) {
  PointwiseProgram program = example();
  program.body[1].type = kF64;
  expect_refused(program, "Elu gives f32, not f64");
  program = example();
  program.body[1] = {.code = ScalarCode::kLess, .type = kF32, .operands = {2, 0, -1}};
  expect_refused(program, "Less gives bool, not f32");
}

TEST(VerifyProgram, RefusesACastWithoutAType) {
  PointwiseProgram program = example();
  program.body[1] = {
      .code = ScalarCode::kCast, .type = DataType::kUndefined, .operands = {2, -1, -1}};
  expect_refused(program, "type to convert to is not given");
}

TEST(VerifyProgram, RefusesAConditionThatIsNotBool) {
  PointwiseProgram program = example();
  program.body[1] = {.code = ScalarCode::kWhere, .type = kF32, .operands = {0, 1, 2}};
  expect_refused(program, "the condition must be bool, not f32");
}

TEST(VerifyProgram, RefusesParametersThatTheRowDoesNotHave) {
  PointwiseProgram program = example();
  program.body[0].params = {1};
  expect_refused(program, "Add has 0 parameters");
  program = example();
  program.body[1].params[1] = 1;
  expect_refused(program, "Elu has 1 parameter");
  program = example();
  program.body[1] = {
      .code = ScalarCode::kCast, .type = kF32, .operands = {2, -1, -1}, .params = {2}};
  expect_refused(program, "saturate of Cast must be 0 or 1, not 2");
}

TEST(VerifyProgram, RefusesInputsWithoutAType) {
  PointwiseProgram program = example();
  program.inputs.push_back(DataType::kUndefined);
  expect_refused(program, "has no element type");
}

TEST(VerifyProgram, RefusesOutputsThatAreNoResults) {
  for (const int32_t reg : {-1, 0, 1, 4}) {
    PointwiseProgram program = example();
    program.outputs = {3, reg};
    expect_refused(program, "is not the result of an instruction");
  }
  PointwiseProgram program = example();
  program.outputs.clear();
  expect_refused(program, "no outputs");
}

std::string text_of(std::string_view op, std::vector<DataType> types,
                    AttributeMap attributes = {}) {
  const OpDef* def = find_op(op);
  const auto program = program_of(*def, Attrs::from_map(*def->attrs, attributes).value(), types);
  if (!program.ok()) return program.error().message();
  EXPECT_THAT(verify(*program), IsOk());
  return to_string(*program);
}

TEST(ProgramOf, ChainsOperandsOfMinAndMax) {
  EXPECT_EQ(text_of("Max", {kI32, kI32, kI32}),
            "(%0: i32, %1: i32, %2: i32) { %3: i32 = Max(%0, %1); %4: i32 = Max(%3, %2) } -> %4");
  EXPECT_EQ(text_of("Min", {kF32}), "(%0: f32) { %1: f32 = Min(%0, %0) } -> %1");
  EXPECT_EQ(text_of("Min", {}), "Min takes one or more operands, not 0");
}

TEST(ProgramOf, CastsAroundAPowerOfMixedTypes) {
  EXPECT_EQ(text_of("Pow", {kF32, kF32}), "(%0: f32, %1: f32) { %2: f32 = Pow(%0, %1) } -> %2");
  EXPECT_EQ(text_of("Pow", {kF32, kI64}),
            "(%0: f32, %1: i64) { %2: f64 = Cast(%0, saturate=0); %3: f64 = Cast(%1, saturate=0); "
            "%4: f64 = Pow(%2, %3); %5: f32 = Cast(%4, saturate=0) } -> %5");
  EXPECT_EQ(text_of("Pow", {kI64, kI32}),
            "(%0: i64, %1: i32) { %2: i64 = Cast(%1, saturate=0); %3: i64 = Pow(%0, %2) } -> %3");
  EXPECT_EQ(text_of("Pow", {kF32, kBool}),
            "operands must be f32, f64, f16, bf16 or integers of at least 8 bits, not bool");
}

TEST(ProgramOf, TakesParametersAndTypesFromTheAttributes) {
  EXPECT_EQ(text_of("HardSigmoid", {kF64}),
            "(%0: f64) { %1: f64 = HardSigmoid(%0, alpha=0.2, beta=0.5) } -> %1");
  EXPECT_EQ(text_of("Mod", {kI32, kI32}, {{"fmod", int64_t{1}}}),
            "(%0: i32, %1: i32) { %2: i32 = Mod(%0, %1, fmod=1) } -> %2");
  EXPECT_EQ(text_of("Cast", {DataType::kUInt4}, {{"to", "bf16"}}),
            "(%0: u4) { %1: bf16 = Cast(%0, saturate=1) } -> %1");
}

TEST(ProgramOf, RefusesWhatTheOpDoesNotTake) {
  EXPECT_EQ(text_of("Relu", {kF32, kF32}), "Relu takes 1 operand, not 2");
  EXPECT_EQ(text_of("Add", {kF32, kI64}),
            "operands must have one element type, not f32 and i64; insert a Cast");
  EXPECT_EQ(text_of("Min", {kBool}),
            "operands must be f32, f64, f16, bf16 or integers of at least 8 bits, not bool");
  EXPECT_EQ(pointwise_row(*find_op("Softmax")), nullptr);
  EXPECT_EQ(text_of("Softmax", {kF32}), "Softmax is not a pointwise op");
}

// Parameters are numbers in a fixed place; a row with more of them would lose some.
TEST(ScalarTable, AttributesFitTheParameters) {
  for (const ScalarOp& row : scalar_ops()) {
    size_t numbers = 0;
    for (const AttrTable::Field& field : row.attrs->fields()) {
      if (field.type == "type") continue;
      EXPECT_TRUE(field.type == "float" || field.type == "bool") << row.name << " " << field.name;
      ++numbers;
    }
    EXPECT_LE(numbers, ScalarParams{}.size()) << row.name;
  }
}

}  // namespace
}  // namespace tenon::internal
