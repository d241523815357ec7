#include "tensor/value_info.h"
#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Pair;

const Dim& n() {
  static const Dim dim = Dim::symbol("N");
  return dim;
}

const Dim& t() {
  static const Dim dim = Dim::symbol("T");
  return dim;
}

TEST(SymbolicShape, PrintsWithoutBlanksBetweenDims) {
  EXPECT_EQ(to_string(SymbolicShape{n(), 3, 2 * t() + 1}), "[N,3,2*T + 1]");
  EXPECT_EQ(to_string(SymbolicShape{}), "[]");
  const std::vector<ValueInfo> operands = {{DataType::kFloat32, {n(), 3}, {}}, {}};
  EXPECT_EQ(to_string(operands[0]), "f32[N,3]");
  EXPECT_EQ(to_string(operands), "f32[N,3], omitted");
}

TEST(SymbolicShape, CountsElementsAndBytes) {
  EXPECT_EQ(element_count(SymbolicShape{}), Dim(1));
  EXPECT_EQ(element_count({n(), 3, t(), 2}), 6 * n() * t());
  EXPECT_EQ(element_count({n(), 0}), Dim(0));
  EXPECT_EQ(element_count({int64_t{1} << 32, int64_t{1} << 32, n(), 0}), Dim(0));
  EXPECT_EQ(byte_size(ValueInfo{DataType::kFloat64, {n(), 3}, {}}), 24 * n());
  EXPECT_EQ(byte_size(ValueInfo{DataType::kBool, {n()}, {}}), n());
  EXPECT_EQ(byte_size(ValueInfo{DataType::kInt4, {n()}, {}}), Dim::ceil_div(n(), 2));
  EXPECT_EQ(byte_size(ValueInfo{DataType::kUInt4, {5}, {}}), Dim(3));
  EXPECT_EQ(byte_size(ValueInfo{}), Dim(0));
}

TEST(SymbolicShape, EvaluatesToAShape) {
  const SymbolicShape shape = {n(), 3, n() - 2};
  EXPECT_THAT(evaluate(shape, {{"N", 5}}), IsOkAndHolds(ElementsAre(5, 3, 3)));
  EXPECT_THAT(evaluate(shape, {{"N", 1}}),
              IsError(ErrorKind::kInvalidArgument,
                      "dimension 2 of shape [N,3,N - 2] is -1; it must not be negative"));
  EXPECT_THAT(evaluate(shape, {}), IsError(ErrorKind::kNotFound, "\"N\""));
  const std::array<int64_t, 2> concrete = {4, 0};
  EXPECT_THAT(evaluate(to_symbolic(concrete), {}), IsOkAndHolds(ElementsAre(4, 0)));
}

TEST(Broadcast, FollowsNumPyForConstants) {
  EXPECT_THAT(broadcast({2, 1, 4}, {3, 1}), IsOkAndHolds(SymbolicShape{2, 3, 4}));
  EXPECT_THAT(broadcast({}, {5}), IsOkAndHolds(SymbolicShape{5}));
  EXPECT_THAT(broadcast({}, {}), IsOkAndHolds(SymbolicShape{}));
  EXPECT_THAT(broadcast({0, 3}, {1, 3}), IsOkAndHolds(SymbolicShape{0, 3}));
  EXPECT_THAT(broadcast({2, 3}, {4, 3}), IsError(ErrorKind::kInvalidArgument,
                                                 "[2,3] and [4,3] do not broadcast: 2 against 4"));
  EXPECT_THAT(broadcast({0}, {3}), IsError(ErrorKind::kInvalidArgument, "0 against 3"));
}

TEST(Broadcast, TakesSymbolsToMeetConstants) {
  EXPECT_THAT(broadcast({n(), 4}, {1, 4}), IsOkAndHolds(SymbolicShape{n(), 4}));
  EXPECT_THAT(broadcast({4}, {n(), 4}), IsOkAndHolds(SymbolicShape{n(), 4}));
  EXPECT_THAT(broadcast({n()}, {n()}), IsOkAndHolds(SymbolicShape{n()}));
  EXPECT_THAT(broadcast({n()}, {8}), IsOkAndHolds(SymbolicShape{8}));
  EXPECT_THAT(broadcast({8}, {n()}), IsOkAndHolds(SymbolicShape{8}));
}

TEST(Broadcast, KeepsBothOfTwoOpenDims) {
  const SymbolicShape both = {Dim::broadcast(n(), t()), 3};
  EXPECT_THAT(broadcast({n(), 3}, {t(), 1}), IsOkAndHolds(both));
  EXPECT_THAT(broadcast(both, {n(), 3}), IsOkAndHolds(both));
}

TEST(BindSymbols, BindsSymbolsThatStandAlone) {
  SymbolBindings bindings = {{"X", 1}};
  const std::array<int64_t, 4> shape = {2, 3, 7, 2};
  EXPECT_THAT(bind_symbols({n(), 3, 2 * t(), n()}, shape, bindings), IsOk());
  EXPECT_THAT(bindings, ElementsAre(Pair("N", 2), Pair("X", 1)));
}

TEST(BindSymbols, NamesTheAxisThatDoesNotFitAndBindsNothing) {
  SymbolBindings bindings = {{"T", 4}};
  const std::array<int64_t, 2> shape = {2, 3};
  EXPECT_THAT(bind_symbols({n(), 5}, shape, bindings),
              IsError(ErrorKind::kInvalidArgument,
                      "shape [2,3] does not fit [N,5]: dimension 1 must be 5"));
  EXPECT_THAT(bind_symbols({n(), n()}, shape, bindings),
              IsError(ErrorKind::kInvalidArgument, "dimension 1 must be 2, the value of N"));
  EXPECT_THAT(bind_symbols({n(), t()}, shape, bindings),
              IsError(ErrorKind::kInvalidArgument, "dimension 1 must be 4, the value of T"));
  EXPECT_THAT(bind_symbols({n()}, shape, bindings),
              IsError(ErrorKind::kInvalidArgument, "shape [2,3] has 2 dimensions; [N] has 1"));
  const std::array<int64_t, 1> huge = {int64_t{1} << 31};
  EXPECT_THAT(bind_symbols({n()}, huge, bindings),
              IsError(ErrorKind::kInvalidArgument, "dimension 0 must be 2147483647 at most"));
  EXPECT_THAT(bind_symbols({huge[0]}, huge, bindings), IsOk());
  const std::array<int64_t, 1> negative = {-1};
  EXPECT_THAT(bind_symbols({n()}, negative, bindings),
              IsError(ErrorKind::kInvalidArgument, "dimension 0 must be 0 or more"));
  EXPECT_THAT(bindings, ElementsAre(Pair("T", 4)));
}

}  // namespace
}  // namespace tenon::internal
