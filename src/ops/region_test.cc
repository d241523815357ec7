#include "ops/region.h"

#include "ops/list.h"
#include "ops/problem.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;
using Texts = std::vector<std::string>;

constexpr const char* kRelu = "(%0: f32) { %1: f32 = Relu(%0) } -> %1";
constexpr const char* kAdd = "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1) } -> %2";

ValueInfo f32(std::initializer_list<const char*> dims) {
  ValueInfo info{DataType::kFloat32, {}, {}};
  for (const char* dim : dims) info.shape.push_back(Dim::parse(dim).value());
  return info;
}

Result<std::vector<ValueInfo>> infer(const AttributeMap& map, const std::vector<ValueInfo>& in) {
  const OpDef& op = *find_op("Region");
  const Result<Attrs> attrs = Attrs::from_map(*op.attrs, map);
  if (!attrs.ok()) return attrs.error();
  return infer_outputs(op, *attrs, in);
}

// The shape that is inferred, or the message.
std::string inferred(const AttributeMap& map, const std::vector<ValueInfo>& in) {
  const Result<std::vector<ValueInfo>> outputs = infer(map, in);
  return outputs.ok() ? to_string(outputs->front()) : outputs.error().message();
}

void expect_refused(const AttributeMap& map, const std::vector<ValueInfo>& in, const char* why) {
  EXPECT_THAT(infer(map, in), IsError(ErrorKind::kInvalidArgument, why));
}

TEST(OperandView, IsAText) {
  using Form = TextForm<OperandView>;
  EXPECT_EQ(Form::to_text({}), "");
  EXPECT_EQ(Form::to_text({{0, 2, 1}}), "{perm=[0,2,1]}");
  EXPECT_THAT(Form::parse("{perm=[0,2,1]}"), IsOkAndHolds(OperandView{{0, 2, 1}}));
  EXPECT_THAT(Form::parse(""), IsOkAndHolds(OperandView()));
  EXPECT_THAT(Form::parse("{}"), IsOkAndHolds(OperandView()));
  EXPECT_THAT(Form::parse("{perm=[0]} x"), IsError(ErrorKind::kCorruptData, "1:12"));
  EXPECT_THAT(Form::parse("{slice=[0]}"),
              IsError(ErrorKind::kInvalidArgument, "unknown attribute"));
}

TEST(RegionInference, GoesThroughViewsProgramsAndAnchor) {
  EXPECT_EQ(
      inferred({{"anchor", "MatMul"},
                {"views", Texts{"{perm=[0,2,1,3]}", "{perm=[0,2,3,1]}", ""}},
                {"after",
                 "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: bool = Less(%2, "
                 "%1) } -> %3"}},
               {f32({"N", "T", "H", "64"}), f32({"N", "S", "H", "64"}), f32({"N", "1", "1", "S"})}),
      "bool[N,H,T,S]");
  EXPECT_EQ(inferred({{"anchor", "ReduceSum{axes=[1], keepdims=0}"}, {"before", Texts{kAdd}}},
                     {f32({"N", "1", "C"}), f32({"7", "C"})}),
            "f32[N,C]");
  EXPECT_EQ(inferred({{"after", kAdd}}, {f32({"N", "1"}), f32({"7"})}), "f32[N,7]");
}

TEST(RegionInference, KeepsTheShapeOfTheAnchor) {
  const AttributeMap map = {{"anchor", "MatMul"}, {"after", kAdd}};
  const ValueInfo a = f32({"N", "3"});
  const ValueInfo b = f32({"3", "4"});
  EXPECT_EQ(inferred(map, {a, b, f32({"4"})}), "f32[N,4]");
  // May be equal when it runs.
  EXPECT_EQ(inferred(map, {a, b, f32({"M", "4"})}), "f32[N,4]");
  EXPECT_EQ(inferred(map, {a, b, f32({"5", "4"})}), "f32[N,4]");
  const char* why = "does not broadcast to the anchor's result";
  expect_refused(map, {a, b, f32({"5"})}, why);
  expect_refused(map, {a, b, f32({"1", "N", "4"})}, why);
  expect_refused(map, {f32({"1", "3"}), b, f32({"N", "4"})}, why);
}

