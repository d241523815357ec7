#include "plan/bind_plan.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <string_view>
#include <tuple>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;

// y[2N, 3] = Concat(x[N, 3], x2[N, 3])
Plan concat_plan() {
  const Dim n = Dim::symbol("N");
  const ValueInfo half{.type = DataType::kFloat32, .shape = {n, 3}, .elements = {}};
  const ValueInfo whole{.type = DataType::kFloat32, .shape = {n * Dim(2), 3}, .elements = {}};
  Plan plan;
  plan.values = {{"x", half, Storage::kInput, 0},
                 {"x2", half, Storage::kInput, 1},
                 {"y", whole, Storage::kOutput, 0}};
  plan.inputs = {{"x", 0}, {"x2", 1}};
  plan.outputs = {{"y", 2}};
  plan.tactics = {{"own", "reference", 1}};
  plan.steps = {{"concat", "Concat", {{"axis", int64_t{0}}}, 0, {0, 1}, {2}, 0}};
  return plan;
}

TEST(BindInputs, BindsSymbolsFromShapes) {
  const std::vector<Shape> shapes = {{5, 3}, {5, 3}};
  EXPECT_THAT(bind_inputs(concat_plan(), shapes), IsOkAndHolds(SymbolBindings{{"N", 5}}));
}

TEST(BindInputs, NamesTheInputThatDoesNotFit) {
  const Plan plan = concat_plan();
  EXPECT_THAT(bind_inputs(plan, std::vector<Shape>{{5, 3}, {6, 3}}),
              IsError(ErrorKind::kInvalidArgument, "'x2'"));
  EXPECT_THAT(bind_inputs(plan, std::vector<Shape>{{5, 4}, {5, 3}}),
              IsError(ErrorKind::kInvalidArgument, "'x'"));
  EXPECT_THAT(bind_inputs(plan, std::vector<Shape>{{5}, {5, 3}}),
              IsError(ErrorKind::kInvalidArgument, "'x'"));
}

TEST(BindInputs, HoldsShapesAgainstTheProfile) {
  Plan plan = concat_plan();
  plan.profiles = {{.inputs = {{"x", {.min = {2, 3}, .opt = {4, 3}, .max = {8, 3}}}}}};
  EXPECT_THAT(bind_inputs(plan, std::vector<Shape>{{8, 3}, {8, 3}}), IsOk());
  EXPECT_THAT(
      bind_inputs(plan, std::vector<Shape>{{9, 3}, {9, 3}}),
      IsError(ErrorKind::kInvalidArgument, "has 9 at axis 0; the plan's profile allows 2 to 8"));
  EXPECT_THAT(bind_inputs(plan, std::vector<Shape>{{1, 3}, {1, 3}}),
              IsError(ErrorKind::kInvalidArgument, "allows 2 to 8"));
}

TEST(BindPlan, EvaluatesEveryValue) {
  const Result<BoundPlan> bound = bind_plan(concat_plan(), {{"N", 5}});
  ASSERT_THAT(bound, IsOk());
  EXPECT_EQ(bound->values[2].shape, (Shape{10, 3}));
  EXPECT_EQ(bound->values[2].bytes, 120);
}

TEST(BindPlan, RefusesAStepWhoseResultIsNotWhatItsOpInfers) {
  Plan plan = concat_plan();
  plan.values[2].info.shape[0] = Dim::symbol("N") * Dim(3);
  EXPECT_THAT(bind_plan(plan, {{"N", 5}}),
              IsError(ErrorKind::kInvalidArgument, "the plan states f32[15,3]"));
}

