#include "builder/windows.h"

#include "builder/storage.h"
#include "plan/memory_planner.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsError;
using testing::IsOk;
using testing::run_graph;

const AttributeMap kFirstAxis = {{"axis", int64_t{0}}};
const AttributeMap kChannels = {{"axis", int64_t{1}}};

// On a device that needs bytes together.
StoragePlan plan_dense(const Graph& graph) {
  return plan_storage(graph, [](NodeId, std::span<const Dim>) { return false; });
}

StoragePlan plan_pitched(const Graph& graph) {
  return plan_storage(graph, [](NodeId, std::span<const Dim>) { return true; });
}

ValueId slice(GraphBuilder& b, ValueId x, int64_t axis, int64_t start, int64_t end) {
  return b.node("Slice", {x, b.ints({start}), b.ints({end}), b.ints({axis})});
}

// All outputs for inputs of 1, 2, 3 ..., on the device that faults on host access.
std::vector<std::vector<float>> outputs_of(const Graph& graph, const std::vector<Shape>& shapes) {
  std::vector<HostTensor> inputs;
  for (const Shape& shape : shapes) {
    std::vector<double> numbers(static_cast<size_t>(tenon::element_count(shape)));
    std::iota(numbers.begin(), numbers.end(), 1);
    inputs.push_back(HostTensor::of(DataType::kFloat32, shape, numbers).value());
  }
  const Result<std::vector<HostTensor>> outputs = run_graph(graph, "null", inputs);
  EXPECT_THAT(outputs, IsOk());
  std::vector<std::vector<float>> result;
  if (!outputs.ok()) return result;
  for (const HostTensor& output : *outputs) {
    const std::span<const float> elements = output.as<float>();
    result.emplace_back(elements.begin(), elements.end());
  }
  return result;
}

using Numbers = std::vector<std::vector<float>>;

void expect_window(const StoragePlan& storage, ValueId value, ValueId in, const Dim& offset,
                   const Dim& pitch = 0) {
  const std::optional<ValueWindow>& window = storage.windows[value.index];
  ASSERT_TRUE(window.has_value());
  EXPECT_EQ(window->in, in);
  EXPECT_EQ(window->place.offset, offset);
  EXPECT_EQ(window->place.pitch, pitch);
}

TEST(PlaceWindows, ComputesWhatIsJoinedInTheResult) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[1,2]");
  const ValueId parts[] = {b.node("Neg", {x}), b.node("Abs", {x})};
  const ValueId joined = b.node("Concat", {parts[0], parts[1]}, kChannels);
  const Graph graph = b.output("y", b.node("Neg", {joined})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 3U);
  expect_window(storage, parts[0], joined, 0);
  expect_window(storage, parts[1], joined, 8);
  EXPECT_EQ(outputs_of(graph, {{1, 2}}), (Numbers{{1, 2, -1, -2}}));
}

TEST(PlaceWindows, ComputesWhatIsJoinedInTheCallersOutput) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2,1]");
  const ValueId part = b.node("Neg", {x});
  const ValueId joined = b.node("Concat", {part, b.node("Abs", {x})}, kFirstAxis);
  const ValueId view = b.node("Reshape", {joined, b.ints({4})});
  const Graph graph = b.output("y", view).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 2U);
  expect_window(storage, part, view, 0);
  EXPECT_EQ(outputs_of(graph, {{2, 1}}), (Numbers{{-1, -2, 1, 2}}));
}

TEST(PlaceWindows, ReadsPartsWhereTheyStand) {
  GraphBuilder b;
  const ValueId whole = b.node("Neg", {b.input("x", "f32[3,2]")});
  const ValueId part = slice(b, whole, 0, 1, 3);
  const Graph graph = b.output("y", b.node("Abs", {part})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 2U);
  expect_window(storage, part, whole, 8);
  EXPECT_EQ(outputs_of(graph, {{3, 2}}), (Numbers{{3, 4, 5, 6}}));
}

