// What engines predict and contexts report is what their device counts.
#include "runtime/context.h"
#include "runtime/engine.h"
#include "tensor/host_tensor.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

using testing::BoundContext;
using testing::GraphBuilder;
using testing::IsOk;
using testing::load_plan;
using testing::open_test_device;
using testing::plan_of;

// Layers of every kind that has code of its own, over images.
Graph image_network(std::string_view input) {
  GraphBuilder b("image");
  const auto weights = [&](const Shape& shape) {
    return b.constant(HostTensor::make(DataType::kFloat32, shape).value());
  };
  const std::vector<int64_t> around = {1, 1, 1, 1};
  const std::vector<int64_t> two = {2, 2};
  ValueId x = b.input("x", input);
  x = b.node("Conv", {x, weights({24, 3, 3, 3})}, {{"pads", around}});
  x = b.node("Relu", {x});
  x = b.node("Conv", {x, weights({24, 1, 3, 3})}, {{"pads", around}, {"group", int64_t{24}}});
  x = b.node("Conv", {x, weights({200, 24, 1, 1})});
  x = b.node("Conv", {x, weights({24, 200, 3, 3})}, {{"pads", around}});
  x = b.node("ConvTranspose", {x, weights({24, 8, 3, 3})}, {{"strides", two}, {"pads", around}});
  x = b.node("MaxPool", {x}, {{"kernel_shape", two}, {"strides", two}});
  b.output("mean", b.node("GlobalAveragePool", {x}));
  x = b.node("Reshape", {x, b.ints({-1, 8})});
  x = b.node("MatMul", {x, weights({8, 5})});
  x = b.node("Softmax", {x}, {{"axis", int64_t{-1}}});
  x = b.node("LayerNormalization", {x, weights({5})}, {{"axis", int64_t{-1}}});
  return b.output("y", b.node("Sin", {x})).take();
}

// nullptr where the machine has fewer instructions.
std::shared_ptr<Device> device_of(std::string_view name) {
  const std::shared_ptr<Device> best = open_test_device("cpu");
  for (const std::string_view isa : {"avx512", "avx2"}) {
    if (best->info().isa == isa) break;
    if (name.ends_with(isa)) return nullptr;
  }
  return open_test_device(name);
}

class MemoryTest : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    device_ = device_of(GetParam());
    if (device_ == nullptr) GTEST_SKIP() << "this machine has no " << GetParam();
  }

  // Every kind that the engine's device counts, beside what is predicted and reported. Inputs and
  // outputs are the test's.
  void expect_exact(const Engine& engine, BoundContext& context, const Shape& shape) {
    const Result<MemoryReport> predicted = engine.memory(InputShapes{{"x", shape}});
    ASSERT_THAT(predicted, IsOk());
    const MemoryReport reported = context.context().memory();
    const MemoryAccount& account = device_->account();
    const auto current = [&](MemoryKind kind) { return account.current(kind); };
    for (size_t i = 0; i < kMemoryKinds; ++i) {
      const auto kind = static_cast<MemoryKind>(i);
      EXPECT_EQ(reported[kind].allocated, (*predicted)[kind].predicted) << to_string(kind);
      EXPECT_EQ(reported[kind].predicted, (*predicted)[kind].predicted) << to_string(kind);
      if (kind == MemoryKind::kIo) continue;
      // One block holds both.
      if (kind == MemoryKind::kActivations || kind == MemoryKind::kWorkspace) continue;
      EXPECT_EQ(reported[kind].allocated, current(kind)) << to_string(kind);
    }
    EXPECT_EQ(
        reported[MemoryKind::kActivations].allocated + reported[MemoryKind::kWorkspace].allocated,
        current(MemoryKind::kActivations) + current(MemoryKind::kWorkspace));
  }

  std::shared_ptr<Device> device_;
};

