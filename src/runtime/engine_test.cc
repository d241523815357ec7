#include "runtime/engine.h"

#include "runtime/context.h"
#include "tensor/host_tensor.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

namespace tenon::internal {
namespace {

using testing::BoundContext;
using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::load_plan;
using testing::open_test_device;
using testing::plan_of;
using testing::written;

// y = Softmax(Relu(x) + w) over x: f32[N,4]: one value in the arena, overwritten in place.
Graph network() {
  GraphBuilder b("net");
  const ValueId x = b.input("x", "f32[N,4]");
  const ValueId w = b.constant(DataType::kFloat32, {4}, {1, 2, 3, 4});
  const ValueId sum = b.node("Add", {b.node("Relu", {x}, {}, "relu"), w}, {}, "add");
  return b.output("y", b.node("Softmax", {sum}, {{"axis", int64_t{-1}}}, "softmax")).take();
}

// With a layer for each node.
std::shared_ptr<const Engine> engine_on(std::string_view device, BuildSettings settings = {}) {
  settings.disabled_passes = {"fuse-regions"};
  std::shared_ptr<Device> opened = open_test_device(device);
  const auto plan = plan_of(network(), *opened, settings).value();
  return load_plan(plan, std::move(opened)).value();
}

HostTensor rows(int64_t count) { return HostTensor::make(DataType::kFloat32, {count, 4}).value(); }

BuildSettings profile_up_to(int64_t max) {
  return {.profiles = {{.inputs = {{"x", {.min = {1, 4}, .opt = {1, 4}, .max = {max, 4}}}}}}};
}

TEST(Engine, RefusesAWindowThatATacticCannotReach) {
  std::shared_ptr<Device> device = open_test_device("null");
  GraphBuilder b;
  const ValueId relu = b.node("Relu", {b.input("x", "f32[N,4]")});
  const Graph graph = b.output("y", b.node("Softmax", {b.node("Transpose", {relu})})).take();
  Plan plan = read_plan(plan_of(graph, *device).value())->plan;
  ASSERT_TRUE(plan.weights.empty());
  const uint32_t result = plan.steps[0].outputs[0];
  ASSERT_EQ(plan.values[result].storage, Storage::kArena);
  const auto load = [&](Dim pitch) {
    PlanValue window = plan.values[result];
    window.storage = Storage::kAlias;
    window.index = result;
    window.window = PlanWindow{.offset = 0, .pitch = std::move(pitch)};
    Plan changed = plan;
    changed.steps[0].outputs[0] = static_cast<uint32_t>(changed.values.size());
    changed.values.push_back(std::move(window));
    std::vector<std::byte> bytes;
    const auto no_weight = [](size_t) { return Result<std::span<const std::byte>>({}); };
    const auto written = write_plan(changed, no_weight, [&](std::span<const std::byte> part) {
      bytes.insert(bytes.end(), part.begin(), part.end());
      return Status();
    });
    EXPECT_THAT(written, IsOk());
    return load_plan(bytes, device);
  };
  EXPECT_THAT(load(0), IsOk());
  EXPECT_THAT(load(16), IsError(ErrorKind::kCorruptData, "cannot reach an operand of step"));
}

TEST(Engine, DescribesInputsOutputsAndLayers) {
  const auto engine = engine_on("null");
  const PlanInfo& info = engine->info();
  EXPECT_EQ(info.device_kind, "null");
  EXPECT_EQ(to_string(info.inputs[0]), "f32[N,4]");
  EXPECT_EQ(info.outputs[0].name, "y");
  ASSERT_EQ(info.layers.size(), 3U);
  EXPECT_EQ(info.layers[0].main_op, "Pointwise");
  EXPECT_EQ(info.layers[2].name, "softmax");
  EXPECT_EQ(info.layers[2].main_op, "Softmax");
  EXPECT_EQ(info.layers[2].tactic, "reference");
}

TEST(Engine, NamesAFusedLayerByItsOps) {
  std::shared_ptr<Device> device = open_test_device("null");
  const auto plan = plan_of(network(), *device).value();
  const auto engine = load_plan(plan, std::move(device)).value();
  ASSERT_EQ(engine->info().layers.size(), 1U);
  EXPECT_EQ(engine->info().layers[0].op, "Relu+Add+Softmax");
  EXPECT_EQ(engine->info().layers[0].main_op, "Softmax");
}

TEST(Engine, RefusesAPlanOfAnotherDeviceKind) {
  const auto plan = plan_of(network(), *open_test_device("cpu")).value();
  EXPECT_THAT(load_plan(plan, open_test_device("null")),
              IsError(ErrorKind::kUnsupported, "for a cpu device"));
}

TEST(Engine, NamesTacticsThatAreMissing) {
  const auto device = open_test_device("null");
  const std::vector<std::byte> plan = plan_of(network(), *device).value();
  PlanBytes read = read_plan(plan).value();
  read.plan.tactics[0].version = 99;
  EXPECT_THAT(load_plan(written(read), device),
              IsError(ErrorKind::kVersionMismatch, "own:reference version 99 (here: version 1)"));
}

TEST(Engine, GivesAllMemoryBack) {
  const auto device = open_test_device("null");
  {
    const auto plan = plan_of(network(), *device).value();
    const auto engine = load_plan(plan, device).value();
    const std::vector<HostTensor> inputs = {rows(8)};
    BoundContext context = BoundContext::create(engine, inputs).value();
    ASSERT_THAT(context.run(), IsOk());
    EXPECT_GT(device->account().current(), 0);
  }
  EXPECT_EQ(device->account().current(), 0);
}

TEST(Engine, BoundsMemoryOverAProfile) {
  const auto engine = engine_on("cpu", profile_up_to(16));
  const Profile profile = engine->plan().profiles[0];
  const int64_t bound = engine->memory(profile)->total().predicted;
  for (const int64_t n : {1, 7, 16}) {
    EXPECT_LE(engine->memory({{"x", {n, 4}}})->total().predicted, bound);
  }
  EXPECT_THAT(engine_on("cpu")->memory(Profile()),
              IsError(ErrorKind::kUnsupported, "dim N has no max"));
  EXPECT_THAT(engine_on("cpu")->memory(Profile{.inputs = {{"typo", {}}}}),
              IsError(ErrorKind::kNotFound, "'typo'"));
  EXPECT_THAT(engine->memory(Profile{.inputs = {{"x", {.min = {}, .opt = {}, .max = {-5, 4}}}}}),
              IsError(ErrorKind::kInvalidArgument, "max -5"));
}

TEST(Engine, RefusesAPlanForARicherMachine) {
  const std::shared_ptr<Device> best = open_test_device("cpu");
  if (best->info().isa == "portable") GTEST_SKIP() << "there is nothing richer here";
  const auto plan = plan_of(network(), *best).value();
  EXPECT_THAT(load_plan(plan, open_test_device("cpu:isa=portable")),
              IsError(ErrorKind::kUnsupported, "build it for cpu:isa=portable"));
}

TEST(Engine, PredictsTheArenaOfABoundedProfile) {
  const auto engine = engine_on("cpu", profile_up_to(16));
  const int64_t taken = Context::create(engine, false).value()->memory().total().allocated;
  EXPECT_EQ(engine->memory({{"x", {2, 4}}})->total().predicted, taken);
  EXPECT_EQ(engine->memory(engine->plan().profiles[0])->total().predicted, taken);
  EXPECT_THAT(engine->memory({{"x", {17, 4}}}),
              IsError(ErrorKind::kInvalidArgument, "allows 1 to 16"));
}

TEST(Engine, RefusesAttributesOfAnotherVersion) {
  const auto device = open_test_device("null");
  const std::vector<std::byte> plan = plan_of(network(), *device).value();
  PlanBytes read = read_plan(plan).value();
  read.plan.steps[0].attributes.emplace("novelty", int64_t{1});
  EXPECT_THAT(load_plan(written(read), device),
              IsError(ErrorKind::kVersionMismatch, "\"novelty\""));
}

TEST(Context, AllocatesABoundedProfileOnce) {
  const auto engine = engine_on("cpu", profile_up_to(16));
  const auto context = Context::create(engine, false).value();
  const int64_t bound = engine->memory(engine->plan().profiles[0])->total().predicted;
  EXPECT_EQ(context->memory().total().allocated, bound);
  EXPECT_THAT(context->set_shape("x", Shape{2, 4}), IsOk());
  EXPECT_EQ(context->memory().total().allocated, bound);
}

TEST(Context, IsPreparedOnceItsShapesAreKnown) {
  const auto engine = engine_on("cpu");
  const auto context = Context::create(engine, false).value();
  EXPECT_EQ(context->memory()[MemoryKind::kActivations].allocated, 0);
  ASSERT_THAT(context->set_shape("x", Shape{5, 4}), IsOk());
  const MemoryReport exact = engine->memory(InputShapes{{"x", {5, 4}}}).value();
  EXPECT_GT(exact[MemoryKind::kActivations].predicted, 0);
  EXPECT_EQ(context->memory().total().allocated, exact.total().predicted);
}

TEST(Context, RunsManyShapesOneAfterTheOther) {
  const auto engine = engine_on("null");
  for (const int64_t n : {3, 1, 9, 0, 4}) {
    const std::vector<HostTensor> inputs = {rows(n)};
    Result<BoundContext> context = BoundContext::create(engine, inputs);
    ASSERT_THAT(context, IsOk());
    EXPECT_THAT(context->run(), IsOk()) << n;
  }
}

// What run() says after everything but one thing was done right.
Status run_with(std::string_view device, const std::function<void(Context&, void*, void*)>& bind) {
  const auto engine = engine_on(device);
  const auto context = Context::create(engine, false).value();
  const auto in = engine->device().allocate(64, MemoryKind::kIo).value();
  const auto out = engine->device().allocate(64, MemoryKind::kIo).value();
  EXPECT_THAT(context->set_shape("x", Shape{4, 4}), IsOk());
  bind(*context, in->data(), out->data());
  return context->run();
}

void bind_both(Context& context, void* in, void* out, DataType type, const Shape& shape) {
  EXPECT_THAT(context.bind_input("x", ConstTensorView(in, type, shape)), IsOk());
  EXPECT_THAT(context.bind_output("y", TensorView{out, DataType::kFloat32, {4, 4}}), IsOk());
}

TEST(Context, SaysWhatIsWrongWithABinding) {
  const DataType f32 = DataType::kFloat32;
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void* in, void* out) {
                         bind_both(c, in, out, f32, {4, 4});
                       }),
              IsOk());
  EXPECT_THAT(run_with("cpu", [](Context&, void*, void*) {}),
              IsError(ErrorKind::kInvalidArgument, "input 'x' is not bound"));
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void* in, void* out) {
                         bind_both(c, in, out, DataType::kInt32, {4, 4});
                       }),
              IsError(ErrorKind::kInvalidArgument, "has type f32, and the bound tensor i32"));
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void* in, void* out) {
                         bind_both(c, in, out, f32, {2, 8});
                       }),
              IsError(ErrorKind::kInvalidArgument, "has shape [4,4], and the bound tensor [2,8]"));
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void* in, void* out) {
                         bind_both(c, static_cast<std::byte*>(in) + 1, out, f32, {4, 4});
                       }),
              IsError(ErrorKind::kInvalidArgument, "aligned to 4 bytes"));
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void*, void* out) {
                         bind_both(c, nullptr, out, f32, {4, 4});
                       }),
              IsError(ErrorKind::kInvalidArgument, "not memory of device cpu"));
}

