// Symbolic results and errors of the ops that move elements and do arithmetic on shapes; their
// values are checked on the cases.
#include "base/thread_pool.h"
#include "ops/list.h"
#include "ops/op_def.h"
#include "testing/matchers.h"
#include "testing/value_infos.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

using Dims = std::vector<Dim>;

constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

Dim n() { return Dim::symbol("N"); }
Dim m() { return Dim::symbol("M"); }

// A tensor of which only the shape is known.
ValueInfo tensor(SymbolicShape shape, DataType type = DataType::kFloat32) {
  return {type, std::move(shape), std::nullopt};
}

Result<ValueInfo> infer(std::string_view op, std::vector<ValueInfo> in, AttributeMap attrs = {}) {
  const OpDef* def = find_op(op);
  Result<Attrs> checked = Attrs::from_map(*def->attrs, attrs);
  if (!checked.ok()) return std::move(checked).error();
  Result<std::vector<ValueInfo>> out = infer_outputs(*def, *checked, in);
  if (!out.ok()) return std::move(out).error();
  return (*out)[0];
}

// The text of the inferred value, its elements included: "i64[2]={N,3}".
std::string text(const Result<ValueInfo>& info) {
  if (!info.ok()) return info.error().to_string();
  std::string text = to_string(*info);
  if (!info->elements) return text;
  std::string elements;
  for (const Dim& element : *info->elements) {
    elements += (elements.empty() ? "" : ",") + element.to_string();
  }
  return text + "={" + elements + "}";
}

constexpr auto kInvalid = ErrorKind::kInvalidArgument;
constexpr auto kUnsupported = ErrorKind::kUnsupported;

TEST(Concat, AddsUpSymbolicDimensions) {
  EXPECT_EQ(infer("Concat", {tensor({n(), 2}), tensor({m(), 2}), tensor({3, 2})})->shape,
            (Dims{n() + m() + 3, 2}));
}

TEST(Concat, TakesASymbolToBeTheConstantItMeets) {
  EXPECT_EQ(infer("Concat", {tensor({n(), 2}), tensor({4, 2})}, {{"axis", int64_t{1}}})->shape,
            (Dims{4, 4}));
}

TEST(Concat, JoinsKnownElements) {
  EXPECT_EQ(text(infer("Concat", {list({n(), 3}), list({m()})})), "i64[3]={N,3,M}");
  EXPECT_EQ(text(infer("Concat", {list({n()}), tensor({1}, DataType::kInt64)})), "i64[2]");
  EXPECT_EQ(text(infer("Concat", {tensor({0}), tensor({0})})), "f32[0]");
}

TEST(Concat, RefusesOperandsThatDoNotFit) {
  EXPECT_THAT(infer("Concat", {tensor({2, 3}), tensor({2, 4})}),
              IsError(kInvalid, "dimension 1 is 3 in one operand and 4 in another"));
  EXPECT_THAT(infer("Concat", {tensor({2}), tensor({2, 4})}), IsError(kInvalid, "same rank"));
  EXPECT_THAT(infer("Concat", {tensor({2}), tensor({2}, DataType::kInt32)}),
              IsError(kInvalid, "one type"));
  EXPECT_THAT(infer("Concat", {tensor({2})}, {{"axis", int64_t{1}}}),
              IsError(kInvalid, "axis 1 is outside a tensor of rank 1"));
  EXPECT_THAT(infer("Concat", {tensor({})}), IsError(kInvalid, "axis 0 is outside"));
  EXPECT_THAT(infer("Concat", {tensor({2}, DataType::kInt4)}), IsError(kUnsupported, "i4"));
}

TEST(Concat, ReferenceRefusesDimensionsThatDifferInTheRun) {
  const std::vector<float> data(6);
  std::vector<float> result(8);
  const std::vector<ConstTensorView> in = {{data.data(), DataType::kFloat32, {2, 2}},
                                           {data.data(), DataType::kFloat32, {2, 3}}};
  const std::vector<TensorView> out = {{result.data(), DataType::kFloat32, {4, 2}}};
  const auto pool = ThreadPool::create({}).value();
  const OpDef* concat = find_op("Concat");
  const Attrs attrs = Attrs::from_map(*concat->attrs, {}).value();
  EXPECT_THAT(concat->reference(attrs, in, out, *pool), IsError(kInvalid, "dimension 1"));
}

