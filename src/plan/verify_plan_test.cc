#include "plan/verify_plan.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;

// y = Reshape(Relu(x) + w, [N * 4]), with the sum in the arena. Beside it a window of the arena and
// an alias of that.
Plan good_plan() {
  const Dim n = Dim::symbol("N");
  const ValueInfo rows{.type = DataType::kFloat32, .shape = {n, 4}, .elements = {}};
  const ValueInfo flat{.type = DataType::kFloat32, .shape = {n * Dim(4)}, .elements = {}};
  Plan plan;
  plan.device_kind = "cpu";
  plan.values = {
      {"x", rows, Storage::kInput, 0},
      {"y", flat, Storage::kOutput, 0},
      {"w", {.type = DataType::kFloat32, .shape = {4}, .elements = {}}, Storage::kWeight, 0},
      {"r", rows, Storage::kArena, kNoIndex},
      {"a", rows, Storage::kAlias, 3},
      {"s",
       {.type = DataType::kInt64, .shape = {1}, .elements = std::vector<Dim>{n * Dim(4)}},
       Storage::kHost,
       kNoIndex},
      {"part", rows, Storage::kAlias, 3, PlanWindow{.offset = 0, .pitch = 16}},
      {"view", rows, Storage::kAlias, 6}};
  plan.inputs = {{"x", 0}};
  plan.outputs = {{"y", 1}};
  plan.tactics = {{"own", "reference", 1}};
  plan.weights = {{0, 16}};
  plan.steps = {{"relu", "Relu", {}, 0, {0}, {3}, 0},
                {"add", "Add", {}, 0, {3, 2}, {4}, 0},
                {"reshape", "Reshape", {{"allowzero", int64_t{0}}}, 0, {4, 5}, {1}, 0}};
  return plan;
}

TEST(VerifyPlan, AcceptsAGoodPlan) { EXPECT_THAT(verify(good_plan(), 16), IsOk()); }

TEST(VerifyPlan, RefusesEachKindOfDamage) {
  struct Damage {
    std::string text;
    std::function<void(Plan&)> apply;
  };
  const std::vector<Damage> damages = {
      {"is not computed", [](Plan& p) { p.steps[0].outputs[0] = 2; }},
      {"is not computed", [](Plan& p) { p.steps[0].outputs[0] = 0; }},
      {"writes value 99", [](Plan& p) { p.steps[0].outputs[0] = 99; }},
      {"reads value 99", [](Plan& p) { p.steps[0].inputs[0] = 99; }},
      {"before it is computed", [](Plan& p) { std::swap(p.steps[0], p.steps[1]); }},
      {"names tactic 7", [](Plan& p) { p.steps[1].tactic = 7; }},
      {"inputs and",
       [](Plan& p) {
         p.steps[1].inputs.push_back(0);
         p.steps[0].inputs.clear();
       }},
      {"wrong side", [](Plan& p) { p.steps[2].inputs[1] = 2; }},
      {"wrong side", [](Plan& p) { p.steps[1].inputs[1] = 5; }},
      {"weight of another size", [](Plan& p) { p.values[2].info.shape = {5}; }},
      {"weight of another size", [](Plan& p) { p.values[2].index = 4; }},
      {"places a weight", [](Plan& p) { p.weights[0].bytes = 17; }},
      {"places a weight", [](Plan& p) { p.weights[0].offset = -64; }},
      {"places a weight", [](Plan& p) { p.weights[0].offset = 8; }},
      {"alias of a value", [](Plan& p) { p.values[4].index = 4; }},
      {"alias of a value",
       [](Plan& p) {
         p.values[2].info.layout = Layout::kPacked;
         p.values[4].index = 2;
       }},
      {"alias of a value", [](Plan& p) { p.values[4].index = 5; }},
      {"alias of a value", [](Plan& p) { p.values[4].index = 77; }},
      {"alias of a value", [](Plan& p) { p.values[4].index = 7; }},
      {"alias of a value", [](Plan& p) { p.values[6].index = 4; }},
      {"alias of a value", [](Plan& p) { p.values[6].index = 6; }},
      {"alias of a value", [](Plan& p) { p.values[7].window = p.values[6].window; }},
      {"alias of a value",
       [](Plan& p) {
         p.values[7].info.shape = {2, 3, 4};
         p.values[7].info.layout = Layout::kChannelsLast;
       }},
      {"is no alias", [](Plan& p) { p.values[3].window = PlanWindow{}; }},
      {"no whole bytes", [](Plan& p) { p.values[6].info.type = DataType::kInt4; }},
      {"which no input has", [](Plan& p) { p.values[6].window->offset = Dim::symbol("M"); }},
      {"which no input has", [](Plan& p) { p.values[6].window->pitch = Dim::symbol("M"); }},
      {"is negative", [](Plan& p) { p.values[6].window->offset = -4; }},
      {"is negative", [](Plan& p) { p.values[6].window->pitch = -16; }},
      {"no rows", [](Plan& p) { p.values[6].info.shape = {}; }},
      {"lacks its elements", [](Plan& p) { p.values[5].info.elements.reset(); }},
      {"the number of its elements is", [](Plan& p) { p.values[5].info.elements->push_back(1); }},
      {"the number of its elements is",
       [](Plan& p) {
         p.values[2].info = {.type = DataType::kInt32, .shape = {4}, .elements = {{1, 2, 3}}};
       }},
      {"the number of its elements is",
       [](Plan& p) {
         p.values[3].info = {.type = DataType::kInt4, .shape = {4}, .elements = {{1, 2, 3}}};
       }},
      {"the number of its elements is",
       [](Plan& p) {
         p.values[3].info = {
             .type = DataType::kInt64, .shape = {Dim::symbol("N")}, .elements = {{1}}};
       }},
      {"elements of type f32",
       [](Plan& p) {
         p.values[3].info = {.type = DataType::kFloat32, .shape = {1}, .elements = {{1}}};
       }},
      {"which no input has", [](Plan& p) { p.values[3].info.shape[0] = Dim::symbol("M"); }},
      {"which no input has", [](Plan& p) { (*p.values[5].info.elements)[0] = Dim::symbol("M"); }},
      {"which no input has", [](Plan& p) { p.steps[0].workspace = Dim::symbol("M"); }},
      {"has 65 dims", [](Plan& p) { p.values[3].info.shape.resize(65, 1); }},
      {"is negative", [](Plan& p) { p.values[3].info.shape[0] = -1; }},
      {"no step computes output", [](Plan& p) { p.steps.pop_back(); }},
      {"is not the output", [](Plan& p) { p.values[3].storage = Storage::kOutput; }},
      {"another kind", [](Plan& p) { p.outputs[0].value = 3; }},
      {"malformed", [](Plan& p) { p.inputs[0].value = 50; }},
      {"names input 'z'",
       [](Plan& p) {
         p.profiles = {{.inputs = {{"z", {}}}}};
       }},
      {"they must rise from 0",
       [](Plan& p) {
         p.profiles = {{.inputs = {{"x", {.min = {3, 4}, .opt = {}, .max = {2, 4}}}}}};
       }},
      {"has no element type", [](Plan& p) { p.values[3].info.type = DataType::kUndefined; }},
  };
  for (size_t i = 0; i < damages.size(); ++i) {
    Plan plan = good_plan();
    damages[i].apply(plan);
    EXPECT_THAT(verify(plan, 16), IsError(ErrorKind::kCorruptData, damages[i].text)) << i;
  }
}