TEST(Context, RefusesHostMemoryOnADeviceWithItsOwn) {
  std::array<float, 16> host{};
  EXPECT_THAT(run_with("null",
                       [&](Context& c, void*, void* out) {
                         bind_both(c, host.data(), out, DataType::kFloat32, {4, 4});
                       }),
              IsError(ErrorKind::kInvalidArgument, "not memory of device null:0"));
}

TEST(Context, RefusesABufferThatIsTooSmall) {
  EXPECT_THAT(
      run_with("null",
               [&](Context& c, void* in, void* out) {
                 bind_both(c, static_cast<std::byte*>(in) + 16, out, DataType::kFloat32, {4, 4});
               }),
      IsError(ErrorKind::kInvalidArgument, "the 64 bytes bound to input 'x'"));
}

TEST(Context, RefusesOutputsInMemoryThatIsInUse) {
  const DataType f32 = DataType::kFloat32;
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void* in, void*) {
                         bind_both(c, in, in, f32, {4, 4});
                       }),
              IsError(ErrorKind::kInvalidArgument,
                      "the memory bound to output 'y' overlaps that of input 'x'"));
  // Half of them.
  std::array<float, 24> both{};
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void*, void*) {
                         bind_both(c, both.data(), both.data() + 8, f32, {4, 4});
                       }),
              IsError(ErrorKind::kInvalidArgument, "overlaps that of"));
  std::array<float, 32> side_by_side{};
  EXPECT_THAT(run_with("cpu",
                       [&](Context& c, void*, void*) {
                         bind_both(c, side_by_side.data() + 16, side_by_side.data(), f32, {4, 4});
                       }),
              IsOk());
}