TEST(Expand, BroadcastsSymbolicDimensions) {
  EXPECT_EQ(text(infer("Expand", {tensor({1, 3}), list({n(), 1, 3})})), "f32[N,1,3]");
  EXPECT_EQ(text(infer("Expand", {tensor({n(), 1}), list({1, 4})})), "f32[N,4]");
  EXPECT_EQ(text(infer("Expand", {list({n()}), list({2, 1})})), "i64[2,1]={N,N}");
}

TEST(Expand, DropsElementsThatAreTooMany) {
  EXPECT_EQ(text(infer("Expand", {list({n()}), list({kMaxKnownElements + 1})})), "i64[1025]");
}

TEST(Expand, RefusesWhatCannotBeBroadcast) {
  EXPECT_THAT(infer("Expand", {tensor({2}), list({3})}), IsError(kInvalid, "broadcast"));
  EXPECT_THAT(infer("Expand", {tensor({2}), list({-1})}), IsError(kInvalid, "-1 is no dimension"));
  EXPECT_THAT(infer("Expand", {tensor({2}), tensor({1}, DataType::kInt64)}),
              IsError(kUnsupported, "computed from tensor data"));
  EXPECT_THAT(infer("Expand", {tensor({2}), tensor({1})}), IsError(kInvalid, "i64 or i32"));
}

TEST(Gather, PutsTheIndicesDimensionsInPlaceOfTheAxis) {
  EXPECT_EQ(infer("Gather", {tensor({n(), 5, m()}), tensor({2, n()}, DataType::kInt64)},
                  {{"axis", int64_t{1}}})
                ->shape,
            (Dims{n(), 2, n(), m()}));
}

TEST(Gather, PicksKnownElements) {
  EXPECT_EQ(text(infer("Gather", {list({n(), 3, m()}), scalar(-1)})), "i64[]={M}");
  EXPECT_EQ(text(infer("Gather", {list({n(), 3, m()}), list({1, 0})})), "i64[2]={3,N}");
  EXPECT_EQ(text(infer("Gather", {list({n(), 3}), scalar(m())})), "i64[]");
}

TEST(Gather, RefusesIndicesThatAreOutside) {
  EXPECT_THAT(infer("Gather", {list({n(), 3}), scalar(2)}),
              IsError(kInvalid, "index 2 is outside an axis of extent 2"));
  EXPECT_THAT(infer("Gather", {tensor({2}), list({-3})}), IsError(kInvalid, "index -3"));
  EXPECT_THAT(infer("Gather", {tensor({2}), tensor({1})}), IsError(kInvalid, "i64 or i32"));
  EXPECT_THAT(infer("Gather", {tensor({}), scalar(0)}), IsError(kInvalid, "rank 0"));
}

TEST(Gather, ReferenceRefusesIndicesThatAreOutside) {
  const std::vector<float> data = {1, 2};
  const std::vector<int64_t> index = {2};
  float result = 0;
  const std::vector<ConstTensorView> in = {{data.data(), DataType::kFloat32, {2}},
                                           {index.data(), DataType::kInt64, {}}};
  const std::vector<TensorView> out = {{&result, DataType::kFloat32, {}}};
  const auto pool = ThreadPool::create({}).value();
  const OpDef* gather = find_op("Gather");
  const Attrs attrs = Attrs::from_map(*gather->attrs, {}).value();
  EXPECT_THAT(gather->reference(attrs, in, out, *pool), IsError(kInvalid, "index 2 is outside"));
}

TEST(Reshape, FindsTheOpenDimensionOfSymbolicShapes) {
  EXPECT_EQ(infer("Reshape", {tensor({n(), 3, m()}), list({0, -1})})->shape, (Dims{n(), m() * 3}));
  EXPECT_EQ(infer("Reshape", {tensor({n(), 3, 4}), list({-1, 6})})->shape, (Dims{n() * 2, 6}));
  EXPECT_EQ(infer("Reshape", {tensor({n(), m(), 8}), list({n(), m(), 2, -1})})->shape,
            (Dims{n(), m(), 2, 4}));
  EXPECT_EQ(infer("Reshape", {tensor({n() * m(), 8}), list({-1, m(), 8})})->shape,
            (Dims{n(), m(), 8}));
}

