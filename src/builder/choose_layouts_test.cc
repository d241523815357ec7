#include "builder/choose_layouts.h"

#include "builder/build_plan.h"
#include "devices/cpu/isa.h"
#include "testing/compare.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"
#include "testing/random_network.h"
#include "testing/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;
using testing::GraphBuilder;
using testing::IsOk;
using testing::open_test_device;
using testing::random_network_inputs;
using testing::random_tensor;
using testing::run_graph;
using testing::tensors_close;

constexpr std::string_view kCpu = "cpu:isa=avx2";

// "Conv+Relu: conv_avx2" for each step of the plan, in order.
std::vector<std::string> steps_of(const Graph& graph, std::string_view device = kCpu) {
  const Result<BuildOutcome> built = build_plan(
      graph, *open_test_device(device), {}, [](std::span<const std::byte>) { return Status(); });
  std::vector<std::string> steps;
  if (!built.ok()) return {built.error().message()};
  for (const LayerInfo& layer : built->layers) steps.push_back(layer.op + ": " + layer.tactic);
  return steps;
}

// What is computed does not depend on layouts.
void expect_as_on_reference(const Graph& graph) {
  const std::vector<HostTensor> inputs = random_network_inputs(graph, /*seed=*/5);
  const auto want = run_graph(graph, "null", inputs);
  const auto got = run_graph(graph, kCpu, inputs);
  ASSERT_THAT(want, IsOk());
  ASSERT_THAT(got, IsOk());
  for (size_t i = 0; i < want->size(); ++i) {
    EXPECT_TRUE(tensors_close((*got)[i].view(), (*want)[i].view(), {1e-4, 1e-4}));
  }
}

class ChooseLayouts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (best_isa() < Isa::kAvx2) GTEST_SKIP() << "this machine has no AVX2";
  }

  ValueId image_constant(Shape shape) {
    return b.constant(random_tensor(DataType::kFloat32, std::move(shape), ++seed_));
  }

  // Over 16 channels, to 16 channels or as many as stated.
  ValueId conv(ValueId x, int64_t channels = 16) {
    return b.node("Conv", {x, image_constant({channels, 16, 3, 3})},
                  {{"pads", std::vector<int64_t>{1, 1, 1, 1}}});
  }

  // Checks the numbers too.
  std::vector<std::string> steps_to(ValueId y) {
    const Graph graph = b.output("y", y).take();
    expect_as_on_reference(graph);
    return steps_of(graph);
  }

  GraphBuilder b;

 private:
  uint64_t seed_ = 0;
};