TEST(VerifyPlan, SaysWhichOpIsUnknown) {
  Plan plan = good_plan();
  plan.steps[0].op = "Frobnicate";
  EXPECT_THAT(verify(plan, 16), IsError(ErrorKind::kVersionMismatch, "Frobnicate"));
}

// y = If(c, x) with the bodies Relu(x) and Neg(x), z = Loop(3, c, x) with the body Add(s, x).
Plan plan_with_bodies() {
  const Dim n = Dim::symbol("N");
  const ValueInfo rows{.type = DataType::kFloat32, .shape = {n, 4}, .elements = {}};
  const ValueInfo truth{.type = DataType::kBool, .shape = {}, .elements = {}};
  const ValueInfo number{.type = DataType::kInt64, .shape = {}, .elements = {}};
  const auto arena = [](const ValueInfo& info) {
    return PlanValue{"", info, Storage::kArena, kNoIndex};
  };
  Plan plan;
  plan.device_kind = "cpu";
  plan.values = {{"x", rows, Storage::kInput, 0},
                 {"c", truth, Storage::kInput, 1},
                 {"m", number, Storage::kInput, 2},
                 {"y", rows, Storage::kOutput, 0},
                 {"z", rows, Storage::kOutput, 1},
                 // Results of the branches.
                 arena(rows),
                 arena(rows),
                 // Of the loop: number, condition and state, and what it gives on.
                 arena(number),
                 arena(truth),
                 arena(rows),
                 arena(truth),
                 arena(rows)};
  plan.inputs = {{"x", 0}, {"c", 1}, {"m", 2}};
  plan.outputs = {{"y", 3}, {"z", 4}};
  plan.tactics = {{"own", "reference", 1}};
  const AttributeMap branch = {{"extent", std::string("If")}, {"outputs", int64_t{1}}};
  const AttributeMap loop = {{"extent", std::string("Loop")},
                             {"carried", int64_t{1}},
                             {"counted", int64_t{0}},
                             {"scans", int64_t{0}}};
  plan.steps = {{"if", "If", branch, kNoIndex, {1}, {3}, 0, {{2, {}, {5}}, {3, {}, {6}}}},
                {"relu", "Relu", {}, 0, {0}, {5}, 0},
                {"neg", "Neg", {}, 0, {0}, {6}, 0},
                {"loop", "Loop", loop, kNoIndex, {2, 1, 0}, {4}, 0, {{6, {7, 8, 9}, {10, 11}}}},
                {"go", "Identity", {}, 0, {8}, {10}, 0},
                {"add", "Add", {}, 0, {9, 0}, {11}, 0}};
  return plan;
}