TEST(Reshape, AcceptsWhatOnlyTheRunCanCheck) {
  EXPECT_EQ(infer("Reshape", {tensor({n(), 3}), list({-1, 4})})->shape,
            (Dims{Dim::floor_div(n() * 3, 4), 4}));
  EXPECT_EQ(text(infer("Reshape", {tensor({n(), 3}), list({2, 6})})), "f32[2,6]");
  EXPECT_EQ(text(infer("Reshape", {list({n(), 1}), list({m(), 2})})), "i64[M,2]");
}

TEST(Reshape, KeepsKnownElements) {
  EXPECT_EQ(text(infer("Reshape", {list({n(), 3}), list({1, -1})})), "i64[1,2]={N,3}");
}

TEST(Reshape, RefusesShapesOfAnotherSize) {
  const auto reshape = [](SymbolicShape from, Dims to, int64_t allowzero = 0) {
    return infer("Reshape", {tensor(std::move(from)), list(std::move(to))},
                 {{"allowzero", allowzero}});
  };
  EXPECT_THAT(reshape({2, 3}, {4}), IsError(kInvalid,
                                            "[2,3] cannot take the wanted shape [4]: the "
                                            "number of elements is 6 and would be 4"));
  EXPECT_THAT(reshape({2, 3}, {4, -1}), IsError(kInvalid, "4 does not divide 6"));
  EXPECT_THAT(reshape({2, 3}, {-1, -1}), IsError(kInvalid, "second -1"));
  EXPECT_THAT(reshape({2, 3}, {-2, 3}), IsError(kInvalid, "-2"));
  EXPECT_THAT(reshape({6}, {6, 0}), IsError(kInvalid, "copies dimension 1"));
  EXPECT_THAT(reshape({0, 3}, {0, -1}, 1), IsError(kInvalid, "both 0 and -1"));
  EXPECT_THAT(reshape({2, 3}, {0, 3}, 1), IsError(kInvalid, "would be 0"));
  EXPECT_THAT(infer("Reshape", {tensor({2}), tensor({1}, DataType::kInt64)}),
              IsError(kUnsupported, "wanted shape"));
}

TEST(Reshape, CountsTheElementsOfShapesWithHugeDimensions) {
  const Dim huge = int64_t{1} << 32;
  const auto reshape = [&](Dims to) {
    return infer("Reshape", {list({1, 2, 3, 4}), list(std::move(to))}, {{"allowzero", int64_t{1}}});
  };
  EXPECT_THAT(reshape({huge, huge, 0}),
              IsError(kInvalid, "the number of elements is 4 and would be"));
  EXPECT_THAT(reshape({huge, huge, 4}),
              IsError(kInvalid, "the number of elements is 4 and would be"));
}

TEST(Reshape, ReferenceRefusesAnotherNumberOfElements) {
  const std::vector<float> data(6);
  std::vector<float> result(8);
  const std::vector<int64_t> shape = {8};
  const std::vector<ConstTensorView> in = {{data.data(), DataType::kFloat32, {6}},
                                           {shape.data(), DataType::kInt64, {1}}};
  const std::vector<TensorView> out = {{result.data(), DataType::kFloat32, {8}}};
  const auto pool = ThreadPool::create({}).value();
  const OpDef* reshape = find_op("Reshape");
  const Attrs attrs = Attrs::from_map(*reshape->attrs, {}).value();
  EXPECT_THAT(reshape->reference(attrs, in, out, *pool),
              IsError(kInvalid, "another number of elements"));
}

TEST(Squeeze, RemovesNamedAxesOfSymbolicShapes) {
  EXPECT_EQ(text(infer("Squeeze", {tensor({n(), 1, m()}), list({1})})), "f32[N,M]");
  EXPECT_EQ(text(infer("Squeeze", {tensor({n(), 2}), list({0})})), "f32[2]");
  EXPECT_EQ(text(infer("Squeeze", {list({n()}), list({0})})), "i64[]={N}");
}

