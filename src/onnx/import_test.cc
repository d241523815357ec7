#include "onnx/import.h"

#include "graph/verify.h"
#include "testing/matchers.h"
#include "testing/onnx_writer.h"
#include "testing/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

Result<Graph> import(const OnnxModel& model, const ImportSettings& settings = {}) {
  const auto bytes = std::make_shared<Bytes>(model.bytes());
  return import_onnx(onnx_bytes(*bytes), bytes, settings);
}

ImportSettings with_shapes(InputShapes shapes) {
  ImportSettings settings;
  settings.input_shapes = std::move(shapes);
  return settings;
}

// y = Relu(x).
OnnxModel relu_model(const std::optional<std::vector<std::string>>& dims = {{"2", "3"}}) {
  OnnxModel model;
  model.inputs = {onnx_value("x", kOnnxFloat, dims)};
  model.nodes = {{.op_type = "Relu", .inputs = {"x"}, .outputs = {"y"}, .name = "relu1"}};
  model.outputs = {onnx_value("y", kOnnxFloat, std::nullopt)};
  return model;
}

// Its inputs a and b have the given dims.
OnnxModel add_model(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  OnnxModel model;
  model.inputs = {onnx_value("a", kOnnxFloat, a), onnx_value("b", kOnnxFloat, b)};
  model.nodes = {{.op_type = "Add", .inputs = {"a", "b"}, .outputs = {"y"}}};
  model.outputs = {onnx_value("y", kOnnxFloat, std::nullopt)};
  return model;
}

std::string type_of(const Graph& graph, std::string_view value) {
  return to_string(graph.value(graph.find_value(value)).info);
}

std::vector<std::string_view> ops_of(const Graph& graph) {
  std::vector<std::string_view> ops;
  for (const NodeId id : graph.order()) ops.push_back(graph.node(id).op->name);
  return ops;
}

TEST(ImportOnnx, KeepsNamesOrderAndTypes) {
  OnnxModel model = relu_model({{"N", "3"}});
  model.initializers = {onnx_floats("w", {3}, {1, 2, 3})};
  model.nodes.push_back(
      {.op_type = "Mul", .inputs = {"y", "w"}, .outputs = {"z"}, .name = "scale"});
  model.outputs.push_back(onnx_value("z", kOnnxFloat, std::nullopt));
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(verify(*graph, GraphLevel::kImported), IsOk());
  EXPECT_EQ(graph->name(), "test");
  ASSERT_EQ(graph->inputs().size(), 1U);
  EXPECT_EQ(graph->value(graph->inputs()[0]).name, "x");
  EXPECT_THAT(ops_of(*graph), ElementsAre("Relu", "Mul"));
  EXPECT_EQ(graph->node(graph->order()[1]).name, "scale");
  ASSERT_EQ(graph->outputs().size(), 2U);
  EXPECT_EQ(graph->outputs()[0].name, "y");
  EXPECT_EQ(graph->outputs()[1].name, "z");
  EXPECT_EQ(type_of(*graph, "z"), "f32[N,3]");
  EXPECT_EQ(type_of(*graph, "w"), "f32[3]");
}

TEST(ImportOnnx, TakesInitializersThatAreListedAsInputsAsConstants) {
  OnnxModel model = add_model({"3"}, {"3"});
  model.ir_version = 3;
  model.opsets = {{"", 8}};
  model.initializers = {onnx_floats("b", {3}, {1, 2, 3})};
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsOk());
  ASSERT_EQ(graph->inputs().size(), 1U);
  EXPECT_TRUE(graph->value(graph->find_value("b")).constant.has_value());
  EXPECT_THAT(import(model, with_shapes({{"b", {3}}})),
              IsError(ErrorKind::kInvalidArgument, "a constant of the model"));
}

TEST(ImportOnnx, DoesNotReadInitializersThatNobodyUses) {
  OnnxModel model = relu_model();
  model.initializers = {onnx_tensor("names", kOnnxString, {1}, "x")};
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsOk());
  EXPECT_FALSE(graph->find_value("names").valid());
}

