#include "plan/memory_planner.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

namespace tenon::internal {
namespace {

bool overlap_in_time(const ArenaItem& a, const ArenaItem& b) {
  return a.first <= b.last && b.first <= a.last;
}

struct Placed {
  int64_t begin;
  int64_t end;
};

// The start of the tightest gap of at least `bytes` between blocks sorted by begin; past the last
// one if there is none.
int64_t best_fit(std::span<const Placed> blocks, int64_t bytes) {
  int64_t best = -1;
  int64_t best_slack = INT64_MAX;
  int64_t cursor = 0;
  for (const Placed& block : blocks) {
    const int64_t slack = block.begin - cursor - bytes;
    if (slack >= 0 && slack < best_slack) {
      best = cursor;
      best_slack = slack;
    }
    cursor = std::max(cursor, block.end);
  }
  return best >= 0 ? best : cursor;
}

// Adds an item for each value that is a root in the arena, with an empty lifetime.
void add_values(const Plan& plan, ArenaPlan& arena) {
  for (uint32_t i = 0; i < plan.values.size(); ++i) {
    if (plan.values[i].storage != Storage::kArena) continue;
    arena.item_of_value[i] = static_cast<uint32_t>(arena.items.size());
    arena.items.push_back(
        {.value = i, .bytes = byte_size(plan.values[i].info), .first = UINT32_MAX, .last = 0});
  }
}

// Sizes by `size_of`, laid out with and without workspaces.
template <class SizeOf>
Result<ArenaMemory> lay_out_sized(const ArenaPlan& arena, const SizeOf& size_of) {
  std::vector<ArenaItem> items;
  items.reserve(arena.items.size());
  for (const ArenaPlan::Item& item : arena.items) {
    items.push_back({.bytes = TRY(size_of(item)), .first = item.first, .last = item.last});
  }
  ArenaMemory memory{.layout = TRY(lay_out(items))};
  for (size_t i = 0; i < items.size(); ++i) {
    if (arena.items[i].value == kNoIndex) items[i].bytes = 0;
  }
  memory.activation_bytes = std::min(TRY(lay_out(items)).bytes, memory.layout.bytes);
  memory.workspace_bytes = memory.layout.bytes - memory.activation_bytes;
  return memory;
}

}  // namespace

Result<ArenaLayout> lay_out(std::span<const ArenaItem> items) {
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0U);
  // Ties by position keep the result a function of the input alone.
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return items[a].bytes > items[b].bytes; });
  ArenaLayout layout;
  layout.offsets.assign(items.size(), 0);
  std::vector<uint32_t> placed;
  std::vector<Placed> neighbours;
  int64_t sum = 0;
  for (const uint32_t index : order) {
    const ArenaItem& item = items[index];
    if (item.bytes == 0) continue;
    const std::optional<int64_t> bytes = align_up(item.bytes, kArenaAlignment);
    const std::optional<int64_t> new_sum = bytes ? checked_add(sum, *bytes) : std::nullopt;
    if (!new_sum) {
      return Error(ErrorKind::kOutOfMemory,
                   "the activations of this shape need more bytes than can be counted");
    }
    sum = *new_sum;
    neighbours.clear();
    for (const uint32_t other : placed) {
      if (overlap_in_time(items[other], item)) {
        const int64_t begin = layout.offsets[other];
        neighbours.push_back(
            {begin, begin + align_up(items[other].bytes, kArenaAlignment).value()});
      }
    }
    std::sort(neighbours.begin(), neighbours.end(),
              [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
    layout.offsets[index] = best_fit(neighbours, *bytes);
    layout.bytes = std::max(layout.bytes, layout.offsets[index] + *bytes);
    placed.push_back(index);
  }
  return layout;
}

int64_t lower_bound_bytes(std::span<const ArenaItem> items) {
  int64_t bound = 0;
  for (const ArenaItem& at : items) {
    // The live set only grows where an item starts.
    int64_t alive = 0;
    for (const ArenaItem& item : items) {
      if (item.first <= at.first && at.first <= item.last) {
        alive += align_up(item.bytes, kArenaAlignment).value_or(INT64_MAX / 2);
      }
    }
    bound = std::max(bound, alive);
  }
  return bound;
}

ArenaPlan arena_plan(const Plan& plan) {
  ArenaPlan arena;
  arena.item_of_value.assign(plan.values.size(), kNoIndex);
  arena.item_of_step.assign(plan.steps.size(), kNoIndex);
  add_values(plan, arena);
  const auto touch = [&](uint32_t value, uint32_t step) {
    if (value == kNoIndex) return;
    const uint32_t item = arena.item_of_value[storage_root(plan, value)];
    if (item == kNoIndex) return;
    arena.items[item].first = std::min(arena.items[item].first, step);
    arena.items[item].last = std::max(arena.items[item].last, step);
  };
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    for (const uint32_t value : step.inputs) touch(value, i);
    for (const uint32_t value : step.outputs) touch(value, i);
    if (!(step.workspace == Dim(0))) {
      arena.item_of_step[i] = static_cast<uint32_t>(arena.items.size());
      arena.items.push_back({.value = kNoIndex, .bytes = step.workspace, .first = i, .last = i});
    }
  }
  return arena;
}

Result<ArenaMemory> arena_memory(const ArenaPlan& arena, const SymbolBindings& bindings) {
  return lay_out_sized(arena, [&](const ArenaPlan::Item& item) -> Result<int64_t> {
    const int64_t bytes = TRY(item.bytes.evaluate(bindings));
    if (bytes < 0) return invalid_argument("a value has a negative size at these shapes");
    return bytes;
  });
}

Result<ArenaMemory> arena_memory(const ArenaPlan& arena, const SymbolRanges& ranges) {
  return lay_out_sized(arena, [&](const ArenaPlan::Item& item) -> Result<int64_t> {
    const std::optional<DimRange> range = item.bytes.range(ranges);
    if (range) return std::max<int64_t>(range->max, 0);
    std::set<std::string> symbols;
    item.bytes.collect_symbols(symbols);
    for (const std::string& symbol : symbols) {
      if (!ranges.contains(symbol)) {
        return unsupported("no upper bound: dim {} has no max in the profile", symbol);
      }
    }
    return unsupported("no upper bound for {} bytes over the profile", item.bytes.to_string());
  });
}

}  // namespace tenon::internal