TEST(Squeeze, RefusesAxesThatStay) {
  EXPECT_THAT(infer("Squeeze", {tensor({1, 2}), list({1})}),
              IsError(kInvalid, "dimension 1 has extent 2"));
  EXPECT_THAT(infer("Squeeze", {tensor({1, 2}), list({0, -2})}), IsError(kInvalid, "named twice"));
  EXPECT_THAT(infer("Squeeze", {tensor({1, n()})}), IsError(kUnsupported, "dimension 1 (N)"));
  EXPECT_THAT(infer("Squeeze", {tensor({1, 2}), list({n()})}),
              IsError(kUnsupported, "depends on a symbolic dimension (N)"));
}

TEST(Unsqueeze, CountsAxesInTheOutput) {
  EXPECT_EQ(text(infer("Unsqueeze", {tensor({n(), m()}), list({0, -1})})), "f32[1,N,M,1]");
  EXPECT_EQ(text(infer("Unsqueeze", {scalar(n()), list({0})})), "i64[1]={N}");
  EXPECT_THAT(infer("Unsqueeze", {tensor({2}), list({2, 2})}), IsError(kInvalid, "named twice"));
  EXPECT_THAT(infer("Unsqueeze", {tensor({2}), list({2})}), IsError(kInvalid, "rank 2"));
}

TEST(Flatten, MultipliesSymbolicDimensions) {
  const Result<ValueInfo> flat = infer("Flatten", {tensor({n(), 3, m()})});
  EXPECT_EQ(flat->shape, (Dims{n(), m() * 3}));
  EXPECT_THAT(infer("Flatten", {tensor({2, 3})}, {{"axis", int64_t{3}}}),
              IsError(kInvalid, "axis 3 cannot split a tensor of rank 2"));
}

TEST(Shape, ListsDimensionsAsElements) {
  EXPECT_EQ(text(infer("Shape", {tensor({n(), 3, n() * m()})})), "i64[3]={N,3,M*N}");
  EXPECT_EQ(text(infer("Shape", {tensor({n(), 3})}, {{"start", int64_t{-1}}})), "i64[1]={3}");
  EXPECT_EQ(text(infer("Size", {tensor({n(), 3})})), "i64[]={3*N}");
}

TEST(Transpose, ReordersSymbolicDimensionsAndElements) {
  const AttributeMap perm = {{"perm", std::vector<int64_t>{2, 0, 1}}};
  EXPECT_EQ(text(infer("Transpose", {tensor({n(), 2, m()})}, perm)), "f32[M,N,2]");
  const ValueInfo matrix = {DataType::kInt64, {2, 2}, Dims{n(), 1, 2, m()}};
  EXPECT_EQ(text(infer("Transpose", {matrix})), "i64[2,2]={N,2,1,M}");
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  const auto transpose = [](std::vector<int64_t> perm) {
    return infer("Transpose", {tensor({2, 3})}, {{"perm", std::move(perm)}});
  };
  EXPECT_THAT(transpose({0}), IsError(kInvalid, "perm=[0] does not order"));
  EXPECT_THAT(transpose({0, -1}), IsError(kInvalid, "perm=[0,-1]"));
  EXPECT_THAT(transpose({0, 2}), IsError(kInvalid, "axis 2"));
  EXPECT_THAT(transpose({1, 1}), IsError(kInvalid, "named twice"));
}

// The extent of x[start:end:step] along a dimension.
Result<Dim> sliced(Dim extent, Dim start, Dim end, int64_t step = 1) {
  Result<ValueInfo> out = infer("Slice", {tensor({std::move(extent)}), list({std::move(start)}),
                                          list({std::move(end)}), list({0}), list({step})});
  if (!out.ok()) return std::move(out).error();
  return out->shape[0];
}