TEST(Context, RefusesTwoOutputsInOneMemoryAndTakesTwoInputs) {
  GraphBuilder b;
  const ValueId sum = b.node("Add", {b.input("x", "f32[4]"), b.input("z", "f32[4]")});
  b.output("y", sum);
  const Graph graph = b.output("n", b.node("Neg", {sum})).take();
  const auto device = open_test_device("cpu");
  const auto context =
      Context::create(load_plan(plan_of(graph, *device).value(), device).value(), false).value();
  std::array<float, 4> in = {1, 2, 3, 4};
  std::array<float, 4> y{};
  std::array<float, 4> n{};
  for (const char* name : {"x", "z"}) {
    ASSERT_THAT(context->bind_input(name, ConstTensorView(in.data(), DataType::kFloat32, {4})),
                IsOk());
  }
  ASSERT_THAT(context->bind_output("y", TensorView{y.data(), DataType::kFloat32, {4}}), IsOk());
  ASSERT_THAT(context->bind_output("n", TensorView{y.data(), DataType::kFloat32, {4}}), IsOk());
  EXPECT_THAT(context->run(), IsError(ErrorKind::kInvalidArgument, "overlaps that of output"));
  ASSERT_THAT(context->bind_output("n", TensorView{n.data(), DataType::kFloat32, {4}}), IsOk());
  EXPECT_THAT(context->run(), IsOk());
  EXPECT_EQ(n, (std::array<float, 4>{-2, -4, -6, -8}));
}