TEST_P(MemoryTest, IsForeseenOfEachKind) {
  for (const std::string_view input : {"f32[N,3,H,W]", "f32[N,3,12,13]", "f32[2,3,12,13]"}) {
    SCOPED_TRACE(input);
    const auto plan = plan_of(image_network(input), *device_).value();
    const auto engine = load_plan(plan, device_).value();
    const Shape shape = {2, 3, 12, 13};
    const std::vector<HostTensor> inputs = {HostTensor::make(DataType::kFloat32, shape).value()};
    BoundContext context = BoundContext::create(engine, inputs).value();
    expect_exact(*engine, context, shape);
    ASSERT_THAT(context.run(), IsOk());
    expect_exact(*engine, context, shape);
  }
}

TEST_P(MemoryTest, HasAllCodeBeforeShapesAreKnownAndAsMuchAsTheBuilderFound) {
  for (const std::string_view input : {"f32[N,3,H,W]", "f32[N,3,5,3]"}) {
    const auto plan = plan_of(image_network(input), *device_).value();
    EXPECT_EQ(device_->account().current(), 0) << "a build keeps nothing";
    const auto engine = load_plan(plan, device_).value();
    const int64_t code = device_->account().current(MemoryKind::kCode);
    EXPECT_EQ(engine->info().code_bytes, code);
    EXPECT_EQ(engine->code_bytes(), code);
    EXPECT_EQ(code > 0, device_->info().kind == "cpu" && device_->info().isa != "portable");
    std::vector<Shape> shapes = {{1, 3, 5, 3}, {0, 3, 5, 3}, {40, 3, 5, 3}};
    if (input == "f32[N,3,H,W]") shapes.insert(shapes.end(), {{1, 3, 2, 2}, {2, 3, 30, 17}});
    for (const Shape& shape : shapes) {
      const std::vector<HostTensor> inputs = {HostTensor::make(DataType::kFloat32, shape).value()};
      BoundContext context = BoundContext::create(engine, inputs).value();
      ASSERT_THAT(context.run(), IsOk()) << tenon::to_string(shape);
      EXPECT_EQ(device_->account().current(MemoryKind::kCode), code) << tenon::to_string(shape);
    }
  }
}

TEST_P(MemoryTest, CountsCodeThatLayersShareOnce) {
  const auto layers = [&](int count) {
    GraphBuilder b;
    ValueId x = b.input("x", "f32[1,16,8,8]");
    const ValueId weights =
        b.constant(HostTensor::make(DataType::kFloat32, {16, 16, 1, 1}).value());
    for (int i = 0; i < count; ++i) x = b.node("Conv", {x, weights});
    const auto plan = plan_of(b.output("y", x).take(), *device_).value();
    return load_plan(plan, device_).value();
  };
  const auto one = layers(1);
  const auto three = layers(3);
  EXPECT_EQ(one->code_bytes(), three->code_bytes());
  // Of both engines.
  EXPECT_EQ(device_->account().current(MemoryKind::kCode), one->code_bytes());
}

INSTANTIATE_TEST_SUITE_P(Devices, MemoryTest,
                         ::testing::Values("cpu:isa=avx512", "cpu:isa=avx2", "cpu:isa=portable",
                                           "null"),
                         [](const ::testing::TestParamInfo<std::string_view>& device) {
                           const size_t begin = device.param.find('=');
                           return std::string(device.param.substr(begin + 1));
                         });

// Tactics of AVX2 run wherever there is AVX-512, and other kernels use what there is.
TEST(Memory, OfCodeIsWhatThereIsWhateverThePlanWasBuiltFor) {
  const auto richer = open_test_device("cpu");
  const auto poorer = device_of("cpu:isa=avx2");
  if (poorer == nullptr) GTEST_SKIP() << "portable code";
  const auto plan = plan_of(image_network("f32[N,3,H,W]"), *poorer).value();
  const auto engine = load_plan(plan, richer).value();
  EXPECT_EQ(engine->code_bytes(), richer->account().current(MemoryKind::kCode));
  const MemoryReport memory = engine->memory(InputShapes{{"x", {1, 3, 8, 8}}}).value();
  EXPECT_EQ(memory[MemoryKind::kCode].predicted, engine->code_bytes());
  EXPECT_EQ(engine->info().code_bytes, load_plan(plan, poorer).value()->code_bytes());
}

}  // namespace
}  // namespace tenon::internal