TEST(Slice, OfASymbolicDimensionIsExactAndShort) {
  EXPECT_THAT(sliced(n(), 0, kMaxInt64), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n(), 0, std::numeric_limits<int32_t>::max()), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n(), 0, 1), IsOkAndHolds(Dim::min(n(), 1)));
  EXPECT_THAT(sliced(n() + 1, 0, 1), IsOkAndHolds(Dim(1)));
  EXPECT_THAT(sliced(n(), 1, kMaxInt64), IsOkAndHolds(Dim::max(n() - 1, 0)));
  EXPECT_THAT(sliced(n() + 1, 1, kMaxInt64), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n() + 1, 0, -1), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n(), -3, kMaxInt64), IsOkAndHolds(Dim::min(n(), 3)));
  EXPECT_THAT(sliced(n() + 5, -3, kMaxInt64), IsOkAndHolds(Dim(3)));
  EXPECT_THAT(sliced(n() + 5, 1, -1), IsOkAndHolds(n() + 3));
  EXPECT_THAT(sliced(n() + 5, kMaxInt64, kMaxInt64), IsOkAndHolds(Dim(0)));
  EXPECT_THAT(sliced(n() * m() * n(), 0, kMaxInt64), IsOkAndHolds(n() * m() * n()));
}

TEST(Slice, WithSteps) {
  EXPECT_THAT(sliced(n(), 0, kMaxInt64, 2), IsOkAndHolds(Dim::ceil_div(n(), 2)));
  EXPECT_THAT(sliced(n() * 2, 1, kMaxInt64, 2), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n(), -1, -kMaxInt64, -1), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n(), -1, -kMaxInt64, -3), IsOkAndHolds(Dim::ceil_div(n(), 3)));
  EXPECT_THAT(sliced(n(), -1, -4, -1), IsOkAndHolds(Dim::min(n(), 3)));
}

TEST(Slice, WithEnormousStepsAndBoundsTakesAtMostOneElement) {
  for (const int64_t step : {kMaxInt64, -kMaxInt64}) {
    const Dim extent = sliced(n() * m() * n(), -step, step, step).value();
    EXPECT_THAT(extent.evaluate({{"N", 3}, {"M", 5}}), IsOkAndHolds(1));
    EXPECT_THAT(extent.evaluate({{"N", 0}, {"M", 5}}), IsOkAndHolds(0));
  }
}

TEST(Slice, BySymbolicBounds) {
  EXPECT_THAT(sliced(2048, 0, n()), IsOkAndHolds(Dim::min(n(), 2048)));
  EXPECT_THAT(sliced(n() + m(), m(), n() + m()), IsOkAndHolds(n()));
  EXPECT_THAT(sliced(n() + m(), Dim(0) - n() - 1, kMaxInt64).value().evaluate({{"N", 4}, {"M", 9}}),
              IsOkAndHolds(5));
}

TEST(Slice, OfRandomBoundsAgreesWithTheOneOfNumbers) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  const auto bound = [&]() -> Dim {
    constexpr int64_t kSpecial[] = {kMaxInt64, -kMaxInt64 - 1, 2147483647, -2147483648};
    const int64_t kind = pick(0, 9);
    if (kind == 0) return kSpecial[pick(0, 3)];
    if (kind == 1) return n() - pick(-3, 3);
    if (kind == 2) return m() - pick(-3, 3);
    if (kind == 3) return m() - n();
    return pick(-6, 6);
  };
  for (int i = 0; i < 300; ++i) {
    const Dim extents[] = {n(), n() + 1, n() + m(), Dim::floor_div(n(), 2), pick(0, 6)};
    const Dim extent = extents[pick(0, 4)];
    const Dim start = bound();
    const Dim end = bound();
    const int64_t step = (pick(0, 1) == 0 ? 1 : -1) * pick(1, 3);
    const Result<Dim> symbolic = sliced(extent, start, end, step);
    ASSERT_THAT(symbolic, IsOk());
    for (int64_t j = 0; j < 8; ++j) {
      const SymbolBindings bindings = {{"N", pick(0, 6)}, {"M", pick(0, 6)}};
      const auto number = [&](const Dim& dim) { return Dim(dim.evaluate(bindings).value()); };
      const Dim want = sliced(number(extent), number(start), number(end), step).value();
      ASSERT_EQ(number(*symbolic), want) << fmt::format(
          "[{}:{}:{}] of {} is {}, N={}, M={}", start.to_string(), end.to_string(), step,
          extent.to_string(), symbolic->to_string(), bindings.at("N"), bindings.at("M"));
    }
  }
}