TEST(ImportOnnx, SortsNodes) {
  OnnxModel model = relu_model();
  model.nodes.insert(model.nodes.begin(), {.op_type = "Abs", .inputs = {"y"}, .outputs = {"z"}});
  model.outputs = {onnx_value("z", kOnnxFloat, std::nullopt)};
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(ops_of(*graph), ElementsAre("Relu", "Abs"));
}

TEST(ImportOnnx, LetsInputsAndConstantsBeOutputs) {
  OnnxModel model = relu_model();
  model.initializers = {onnx_floats("w", {1}, {4})};
  model.outputs = {onnx_value("x", kOnnxFloat, std::nullopt),
                   onnx_value("w", kOnnxFloat, std::nullopt)};
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->outputs()[0].value, graph->inputs()[0]);
}

TEST(ImportInputs, GivesOneSymbolToEachName) {
  const Result<Graph> graph = import(add_model({"batch size", "batch-size"}, {"batch size", "7"}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(type_of(*graph, "a"), "f32[batch_size,batch_size_1]");
  EXPECT_EQ(type_of(*graph, "b"), "f32[batch_size,7]");
}

TEST(ImportInputs, GivesDimsWithoutANameSymbolsOfTheirOwn) {
  const Result<Graph> graph = import(add_model({"", "-1", "4"}, {"a_0", "1", "4"}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(type_of(*graph, "a"), "f32[a_0_1,a_1,4]") << "a_0 is the model's";
  EXPECT_EQ(type_of(*graph, "b"), "f32[a_0,1,4]");
}

TEST(ImportInputs, GivesLongNamesDifferentSymbols) {
  const std::string name(128, 'n');
  const Result<Graph> graph = import(add_model({name, name + "1"}, {name + "2", "7"}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->input_symbols().size(), 3U);
}

TEST(ImportInputs, FixesDimsEverywhere) {
  const Result<Graph> graph =
      import(add_model({"N", "C"}, {"N", "1"}), with_shapes({{"b", {4, 1}}}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(type_of(*graph, "a"), "f32[4,C]");
  EXPECT_EQ(type_of(*graph, "y"), "f32[4,C]");
}

TEST(ImportInputs, RefusesShapesThatDoNotFit) {
  const OnnxModel model = add_model({"N", "3"}, {"N", "3"});
  const auto error = [&](InputShapes shapes, const char* text) {
    EXPECT_THAT(import(model, with_shapes(std::move(shapes))),
                IsError(ErrorKind::kInvalidArgument, text));
  };
  error({{"c", {1, 3}}}, "'c', which is no input");
  error({{"a", {1, 3, 1}}}, "input 'a'");
  error({{"a", {1, 4}}}, "input 'a'");
  error({{"a", {-1, 3}}}, "negative");
  error({{"a", {1, 3}}, {"b", {2, 3}}}, "input 'b'");
}

TEST(ImportInputs, AsksForAShapeThatTheModelLacks) {
  EXPECT_THAT(import(relu_model(std::nullopt)), IsError(ErrorKind::kInvalidArgument, "--shape x:"));
  const Result<Graph> graph = import(relu_model(std::nullopt), with_shapes({{"x", {2, 5}}}));
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(type_of(*graph, "y"), "f32[2,5]");
}

TEST(ImportInputs, AsksTheCallerForShapesThatNothingStates) {
  ImportSettings settings;
  settings.missing_shape = [](const TensorInfo& input, size_t index) {
    EXPECT_EQ(input.name, "x");
    EXPECT_EQ(input.type, DataType::kFloat32);
    EXPECT_EQ(index, 0U);
    return Result<std::optional<Shape>>(Shape{2, 5});
  };
  const Result<Graph> graph = import(relu_model(std::nullopt), settings);
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(type_of(*graph, "y"), "f32[2,5]");
  settings.missing_shape = [](const TensorInfo&, size_t) {
    return Result<std::optional<Shape>>(std::nullopt);
  };
  EXPECT_THAT(import(relu_model(std::nullopt), settings),
              IsError(ErrorKind::kInvalidArgument, "does not state a shape"));
  settings.missing_shape = [](const TensorInfo&, size_t) {
    return Result<std::optional<Shape>>(Error(ErrorKind::kNotFound, "no such file"));
  };
  EXPECT_THAT(import(relu_model(std::nullopt), settings),
              IsError(ErrorKind::kNotFound, "no such file"));
}

TEST(ImportInputs, NamesInputsThatAreNoTensorsOfNumbers) {
  OnnxModel model = relu_model();
  model.inputs = {onnx_value("x", kOnnxString, {{"1"}})};
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "for input 'x'"));
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "STRING"));
  Bytes sequence;
  protozero::pbf_writer writer(sequence);
  writer.add_string(1, "x");
  Bytes type;
  protozero::pbf_writer(type).add_message(4, Bytes());
  writer.add_message(2, type);
  model.inputs = {sequence};
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "no dense tensor"));
}

TEST(ImportOnnx, RefusesBadDims) {
  EXPECT_THAT(import(relu_model({{"2", "-3"}})), IsError(ErrorKind::kCorruptData, "size -3"));
  // 2^62 * 4 elements.
  EXPECT_FALSE(import(relu_model({{"4611686018427387904", "4"}})).ok());
}

TEST(ImportOnnx, ListsEverythingThatCannotBeImported) {
  OnnxModel model = relu_model();
  for (int i = 0; i < 6; ++i) {
    model.nodes.push_back({.op_type = "Foo",
                           .inputs = {"x"},
                           .outputs = {"f" + std::to_string(i)},
                           .name = "foo" + std::to_string(i),
                           .domain = "com.acme"});
  }
  model.nodes.push_back({.op_type = "Multinomial", .inputs = {"x"}, .outputs = {"l"}});
  model.nodes.push_back(
      {.op_type = "Bar", .inputs = {"x"}, .outputs = {"i"}, .name = "choose\nme"});
  const Result<Graph> graph = import(model);
  EXPECT_THAT(graph, IsError(ErrorKind::kUnsupported,
                             "8 nodes cannot be imported:\n"
                             "  Bar 'choose\\nme'\n"
                             "  Foo (com.acme) 'foo0', 'foo1', 'foo2', 'foo3', 'foo4', 'foo5'\n"
                             "  Multinomial (its results are random) of 'l'"));
  EXPECT_EQ(graph.error().node(), "foo0");
}

TEST(ImportOnnx, ListsWhatCannotBeImportedInSubgraphsToo) {
  OnnxModel innermost;
  innermost.nodes = {{.op_type = "Foo", .inputs = {"x"}, .outputs = {"f"}, .name = "innermost"}};
  OnnxModel branch;
  branch.nodes = {{.op_type = "Foo", .inputs = {"x"}, .outputs = {"t"}, .name = "inner"},
                  {.op_type = "Loop",
                   .inputs = {"x"},
                   .outputs = {"l"},
                   .attributes = {onnx_graph_attribute("body", innermost.graph_bytes())},
                   .name = "again"}};
  OnnxModel model = relu_model();
  model.nodes.push_back({.op_type = "If",
                         .inputs = {"x"},
                         .outputs = {"i"},
                         .attributes = {onnx_graph_attribute("then_branch", branch.graph_bytes())},
                         .name = "choose"});
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported,
                                     "2 nodes cannot be imported: Foo 'inner', 'innermost'"));
}

