// What inference of pointwise ops says beyond the cases: symbolic shapes, types, messages.
#include "ops/pointwise.h"

#include "ops/list.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;

ValueInfo info(DataType type, std::initializer_list<const char*> dims) {
  ValueInfo result;
  result.type = type;
  for (const char* dim : dims) result.shape.push_back(Dim::parse(dim).value());
  return result;
}

ValueInfo f32(std::initializer_list<const char*> dims) { return info(DataType::kFloat32, dims); }

Result<std::vector<ValueInfo>> infer(std::string_view op, std::vector<ValueInfo> in,
                                     const AttributeMap& attributes = {}) {
  const OpDef* def = find_op(op);
  return infer_outputs(*def, Attrs::from_map(*def->attrs, attributes).value(), in);
}

std::string inferred(std::string_view op, std::vector<ValueInfo> in,
                     const AttributeMap& attributes = {}) {
  const auto out = infer(op, std::move(in), attributes);
  EXPECT_THAT(out, IsOk());
  return out.ok() ? to_string((*out)[0]) : "";
}

TEST(PointwiseInference, BroadcastsSymbolicShapes) {
  EXPECT_EQ(inferred("Add", {f32({"N", "1", "W"}), f32({"3", "1"})}), "f32[N,3,W]");
  EXPECT_EQ(inferred("Add", {f32({"N"}), f32({"8"})}), "f32[8]");
  EXPECT_EQ(inferred("Max", {f32({"1"}), f32({"N", "1"}), f32({"2*H"})}), "f32[N,2*H]");
  EXPECT_EQ(inferred("Where", {info(DataType::kBool, {"N", "1"}), f32({"5"}), f32({})}),
            "f32[N,5]");
}

TEST(PointwiseInference, GivesTheTypeOfTheRow) {
  EXPECT_EQ(inferred("Less", {f32({"N"}), f32({})}), "bool[N]");
  EXPECT_EQ(inferred("Pow", {info(DataType::kInt32, {"2"}), f32({"2"})}), "i32[2]");
  EXPECT_EQ(inferred("Cast", {f32({"N"})}, {{"to", "u4"}}), "u4[N]");
}

TEST(PointwiseInference, NamesOpAndOperandsInItsErrors) {
  EXPECT_THAT(infer("Add", {f32({"2", "3"}), f32({"4"})}),
              IsError(ErrorKind::kInvalidArgument,
                      "Add(f32[2,3], f32[4]): shapes [2,3] and [4] do not broadcast"));
  EXPECT_THAT(infer("Add", {f32({"2"}), info(DataType::kInt64, {"2"})}),
              IsError(ErrorKind::kInvalidArgument,
                      "Add(f32[2], i64[2]): operands must have one element type, not f32 and i64"));
  EXPECT_THAT(infer("Not", {f32({"2"})}),
              IsError(ErrorKind::kInvalidArgument, "Not(f32[2]): operands must be bool, not f32"));
  EXPECT_THAT(infer("Add", {f32({"2"}), ValueInfo()}),
              IsError(ErrorKind::kInvalidArgument, "Add(f32[2], omitted): operand 1 is missing"));
}

TEST(InferOutputs, RefusesAWrongNumberOfOperands) {
  EXPECT_THAT(infer("Relu", {}),
              IsError(ErrorKind::kInvalidArgument, "Relu(): it takes 1 operand, not 0"));
  EXPECT_THAT(infer("Relu", {f32({}), f32({})}),
              IsError(ErrorKind::kInvalidArgument, "it takes 1 operand, not 2"));
  EXPECT_THAT(infer("Max", {}),
              IsError(ErrorKind::kInvalidArgument, "it takes at least 1 operand, not 0"));
}

TEST(InferOutputs, RefusesSizesThatNoMemoryHolds) {
  const ValueInfo row = f32({"4000000000", "1"});
  const ValueInfo column = f32({"1", "4000000000"});
  EXPECT_THAT(infer("Add", {row, column}), IsError(ErrorKind::kInvalidArgument, "too large"));
  // Nothing is stored for an empty one.
  EXPECT_EQ(inferred("Add", {f32({"4000000000", "1", "0"}), f32({"4000000000", "1"})}),
            "f32[4000000000,4000000000,0]");
}

OpDef op_that_infers(InferFn infer_fn) {
  OpDef def = *find_op("Relu");
  def.infer = infer_fn;
  return def;
}

TEST(InferOutputs, RefusesNegativeDims) {
  const OpDef def = op_that_infers([](const Attrs&, std::span<const ValueInfo> in) {
    std::vector<ValueInfo> out = {in[0]};
    out[0].shape[0] = out[0].shape[0] - Dim(5);
    return Result<std::vector<ValueInfo>>(out);
  });
  const std::vector<ValueInfo> in = {f32({"3"})};
  EXPECT_THAT(infer_outputs(def, Attrs(), in),
              IsError(ErrorKind::kInvalidArgument, "f32[-2], with a negative dimension"));
}

TEST(InferOutputs, KeepsTheNodeAndKindOfAnError) {
  const OpDef def = op_that_infers([](const Attrs&, std::span<const ValueInfo>) {
    return Result<std::vector<ValueInfo>>(Error(ErrorKind::kUnsupported, "why", "node_7"));
  });
  const std::vector<ValueInfo> in = {f32({"3"})};
  const auto out = infer_outputs(def, Attrs(), in);
  EXPECT_THAT(out, IsError(ErrorKind::kUnsupported, "Relu(f32[3]): why"));
  EXPECT_EQ(out.error().node(), "node_7");
}

}  // namespace
}  // namespace tenon::internal
