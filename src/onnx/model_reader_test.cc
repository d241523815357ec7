#include "onnx/model_reader.h"

#include "testing/matchers.h"
#include "testing/onnx_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

OnnxModel small_model() {
  OnnxModel model;
  model.opsets = {{"ai.onnx", 17}, {"com.acme", 2}};
  model.inputs = {onnx_value("x", kOnnxFloat, {{"N", "3", ""}})};
  model.initializers = {onnx_floats("w", {3}, {1, 2, 3})};
  model.nodes = {
      {.op_type = "Foo",
       .inputs = {"x", "", "w"},
       .outputs = {"y"},
       .attributes = {onnx_int("axis", -2), onnx_float("alpha", 0.5F), onnx_string("mode", "a\0b"),
                      onnx_ints("pads", {1, -1}), onnx_float_list("scales", {1.5F}),
                      onnx_tensor_attribute("value", onnx_int64s("", {}, {7}))},
       .name = "foo1",
       .domain = "com.acme"}};
  model.outputs = {onnx_value("y", kOnnxFloat, std::nullopt)};
  model.functions = {{.name = "F",
                      .domain = "local",
                      .inputs = {"a"},
                      .outputs = {"b"},
                      .nodes = {{.op_type = "Relu", .inputs = {"a"}, .outputs = {"b"}}}}};
  return model;
}

TEST(ReadModel, ReadsWhatTheModelStates) {
  const Bytes bytes = small_model().bytes();
  const Result<ModelProto> model = read_model(onnx_bytes(bytes));
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->ir_version, 8);
  ASSERT_EQ(model->opset_imports.size(), 2U);
  EXPECT_EQ(model->opset_imports[0].domain, "") << "ai.onnx is the default domain";
  EXPECT_EQ(model->opset_imports[0].version, 17);
  ASSERT_TRUE(model->graph);
  const GraphProto& graph = *model->graph;
  EXPECT_EQ(graph.name, "test");
  ASSERT_EQ(graph.inputs.size(), 1U);
  const std::vector<DimProto>& dims = graph.inputs[0].type.shape.value();
  ASSERT_EQ(dims.size(), 3U);
  EXPECT_EQ(dims[0].name, "N");
  EXPECT_EQ(dims[1].value, 3);
  EXPECT_FALSE(dims[2].value.has_value());
  EXPECT_FALSE(graph.outputs[0].type.shape.has_value());
  ASSERT_EQ(graph.initializers.size(), 1U);
  EXPECT_THAT(graph.initializers[0].dims, ElementsAre(3));
  EXPECT_EQ(graph.initializers[0].raw_data->size(), 12U);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_THAT(graph.nodes[0].inputs, ElementsAre("x", "", "w"));
  EXPECT_EQ(graph.nodes[0].domain, "com.acme");
  ASSERT_EQ(model->functions.size(), 1U);
  EXPECT_EQ(model->functions[0].nodes[0].op_type, "Relu");
}

TEST(ReadModel, ReadsEveryKindOfAttribute) {
  const Bytes bytes = small_model().bytes();
  const Result<ModelProto> model = read_model(onnx_bytes(bytes));
  ASSERT_THAT(model, IsOk());
  using Kind = AttributeProto::Kind;
  const std::vector<AttributeProto>& attributes = model->graph->nodes[0].attributes;
  ASSERT_EQ(attributes.size(), 6U);
  EXPECT_EQ(attributes[0].kind, Kind::kInt);
  EXPECT_EQ(attributes[0].int_value, -2);
  EXPECT_EQ(attributes[1].float_value, 0.5F);
  EXPECT_EQ(attributes[2].kind, Kind::kString);
  EXPECT_THAT(attributes[3].ints, ElementsAre(1, -1));
  EXPECT_THAT(attributes[4].floats, ElementsAre(1.5F));
  EXPECT_EQ(attributes[5].tensors.at(0).data_type, kOnnxInt64);
}