TEST(Slice, PicksKnownElements) {
  EXPECT_EQ(text(infer("Slice", {list({n(), 3, m()}), list({-2}), list({kMaxInt64})})),
            "i64[2]={3,M}");
  EXPECT_EQ(text(infer("Slice", {list({n(), 3, m()}), list({-1}), list({-kMaxInt64}), list({0}),
                                 list({-2})})),
            "i64[2]={M,N}");
}

TEST(Slice, RefusesWhatDecidesNoShape) {
  const ValueInfo x = tensor({4, 4});
  EXPECT_THAT(infer("Slice", {x, tensor({1}, DataType::kInt64), list({1})}),
              IsError(kUnsupported, "the operand with the starts is computed from tensor data"));
  EXPECT_THAT(infer("Slice", {x, list({0}), list({1, 2})}),
              IsError(kInvalid, "starts (1), ends (2), axes (1) and steps (1) differ"));
  EXPECT_THAT(infer("Slice", {x, list({0}), list({1}), list({2})}), IsError(kInvalid, "axis 2"));
  EXPECT_THAT(infer("Slice", {x, list({0, 0}), list({1, 1}), list({1, -1})}),
              IsError(kInvalid, "named twice"));
  EXPECT_THAT(infer("Slice", {x, list({0, 0, 0}), list({1, 1, 1})}), IsError(kInvalid, "axis 2"));
  EXPECT_THAT(infer("Slice", {x, list({0}), list({1}), list({1}), list({0})}),
              IsError(kInvalid, "step along axis 1 is 0"));
  EXPECT_THAT(infer("Slice", {x, list({0}), list({1}), list({1}), list({n()})}),
              IsError(kUnsupported, "steps depends on a symbolic dimension"));
}

TEST(Slice, ReferenceRefusesAnOutputOfAnotherShape) {
  const std::vector<float> data(4);
  std::vector<float> result(4);
  const std::vector<int64_t> bounds = {0, 3};
  const std::vector<ConstTensorView> in = {{data.data(), DataType::kFloat32, {4}},
                                           {&bounds[0], DataType::kInt64, {1}},
                                           {&bounds[1], DataType::kInt64, {1}}};
  const std::vector<TensorView> out = {{result.data(), DataType::kFloat32, {4}}};
  const auto pool = ThreadPool::create({}).value();
  const OpDef* slice = find_op("Slice");
  EXPECT_THAT(slice->reference(Attrs(), in, out, *pool),
              IsError(kInvalid, "shape [4], but the operands make it [3]"));
}

TEST(Reductions, OfSymbolicShapes) {
  EXPECT_EQ(text(infer("ReduceMean", {tensor({n(), 3, m()}), list({1})})), "f32[N,1,M]");
  EXPECT_EQ(
      text(infer("ReduceMax", {tensor({n(), 3, m()}), list({0, -1})}, {{"keepdims", int64_t{0}}})),
      "f32[3]");
}

TEST(Reductions, OfKnownElements) {
  const AttributeMap drop = {{"keepdims", int64_t{0}}};
  const ValueInfo shape = list({n(), 3, m()});
  EXPECT_EQ(infer("ReduceProd", {shape}, drop)->elements, (Dims{n() * m() * 3}));
  EXPECT_EQ(infer("ReduceSum", {shape}, drop)->elements, (Dims{n() + m() + 3}));
  EXPECT_EQ(infer("ReduceMax", {list({n(), 3})}, drop)->elements, (Dims{Dim::max(n(), 3)}));
  EXPECT_EQ(infer("ReduceMin", {list({n(), 3})}, drop)->elements, (Dims{Dim::min(n(), 3)}));
  const ValueInfo matrix = {DataType::kInt64, {2, 2}, Dims{n(), 1, 2, m()}};
  EXPECT_EQ(infer("ReduceSum", {matrix, list({0})})->elements, (Dims{n() + 2, m() + 1}));
}

TEST(Reductions, ForgetElementsThatOverflow) {
  EXPECT_EQ(infer("ReduceProd", {list({kMaxInt64, 2})})->elements, std::nullopt);
  const ValueInfo small = {DataType::kInt8, {2}, Dims{100, 100}};
  EXPECT_EQ(infer("ReduceSum", {small})->elements, std::nullopt);
}

