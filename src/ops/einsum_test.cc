#include "ops/einsum.h"

#include "base/try.h"
#include "ops/list.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;
using testing::f32;
using testing::IsError;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;

Result<SymbolicShape> shape_of(std::string equation, std::vector<ValueInfo> in) {
  const auto attrs = Attrs::of(EinsumAttrs{std::move(equation)});
  return TRY(infer_outputs(*find_op("Einsum"), attrs, in)).front().shape;
}

TEST(EinsumInference, KeepsSymbols) {
  const Dim n = Dim::symbol("N");
  const Dim s = Dim::symbol("S");
  EXPECT_EQ(shape_of("bij,bjk->bik", {f32({n, s, 4}), f32({n, 4, 3})}).value(),
            (SymbolicShape{n, s, 3}));
  EXPECT_EQ(shape_of("...i,...i", {f32({n, s, 4}), f32({1, 4})}).value(), (SymbolicShape{n, s}));
  EXPECT_EQ(shape_of("ij,jk->ik", {f32({2, n}), f32({5, s})}).value(), (SymbolicShape{2, s}));
}

TEST(EinsumInference, NumbersEllipsesFromTheirEnds) {
  const EinsumLabels labels = einsum_labels("b...a,...c->...", {{4, 2}}).value();
  EXPECT_THAT(labels.operands[0], ElementsAre(3, 0, 1, 2));
  EXPECT_THAT(labels.operands[1], ElementsAre(1, 4));
  EXPECT_THAT(labels.result, ElementsAre(0, 1));
  EXPECT_EQ(labels.count, 5U);
}

TEST(EinsumInference, NamesWhatDoesNotFit) {
  const auto refused = [](const char* equation, std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(shape_of(equation, std::move(in)), IsError(kInvalid, text));
  };
  refused("ij,jk", {f32({2, 3})}, "is one of 2 operands, not 1");
  refused("ij->ii", {f32({2, 3})}, "has 'i' twice");
  refused("ij->k", {f32({2, 3})}, "has 'k', which no operand has");
  refused("i1", {f32({2, 3})}, "is no part of an equation");
  refused("......", {f32({2, 3})}, "is no part of an equation");
  refused("ij->i->j", {f32({2, 3})}, "is no part of an equation");
  refused("ijk", {f32({2, 3})}, "does not name the 2 axes");
  refused("i", {f32({2, 3})}, "does not name the 2 axes");
  refused("ij,jk", {f32({2, 3}), f32({4, 5})}, "extents 3 and 4 go together");
  refused("ii", {f32({2, 3})}, "extents 2 and 3 go together");
  refused("i", {{DataType::kBool, {2}, {}}}, "bool cannot be multiplied");
  refused("i,i", {f32({2}), {DataType::kFloat64, {2}, {}}}, "must be of one type");
}

}  // namespace
}  // namespace tenon::internal
