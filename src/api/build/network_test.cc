#include <tenon/tenon.h>

#include "testing/matchers.h"
#include "testing/temp_folder.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tenon {
namespace {

using internal::testing::IsError;
using internal::testing::IsOk;
using internal::testing::TempFolder;

using Names = std::vector<std::string>;

// y = Relu(x + w), x: f32[N,2].
Network by_hand() {
  Network network("by_hand");
  EXPECT_THAT(network.add_input(
                  {.name = "x",
                   .type = DataType::kFloat32,
                   .dims = {{.value = -1, .expression = "N"}, {.value = 2, .expression = {}}}}),
              IsOk());
  const std::array<float, 2> w = {1, -3};
  EXPECT_THAT(network.add_constant("w", ConstTensorView(w.data(), DataType::kFloat32, {2})),
              IsOk());
  EXPECT_THAT(network.add("Add", Names{"x", "w"}, Names{"t"}, {}, "sum"), IsOk());
  EXPECT_THAT(network.add("Relu", Names{"t"}, Names{"y"}), IsOk());
  EXPECT_THAT(network.mark_output("y"), IsOk());
  return network;
}

TEST(Network, IsBuiltByHandAndRuns) {
  const Network network = by_hand();
  EXPECT_EQ(network.node_count(), 2U);
  EXPECT_EQ(network.constant_bytes(), 8);
  EXPECT_EQ(to_string(network.outputs()[0]), "f32[N,2]");
  EXPECT_EQ(network.producer_op("t"), "Add");

  const Device device = Device::open("cpu").value();
  const Result<std::vector<std::byte>> plan = build_to_bytes(network, device);
  ASSERT_THAT(plan, IsOk());
  const Engine engine = Engine::load(*plan, device).value();
  Context context = engine.create_context().value();
  std::array<float, 4> x = {1, 1, 5, 5};
  std::array<float, 4> y = {};
  ASSERT_THAT(context.set_shape("x", Shape{2, 2}), IsOk());
  ASSERT_THAT(context.bind("x", TensorView{x.data(), DataType::kFloat32, {2, 2}}), IsOk());
  ASSERT_THAT(context.bind("y", TensorView{y.data(), DataType::kFloat32, {2, 2}}), IsOk());
  ASSERT_THAT(context.run(), IsOk());
  EXPECT_EQ(y, (std::array<float, 4>{2, 0, 6, 2}));
}

TEST(Network, GivesEachDimWithoutANameASymbolOfItsOwn) {
  Network network("open");
  const auto add = [&](const std::string& name, std::vector<DimInfo> dims) {
    EXPECT_THAT(
        network.add_input({.name = name, .type = DataType::kFloat32, .dims = std::move(dims)}),
        IsOk());
    return to_string(network.inputs().back());
  };
  const DimInfo open = {.value = -1, .expression = {}};
  EXPECT_EQ(add("x 1", {open}), "f32[x_1_0]");
  EXPECT_EQ(add("x_1", {open}), "f32[x_1_0_1]");
  EXPECT_EQ(add("y", {open, {.value = -1, .expression = "y_0"}}), "f32[y_0_1,y_0]");
  const std::string long_name(200, 'z');
  EXPECT_NE(add(long_name, {open}), add(long_name + "z", {open}));
}

TEST(Network, RefusesInputsThatNoTensorCanBe) {
  Network network("odd");
  const auto add = [&](DataType type, DimInfo dim) {
    return network.add_input({.name = "x", .type = type, .dims = {std::move(dim)}});
  };
  EXPECT_THAT(add(static_cast<DataType>(99), {2, ""}),
              IsError(ErrorKind::kInvalidArgument, "the type of input 'x' is no element type: 99"));
  EXPECT_THAT(add(DataType::kUndefined, {2, ""}), IsError(ErrorKind::kInvalidArgument, "'x'"));
  EXPECT_THAT(add(DataType::kFloat32, {-7, ""}),
              IsError(ErrorKind::kInvalidArgument, "axis 0 of input 'x' is -7"));
  EXPECT_THAT(
      add(DataType::kFloat32, {-1, "floor_div(N, 0)"}),
      IsError(ErrorKind::kInvalidArgument, "its dim floor_div(N, 0) at axis 0 is no number"));
}

TEST(Network, EvaluatesWithTheReferences) {
  const Network network = by_hand();
  const std::array<float, 2> x = {1, 4};
  const Result<std::vector<Tensor>> outputs =
      network.evaluate({{"x", ConstTensorView(x.data(), DataType::kFloat32, {1, 2})}});
  ASSERT_THAT(outputs, IsOk());
  EXPECT_EQ(element_as_double((*outputs)[0].view(), 0), 2);
  EXPECT_EQ(element_as_double((*outputs)[0].view(), 1), 1);
  EXPECT_THAT(network.evaluate({}), IsError(ErrorKind::kInvalidArgument, "input 'x' is missing"));
}

TEST(Network, RefusesTensorsForWhatIsNoInput) {
  const Network network = by_hand();
  const std::array<float, 2> x = {1, 4};
  const ConstTensorView view(x.data(), DataType::kFloat32, {1, 2});
  EXPECT_THAT(network.evaluate({{"x", view}, {"X", view}, {"t", view}}),
              IsError(ErrorKind::kNotFound, "no input: X, t; the inputs are: x"));
  EXPECT_THAT(network.evaluate_all({{"y", view}}), IsError(ErrorKind::kNotFound, "no input: y"));
}

TEST(Network, EvaluatesEveryValue) {
  const std::array<float, 2> x = {1, 4};
  const auto values =
      by_hand().evaluate_all({{"x", ConstTensorView(x.data(), DataType::kFloat32, {1, 2})}});
  ASSERT_THAT(values, IsOk());
  ASSERT_EQ(values->size(), 2U);
  EXPECT_EQ(element_as_double(values->at("y").view(), 1), 1);
  EXPECT_TRUE(values->contains("t"));
}

// The node gets the operand that it is given, whatever the network would compute for it.
TEST(Network, IsolatesANode) {
  const std::array<float, 2> t = {-7, 5};
  const ConstTensorView view(t.data(), DataType::kFloat32, {1, 2});
  const Result<Network> alone = by_hand().isolate("y", {{"t", view}});
  ASSERT_THAT(alone, IsOk());
  EXPECT_EQ(alone->node_count(), 1U);
  ASSERT_EQ(alone->inputs().size(), 1U);
  EXPECT_EQ(to_string(alone->inputs()[0]), "f32[1,2]");
  const Result<std::vector<Tensor>> y = alone->evaluate({{"t", view}});
  ASSERT_THAT(y, IsOk());
  EXPECT_EQ(element_as_double((*y)[0].view(), 0), 0);
  EXPECT_EQ(element_as_double((*y)[0].view(), 1), 5);
  EXPECT_THAT(by_hand().isolate("y", {}), IsError(ErrorKind::kNotFound, "value 't'"));
  EXPECT_THAT(by_hand().isolate("x", {}), IsError(ErrorKind::kNotFound, "'x'"));
}

// What no input changes stays a constant, as it is where the whole is built.
TEST(Network, IsolatesANodeWithWhatFollowsFromShapesAndConstants) {
  Network network("fixed");
  const std::array<float, 2> w = {1, 2};
  ASSERT_THAT(
      network.add_input(
          {.name = "x", .type = DataType::kFloat32, .dims = {{.value = -1, .expression = "N"}}}),
      IsOk());
  ASSERT_THAT(network.add_constant("w", ConstTensorView(w.data(), DataType::kFloat32, {2})),
              IsOk());
  ASSERT_THAT(network.add("Neg", Names{"w"}, Names{"minus"}), IsOk());
  ASSERT_THAT(network.add("Add", Names{"x", "minus"}, Names{"a"}), IsOk());
  ASSERT_THAT(network.add("Shape", Names{"x"}, Names{"s"}), IsOk());
  ASSERT_THAT(network.add("Reshape", Names{"a", "s"}, Names{"y"}), IsOk());
  const std::array<int64_t, 1> s = {2};
  const std::map<std::string, ConstTensorView> values = {
      {"x", {w.data(), DataType::kFloat32, {2}}},
      {"minus", {w.data(), DataType::kFloat32, {2}}},
      {"a", {w.data(), DataType::kFloat32, {2}}},
      {"s", {s.data(), DataType::kInt64, {1}}}};
  const Result<Network> shape = network.isolate("s", values);
  ASSERT_THAT(shape, IsOk());
  EXPECT_EQ(shape->node_count(), 0U);
  EXPECT_EQ(shape->outputs()[0].name, "s");
  for (const auto& [value, input] : {std::pair("a", "x"), {"y", "a"}}) {
    const Result<Network> alone = network.isolate(value, values);
    ASSERT_THAT(alone, IsOk());
    ASSERT_EQ(alone->inputs().size(), 1U) << value;
    EXPECT_EQ(alone->inputs()[0].name, input);
  }
}

TEST(Network, SurvivesItsTextForm) {
  const std::string text = by_hand().to_text().value();
  const Result<Network> parsed = Network::from_text(text);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->to_text().value(), text);
}