TEST(Reductions, RefuseUnknownAxesAndTypes) {
  EXPECT_THAT(infer("ReduceSum", {tensor({2}), tensor({1}, DataType::kInt64)}),
              IsError(kUnsupported, "axes to reduce"));
  EXPECT_THAT(infer("ReduceSum", {tensor({2}), list({1})}), IsError(kInvalid, "axis 1"));
  EXPECT_THAT(infer("ReduceSum", {tensor({2}, DataType::kBool)}), IsError(kInvalid, "type bool"));
  EXPECT_THAT(infer("ReduceMax", {tensor({2}, DataType::kInt4)}), IsError(kInvalid, "type i4"));
}

TEST(Softmax, RefusesIntegersAndAxesOutside) {
  EXPECT_THAT(infer("Softmax", {tensor({2}, DataType::kInt32)}), IsError(kInvalid, "i32"));
  EXPECT_THAT(infer("Softmax", {tensor({2})}, {{"axis", int64_t{1}}}), IsError(kInvalid, "axis 1"));
  EXPECT_THAT(infer("Softmax", {tensor({})}), IsError(kInvalid, "rank 0"));
}

Result<ValueInfo> infer_dims(std::vector<int64_t> shape, std::vector<std::string> elements,
                             std::string type = "i64") {
  return infer(
      "Dims", {},
      {{"shape", std::move(shape)}, {"elements", std::move(elements)}, {"type", std::move(type)}});
}

TEST(DimsOp, ParsesItsElements) {
  EXPECT_EQ(text(infer_dims({2}, {"N*2", "3"})), "i64[2]={2*N,3}");
  EXPECT_EQ(text(infer_dims({}, {"floor_div(N, 2)"}, "i32")), "i32[]={floor_div(N, 2)}");
}

TEST(DimsOp, RefusesElementsThatAreNone) {
  EXPECT_THAT(infer_dims({2}, {"N"}), IsError(kInvalid, "shape [2] is not made of 1 element"));
  EXPECT_THAT(infer_dims({-1}, {"N"}), IsError(kInvalid, "shape [-1]"));
  EXPECT_THAT(infer_dims({1}, {"N+"}), IsError(ErrorKind::kCorruptData, "N+"));
  EXPECT_THAT(infer_dims({1}, {"300"}, "u8"), IsError(kInvalid, "not a number of type u8"));
  EXPECT_THAT(infer_dims({1}, {"1"}, "f32"), IsError(kInvalid, "type f32"));
  EXPECT_THAT(infer_dims({kMaxKnownElements + 1},
                         std::vector<std::string>(static_cast<size_t>(kMaxKnownElements) + 1, "1")),
              IsError(kInvalid, "1025 elements"));
}

TEST(DimsOp, ReferenceLeavesSymbolsToTheExecutor) {
  const OpDef* dims = find_op("Dims");
  const Attrs attrs = Attrs::from_map(*dims->attrs, {{"shape", std::vector<int64_t>{1}},
                                                     {"elements", std::vector<std::string>{"N"}}})
                          .value();
  int64_t result = 0;
  const std::vector<TensorView> out = {{&result, DataType::kInt64, {1}}};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(dims->reference(attrs, {}, out, *pool),
              IsError(kInvalid, "what executes the graph provides"));
}

TEST(ShapeArithmetic, GoesFromAShapeToAReshape) {
  const SymbolicShape x = {n(), m(), 12, 64};
  const ValueInfo shape = infer("Shape", {tensor(x)}).value();
  const ValueInfo batch = infer("Gather", {shape, scalar(0)}).value();
  const ValueInfo length = infer("Slice", {shape, list({1}), list({2})}).value();
  const ValueInfo batch_list = infer("Unsqueeze", {batch, list({0})}).value();
  const ValueInfo target = infer("Concat", {batch_list, length, list({-1})}).value();
  EXPECT_EQ(text(infer("Reshape", {tensor(x), target})), "f32[N,M,768]");
}

}  // namespace
}  // namespace tenon::internal::testing