TEST_F(ChooseLayouts, ReformatsInputsAndOutputsAloneAroundConvolutions) {
  const ValueId first = b.node("Relu", {conv(b.input("x", "f32[N,16,5,7]"))});
  const ValueId sum = b.node("Relu", {b.node("Add", {conv(first), first})});
  EXPECT_THAT(steps_to(sum), ElementsAre("Reformat: reformat", "Conv+Relu: conv_avx2",
                                         "Conv+Add+Relu: conv_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, StoresAMapThatRepeatsAlongTheBatchInTheLayoutOfTheImage) {
  const ValueId sum =
      b.node("Add", {conv(b.input("x", "f32[N,16,5,7]")), image_constant({1, 16, 5, 7})});
  // No epilogue repeats it: the sum is a step of its own.
  EXPECT_THAT(steps_to(b.node("Relu", {sum})),
              ElementsAre("Reformat: reformat", "Conv: conv_avx2", "Add+Relu: pointwise",
                          "Reformat: reformat"));
}

TEST_F(ChooseLayouts, KeepsAMapOfTheWholeResultInTheEpilogue) {
  const ValueId x = b.input("x", "f32[1,16,5,7]");
  const ValueId sum = b.node("Add", {conv(x), image_constant({1, 16, 5, 7})});
  const ValueId scaled = b.node("Mul", {image_constant({1, 16, 5, 7}), b.node("Sigmoid", {sum})});
  EXPECT_THAT(steps_to(scaled), ElementsAre("Reformat: reformat", "Conv+Add+Sigmoid+Mul: conv_avx2",
                                            "Reformat: reformat"));
}

TEST_F(ChooseLayouts, TakesAPlainImageAndAMapBesideTheResultOfAStem) {
  const ValueId patches =
      b.node("Conv", {b.input("x", "f32[1,3,8,8]"), image_constant({16, 3, 2, 2})},
             {{"strides", std::vector<int64_t>{2, 2}}});
  EXPECT_THAT(steps_to(b.node("Add", {patches, image_constant({1, 16, 4, 4})})),
              ElementsAre("Conv+Add: conv_stem_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, KeepsMapsBehindPoolsAndTransposedConvolutions) {
  const ValueId pool = b.node(
      "MaxPool", {conv(b.input("x", "f32[1,16,6,6]"))},
      {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}});
  const ValueId pooled = b.node("Mul", {pool, image_constant({1, 16, 3, 3})});
  const ValueId wide = b.node("ConvTranspose", {pooled, image_constant({16, 16, 2, 2})},
                              {{"strides", std::vector<int64_t>{2, 2}}});
  EXPECT_THAT(steps_to(b.node("Add", {wide, image_constant({1, 16, 6, 6})})),
              ElementsAre("Reformat: reformat", "Conv: conv_avx2", "MaxPool+Mul: window_avx2",
                          "ConvTranspose+Add: conv_transpose_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, StoresAConstantInEachLayoutThatIsRead) {
  const ValueId map = image_constant({1, 16, 5, 7});
  b.output("plain", b.node("Mul", {b.input("z", "f32[1,16,5,7]"), map}));
  const ValueId sum = b.node("Add", {conv(b.input("x", "f32[1,16,5,7]")), map});
  EXPECT_THAT(steps_to(sum), ElementsAre("Mul: pointwise", "Reformat: reformat",
                                         "Conv+Add: conv_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, JoinsImagesAndConstantsInOneLayout) {
  const ValueId first = conv(b.input("x", "f32[1,16,5,7]"), 14);
  const ValueId joined =
      b.node("Concat", {first, image_constant({1, 2, 5, 7})}, {{"axis", int64_t{1}}});
  EXPECT_THAT(steps_to(conv(joined)),
              ElementsAre("Reformat: reformat", "Conv: conv_avx2", "Concat: concat",
                          "Conv: conv_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, LeavesTheWeightsOfAConvolutionAsTheyAre) {
  // Of the shape of the result.
  const ValueId x = b.input("x", "f32[16,16,3,3]");
  EXPECT_THAT(steps_to(b.node("Relu", {conv(x)})),
              ElementsAre("Reformat: reformat", "Conv+Relu: conv_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, LeavesNoPartToALastResortThatAnotherTacticComputes) {
  // One number for each position: no step adds it to channels that lie together.
  const ValueId sum =
      b.node("Add", {conv(b.input("x", "f32[1,16,5,7]")), image_constant({1, 1, 5, 7})});
  const ValueId root = b.node("Sqrt", {b.node("Abs", {sum})});
  EXPECT_THAT(steps_to(root), ElementsAre("Reformat: reformat", "Conv: conv_avx2",
                                          "Add+Abs+Sqrt: pointwise", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, ConvolvesWithWeightsThatAreComputed) {
  const ValueId weights = b.node("Tanh", {b.input("w", "f32[8,16,3,3]")});
  const ValueId image = b.node("Conv", {conv(b.input("x", "f32[1,16,5,7]")), weights});
  EXPECT_THAT(steps_to(b.node("Relu", {image})),
              ElementsAre("Tanh: pointwise", "Reformat: reformat", "Conv: conv_avx2",
                          "Conv+Relu: conv_avx2", "Reformat: reformat"));
}

TEST_F(ChooseLayouts, ReformatsNothingForADeviceOfReferences) {
  const ValueId sum =
      b.node("Add", {conv(b.input("x", "f32[1,16,5,7]")), image_constant({1, 16, 5, 7})});
  EXPECT_THAT(steps_of(b.output("y", sum).take(), "null"), ElementsAre("Conv+Add: reference"));
}

TEST_F(ChooseLayouts, GivesConstantsTheBytesOfTheirLayout) {
  const ValueId map = b.constant(DataType::kFloat32, {1, 2, 1, 3}, {1, 2, 3, 4, 5, 6});
  const ValueId x = b.input("x", "f32[1,2,1,3]");
  const ValueId weights = b.constant(DataType::kFloat32, {2, 2, 1, 1}, {1, 0, 0, 1});
  const ValueId image = b.node("Conv", {x, weights});
  const Graph graph = b.output("y", b.node("Concat", {image, map}, {{"axis", int64_t{1}}})).take();
  const Result<Graph> chosen = choose_layouts(graph, *open_test_device(kCpu));
  ASSERT_THAT(chosen, IsOk());
  const std::string name = graph.value(map).name + "_channels_last";
  const Value& stored = chosen->value(chosen->find_value(name));
  EXPECT_EQ(stored.info.layout, Layout::kChannelsLast);
  EXPECT_EQ(stored.info.shape, graph.value(map).info.shape);
  EXPECT_THAT(stored.constant->as<float>(), ElementsAre(1, 4, 2, 5, 3, 6));
}

}  // namespace
}  // namespace tenon::internal