TEST(ReadModel, TellsTheKindOfAnAttributeThatDoesNotStateIt) {
  Bytes attribute;
  protozero::pbf_writer writer(attribute);
  writer.add_string(1, "axes");
  // Repeated numbers that are not packed, as proto2 writes them.
  writer.add_int64(8, 4);
  writer.add_int64(8, 5);
  OnnxModel model = small_model();
  model.nodes[0].attributes = {attribute};
  const Bytes bytes = model.bytes();
  const Result<ModelProto> read = read_model(onnx_bytes(bytes));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->graph->nodes[0].attributes[0].kind, AttributeProto::Kind::kInts);
  EXPECT_THAT(read->graph->nodes[0].attributes[0].ints, ElementsAre(4, 5));
}

TEST(ReadModel, SkipsUnknownFieldsAndKnownOnesOfAnotherWireType) {
  Bytes bytes = small_model().bytes();
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, "not a number");  // ir_version
  writer.add_fixed64(999, 1);
  writer.add_fixed32(7, 1);  // graph
  const Result<ModelProto> model = read_model(onnx_bytes(bytes));
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->ir_version, 8);
  EXPECT_EQ(model->graph->nodes.size(), 1U);
}

TEST(ReadModel, NamesTheOffsetOfWhatIsMalformed) {
  Bytes bytes = small_model().bytes();
  bytes += "\x0f";  // field 1 of wire type 7, which does not exist
  EXPECT_THAT(
      read_model(onnx_bytes(bytes)),
      IsError(ErrorKind::kCorruptData, "in ModelProto at byte " + std::to_string(bytes.size())));
}

TEST(ReadModel, FailsCleanlyOnEveryTruncation) {
  const Bytes bytes = small_model().bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    const Bytes cut = bytes.substr(0, size);
    const Result<ModelProto> model = read_model(onnx_bytes(cut));
    if (!model.ok()) {
      EXPECT_THAT(model, IsError(ErrorKind::kCorruptData, "at byte")) << size;
    }
  }
}

TEST(ReadModel, RefusesGraphsNestedWithoutEnd) {
  Bytes graph;
  for (int depth = 0; depth < 1000; ++depth) {
    Bytes node;
    protozero::pbf_writer(node).add_message(5, onnx_graph_attribute("body", graph));
    Bytes outer;
    protozero::pbf_writer(outer).add_message(1, node);
    graph = outer;
  }
  Bytes model;
  protozero::pbf_writer(model).add_message(7, graph);
  EXPECT_THAT(read_model(onnx_bytes(model)),
              IsError(ErrorKind::kCorruptData, "inside one another"));
}

TEST(ReadModel, RefusesOverlongNames) {
  OnnxModel model = small_model();
  model.nodes[0].name = std::string(70000, 'n');
  const Bytes bytes = model.bytes();
  EXPECT_THAT(read_model(onnx_bytes(bytes)),
              IsError(ErrorKind::kCorruptData, "a name of 70000 bytes"));
}

TEST(ReadModel, RefusesAttributesWithoutTheirValue) {
  OnnxModel model = small_model();
  model.nodes[0].attributes = {onnx_attribute("value", 4, [](auto&) {})};
  const Bytes without = model.bytes();
  EXPECT_THAT(read_model(onnx_bytes(without)), IsError(ErrorKind::kCorruptData, "no single value"));
  model.nodes[0].attributes = {onnx_attribute("value", 77, [](auto&) {})};
  const Bytes unknown = model.bytes();
  EXPECT_THAT(read_model(onnx_bytes(unknown)),
              IsError(ErrorKind::kCorruptData, "attribute kind 77"));
}

TEST(ReadModel, RefusesFourGibibytes) {
  // The span is never read.
  const Bytes byte(1, '\0');
  const std::span<const std::byte> huge(onnx_bytes(byte).data(), size_t{1} << 32);
  EXPECT_THAT(read_model(huge), IsError(ErrorKind::kUnsupported, "external data"));
}

}  // namespace
}  // namespace tenon::internal