TEST(Context, HoldsAShapeAgainstTheProfileWhenItIsSet) {
  const auto context = Context::create(engine_on("cpu", profile_up_to(16)), false).value();
  EXPECT_THAT(context->set_shape("x", Shape{17, 4}),
              IsError(ErrorKind::kInvalidArgument,
                      "input 'x' has 17 at axis 0; the plan's profile allows 1 to 16"));
  EXPECT_THAT(context->set_shape("x", Shape{16, 4}), IsOk());
}

TEST(Context, RefusesShapesThatTheInputCannotHave) {
  const auto engine = engine_on("cpu");
  const auto context = Context::create(engine, false).value();
  EXPECT_THAT(context->run(), IsError(ErrorKind::kInvalidArgument, "call set_shape first"));
  EXPECT_THAT(context->set_shape("x", Shape{2, 5}),
              IsError(ErrorKind::kInvalidArgument, "cannot take the shape [2,5]"));
  EXPECT_THAT(context->set_shape("x", Shape{2}), IsError(ErrorKind::kInvalidArgument, "'x'"));
  EXPECT_THAT(context->set_shape("x", Shape{-1, 4}), IsError(ErrorKind::kInvalidArgument, "'x'"));
  EXPECT_THAT(context->set_shape("q", Shape{2, 4}),
              IsError(ErrorKind::kNotFound, "the engine's are: x"));
  EXPECT_THAT(context->shape("y"), IsError(ErrorKind::kInvalidArgument, "is not set"));
  EXPECT_THAT(context->set_shape("x", Shape{3, 4}), IsOk());
  EXPECT_THAT(context->shape("y"), IsOkAndHolds(Shape{3, 4}));
}

