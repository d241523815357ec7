#include "plan/memory_planner.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;

bool in_memory_together(const ArenaItem& a, const ArenaItem& b) {
  return a.first <= b.last && b.first <= a.last;
}

std::vector<ArenaItem> random_items(std::mt19937& random) {
  std::vector<ArenaItem> items(1 + random() % 40);
  for (ArenaItem& item : items) {
    item.bytes = static_cast<int64_t>(random() % 5000);
    item.first = static_cast<uint32_t>(random() % 30);
    item.last = item.first + static_cast<uint32_t>(random() % 8);
  }
  return items;
}

TEST(LayOut, KeepsItemsOfOneTimeApartAndAligned) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::vector<ArenaItem> items = random_items(random);
    const Result<ArenaLayout> layout = lay_out(items);
    ASSERT_THAT(layout, IsOk());
    for (size_t i = 0; i < items.size(); ++i) {
      EXPECT_EQ(layout->offsets[i] % kArenaAlignment, 0);
      EXPECT_LE(layout->offsets[i] + items[i].bytes, layout->bytes);
      for (size_t j = 0; j < i; ++j) {
        if (!in_memory_together(items[i], items[j])) continue;
        const bool apart = layout->offsets[i] + items[i].bytes <= layout->offsets[j] ||
                           layout->offsets[j] + items[j].bytes <= layout->offsets[i];
        EXPECT_TRUE(apart || items[i].bytes == 0 || items[j].bytes == 0) << i << " and " << j;
      }
    }
    EXPECT_GE(layout->bytes, lower_bound_bytes(items));
    EXPECT_EQ(lay_out(items)->offsets, layout->offsets) << "not deterministic";
  }
}

TEST(LayOut, ReusesTheMemoryOfAChain) {
  std::vector<ArenaItem> chain;
  for (uint32_t step = 0; step < 10; ++step) chain.push_back({1024, step, step + 1});
  const Result<ArenaLayout> layout = lay_out(chain);
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->bytes, 2048);
}

TEST(LayOut, TakesTheTightestGap) {
  // Gaps of 256 and 128 bytes below blocks that live throughout; an item of 128 fits both.
  const std::vector<ArenaItem> items = {{4096, 0, 9}, {256, 0, 0},  {2048, 0, 9},
                                        {128, 0, 0},  {1024, 0, 9}, {128, 5, 5}};
  const Result<ArenaLayout> layout = lay_out(items);
  ASSERT_THAT(layout, IsOk());
  EXPECT_EQ(layout->bytes, lower_bound_bytes(items));
}

TEST(LayOut, RefusesSizesThatCannotBeCounted) {
  const std::vector<ArenaItem> items = {{INT64_MAX - 64, 0, 1}, {INT64_MAX - 64, 0, 1}};
  EXPECT_THAT(lay_out(items), IsError(ErrorKind::kOutOfMemory, "more bytes than can be counted"));
}

// value 0 (input) -> step 0 -> value 1 -> step 1 with workspace -> value 2 (output)
Plan two_steps() {
  const Dim n = Dim::symbol("N");
  const ValueInfo info{.type = DataType::kFloat32, .shape = {n}, .elements = {}};
  Plan plan;
  plan.values = {{"x", info, Storage::kInput, 0},
                 {"t", info, Storage::kArena, kNoIndex},
                 {"y", info, Storage::kOutput, 0}};
  plan.inputs = {{"x", 0}};
  plan.outputs = {{"y", 2}};
  plan.tactics = {{"own", "reference", 1}};
  plan.steps = {{"a", "Relu", {}, 0, {0}, {1}, 0}, {"b", "Relu", {}, 0, {1}, {2}, n * Dim(8)}};
  return plan;
}

TEST(ArenaPlan, HoldsArenaValuesAndWorkspacesOnly) {
  const ArenaPlan arena = arena_plan(two_steps());
  ASSERT_EQ(arena.items.size(), 2U);
  EXPECT_EQ(arena.item_of_value, (std::vector<uint32_t>{kNoIndex, 0, kNoIndex}));
  EXPECT_EQ(arena.item_of_step, (std::vector<uint32_t>{kNoIndex, 1}));
  EXPECT_EQ(arena.items[0].first, 0U);
  EXPECT_EQ(arena.items[0].last, 1U);
}