TEST(RegionInference, RefusesWhatSaysNothing) {
  const ValueInfo x = f32({"2", "3"});
  expect_refused({}, {x}, "neither an anchor nor a program");
  expect_refused({{"anchor", "Softmax"}}, {x}, "it is nothing but Softmax");
  expect_refused({{"after", kRelu}, {"views", Texts{""}}}, {x}, "leave the views out");
  expect_refused({{"after", kRelu}, {"views", Texts{"{perm=[0,1]}"}}}, {x},
                 "at the view of operand 0");
  expect_refused({{"after", kRelu}, {"views", Texts{"{perm=[0,1]}"}}}, {x},
                 "perm=[0,1] changes nothing");
  expect_refused({{"anchor", "Softmax"}, {"before", Texts{""}}}, {x},
                 "all programs before the anchor are empty");
  expect_refused({{"anchor", "Conv"}, {"after", kAdd}},
                 {f32({"1", "2", "3"}), f32({"2", "2", "1"}), ValueInfo(), f32({"1"})},
                 "the last operand of the anchor is omitted: leave it off");
}

TEST(RegionInference, RefusesOperandsThatDoNotBelong) {
  const ValueInfo x = f32({"2", "3"});
  expect_refused({{"after", kRelu}}, {x, x}, "its program has 1 input for 2 operands");
  expect_refused({{"after", kRelu}, {"before", Texts{kRelu}}}, {x}, "but no anchor");
  expect_refused({{"anchor", "Softmax"}, {"after", kRelu}}, {x, x}, "it takes 1 operand, not 2");
  expect_refused({{"anchor", "Softmax"}, {"before", Texts{kRelu}}}, {x, x},
                 "neither the anchor nor the program after it takes: 1 of 2");
  expect_refused({{"anchor", "Softmax"}, {"before", Texts{kAdd}}}, {x}, "lacks operands");
  expect_refused({{"anchor", "Softmax"}, {"before", Texts{"", kRelu}}}, {x}, "lacks operands");
  expect_refused({{"anchor", "Softmax"},
                  {"after", "(%0: f32, %1: f32, %2: f32) { %3: f32 = Where(%0, %1, %2) } -> %3"}},
                 {x}, "is not program text: 1:31: the condition must be bool");
  expect_refused({{"anchor", "Softmax"}, {"after", kAdd}}, {x},
                 "the last operand of the anchor is omitted");
  expect_refused({{"after", kRelu}, {"views", Texts{"{perm=[1,0]}", ""}}}, {x},
                 "it has 2 views for 1 operand");
  expect_refused({{"after", kRelu}, {"views", Texts{"{perm=[1,2]}"}}}, {x},
                 "axis 2 is outside a tensor of rank 2");
  expect_refused({{"after", kRelu}, {"views", Texts{"{perm=[1,-2]}"}}}, {x},
                 "does not order the axes");
  expect_refused({{"after", kRelu}, {"views", Texts{"{perm=[1,1]}"}}}, {x}, "named twice");
}

TEST(RegionInference, RefusesProgramsThatDoNotFit) {
  const ValueInfo x = f32({"2", "3"});
  expect_refused({{"after", "(%0: f16) { %1: f16 = Relu(%0) } -> %1"}}, {x},
                 "input 0 of the program is f16, not f32[2,3]");
  expect_refused({{"anchor", "Softmax"}, {"after", "(%0: f16) { %1: f16 = Relu(%0) } -> %1"}}, {x},
                 "after the anchor");
  expect_refused({{"after", "(%0: f32) { %1: f32 = Abs(%0); %2: f32 = Relu(%0) } -> %2"}}, {x},
                 "register 1 of the program is never used");
  expect_refused({{"after", "(%0: f32, %1: f32) { %2: f32 = Abs(%0) } -> %2"}}, {x, x},
                 "register 1 of the program is never used");
  expect_refused({{"after", "(%0: f32) { %1: f32 = Abs(%0); %2: f32 = Relu(%1) } -> %1, %2"}}, {x},
                 "the program has 2 outputs");
  expect_refused({{"after", kAdd}}, {f32({"2"}), f32({"3"})}, "");
}