TEST(Network, ChangesItsCloneAlone) {
  const Network network = by_hand();
  Network clone = network.clone();
  ASSERT_THAT(clone.mark_output("t"), IsOk());
  EXPECT_EQ(clone.outputs().size(), 2U);
  EXPECT_EQ(network.outputs().size(), 1U);
  ASSERT_THAT(clone.mark_output("t"), IsOk());
  EXPECT_EQ(clone.outputs().size(), 2U);
}

TEST(Network, SaysWhatItDoesNotKnow) {
  Network network = by_hand();
  EXPECT_THAT(network.add("Frobnicate", Names{"x"}, Names{"z"}),
              IsError(ErrorKind::kNotFound, "Frobnicate"));
  EXPECT_THAT(network.add("Relu", Names{"nowhere"}, Names{"z"}),
              IsError(ErrorKind::kNotFound, "nowhere"));
  EXPECT_THAT(network.add("Relu", Names{"x"}, Names{"y"}),
              IsError(ErrorKind::kInvalidArgument, "y"));
  EXPECT_THAT(network.add("Relu", Names{"x"}, Names{"z"}, {{"colour", int64_t{1}}}),
              IsError(ErrorKind::kInvalidArgument, "colour"));
  EXPECT_THAT(network.mark_output("nowhere"), IsError(ErrorKind::kNotFound, "nowhere"));
}