TEST(BindPlan, RefusesAnAliasOfAnotherSizeThanItsRoot) {
  const auto bind = [](DataType type, SymbolicShape shape) {
    Plan plan = concat_plan();
    const ValueInfo four_bits{.type = DataType::kInt4, .shape = {Dim::symbol("N")}, .elements = {}};
    plan.values.push_back({"t", four_bits, Storage::kArena, kNoIndex});
    plan.values.push_back(
        {"a", {.type = type, .shape = std::move(shape), .elements = {}}, Storage::kAlias, 3});
    return bind_plan(plan, {{"N", 5}});
  };
  EXPECT_THAT(bind(DataType::kInt4, {5, 1}), IsOk());
  EXPECT_THAT(bind(DataType::kUInt8, {3}), IsOk());
  constexpr auto kInvalid = ErrorKind::kInvalidArgument;
  EXPECT_THAT(bind(DataType::kInt4, {7}),
              IsError(kInvalid, "'a' would be i4[7] at these shapes in the memory of 't', i4[5]"));
  EXPECT_THAT(bind(DataType::kInt4, {4}), IsError(kInvalid, "'a' would be i4[4]"));
  // As many bytes, and not as many elements.
  EXPECT_THAT(bind(DataType::kInt4, {6}), IsError(kInvalid, "'a' would be i4[6]"));
}

// Binds a plan with t: f32[N, 4] in the arena and the part of it that is said, N being 5.
Result<BoundPlan> bind_window(Dim offset, Dim pitch, SymbolicShape shape) {
  Plan plan = concat_plan();
  const ValueInfo whole{.type = DataType::kFloat32, .shape = {Dim::symbol("N"), 4}, .elements = {}};
  const ValueInfo part{.type = DataType::kFloat32, .shape = std::move(shape), .elements = {}};
  plan.values.push_back({"t", whole, Storage::kArena, kNoIndex});
  plan.values.push_back(
      {"part", part, Storage::kAlias, 3, PlanWindow{std::move(offset), std::move(pitch)}});
  plan.values.push_back({"view", part, Storage::kAlias, 4});
  return bind_plan(plan, {{"N", 5}});
}

TEST(BindPlan, PutsWindowsInsideOfTheirStorage) {
  const Dim n = Dim::symbol("N");
  const Result<BoundPlan> bound = bind_window(n * Dim(8), 0, {n, 2});
  ASSERT_THAT(bound, IsOk());
  EXPECT_EQ(bound->values[4].offset, 40);
  EXPECT_EQ(bound->values[5].offset, 40);
  EXPECT_THAT(bind_window(80, 0, {0, 4}), IsOk());
  EXPECT_THAT(bind_window(8, 16, {n, 2}), IsOk());
  EXPECT_THAT(bind_window(4096, 16, {n, 0}), IsOk());
  const std::vector<std::tuple<Dim, Dim, SymbolicShape>> outside = {
      {n * Dim(8) + Dim(4), 0, {n, 2}},
      {Dim(0) - n * Dim(4), 0, {n, 2}},
      {80, 0, {1, 1}},
      {8, 16, {n, 3}},
      {8, 20, {n, 2}},
      {0, 4, {n, 2}},
      {2, 0, {n, 2}},
      {8, 18, {2, 2}},
      {8, INT64_MAX / 4 * 4, {n, 2}},
      {INT64_MAX / 4 * 4, 16, {2, 1}}};
  for (const auto& [offset, pitch, shape] : outside) {
    EXPECT_THAT(bind_window(offset, pitch, shape),
                IsError(ErrorKind::kInvalidArgument, "which is no part of the 80 bytes of 't'"))
        << offset.to_string() << " " << pitch.to_string();
  }
}

TEST(BindPlan, RefusesAnAliasOfAWindowThatHasAnotherForm) {
  Plan plan = concat_plan();
  const auto info = [](SymbolicShape shape) {
    return ValueInfo{.type = DataType::kFloat32, .shape = std::move(shape), .elements = {}};
  };
  plan.values.push_back({"t", info({5, 4}), Storage::kArena, kNoIndex});
  plan.values.push_back({"part", info({5, 2}), Storage::kAlias, 3, PlanWindow{0, 16}});
  plan.values.push_back({"view", info({2, 5}), Storage::kAlias, 4});
  EXPECT_THAT(bind_plan(plan, {{"N", 5}}), IsError(ErrorKind::kInvalidArgument, "'view'"));
  plan.values[4].window->pitch = 0;
  EXPECT_THAT(bind_plan(plan, {{"N", 5}}), IsOk());
  plan.values[5].info.shape = {11};
  EXPECT_THAT(bind_plan(plan, {{"N", 5}}), IsError(ErrorKind::kInvalidArgument, "'view'"));
}