TEST(PlaceWindows, ReadsPartsOfInputsAndOfParts) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[4]");
  const ValueId part = slice(b, slice(b, x, 0, 1, 4), 0, 1, 2);
  const Graph graph = b.output("y", b.node("Neg", {part})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 1U);
  expect_window(storage, part, x, 8);
  EXPECT_EQ(outputs_of(graph, {{4}}), (Numbers{{-3}}));
}

TEST(PlaceWindows, CopiesPartsThatDoNotLieTogether) {
  GraphBuilder b;
  const ValueId x = b.node("Neg", {b.input("x", "f32[2,2]")});
  const ValueId joined = b.node("Concat", {x, b.node("Abs", {x})}, kChannels);
  const ValueId part = slice(b, joined, 1, 1, 3);
  const ValueId stepped =
      b.node("Slice", {joined, b.ints({0}), b.ints({4}), b.ints({1}), b.ints({2})});
  b.output("y", b.node("Neg", {part}));
  const Graph graph = b.output("z", b.node("Neg", {stepped})).take();
  EXPECT_EQ(plan_dense(graph).steps.size(), 7U);
  EXPECT_EQ(outputs_of(graph, {{2, 2}}), (Numbers{{2, -1, 4, -3}, {1, -1, 3, -3}}));
}

TEST(PlaceWindows, LeavesASliceThatIsAnOutputToAStep) {
  GraphBuilder b;
  const ValueId whole = b.node("Neg", {b.input("x", "f32[2,2]")});
  const Graph graph = b.output("y", slice(b, whole, 0, 1, 2)).take();
  EXPECT_EQ(plan_dense(graph).steps.size(), 2U);
  EXPECT_EQ(outputs_of(graph, {{2, 2}}), (Numbers{{-3, -4}}));
}

// Each of these parts has its place already, and another cannot be moved there.
TEST(PlaceWindows, CopiesPartsThatCannotBeMoved) {
  struct Case {
    const char* name;
    // Of the joined parts, where x is the input and y is computed.
    std::function<std::vector<ValueId>(GraphBuilder&, ValueId x, ValueId y)> parts;
    Numbers want;
  };
  const std::vector<Case> cases = {
      {"twice",
       [](auto&, ValueId, ValueId y) {
         return std::vector{y, y};
       },
       {{1, 2, 1, 2}}},
      {"an input",
       [](auto&, ValueId x, ValueId y) {
         return std::vector{x, y};
       },
       {{-1, -2, 1, 2}}},
      {"a constant",
       [](auto& b, ValueId, ValueId y) {
         return std::vector{y, b.constant(DataType::kFloat32, {2}, {7, 8})};
       },
       {{1, 2, -7, -8}}},
      {"an output",
       [](auto& b, ValueId, ValueId y) {
         const ValueId other = b.node("Abs", {y});
         b.output("other", other);
         return std::vector{y, other};
       },
       {{1, 2}, {1, 2, -1, -2}}},
      {"a part of the input",
       [](auto& b, ValueId x, ValueId y) {
         return std::vector{slice(b, x, 0, 1, 2), y};
       },
       {{-2, 1, 2}}},
      {"half of a value",
       [](auto& b, ValueId, ValueId y) {
         return std::vector{slice(b, b.node("Neg", {y}), 0, 1, 2), y};
       },
       {{-2, 1, 2}}},
      {"turned halves of a value",
       [](auto& b, ValueId, ValueId y) {
         const ValueId whole = b.node("Neg", {y});
         return std::vector{slice(b, whole, 0, 1, 2), slice(b, whole, 0, 0, 1), y};
       },
       {{-2, -1, 1, 2}}},
      {"a part of another result",
       [](auto& b, ValueId, ValueId y) {
         const ValueId other = b.node("Concat", {y, b.node("Abs", {y})}, kFirstAxis);
         b.output("other", b.node("Neg", {other}));
         return std::vector{y, b.node("Abs", {y})};
       },
       {{1, 2, -1, -2}, {1, 2, -1, -2}}},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    GraphBuilder b;
    const ValueId x = b.input("x", "f32[2]");
    const std::vector<ValueId> parts = one.parts(b, x, b.node("Neg", {x}));
    const ValueId joined = b.node("Concat", {parts.begin(), parts.end()}, kFirstAxis);
    const Graph graph = b.output("y", b.node("Neg", {joined})).take();
    const StoragePlan storage = plan_dense(graph);
    const NodeId concat = graph.value(joined).producer;
    EXPECT_EQ(std::ranges::count(storage.steps, concat), 1);
    EXPECT_EQ(outputs_of(graph, {{2}}), one.want);
  }
}

