#include "ops/list.h"
#include "ops/pointwise.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::IsOk;

constexpr DataType kI32 = DataType::kInt32;
constexpr DataType kI64 = DataType::kInt64;
constexpr DataType kBool = DataType::kBool;

// A vector of known elements, given as dims.
ValueInfo known(DataType type, std::initializer_list<const char*> elements) {
  ValueInfo info;
  info.type = type;
  info.shape = {static_cast<int64_t>(elements.size())};
  info.elements.emplace();
  for (const char* element : elements) info.elements->push_back(Dim::parse(element).value());
  return info;
}

// The elements of the result as text, "unknown" without them.
std::string elements_of_result(std::string_view op, std::vector<ValueInfo> in,
                               const AttributeMap& attributes = {}) {
  const OpDef* def = find_op(op);
  const auto out = infer_outputs(*def, Attrs::from_map(*def->attrs, attributes).value(), in);
  EXPECT_THAT(out, IsOk());
  if (!out.ok() || !(*out)[0].elements) return "unknown";
  return to_string(*(*out)[0].elements);
}

TEST(KnownElements, FollowArithmeticOnSymbols) {
  const ValueInfo x = known(kI64, {"N", "6", "2*H"});
  const ValueInfo y = known(kI64, {"2", "4", "H"});
  EXPECT_EQ(elements_of_result("Identity", {x}), "[N,6,2*H]");
  EXPECT_EQ(elements_of_result("Add", {x, y}), "[N + 2,10,3*H]");
  EXPECT_EQ(elements_of_result("Sub", {x, y}), "[N - 2,2,H]");
  EXPECT_EQ(elements_of_result("Mul", {x, y}), "[2*N,24,2*H*H]");
  EXPECT_EQ(elements_of_result("Neg", {x}), "[-N,-6,-2*H]");
  EXPECT_EQ(elements_of_result("Abs", {x}), "[N,6,2*H]");
  EXPECT_EQ(elements_of_result("Min", {x, y}), "[min(2, N),4,min(H, 2*H)]");
  EXPECT_EQ(elements_of_result("Max", {x, y, known(kI64, {"1"})}),
            "[max(2, N),6,max(max(1, H), 2*H)]");
}

TEST(KnownElements, BroadcastAsTheTensorsDo) {
  ValueInfo column = known(kI64, {"N", "2"});
  column.shape = {2, 1};
  EXPECT_EQ(elements_of_result("Mul", {column, known(kI64, {"1", "H", "3"})}),
            "[N,H*N,3*N,2,2*H,6]");
}

TEST(KnownElements, DivideOnlyWhereTruncationIsFloor) {
  EXPECT_EQ(elements_of_result("Div", {known(kI64, {"N", "2*N", "-7"}), known(kI64, {"2"})}),
            "[floor_div(N, 2),N,-3]");
  EXPECT_EQ(elements_of_result("Div", {known(kI64, {"12*N"}), known(kI64, {"N"})}), "[12]");
  EXPECT_EQ(elements_of_result("Div", {known(kI64, {"N"}), known(kI64, {"H+1"})}),
            "[floor_div(N, H + 1)]");
  EXPECT_EQ(elements_of_result("Div", {known(kI64, {"N-3"}), known(kI64, {"2"})}), "unknown");
  EXPECT_EQ(elements_of_result("Div", {known(kI64, {"N"}), known(kI64, {"-2"})}), "unknown");
  EXPECT_EQ(elements_of_result("Div", {known(kI64, {"N"}), known(kI64, {"H"})}), "unknown");
}

TEST(KnownElements, TakeRemaindersOfTheRightSign) {
  const ValueInfo two = known(kI64, {"2"});
  const AttributeMap fmod = {{"fmod", int64_t{1}}};
  EXPECT_EQ(elements_of_result("Mod", {known(kI64, {"N", "-7"}), two}), "[mod(N, 2),1]");
  EXPECT_EQ(elements_of_result("Mod", {known(kI64, {"N", "-7"}), two}, fmod), "[mod(N, 2),-1]");
  EXPECT_EQ(elements_of_result("Mod", {known(kI64, {"N-3"}), two}), "[mod(N + 1, 2)]");
  EXPECT_EQ(elements_of_result("Mod", {known(kI64, {"N-3"}), two}, fmod), "unknown");
  EXPECT_EQ(elements_of_result("Mod", {known(kI64, {"N"}), known(kI64, {"H"})}), "unknown");
}

