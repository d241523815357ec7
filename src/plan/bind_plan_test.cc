#include "plan/bind_plan.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

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

TEST(ProfileRanges, MeetWhereTwoInputsShareASymbol) {
  const Profile profile{.inputs = {{"x", {.min = {2, 3}, .opt = {}, .max = {8, 3}}},
                                   {"x2", {.min = {1, 3}, .opt = {}, .max = {6, 3}}}}};
  EXPECT_THAT(profile_ranges(concat_plan(), profile), IsOkAndHolds(SymbolRanges{{"N", {2, 6}}}));
}

}  // namespace
}  // namespace tenon::internal