TEST(PlaceWindows, MovesAValueWhosePartsAreJoinedAgain) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  const ValueId whole = b.node("Neg", {x});
  const ValueId first = slice(b, whole, 0, 0, 1);
  const ValueId second = slice(b, whole, 0, 1, 2);
  const ValueId last = b.node("Abs", {second});
  const ValueId joined = b.node("Concat", {last, first, second}, kFirstAxis);
  const Graph graph = b.output("y", b.node("Neg", {joined})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 3U);
  expect_window(storage, last, joined, 0);
  expect_window(storage, whole, joined, 4);
  expect_window(storage, second, joined, 8);
  EXPECT_EQ(outputs_of(graph, {{2}}), (Numbers{{-2, 1, 2}}));
}

TEST(PlaceWindows, MovesAResultWithItsParts) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  const ValueId part = b.node("Neg", {x});
  const ValueId inner = b.node("Concat", {b.node("Abs", {x}), part}, kFirstAxis);
  const ValueId outer = b.node("Concat", {b.node("Neg", {inner}), inner}, kFirstAxis);
  const Graph graph = b.output("y", b.node("Neg", {outer})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 4U);
  expect_window(storage, part, outer, 24);
  EXPECT_EQ(outputs_of(graph, {{2}}), (Numbers{{1, 2, -1, -2, -1, -2, 1, 2}}));
}

TEST(PlaceWindows, OverwritesNoPartsAndNothingThatAPartStillNeeds) {
  GraphBuilder b;
  const ValueId whole = b.node("Neg", {b.input("x", "f32[4]")});
  const ValueId first = slice(b, whole, 0, 0, 2);
  const ValueId negated = b.node("Neg", {first});
  // The last that reads all of it, but not the last that reads some of it.
  const ValueId all = b.node("Neg", {whole});
  const ValueId second = slice(b, whole, 0, 2, 4);
  b.output("y", b.node("Add", {negated, second}));
  const Graph graph = b.output("z", b.node("Neg", {all})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.root[negated.index], negated);
  EXPECT_EQ(storage.root[all.index], all);
  EXPECT_EQ(outputs_of(graph, {{4}}), (Numbers{{-2, -2}, {-1, -2, -3, -4}}));
}

TEST(PlaceWindows, OverwritesAValueWhosePartsAreNotNeededAnyMore) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[2]");
  const ValueId joined = b.node("Concat", {b.node("Neg", {x}), b.node("Abs", {x})}, kFirstAxis);
  const ValueId negated = b.node("Neg", {joined});
  const Graph graph =
      b.output("y", b.node("Concat", {x, slice(b, negated, 0, 1, 3)}, kFirstAxis)).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.root[negated.index], joined);
  EXPECT_EQ(outputs_of(graph, {{2}}), (Numbers{{1, 2, 2, -1}}));
}

// An addend that is broadcast from a part of what the sum could overwrite.
TEST(PlaceWindows, OverwritesNothingThatItsOwnStepReadsAPartOf) {
  GraphBuilder b;
  const ValueId whole = b.node("Neg", {b.input("x", "f32[2,2]")});
  const ValueId sum = b.node("Add", {whole, slice(b, whole, 0, 1, 2)});
  const Graph graph = b.output("y", b.node("Neg", {sum})).take();
  EXPECT_EQ(plan_dense(graph).root[sum.index], sum);
  EXPECT_EQ(outputs_of(graph, {{2, 2}}), (Numbers{{4, 6, 6, 8}}));
}