TEST(KnownElements, CompareWhatSizesDecide) {
  EXPECT_EQ(
      elements_of_result("Equal", {known(kI64, {"N", "N", "3"}), known(kI64, {"N", "-1", "3"})}),
      "[1,0,1]");
  EXPECT_EQ(elements_of_result("Equal", {known(kI64, {"N+1"}), known(kI64, {"N"})}), "[0]");
  EXPECT_EQ(elements_of_result("Equal", {known(kI64, {"N"}), known(kI64, {"0"})}), "unknown");
  EXPECT_EQ(
      elements_of_result("Less", {known(kI64, {"N", "N", "-1"}), known(kI64, {"0", "N+1", "N"})}),
      "[0,1,1]");
  EXPECT_EQ(elements_of_result("Less", {known(kI64, {"N"}), known(kI64, {"1"})}), "unknown");
  EXPECT_EQ(elements_of_result("LessOrEqual", {known(kI64, {"0", "N"}), known(kI64, {"N", "-1"})}),
            "[1,0]");
  EXPECT_EQ(elements_of_result("Greater", {known(kI64, {"N", "0"}), known(kI64, {"-1", "N"})}),
            "[1,0]");
  EXPECT_EQ(
      elements_of_result("GreaterOrEqual", {known(kI64, {"N", "-1"}), known(kI64, {"0", "N"})}),
      "[1,0]");
}

TEST(KnownElements, SelectByKnownConditions) {
  const ValueInfo x = known(kI64, {"N", "H"});
  const ValueInfo y = known(kI64, {"1", "2"});
  EXPECT_EQ(elements_of_result("Where", {known(kBool, {"1", "0"}), x, y}), "[N,2]");
  ValueInfo unknown_condition = known(kBool, {"1", "0"});
  unknown_condition.elements.reset();
  EXPECT_EQ(elements_of_result("Where", {unknown_condition, x, y}), "unknown");
}

TEST(KnownElements, PassThroughCastsThatHoldSizes) {
  const ValueInfo x = known(kI64, {"N", "5"});
  EXPECT_EQ(elements_of_result("Cast", {x}, {{"to", "i32"}}), "[N,5]");
  EXPECT_EQ(elements_of_result("Cast", {known(kI32, {"N", "5"})}, {{"to", "i64"}}), "[N,5]");
  EXPECT_EQ(elements_of_result("Cast", {x}, {{"to", "i8"}}), "unknown");
  EXPECT_EQ(elements_of_result("Cast", {x}, {{"to", "f32"}}), "unknown");
  EXPECT_EQ(elements_of_result("Cast", {known(kI64, {"N+1", "0"})}, {{"to", "bool"}}), "[1,0]");
  EXPECT_EQ(elements_of_result("Cast", {x}, {{"to", "bool"}}), "unknown");
}

TEST(KnownElements, OfConstantsAreWhatTheTypeComputes) {
  EXPECT_EQ(
      elements_of_result("Add", {known(DataType::kInt8, {"100"}), known(DataType::kInt8, {"100"})}),
      "[-56]");
  EXPECT_EQ(elements_of_result("Pow", {known(kI64, {"3", "2"}), known(kI32, {"2", "10"})}),
            "[9,1024]");
  EXPECT_EQ(elements_of_result("Pow", {known(kI64, {"N"}), known(kI64, {"2"})}), "unknown");
  EXPECT_EQ(elements_of_result("Not", {known(kBool, {"0", "1"})}), "[1,0]");
  EXPECT_EQ(elements_of_result("And", {known(kBool, {"0", "1"}), known(kBool, {"1"})}), "[0,1]");
  EXPECT_EQ(elements_of_result("Sign", {known(kI64, {"-4", "0"})}), "[-1,0]");
}

TEST(KnownElements, AreNotTrackedForLargeOrSymbolicShapes) {
  ValueInfo large = known(kI64, {"7"});
  large.shape = {1};
  ValueInfo wide;
  wide.type = kI64;
  wide.shape = {kMaxKnownElements + 1};
  wide.elements.emplace(static_cast<size_t>(kMaxKnownElements + 1), Dim(1));
  EXPECT_EQ(elements_of_result("Add", {large, wide}), "unknown");
  ValueInfo symbolic;
  symbolic.type = kI64;
  symbolic.shape = {Dim::symbol("N")};
  EXPECT_EQ(elements_of_result("Add", {large, symbolic}), "unknown");
}

}  // namespace
}  // namespace tenon::internal