TEST(ArenaPlan, KeepsAValueWhileAWindowOfItIsInUse) {
  Plan plan = two_steps();
  const ValueInfo half{.type = DataType::kFloat32, .shape = {1}, .elements = {}};
  plan.values.push_back({"part", half, Storage::kAlias, 1, PlanWindow{4, 0}});
  plan.values.push_back({"view", half, Storage::kAlias, 3});
  plan.steps[1].inputs = {0};
  plan.steps.push_back({"c", "Relu", {}, 0, {4}, {2}, 0});
  const ArenaPlan arena = arena_plan(plan);
  ASSERT_EQ(arena.items.size(), 2U);
  EXPECT_EQ(arena.items[0].value, 1U);
  EXPECT_EQ(arena.items[0].last, 2U);
}

TEST(ArenaMemory, SplitsActivationsFromWorkspace) {
  const Result<ArenaMemory> memory =
      arena_memory(arena_plan(two_steps()), SymbolBindings{{"N", 64}});
  ASSERT_THAT(memory, IsOk());
  EXPECT_EQ(memory->activation_bytes, 256);
  EXPECT_EQ(memory->workspace_bytes, 512);
  EXPECT_EQ(memory->layout.bytes, 768);
}

TEST(ArenaMemory, OfARangeCoversEveryShapeInIt) {
  const ArenaPlan arena = arena_plan(two_steps());
  const Result<ArenaMemory> bound = arena_memory(arena, SymbolRanges{{"N", {1, 100}}});
  ASSERT_THAT(bound, IsOk());
  for (const int64_t n : {1, 17, 64, 100}) {
    EXPECT_LE(arena_memory(arena, SymbolBindings{{"N", n}})->layout.bytes, bound->layout.bytes);
  }
}

// A plan whose arena values have these sizes in bytes and lifetimes in steps.
Plan plan_of_items(const std::vector<ArenaPlan::Item>& items) {
  const ValueInfo x{.type = DataType::kUInt8, .shape = {Dim::symbol("N")}, .elements = {}};
  Plan plan;
  plan.values = {{"x", x, Storage::kInput, 0}};
  plan.inputs = {{"x", 0}};
  plan.steps.resize(32);
  for (const ArenaPlan::Item& item : items) {
    const ValueInfo info{.type = DataType::kUInt8, .shape = {item.bytes}, .elements = {}};
    const auto value = static_cast<uint32_t>(plan.values.size());
    plan.values.push_back({"t", info, Storage::kArena, kNoIndex});
    plan.steps[item.first].outputs.push_back(value);
    plan.steps[item.last].inputs.push_back(value);
  }
  return plan;
}

TEST(ArenaMemory, NeverShrinksWhereAShapeGrows) {
  // Best fit alone takes 832 bytes where N is 3 and 768 where N is 4.
  const Dim n = Dim::symbol("N");
  const ArenaPlan arena = arena_plan(plan_of_items({{.bytes = 256, .first = 5, .last = 6},
                                                    {.bytes = 128, .first = 1, .last = 2},
                                                    {.bytes = 64 * n + 128, .first = 2, .last = 3},
                                                    {.bytes = 384, .first = 3, .last = 4},
                                                    {.bytes = 320, .first = 1, .last = 1}}));
  const int64_t bound = arena_memory(arena, SymbolRanges{{"N", {1, 4}}})->layout.bytes;
  for (int64_t size = 1; size <= 4; ++size) {
    EXPECT_LE(arena_memory(arena, SymbolBindings{{"N", size}})->layout.bytes, bound) << size;
  }
}

TEST(ArenaMemory, OfARangeCoversRandomItems) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const Dim n = Dim::symbol("N");
  for (int round = 0; round < 100; ++round) {
    std::vector<ArenaPlan::Item> items;
    for (const ArenaItem& item : random_items(random)) {
      const auto slope = static_cast<int64_t>(random() % 3 * (random() % 500));
      items.push_back({.bytes = n * slope + item.bytes,
                       .first = item.first % 24,
                       .last = item.first % 24 + (item.last - item.first)});
    }
    const Plan plan = plan_of_items(items);
    const ArenaPlan arena = arena_plan(plan);
    const Result<ArenaMemory> bound = arena_memory(arena, SymbolRanges{{"N", {0, 9}}});
    ASSERT_THAT(bound, IsOk());
    for (int64_t size = 0; size <= 9; ++size) {
      const Result<ArenaMemory> memory = arena_memory(arena, SymbolBindings{{"N", size}});
      ASSERT_THAT(memory, IsOk());
      EXPECT_LE(memory->layout.bytes, bound->layout.bytes) << "N = " << size;
      EXPECT_LE(memory->activation_bytes, bound->activation_bytes) << "N = " << size;
    }
  }
}

TEST(ArenaMemory, NamesTheDimWithoutABound) {
  EXPECT_THAT(arena_memory(arena_plan(two_steps()), SymbolRanges{}),
              IsError(ErrorKind::kUnsupported, "dim N has no max"));
}

}  // namespace
}  // namespace tenon::internal