TEST(PlaceWindows, FollowsOpenDims) {
  GraphBuilder b;
  const ValueId parts[] = {b.node("Neg", {b.input("x", "f32[N,2]")}),
                           b.node("Neg", {b.input("z", "f32[M,2]")})};
  const ValueId joined = b.node("Concat", {parts[0], parts[1]}, kFirstAxis);
  const Graph graph = b.output("y", b.node("Neg", {joined})).take();
  const StoragePlan storage = plan_dense(graph);
  EXPECT_EQ(storage.steps.size(), 3U);
  expect_window(storage, parts[1], joined, Dim::symbol("N") * Dim(8));
  EXPECT_EQ(outputs_of(graph, {{1, 2}, {2, 2}}), (Numbers{{1, 2, 1, 2, 3, 4}}));
  EXPECT_EQ(outputs_of(graph, {{0, 2}, {1, 2}}), (Numbers{{1, 2}}));
}

TEST(PlaceWindows, KeepsAStepThatHasShapesToCheck) {
  GraphBuilder b;
  const ValueId joined =
      b.node("Concat",
             {b.node("Neg", {b.input("x", "f32[1,N]")}), b.node("Neg", {b.input("z", "f32[1,M]")})},
             kFirstAxis);
  const Graph graph = b.output("y", b.node("Neg", {joined})).take();
  EXPECT_EQ(outputs_of(graph, {{1, 2}, {1, 2}}), (Numbers{{1, 2, 1, 2}}));
  const std::vector<HostTensor> inputs = {HostTensor::make(DataType::kFloat32, {1, 2}).value(),
                                          HostTensor::make(DataType::kFloat32, {1, 3}).value()};
  EXPECT_THAT(run_graph(graph, "null", inputs), IsError(ErrorKind::kInvalidArgument, "Concat"));
}

TEST(PlaceWindows, LeavesASliceWhoseStartMayLieOutsideToAStep) {
  GraphBuilder b;
  const ValueId whole = b.node("Neg", {b.input("x", "f32[N]")});
  const ValueId part = slice(b, whole, 0, -2, INT64_MAX);
  const Graph graph = b.output("y", b.node("Neg", {part})).take();
  EXPECT_EQ(plan_dense(graph).steps.size(), 3U);
  EXPECT_EQ(outputs_of(graph, {{3}}), (Numbers{{2, 3}}));
  EXPECT_EQ(outputs_of(graph, {{1}}), (Numbers{{1}}));
}

TEST(PlaceWindows, TakesNothingBehindTheEnd) {
  GraphBuilder b;
  const ValueId whole = b.node("Neg", {b.input("x", "f32[N]")});
  const Graph graph = b.output("y", b.node("Neg", {slice(b, whole, 0, 2, INT64_MAX)})).take();
  EXPECT_EQ(plan_dense(graph).steps.size(), 2U);
  EXPECT_EQ(outputs_of(graph, {{3}}), (Numbers{{3}}));
  EXPECT_EQ(outputs_of(graph, {{1}}), (Numbers{{}}));
}

// Two parts of channels_last images, joined along their channels.
struct Images {
  GraphBuilder b;
  ValueId parts[2];
  ValueId joined;

  explicit Images(const char* type = "f32[N,2,3,3]") {
    const ValueId x = b.input("x", type);
    parts[0] = b.node("Neg", {x});
    parts[1] = b.node("Abs", {parts[0]});
    joined = b.node("Concat", {parts[0], parts[1]}, kChannels);
  }

  Graph take() {
    Graph graph = b.output("y", b.node("Neg", {joined})).take();
    for (const ValueId id : {parts[0], parts[1], joined}) {
      graph.set_layout(id, Layout::kChannelsLast);
    }
    return graph;
  }
};

TEST(PlaceWindows, GivesChannelsOfImagesAPitch) {
  Images images;
  const Graph graph = images.take();
  const StoragePlan storage = plan_pitched(graph);
  EXPECT_EQ(storage.steps.size(), 3U);
  expect_window(storage, images.parts[0], images.joined, 0, 16);
  expect_window(storage, images.parts[1], images.joined, 8, 16);
  EXPECT_EQ(plan_dense(graph).steps.size(), 4U);
}