TEST(ImportOnnx, ListsWhatCannotBeImportedHoweverMuchItIs) {
  OnnxModel model = relu_model();
  for (int i = 0; i < 1000; ++i) {
    model.nodes.push_back({.op_type = "Foo" + std::to_string(i % 100),
                           .inputs = {"x"},
                           .outputs = {},
                           .name = "n" + std::to_string(i)});
  }
  const Result<Graph> graph = import(model);
  ASSERT_THAT(graph, IsError(ErrorKind::kUnsupported, "1000 nodes cannot be imported"));
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "'n" + std::to_string(i) + "'";
    EXPECT_NE(graph.error().message().find(name), std::string::npos) << name;
  }
}

TEST(ImportOnnx, NamesTheVersionFromWhichAnOperatorIsKnown) {
  OnnxModel model = relu_model();
  model.opsets = {{"", 11}};
  model.nodes[0].op_type = "HardSwish";
  EXPECT_THAT(import(model),
              IsError(ErrorKind::kUnsupported, "HardSwish (opset 11, known from 14)"));
}

TEST(ImportOnnx, TakesOneVersionOfAnOpset) {
  OnnxModel model = relu_model();
  model.opsets = {{"", 17}, {"ai.onnx", 17}, {"com.acme", 1}};
  EXPECT_THAT(import(model), IsOk());
  model.opsets = {{"", 17}, {"com.acme", 1}, {"ai.onnx", 11}};
  EXPECT_THAT(import(model),
              IsError(ErrorKind::kCorruptData, "opsets 17 and 11 of ai.onnx are imported"));
  model.opsets = {{"", 17}, {"com.acme", 1}, {"com.acme", 2}};
  EXPECT_THAT(import(model),
              IsError(ErrorKind::kCorruptData, "opsets 1 and 2 of 'com.acme' are imported"));
}