TEST(VerifyPlan, AcceptsBodies) { EXPECT_THAT(verify(plan_with_bodies(), 0), IsOk()); }

TEST(VerifyPlan, RefusesDamagedBodies) {
  struct Damage {
    std::string text;
    std::function<void(Plan&)> apply;
  };
  const std::vector<Damage> damages = {
      {"the number of bodies of step", [](Plan& p) { p.steps[0].bodies.pop_back(); }},
      {"the number of bodies of step", [](Plan& p) { p.steps[1].bodies = p.steps[3].bodies; }},
      // Ranges: empty, backwards, overlapping, beyond what is around.
      {"ends at step 1", [](Plan& p) { p.steps[0].bodies[0].end = 1; }},
      {"ends at step 0", [](Plan& p) { p.steps[0].bodies[0].end = 0; }},
      {"ends at step 2", [](Plan& p) { p.steps[0].bodies[1].end = 2; }},
      {"ends at step 7", [](Plan& p) { p.steps[3].bodies[0].end = 7; }},
      {"ends at step 4294967295", [](Plan& p) { p.steps[3].bodies[0].end = UINT32_MAX; }},
      // A body that runs the step it belongs to has no range.
      {"ends at step 3", [](Plan& p) { p.steps[3].bodies[0].end = 3; }},
      {"before it is computed", [](Plan& p) { p.steps[2].inputs[0] = 5; }},
      {"before it is computed", [](Plan& p) { p.steps[5].inputs[1] = 6; }},
      {"which is not of its body",
       [](Plan& p) {
         p.steps[2].outputs[0] = 5;
         p.steps[0].bodies[1].outputs[0] = 5;
       }},
      {"which it does not compute", [](Plan& p) { p.steps[0].bodies[1].outputs[0] = 5; }},
      {"which it does not compute", [](Plan& p) { p.steps[0].bodies[0].outputs[0] = 0; }},
      {"which is not its own", [](Plan& p) { p.steps[3].bodies[0].inputs[2] = 0; }},
      {"which is not its own", [](Plan& p) { p.steps[3].bodies[0].inputs[2] = 3; }},
      {"takes or gives other values", [](Plan& p) { p.steps[3].bodies[0].inputs.pop_back(); }},
      {"takes or gives other values", [](Plan& p) { p.steps[3].bodies[0].outputs.pop_back(); }},
      {"takes or gives other values", [](Plan& p) { p.steps[3].inputs.pop_back(); }},
      {"takes or gives other values", [](Plan& p) { p.steps[0].bodies[0].outputs.clear(); }},
      {"takes or gives other values",
       [](Plan& p) { std::swap(p.steps[3].bodies[0].inputs[0], p.steps[3].bodies[0].inputs[1]); }},
      {"passes value", [](Plan& p) { p.values[5].info.type = DataType::kFloat64; }},
      {"passes value", [](Plan& p) { p.values[9].info.shape.pop_back(); }},
      {"writes value 99", [](Plan& p) { p.steps[3].bodies[0].inputs[0] = 99; }},
      {"reads value 99", [](Plan& p) { p.steps[0].bodies[0].outputs[0] = 99; }},
      {"names tactic", [](Plan& p) { p.steps[0].tactic = 0; }},
      {"names tactic", [](Plan& p) { p.steps[1].tactic = kNoIndex; }},
      // An outer value is not a body's to write.
      {"which is not of its body",
       [](Plan& p) {
         p.values.push_back(p.values[5]);
         p.steps.insert(p.steps.begin(), {"first", "Relu", {}, 0, {0}, {12}, 0});
         for (PlanStep& step : p.steps) {
           for (PlanBody& body : step.bodies) ++body.end;
         }
         p.steps[2].outputs[0] = 12;
         p.steps[1].bodies[0].outputs[0] = 12;
       }},
      {"on dim Loop.0 before it is known",
       [](Plan& p) { p.values[9].info.shape[0] = Dim::symbol("Loop.0"); }},
      {"on dim Loop.in.0 before it is known",
       [](Plan& p) { p.values[5].info.shape[0] = Dim::symbol("Loop.in.0"); }},
      {"which is told elsewhere",
       [](Plan& p) {
         p.steps[3].attributes["extent"] = std::string("If");
         p.values[4].info.shape[0] = Dim::symbol("If.0");
       }},
  };
  for (size_t i = 0; i < damages.size(); ++i) {
    Plan plan = plan_with_bodies();
    damages[i].apply(plan);
    EXPECT_THAT(verify(plan, 0), IsError(ErrorKind::kCorruptData, damages[i].text)) << i;
  }
}

}  // namespace
}  // namespace tenon::internal