// A step whose operand and result are windows of a value of 32 numbers, the first of 4 from 0 on.
Status bind_step(const char* op, int64_t offset, int64_t pitch, int64_t operand_pitch = 0) {
  const auto info = [](SymbolicShape shape) {
    return ValueInfo{.type = DataType::kFloat32, .shape = std::move(shape), .elements = {}};
  };
  const SymbolicShape part = {2, 2};
  Plan plan;
  plan.values = {{"t", info({32}), Storage::kArena, kNoIndex},
                 {"a", info(part), Storage::kAlias, 0, PlanWindow{0, operand_pitch}},
                 {"b", info(part), Storage::kAlias, 0, PlanWindow{offset, pitch}}};
  AttributeMap attributes;
  if (std::string_view(op) == "Concat") attributes = {{"axis", int64_t{0}}};
  if (std::string_view(op) == "Transpose") attributes = {{"perm", std::vector<int64_t>{1, 0}}};
  plan.steps = {{"step", op, attributes, 0, {1}, {2}, 0}};
  const Result<BoundPlan> bound = bind_plan(plan, {});
  return bound.ok() ? Status() : bound.error();
}

TEST(BindPlan, RefusesAStepThatWritesOverWhatItReads) {
  constexpr auto kInvalid = ErrorKind::kInvalidArgument;
  EXPECT_THAT(bind_step("Relu", 0, 0), IsOk());
  EXPECT_THAT(bind_step("Relu", 16, 0), IsOk());
  EXPECT_THAT(bind_step("Relu", 4, 0), IsError(kInvalid, "would overwrite operand 0"));
  EXPECT_THAT(bind_step("Transpose", 0, 0), IsError(kInvalid, "would overwrite operand 0"));
  EXPECT_THAT(bind_step("Transpose", 16, 0), IsOk());
  // What joins parts leaves those that are in their place.
  EXPECT_THAT(bind_step("Concat", 0, 0), IsOk());
  // Beside each other in the same rows.
  EXPECT_THAT(bind_step("Transpose", 8, 16, 16), IsOk());
  EXPECT_THAT(bind_step("Transpose", 4, 16, 16), IsError(kInvalid, "would overwrite operand 0"));
  EXPECT_THAT(bind_step("Transpose", 12, 16, 16), IsError(kInvalid, "would overwrite operand 0"));
  EXPECT_THAT(bind_step("Transpose", 8, 32, 16), IsError(kInvalid, "would overwrite operand 0"));
  EXPECT_THAT(bind_step("Relu", 0, 16, 0), IsError(kInvalid, "would overwrite operand 0"));
}

TEST(BindPlan, EncodesElementsInTheTypeOfTheValue) {
  Plan plan = concat_plan();
  plan.values.push_back({"s",
                         {.type = DataType::kInt32,
                          .shape = {2},
                          .elements = std::vector<Dim>{Dim::symbol("N") + Dim(1), Dim(-1)}},
                         Storage::kHost,
                         kNoIndex});
  const Result<BoundPlan> bound = bind_plan(plan, {{"N", 5}});
  ASSERT_THAT(bound, IsOk());
  const ConstTensorView view(bound->values[3].elements.data(), DataType::kInt32, {2});
  EXPECT_EQ(element_as_double(view, 0), 6);
  EXPECT_EQ(element_as_double(view, 1), -1);
}

TEST(BindPlan, RefusesShapesTooLargeToCount) {
  EXPECT_THAT(bind_plan(concat_plan(), {{"N", INT64_MAX / 8}}),
              IsError(ErrorKind::kOutOfMemory, "too large"));
}

}  // namespace
}  // namespace tenon::internal