TEST(PlaceWindows, GivesRowsOfPlainValuesAPitch) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[N,2]");
  const ValueId parts[] = {b.node("Neg", {x}), b.node("Abs", {x})};
  const ValueId joined = b.node("Concat", {parts[0], parts[1]}, kChannels);
  const Graph graph = b.output("y", b.node("Neg", {joined})).take();
  const StoragePlan storage = plan_pitched(graph);
  EXPECT_EQ(storage.steps.size(), 3U);
  expect_window(storage, parts[1], joined, 8, 16);
}

// Its rows are lines of the image, and those of the result channels.
TEST(PlaceWindows, CopiesTheOnlyChannelOfAPlainImage) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[N,1,3,3]");
  const ValueId joined = b.node("Concat", {b.node("Neg", {x}), b.node("Abs", {x})}, kChannels);
  Graph graph = b.output("y", b.node("Neg", {joined})).take();
  graph.set_layout(joined, Layout::kChannelsLast);
  EXPECT_EQ(plan_pitched(graph).steps.size(), 4U);
}

TEST(PlaceWindows, CopiesThePartThatSomeStepDoesNotTakeWithAPitch) {
  Images images;
  const Graph graph = images.take();
  const StoragePlan storage = plan_storage(graph, [&](NodeId id, std::span<const Dim> pitches) {
    return graph.node(id).outputs[0] != images.parts[1] || pitches[1] == Dim(0);
  });
  EXPECT_EQ(storage.steps.size(), 4U);
  EXPECT_FALSE(storage.windows[images.parts[1].index].has_value());
}

TEST(PlaceWindows, GivesNoPitchToWhatIsViewedOrCopied) {
  for (const bool copied : {false, true}) {
    Images images;
    const ValueId part = images.parts[1];
    if (copied) {
      images.b.output("one", part);
      images.b.output("two", part);
    } else {
      images.b.output("flat", images.b.node("Neg", {images.b.node("Flatten", {part}, kChannels)}));
    }
    const Graph graph = images.take();
    EXPECT_FALSE(plan_pitched(graph).windows[part.index].has_value());
  }
}

TEST(PlaceWindows, GivesPartsOfPartsThePitchOfTheWhole) {
  Images images("f32[N,4,3,3]");
  GraphBuilder& b = images.b;
  const ValueId halves[] = {slice(b, images.parts[0], 1, 0, 2), slice(b, images.parts[0], 1, 2, 4)};
  const ValueId other = b.node("Neg", {halves[1]});
  const ValueId outer = b.node("Concat", {halves[0], halves[1], other}, kChannels);
  b.output("outer", b.node("Neg", {outer}));
  images.joined = outer;
  Graph graph = images.take();
  for (const ValueId id : {halves[0], halves[1], other}) {
    graph.set_layout(id, Layout::kChannelsLast);
  }
  const StoragePlan storage = plan_pitched(graph);
  expect_window(storage, images.parts[0], outer, 0, 24);
  expect_window(storage, halves[1], outer, 8, 24);
  expect_window(storage, other, outer, 16, 24);
}

TEST(PlaceWindows, CountsTheMemoryOfTheWholeAlone) {
  GraphBuilder b;
  const ValueId x = b.input("x", "f32[1,64]");
  const ValueId joined = b.node("Concat", {b.node("Neg", {x}), b.node("Abs", {x})}, kChannels);
  const Graph graph = b.output("y", b.node("ReduceMax", {joined})).take();
  const auto device = testing::open_test_device("null");
  const auto engine = testing::load_plan(testing::plan_of(graph, *device).value(), device);
  ASSERT_THAT(engine, IsOk());
  const MemoryReport report = (*engine)->memory(InputShapes()).value();
  EXPECT_EQ(report[MemoryKind::kActivations].predicted, 512);
  auto context = testing::BoundContext::create(
      *engine, std::vector{HostTensor::make(DataType::kFloat32, {1, 64}).value()});
  ASSERT_THAT(context, IsOk());
  EXPECT_EQ(context->context().memory()[MemoryKind::kActivations].allocated, 512);
}

}  // namespace
}  // namespace tenon::internal
