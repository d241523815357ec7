#include "ops/region_parts.h"

#include "ops/conv.h"
#include "ops/list.h"
#include "ops/reduce.h"
#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;
using testing::IsError;
using testing::IsOk;
using Texts = std::vector<std::string>;

ValueInfo info(DataType type, Shape shape) { return {type, to_symbolic(shape), {}}; }
ValueInfo f32(Shape shape) { return info(DataType::kFloat32, std::move(shape)); }

Problem problem_of(std::string_view op, const AttributeMap& map, std::vector<ValueInfo> in) {
  const OpDef& def = *find_op(op);
  Problem problem{&def, Attrs::from_map(*def.attrs, map).value(), std::move(in), {}};
  problem.outputs = infer_outputs(def, problem.attrs, problem.inputs).value();
  return problem;
}

RegionParts parts_of(std::string_view op, const AttributeMap& map, std::vector<ValueInfo> in) {
  Result<RegionParts> parts = region_parts(problem_of(op, map, std::move(in)));
  EXPECT_THAT(parts, IsOk());
  return std::move(parts).value_or(RegionParts());
}

std::string text(const PointwiseProgram& program) {
  return TextForm<PointwiseProgram>::to_text(program);
}

TEST(RegionParts, OfANodeAreItsOpAlone) {
  const RegionParts parts =
      parts_of("Conv", {{"group", int64_t{2}}}, {f32({1, 4, 5, 5}), f32({6, 2, 3, 3}), f32({6})});
  EXPECT_EQ(parts.anchor->name, "Conv");
  EXPECT_EQ(parts.anchor_attrs.as<ConvAttrs>().group, 2);
  EXPECT_EQ(parts.anchor_inputs.size(), 3U);
  EXPECT_THAT(parts.before,
              ElementsAre(PointwiseProgram(), PointwiseProgram(), PointwiseProgram()));
  EXPECT_THAT(parts.before_first, ElementsAre(0, 1, 2));
  EXPECT_THAT(parts.views, ElementsAre(OperandView(), OperandView(), OperandView()));
  EXPECT_EQ(parts.anchor_output, f32({1, 6, 3, 3}));
  EXPECT_EQ(parts.output, parts.anchor_output);
  EXPECT_TRUE(parts.after.is_empty());
  EXPECT_EQ(parts.after_first, 3U);
  EXPECT_TRUE(parts.after_inputs.empty());
}

TEST(RegionParts, OfAPointwiseNodeAreItsProgram) {
  const RegionParts parts = parts_of("Max", {}, {f32({2, 3}), f32({3}), f32({})});
  EXPECT_EQ(parts.anchor, nullptr);
  EXPECT_TRUE(parts.anchor_inputs.empty());
  EXPECT_EQ(text(parts.after),
            "(%0: f32, %1: f32, %2: f32) { %3: f32 = Max(%0, %1); %4: f32 = Max(%3, %2) } -> %4");
  EXPECT_EQ(parts.after_first, 0U);
  EXPECT_THAT(parts.after_inputs, ElementsAre(f32({2, 3}), f32({3}), f32({})));
  EXPECT_EQ(parts.output, f32({2, 3}));
}

TEST(RegionParts, OfARegionAreAllOfIt) {
  const std::string scale = "(%0: f32, %1: f32) { %2: f32 = Mul(%0, %1) } -> %2";
  const std::string after =
      "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f16 = Cast(%2, saturate=1) } -> %3";
  const RegionParts parts = parts_of("Region",
                                     {{"anchor", "MatMul"},
                                      {"views", Texts{"", "{perm=[1,0]}", "", ""}},
                                      {"before", Texts{"", scale}},
                                      {"after", after}},
                                     {f32({2, 3}), f32({4, 3}), f32({}), f32({4})});
  EXPECT_EQ(parts.anchor->name, "MatMul");
  EXPECT_THAT(parts.anchor_inputs, ElementsAre(f32({2, 3}), f32({3, 4})));
  EXPECT_EQ(text(parts.before[0]), "");
  EXPECT_EQ(text(parts.before[1]), scale);
  EXPECT_THAT(parts.before_first, ElementsAre(0, 1));
  EXPECT_THAT(parts.views[1].perm, ElementsAre(1, 0));
  EXPECT_EQ(parts.anchor_output, f32({2, 4}));
  EXPECT_EQ(text(parts.after), after);
  EXPECT_EQ(parts.after_first, 3U);
  EXPECT_THAT(parts.after_inputs, ElementsAre(f32({4})));
  EXPECT_EQ(parts.output, info(DataType::kFloat16, {2, 4}));
}