TEST(Context, IsBusyForASecondThread) {
  // A big enough input that the first thread is inside run() when the second comes.
  const auto engine = engine_on("cpu:threads=1");
  const std::vector<HostTensor> inputs = {rows(200'000)};
  BoundContext context = BoundContext::create(engine, inputs).value();
  std::atomic<bool> started{false};
  std::atomic<bool> ended{false};
  std::thread first([&] {
    while (!ended) {
      started = true;
      // The other thread may have the context at this moment.
      const Status ran = context.context().run();
      if (!ran.ok()) {
        EXPECT_EQ(ran.error().kind(), ErrorKind::kBusy);
      }
    }
  });
  bool was_busy = false;
  while (!started) std::this_thread::yield();
  for (int i = 0; i < 100'000 && !was_busy; ++i) {
    const Status set = context.context().set_shape("x", Shape{200'000, 4});
    was_busy = !set.ok() && set.error().kind() == ErrorKind::kBusy;
    if (!was_busy) std::this_thread::yield();
  }
  ended = true;
  first.join();
  EXPECT_TRUE(was_busy);
}

TEST(Context, ReportsToAnyThreadWhileItRuns) {
  const auto engine = engine_on("cpu:threads=1");
  const std::vector<HostTensor> inputs = {rows(100)};
  BoundContext context = BoundContext::create(engine, inputs).value();
  std::atomic<bool> ended{false};
  std::thread observer([&] {
    while (!ended) {
      const MemoryReport memory = context.context().memory();
      EXPECT_GE(memory.total().allocated, memory[MemoryKind::kWeights].allocated);
      EXPECT_TRUE(context.context().step_times().empty());
    }
  });
  for (int i = 0; i < 20; ++i) EXPECT_THAT(context.context().run(), IsOk());
  ended = true;
  observer.join();
}

TEST(Context, TimesLayersWhenAsked) {
  const auto engine = engine_on("cpu");
  const auto context = Context::create(engine, true).value();
  std::array<float, 16> in{};
  std::array<float, 16> out{};
  ASSERT_THAT(context->set_shape("x", Shape{4, 4}), IsOk());
  ASSERT_THAT(context->bind_input("x", ConstTensorView(in.data(), DataType::kFloat32, {4, 4})),
              IsOk());
  ASSERT_THAT(context->bind_output("y", TensorView{out.data(), DataType::kFloat32, {4, 4}}),
              IsOk());
  ASSERT_THAT(context->run(), IsOk());
  ASSERT_THAT(context->run(), IsOk());
  ASSERT_EQ(context->step_times().size(), 3U);
  for (const StepTime& time : context->step_times()) {
    EXPECT_EQ(time.runs, 2);
    EXPECT_GT(time.min_us, 0);
    EXPECT_LE(2 * time.min_us, time.total_us);
  }
}

TEST(Context, TellsTheWorkOfLayersAtTheShapesOfTheLatestRun) {
  const auto engine = engine_on("null");
  const auto context = Context::create(engine, true).value();
  const auto in = engine->device().allocate(128, MemoryKind::kIo).value();
  const auto out = engine->device().allocate(128, MemoryKind::kIo).value();
  for (const int64_t n : {4, 8}) {
    const Shape shape = {n, 4};
    ASSERT_THAT(context->set_shape("x", shape), IsOk());
    ASSERT_THAT(context->bind_input("x", ConstTensorView(in->data(), DataType::kFloat32, shape)),
                IsOk());
    ASSERT_THAT(context->bind_output("y", TensorView{out->data(), DataType::kFloat32, shape}),
                IsOk());
    ASSERT_THAT(context->run(), IsOk());
    const std::vector<StepTime> times = context->step_times();
    const auto elements = static_cast<double>(4 * n);
    EXPECT_EQ(times[0].work.flops, elements) << "Relu";
    EXPECT_EQ(times[0].work.bytes, 8 * elements);
    EXPECT_EQ(times[1].work.flops, elements) << "Add";
    EXPECT_EQ(times[1].work.bytes, 8 * elements + 16);
    EXPECT_EQ(times[2].work.flops, 0) << "Softmax";
  }
}

}  // namespace
}  // namespace tenon::internal