TEST(Network, RefusesTensorsWithoutMemory) {
  Network network = by_hand();
  EXPECT_THAT(network.add_constant("c", ConstTensorView(nullptr, DataType::kFloat32, {2})),
              IsError(ErrorKind::kInvalidArgument, "null pointer"));
  EXPECT_THAT(network.add_constant("c", ConstTensorView(nullptr, DataType::kFloat32, {0})), IsOk());
  EXPECT_THAT(network.evaluate({{"x", ConstTensorView(nullptr, DataType::kFloat32, {1, 2})}}),
              IsError(ErrorKind::kInvalidArgument, "null pointer"));
}

TEST(Build, CountsTheHostMemoryOfTheBuildAlone) {
  const Network network = by_hand();
  const Device device = Device::open("cpu").value();
  constexpr size_t kBytes = 256 << 20;
  // Resident once, and given back.
  { const std::vector<std::byte> before(kBytes, std::byte{1}); }
  BuildReport report;
  ASSERT_THAT(build_to_bytes(network, device, {}, &report), IsOk());
  EXPECT_LT(report.peak_host_bytes, int64_t{kBytes / 2});
}

TEST(BuildToFile, LeavesNothingWhenItFails) {
  const Network network = by_hand();
  const Device device = Device::open("cpu").value();
  EXPECT_THAT(build_to_file(network, device, {}, "/dev/full"), IsError(ErrorKind::kIoError, ""));
  EXPECT_THAT(build_to_file(network, device, {}, "no/such/folder/x.plan"),
              IsError(ErrorKind::kNotFound, "no/such"));
}

TEST(DescribePlan, NeedsNoDevice) {
  const TempFolder folder;
  const std::filesystem::path path = folder / "by_hand.plan";
  const Device device = Device::open("null").value();
  ASSERT_THAT(build_to_file(by_hand(), device, {}, path), IsOk());
  const Result<PlanInfo> info = Engine::describe_plan(path, VerifyLevel::kAll);
  ASSERT_THAT(info, IsOk());
  EXPECT_EQ(info->device_kind, "null");
  ASSERT_EQ(info->inputs.size(), 1U);
  EXPECT_EQ(to_string(info->inputs[0]), "f32[N,2]");
  ASSERT_EQ(info->outputs.size(), 1U);
  EXPECT_EQ(info->outputs[0].name, "y");
  ASSERT_EQ(info->layers.size(), 1U);
  EXPECT_EQ(info->layers[0].op, "Add+Relu");
  EXPECT_TRUE(info->profiles.empty());
}

TEST(DescribePlan, SaysWhatIsWrongWithTheFile) {
  const TempFolder folder;
  EXPECT_THAT(Engine::describe_plan(folder / "none.plan"),
              IsError(ErrorKind::kNotFound, "none.plan"));
  const std::filesystem::path text = folder.write("text.plan", "no plan");
  EXPECT_THAT(Engine::describe_plan(text), IsError(ErrorKind::kCorruptData, "text.plan"));
}

TEST(ListOperators, HasADescriptionForEach) {
  // Ops that only passes, or importers beside another op, make have no ONNX form.
  const std::set<std::string> inner = {"AttentionScores", "Dims",     "Extents", "Fail",
                                       "MaxPoolIndices",  "Reformat", "Region"};
  for (const OperatorInfo& op : list_operators()) {
    EXPECT_FALSE(op.doc.empty()) << op.name;
    EXPECT_EQ(op.onnx.empty(), inner.contains(op.name)) << op.name;
  }
}

}  // namespace
}  // namespace tenon