TEST(RegionParts, MakeAGemmWithoutScalesAMatMul) {
  const RegionParts parts =
      parts_of("Gemm", {{"transB", int64_t{1}}}, {f32({2, 3}), f32({4, 3}), f32({4})});
  EXPECT_EQ(parts.anchor->name, "MatMul");
  EXPECT_TRUE(parts.views[0].is_identity());
  EXPECT_THAT(parts.views[1].perm, ElementsAre(1, 0));
  EXPECT_THAT(parts.anchor_inputs, ElementsAre(f32({2, 3}), f32({3, 4})));
  EXPECT_EQ(text(parts.after), "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1) } -> %2");
  EXPECT_EQ(parts.after_first, 2U);
  EXPECT_THAT(parts.after_inputs, ElementsAre(f32({4})));
  EXPECT_EQ(parts.output, f32({2, 4}));

  const RegionParts plain = parts_of("Gemm", {{"beta", 3.0}}, {f32({2, 3}), f32({3, 4})});
  EXPECT_EQ(plain.anchor->name, "MatMul");
  EXPECT_TRUE(plain.after.is_empty());
  EXPECT_EQ(plain.after_first, 2U);

  const RegionParts scaled = parts_of("Gemm", {{"alpha", 2.0}}, {f32({2, 3}), f32({3, 4})});
  EXPECT_EQ(scaled.anchor->name, "Gemm");
}

TEST(RegionParts, PutTheAxesOfAReductionIntoItsAttributes) {
  const ValueInfo axes{DataType::kInt64, {Dim(1)}, std::vector<Dim>{Dim(-1)}};
  for (const bool with_operand : {true, false}) {
    std::vector<ValueInfo> in = {f32({2, 3, 4})};
    if (with_operand) in.push_back(axes);
    const RegionParts parts = parts_of("ReduceSum", {}, in);
    EXPECT_THAT(parts.anchor_inputs, ElementsAre(f32({2, 3, 4})));
    EXPECT_EQ(parts.views.size(), 1U);
    const auto& attrs = parts.anchor_attrs.as<ReduceAttrs>();
    EXPECT_EQ(attrs.axes,
              with_operand ? (std::vector<int64_t>{2}) : (std::vector<int64_t>{0, 1, 2}));
  }
}

TEST(RegionParts, AreOfNoOpWithSeveralOutputs) {
  Problem problem = problem_of("Relu", {}, {f32({2})});
  problem.outputs.push_back(problem.outputs[0]);
  EXPECT_THAT(region_parts(problem), IsError(ErrorKind::kUnsupported, "Relu has 2 outputs"));
}

TEST(WithAxes, GivesOneFormToReductionsThatAreTheSame) {
  const auto attrs = [](const AttributeMap& map, const std::vector<ValueInfo>& in) {
    const OpDef& op = *find_op("ReduceSum");
    return with_axes(Attrs::from_map(*op.attrs, map).value(), in).value().to_map();
  };
  const ValueInfo axes{DataType::kInt64, {Dim(2)}, std::vector<Dim>{Dim(-1), Dim(0)}};
  const AttributeMap both = {{"axes", std::vector<int64_t>{0, 1}},
                             {"keepdims", int64_t{1}},
                             {"noop_with_empty_axes", int64_t{0}}};
  EXPECT_EQ(attrs({}, {f32({2, 3})}), both);
  EXPECT_EQ(attrs({}, {f32({2, 3}), axes}), both);
  EXPECT_EQ(attrs({{"axes", std::vector<int64_t>{-1, -2}}}, {f32({2, 3})}), both);
  EXPECT_EQ(attrs({{"noop_with_empty_axes", int64_t{1}}}, {f32({2, 3}), axes}), both);
  const AttributeMap none = {{"axes", std::vector<int64_t>{}},
                             {"keepdims", int64_t{1}},
                             {"noop_with_empty_axes", int64_t{1}}};
  EXPECT_EQ(attrs({{"noop_with_empty_axes", int64_t{1}}}, {f32({2, 3})}), none);
  EXPECT_EQ(attrs(none, {f32({2, 3})}), none);
  EXPECT_EQ(attrs({}, {f32({})}), none);
}

}  // namespace
}  // namespace tenon::internal