TEST(ImportOnnx, WarnsOfOutputsThatHaveAnotherShapeThanStated) {
  std::vector<std::string> warnings;
  ImportSettings settings;
  settings.warning = [&](std::string_view text) { warnings.emplace_back(text); };
  const auto warned = [&](const std::vector<std::string>& stated) {
    warnings.clear();
    OnnxModel model = relu_model({{"N", "3"}});
    model.outputs = {onnx_value("y", kOnnxFloat, stated)};
    EXPECT_THAT(import(model, settings), IsOk());
    return warnings.size();
  };
  EXPECT_EQ(warned({"N", "3"}), 0U);
  EXPECT_EQ(warned({"batch", "classes"}), 0U);
  EXPECT_EQ(warned({"1", "3"}), 0U) << "N may be 1";
  EXPECT_EQ(warned({"-1", ""}), 0U);
  EXPECT_EQ(warned({"N", "4"}), 1U);
  EXPECT_EQ(warned({"N", "3", "1"}), 1U);
  EXPECT_EQ(warned({"N"}), 1U);
  ASSERT_EQ(warned({"batch", "4"}), 1U);
  EXPECT_EQ(warnings.front(),
            "the model states the shape [batch,4] of output 'y', and its node computes f32[N,3], "
            "which holds");
}

TEST(ImportOnnx, AsksForAnOpset) {
  OnnxModel model = relu_model();
  model.opsets = {};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "no opset version of ai.onnx"));
  model.opsets = {{"", 1000}};
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "opset 1000"));
  model.opsets = {{"", -1}};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "opset version -1"));
  // Foreign domains that no node uses do not matter.
  model.opsets = {{"", 17}, {"com.acme", 99}};
  EXPECT_THAT(import(model), IsOk());
}

TEST(ImportOnnx, ChecksTheVersionOfTheFormat) {
  OnnxModel model = relu_model();
  model.ir_version = 2;
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "version 2"));
  model.ir_version = 99;
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "version 99"));
  EXPECT_THAT(import_onnx({}, nullptr), IsError(ErrorKind::kCorruptData, "no ONNX graph"));
}

