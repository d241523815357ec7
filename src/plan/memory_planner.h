// Where values lie in the arena. Pure functions of the plan and the sizes: the builder's report,
// the engine's prediction and the context's allocation call the same ones and cannot disagree.
#pragma once

#include "plan/epochs.h"
#include "plan/plan.h"
#include "tensor/dim.h"

#include <tenon/error.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

// A block that must be in memory from the start of step `first` to the end of step `last`.
struct ArenaItem {
  int64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;
};

struct ArenaLayout {
  // One for each item.
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
};

// Offsets such that items whose lifetimes meet do not overlap. Larger items are placed first, each
// in the tightest gap that fits (best fit over the placed neighbours in time). Deterministic.
// Errors: OutOfMemory where the sum of sizes does not fit int64_t.
Result<ArenaLayout> lay_out(std::span<const ArenaItem> items);

// Offsets with the items stacked in `order`, a permutation of their indices: each lies on the items
// before it whose lifetimes meet its own. No item grows without moving others up or leaving them in
// place, so a layout of larger sizes is never smaller. Errors: those of lay_out().
Result<ArenaLayout> stack(std::span<const ArenaItem> items, std::span<const uint32_t> order);

// The largest sum of sizes that are alive in one step: no layout can be smaller.
int64_t lower_bound_bytes(std::span<const ArenaItem> items);

// What of a plan lies in the arena: the roots stored there with their lifetimes, then one workspace
// item for each step that needs one.
struct ArenaPlan {
  struct Item {
    // Into Plan::values, or kNoIndex for a workspace.
    uint32_t value = kNoIndex;
    Dim bytes;
    uint32_t first = 0;
    uint32_t last = 0;
  };
  std::vector<Item> items;
  // Item of each value that is a root in the arena, else kNoIndex.
  std::vector<uint32_t> item_of_value;
  // Item of each step's workspace, else kNoIndex.
  std::vector<uint32_t> item_of_step;
  // All items, from the lowest offset up where lay_out() places them at reference shapes: the max,
  // else the opt shapes of the plan's profile, and kReferenceExtent for other dims.
  std::vector<uint32_t> order;
};

// What open dims are taken to be where the plan does not say.
inline constexpr int64_t kReferenceExtent = 64;

// Of the values and workspaces of one epoch: each epoch has a block of memory of its own, because
// the block of an earlier one is in use when the sizes of a later one become known.
ArenaPlan arena_plan(const Plan& plan, const PlanEpochs& epochs, uint32_t epoch);
// Of what is known before a run.
ArenaPlan arena_plan(const Plan& plan);

// A laid out arena and how much of it is there for workspace only.
struct ArenaMemory {
  ArenaLayout layout;
  int64_t activation_bytes = 0;
  int64_t workspace_bytes = 0;
};

// At concrete sizes: the smaller one of lay_out() and stack().
Result<ArenaMemory> arena_memory(const ArenaPlan& arena, const SymbolBindings& bindings);

// With every item at its upper bound over the ranges, stacked: the layout is valid for all shapes
// inside, and no smaller than what those take by themselves. Errors: Unsupported naming the first
// symbol without a bound.
Result<ArenaMemory> arena_memory(const ArenaPlan& arena, const SymbolRanges& ranges);

}  // namespace tenon::internal
