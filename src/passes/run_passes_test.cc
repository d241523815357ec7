#include "passes/pass.h"

#include "base/errors.h"
#include "graph/text.h"
#include "ops/list.h"
#include "testing/graph_builder.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::graph_of_text;
using testing::IsError;
using testing::IsOk;

constexpr std::string_view kChain = R"(graph "g" {
  input %x: f32[N,4]
  %a = Identity(%x)
  %b = Relu(%a) as "relu"
  %dead = Neg(%x)
  output "y" = %b
})";

TEST(RunPasses, TellsTheObserverWhatEachPassDid) {
  Graph graph = graph_of_text(kChain);
  std::vector<std::string> seen;
  PipelineOptions options;
  options.observer = [&](std::string_view pass, int rewrites, std::string_view diff) {
    EXPECT_EQ(rewrites == 0, diff.empty()) << pass;
    if (rewrites > 0) seen.push_back(fmt::format("{} {}\n{}", pass, rewrites, diff));
  };
  ASSERT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical, options), IsOk());
  EXPECT_EQ(seen, (std::vector<std::string>{"drop-identity 2\n"
                                            "  graph \"g\" {\n"
                                            "    input %x: f32[N,4]\n"
                                            "-   %a: f32[N,4] = Identity(%x)\n"
                                            "-   %b: f32[N,4] = Relu(%a) as \"relu\"\n"
                                            "+   %b: f32[N,4] = Relu(%x) as \"relu\"\n"
                                            "    %dead: f32[N,4] = Neg(%x)\n"
                                            "    output \"y\" = %b\n"
                                            "  }\n",
                                            "remove-dead 1\n"
                                            "  graph \"g\" {\n"
                                            "    input %x: f32[N,4]\n"
                                            "    %b: f32[N,4] = Relu(%x) as \"relu\"\n"
                                            "-   %dead: f32[N,4] = Neg(%x)\n"
                                            "    output \"y\" = %b\n"
                                            "  }\n"}));
}

TEST(RunPasses, LeavesDisabledPassesOut) {
  Graph graph = graph_of_text(kChain);
  PipelineOptions options;
  options.disabled = {"remove-dead"};
  ASSERT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical, options), IsOk());
  EXPECT_TRUE(graph.find_value("dead").valid());
  EXPECT_FALSE(graph.find_value("a").valid());
}

TEST(RunPasses, NamesThePassesWhenOneToDisableIsUnknown) {
  Graph graph = graph_of_text(kChain);
  PipelineOptions options;
  options.disabled = {"remove-undead"};
  const Status ran = run_passes(graph, canonical_passes(), GraphLevel::kCanonical, options);
  EXPECT_THAT(ran, IsError(ErrorKind::kNotFound, "no pass \"remove-undead\""));
  EXPECT_THAT(ran, IsError(ErrorKind::kNotFound, "fold-constants"));
}

TEST(RunPasses, StopsWhenAskedTo) {
  Graph graph = graph_of_text(kChain);
  std::stop_source source;
  PipelineOptions options;
  options.stop = source.get_token();
  options.observer = [&](std::string_view pass, int, std::string_view) {
    if (pass == "drop-identity") source.request_stop();
  };
  EXPECT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical, options),
              IsError(ErrorKind::kCancelled, "stopped before pass \"merge-views\""));
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsOk());
}

TEST(RunPasses, NamesThePassThatFails) {
  Graph graph = graph_of_text(kChain);
  const std::array passes = {
      Pass{"broken", "", [](const Graph&) -> Result<Patch> { return unsupported("no way"); }}};
  EXPECT_THAT(run_passes(graph, passes, GraphLevel::kImported),
              IsError(ErrorKind::kUnsupported, "in pass \"broken\""));
}

TEST(RunPasses, RefusesAPatchThatBreaksTheGraph) {
  Graph graph = graph_of_text(kChain);
  const std::array passes = {Pass{"careless", "", [](const Graph& before) -> Result<Patch> {
                                    Patch patch(before);
                                    patch.remove(before.order().front());
                                    return patch;
                                  }}};
  EXPECT_THAT(run_passes(graph, passes, GraphLevel::kImported),
              IsError(ErrorKind::kInvalidArgument, "in pass \"careless\""));
  EXPECT_THAT(verify(graph, GraphLevel::kImported), IsOk());
}

TEST(RunPasses, EndsWhereAPassAlwaysFindsSomething) {
  Graph graph = graph_of_text(kChain);
  const std::array passes = {Pass{"restless", "", [](const Graph& before) -> Result<Patch> {
                                    Patch patch(before);
                                    const ValueId value = before.outputs()[0].value;
                                    patch.replace(value, value);
                                    return patch;
                                  }}};
  EXPECT_THAT(run_passes(graph, passes, GraphLevel::kImported), IsOk());
}

TEST(RunPasses, VerifiesTheGraphFirst) {
  Graph graph = graph_of_text("graph \"g\" { input %x: f32[2] }");
  EXPECT_THAT(run_passes(graph, canonical_passes(), GraphLevel::kCanonical),
              IsError(ErrorKind::kInvalidArgument, "before the first pass"));
}

}  // namespace
}  // namespace tenon::internal