TEST(ImportOnnx, RefusesGraphsThatContradictThemselves) {
  OnnxModel model = relu_model();
  model.outputs = {};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "no outputs"));
  model.outputs = {onnx_value("lost", kOnnxFloat, std::nullopt)};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "output 'lost'"));
  model.outputs = {onnx_value("y", kOnnxInt64, std::nullopt)};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "output 'y'"));
  const Bytes output = onnx_value("y", kOnnxFloat, std::nullopt);
  model.outputs = {output, output};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "two outputs"));
  model.outputs = {output};
  model.inputs.push_back(model.inputs[0]);
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "two inputs"));
  model.inputs.pop_back();
  model.initializers = {onnx_floats("w", {1}, {1}), onnx_floats("w", {1}, {2})};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "two initializers"));
}

TEST(ImportOnnx, NamesTheNodesOfACycle) {
  OnnxModel model = add_model({"1"}, {"1"});
  model.nodes = {{.op_type = "Add", .inputs = {"a", "q"}, .outputs = {"p"}, .name = "one"},
                 {.op_type = "Relu", .inputs = {"p"}, .outputs = {"q"}, .name = "two"}};
  model.outputs = {onnx_value("p", kOnnxFloat, std::nullopt)};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "Relu 'two' -> Add 'one'"));
}

TEST(ImportOnnx, NamesTheNodeWhoseOperandsDoNotFit) {
  const Result<Graph> graph = import(add_model({"2"}, {"3"}));
  EXPECT_THAT(graph, IsError(ErrorKind::kInvalidArgument, "Add of 'y'"));
  OnnxModel model = relu_model();
  model.nodes[0].attributes = {onnx_int("speed", 3)};
  EXPECT_THAT(import(model), IsError(ErrorKind::kInvalidArgument, "\"speed\""));
  EXPECT_THAT(import(model), IsError(ErrorKind::kInvalidArgument, "Relu 'relu1' (opset 17)"));
  EXPECT_EQ(import(model).error().node(), "relu1");
}

TEST(ImportOnnx, RefusesAttributesOfKindsThatNoOperatorTakes) {
  OnnxModel model = relu_model();
  model.nodes[0].attributes = {onnx_tensor_attribute("value", onnx_floats("", {}, {1}))};
  EXPECT_THAT(import(model), IsError(ErrorKind::kUnsupported, "'value' is a tensor"));
  model.nodes[0].attributes = {onnx_int("a", 1), onnx_int("a", 2)};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "given twice"));
  model.nodes[0].attributes = {onnx_reference("a", 2, "b")};
  EXPECT_THAT(import(model), IsError(ErrorKind::kCorruptData, "refers to"));
}

TEST(ImportOnnx, FailsCleanlyOnEveryTruncation) {
  OnnxModel model = add_model({"N", "3"}, {"3"});
  model.initializers = {onnx_floats("w", {3}, {1, 2, 3})};
  model.nodes.push_back({.op_type = "Mul", .inputs = {"y", "w"}, .outputs = {"z"}});
  model.outputs.push_back(onnx_value("z", kOnnxFloat, std::nullopt));
  const Bytes bytes = model.bytes();
  size_t fine = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = std::make_shared<Bytes>(bytes.substr(0, size));
    const Result<Graph> graph = import_onnx(onnx_bytes(*cut), cut);
    fine += graph.ok() ? 1U : 0U;
    if (!graph.ok()) {
      EXPECT_THAT(graph, IsError(ErrorKind::kCorruptData, "")) << size;
    }
  }
  EXPECT_EQ(fine, 0U);
  const auto whole = std::make_shared<Bytes>(bytes);
  EXPECT_THAT(import_onnx(onnx_bytes(*whole), whole), IsOk());
}

TEST(ImportOnnx, RefusesGarbage) {
  for (const std::string_view text : {"hello, I am no model", "\xff\xff\xff\xff\xff\xff", "{}"}) {
    const Bytes bytes(text);
    EXPECT_THAT(import_onnx(onnx_bytes(bytes), nullptr), IsError(ErrorKind::kCorruptData, ""))
        << text;
  }
}