TEST(RegionInference, RefusesAnchorsThatAreNone) {
  const ValueInfo x = f32({"2", "3"});
  ValueInfo axes{DataType::kInt64, {Dim(1)}, std::vector<Dim>{Dim(1)}};
  expect_refused({{"anchor", "Relu"}, {"after", kRelu}}, {x}, "Relu cannot be an anchor: it is");
  expect_refused({{"anchor", "Flatten"}, {"after", kRelu}}, {x}, "it is a view");
  expect_refused({{"anchor", "Region{after=\"" + std::string(kRelu) + "\"}"}, {"after", kRelu}},
                 {x}, "it is a region");
  expect_refused({{"anchor", "ReduceSum"}, {"after", kRelu}}, {x, axes},
                 "it reads an operand on the host");
  EXPECT_THAT(check_anchor(*find_op("ReduceSum"), 1), IsOk());
  EXPECT_THAT(check_anchor(*find_op("Slice"), 3),
              IsError(ErrorKind::kInvalidArgument, "reads an operand on the host"));
}

OperandMask in_place(const AttributeMap& map, size_t operands) {
  const OpDef& op = *find_op("Region");
  return in_place_operands(op, Attrs::from_map(*op.attrs, map).value(), operands);
}

TEST(Region, IsComputedInPlaceOfWhatTheLastProgramReads) {
  EXPECT_EQ(in_place({{"after", kAdd}}, 2), 0b11U);
  EXPECT_EQ(in_place({{"after", kAdd}, {"views", Texts{"{perm=[1,0]}", ""}}}, 2), 0b10U);
  EXPECT_EQ(in_place({{"anchor", "Conv"}, {"after", kAdd}}, 3), 0b100U);
  EXPECT_EQ(in_place({{"anchor", "Conv"}, {"after", kAdd}}, 4), 0b1000U);
  EXPECT_EQ(in_place({{"anchor", "Softmax"}, {"after", kRelu}}, 1), 0U);
  EXPECT_EQ(in_place({{"anchor", "Softmax"}, {"before", Texts{kAdd}}}, 2), 0U);
  EXPECT_EQ(in_place({{"after",
                       "(%0: f32, %1: i64) { %2: f32 = Cast(%1, saturate=0); %3: f32 = "
                       "Add(%0, %2) } -> %3"}},
                     2),
            0b01U);
}

TEST(Region, IsNamedByItsOpsInOrder) {
  const OpDef& op = *find_op("Region");
  const auto name = [&](const AttributeMap& map) {
    return describe(Attrs::from_map(*op.attrs, map).value().as<RegionAttrs>());
  };
  EXPECT_EQ(name({{"anchor", "ReduceMean{axes=[1]}"},
                  {"before", Texts{kAdd, kRelu}},
                  {"after", "(%0: f32) { %1: f32 = Abs(%0); %2: f32 = Sqrt(%1) } -> %2"}}),
            "Add+Relu+ReduceMean+Abs+Sqrt");
  EXPECT_EQ(name({{"after", kRelu}}), "Relu");
}

// Equal regions have equal texts, and so problems of them have equal bytes.
TEST(Region, AttributesReadBackFromTheirMaps) {
  const OpDef& op = *find_op("Region");
  size_t regions = 0;
  for (const testing::OpCase& op_case : testing::all_op_cases()) {
    if (op_case.op != "Region") continue;
    ++regions;
    const testing::OpCaseData data = testing::make_case(op_case).value();
    const AttributeMap map = data.attrs.to_map();
    const Result<Attrs> back = Attrs::from_map(*op.attrs, map);
    ASSERT_THAT(back, IsOkAndHolds(data.attrs)) << op_case.name;
    EXPECT_EQ(back->to_map(), map) << op_case.name;
    const Problem one{&op, data.attrs, data.input_infos, data.output_infos};
    const Problem other{&op, *back, data.input_infos, data.output_infos};
    EXPECT_EQ(canonical_bytes(one), canonical_bytes(other)) << op_case.name;
  }
  EXPECT_GT(regions, 20U);
}

}  // namespace
}  // namespace tenon::internal