class ImportFileTest : public ::testing::Test {
 protected:
  // A model whose constant lies in another file.
  std::filesystem::path write_model(const std::string& location) {
    OnnxModel model = add_model({"2"}, {"2"});
    model.inputs.pop_back();
    model.initializers = {onnx_external_tensor("b", kOnnxFloat, {2}, {{"location", location}})};
    return folder_.write("m/model.onnx", model.bytes());
  }

  TempFolder folder_;
};

TEST_F(ImportFileTest, FindsExternalDataBesideTheModel) {
  const std::filesystem::path path = write_model("data/w.bin");
  folder_.write("m/data/w.bin", raw_bytes<float>({5, 6}));
  const Result<Graph> graph = import_onnx_file(path);
  ASSERT_THAT(graph, IsOk());
  const HostTensor& b = *graph->value(graph->find_value("b")).constant;
  EXPECT_THAT(b.as<float>(), ElementsAre(5, 6));
}

TEST_F(ImportFileTest, NamesExternalDataThatIsMissingOrOutside) {
  folder_.write("w.bin", raw_bytes<float>({5, 6}));
  EXPECT_THAT(import_onnx_file(write_model("w.bin")), IsError(ErrorKind::kNotFound, "w.bin"));
  EXPECT_THAT(import_onnx_file(write_model("../w.bin")),
              IsError(ErrorKind::kInvalidArgument, "\"b\""));
}

// The layout of the Hugging Face hub's cache.
TEST_F(ImportFileTest, FollowsLinksIntoTheStoreThatTheModelLiesIn) {
  const std::filesystem::path real = write_model("w.bin");
  folder_.write("blobs/f00d", raw_bytes<float>({5, 6}));
  std::filesystem::rename(real, folder_ / "blobs/cafe");
  std::filesystem::create_directories(folder_ / "snapshots/1");
  std::filesystem::create_symlink("../../blobs/cafe", folder_ / "snapshots/1/model.onnx");
  std::filesystem::create_symlink("../../blobs/f00d", folder_ / "snapshots/1/w.bin");
  const Result<Graph> graph = import_onnx_file(folder_ / "snapshots/1/model.onnx");
  ASSERT_THAT(graph, IsOk());
  EXPECT_THAT(graph->value(graph->find_value("b")).constant->as<float>(), ElementsAre(5, 6));
}

TEST_F(ImportFileTest, FollowsNoOtherLinksOutOfTheFolder) {
  const std::filesystem::path model = write_model("w.bin");
  folder_.write("secret", raw_bytes<float>({5, 6}));
  std::filesystem::create_symlink("../secret", folder_ / "m/w.bin");
  EXPECT_THAT(import_onnx_file(model), IsError(ErrorKind::kInvalidArgument, "symbolic link"));
  // Nor where the model is a link to somewhere else.
  folder_.write("store/other", "");
  std::filesystem::rename(model, folder_ / "store/cafe");
  std::filesystem::create_symlink("../store/cafe", model);
  EXPECT_THAT(import_onnx_file(model), IsError(ErrorKind::kInvalidArgument, "symbolic link"));
}

TEST_F(ImportFileTest, NamesTheFile) {
  EXPECT_THAT(import_onnx_file(folder_ / "none.onnx"), IsError(ErrorKind::kNotFound, "none.onnx"));
  const std::filesystem::path path = folder_.write("bad.onnx", "no model");
  EXPECT_THAT(import_onnx_file(path), IsError(ErrorKind::kCorruptData, "bad.onnx"));
}

TEST(ImportableOperators, NameTheOpThatTheyBecome) {
  const std::vector<ImportedOperator> operators = importable_operators();
  const auto reshape = std::find_if(operators.begin(), operators.end(), [](const auto& row) {
    return row.op_type == "Reshape" && row.since_version == 5;
  });
  ASSERT_NE(reshape, operators.end());
  EXPECT_EQ(reshape->op, "Reshape");
  EXPECT_EQ(reshape->domain, "");
}

}  // namespace
}  // namespace tenon::internal
