#include "plan/memory_planner.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/function_ref.h"
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
void add_values(const Plan& plan, const PlanEpochs& epochs, uint32_t epoch, ArenaPlan& arena) {
  for (uint32_t i = 0; i < plan.values.size(); ++i) {
    if (plan.values[i].storage != Storage::kArena || epochs.of_value[i] != epoch) continue;
    arena.item_of_value[i] = static_cast<uint32_t>(arena.items.size());
    arena.items.push_back(
        {.value = i, .bytes = byte_size(plan.values[i].info), .first = UINT32_MAX, .last = 0});
  }
}

// Sizes of the items in memory. Errors: OutOfMemory where their sum cannot be counted.
Result<std::vector<int64_t>> aligned_sizes(std::span<const ArenaItem> items) {
  std::vector<int64_t> sizes;
  sizes.reserve(items.size());
  int64_t sum = 0;
  for (const ArenaItem& item : items) {
    const std::optional<int64_t> size = align_up(item.bytes, kArenaAlignment);
    const std::optional<int64_t> new_sum = size ? checked_add(sum, *size) : std::nullopt;
    if (!new_sum) {
      return Error(ErrorKind::kOutOfMemory,
                   "the activations of this shape need more bytes than can be counted");
    }
    sum = *new_sum;
    sizes.push_back(*size);
  }
  return sizes;
}

using LayOut = FunctionRef<Result<ArenaLayout>(std::span<const ArenaItem>)>;

// Laid out with and without workspaces.
Result<ArenaMemory> lay_out_items(const ArenaPlan& arena, std::vector<ArenaItem> items,
                                  LayOut lay_out_all) {
  ArenaMemory memory{.layout = TRY(lay_out_all(items))};
  for (size_t i = 0; i < items.size(); ++i) {
    if (arena.items[i].value == kNoIndex) items[i].bytes = 0;
  }
  memory.activation_bytes = std::min(TRY(lay_out_all(items)).bytes, memory.layout.bytes);
  memory.workspace_bytes = memory.layout.bytes - memory.activation_bytes;
  return memory;
}

template <class SizeOf>
Result<std::vector<ArenaItem>> sized_items(const ArenaPlan& arena, const SizeOf& size_of) {
  std::vector<ArenaItem> items;
  items.reserve(arena.items.size());
  for (const ArenaPlan::Item& item : arena.items) {
    items.push_back({.bytes = TRY(size_of(item)), .first = item.first, .last = item.last});
  }
  return items;
}

// Each symbol at one number.
SymbolRanges reference_shapes(const Plan& plan) {
  SymbolRanges ranges;
  for (const PlanBinding& input : plan.inputs) {
    ShapeRange given;
    for (const Profile& profile : plan.profiles) {
      const auto found = profile.inputs.find(input.name);
      if (found != profile.inputs.end()) given = found->second;
    }
    const SymbolicShape& shape = plan.values[input.value].info.shape;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const std::string_view symbol = shape[axis].as_symbol();
      if (symbol.empty()) continue;
      int64_t extent = kReferenceExtent;
      if (axis < given.opt.size()) extent = given.opt[axis];
      if (axis < given.max.size()) extent = given.max[axis];
      ranges.try_emplace(std::string(symbol), DimRange{extent, extent});
    }
  }
  return ranges;
}

std::vector<uint32_t> reference_order(const Plan& plan, const ArenaPlan& arena) {
  const SymbolRanges shapes = reference_shapes(plan);
  std::vector<ArenaItem> items;
  for (const ArenaPlan::Item& item : arena.items) {
    const std::optional<DimRange> range = item.bytes.range(shapes);
    // What is empty here still has its place: elsewhere it may not be.
    const int64_t bytes = range ? std::max<int64_t>(range->max, 1) : 1;
    items.push_back({.bytes = bytes, .first = item.first, .last = item.last});
  }
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0U);
  const Result<ArenaLayout> layout = lay_out(items);
  if (layout.ok()) {
    std::ranges::stable_sort(order, {}, [&](uint32_t item) { return layout->offsets[item]; });
  }
  return order;
}

// What comes from before a body that runs again and again is needed until its last run is over.
void keep_over_iterations(const Plan& plan, ArenaPlan& arena) {
  // Inner bodies stand behind the steps that outer ones belong to.
  for (size_t i = plan.steps.size(); i-- > 0;) {
    for (const PlanBody& body : plan.steps[i].bodies) {
      for (ArenaPlan::Item& item : arena.items) {
        const bool enters = item.first <= i && item.last > i && item.last < body.end;
        if (enters) item.last = body.end - 1;
      }
    }
  }
}

}  // namespace

Result<ArenaLayout> lay_out(std::span<const ArenaItem> items) {
  const std::vector<int64_t> sizes = TRY(aligned_sizes(items));
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0U);
  // Ties by position keep the result a function of the input alone.
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return items[a].bytes > items[b].bytes; });
  ArenaLayout layout;
  layout.offsets.assign(items.size(), 0);
  std::vector<uint32_t> placed;
  std::vector<Placed> neighbours;
  for (const uint32_t index : order) {
    if (sizes[index] == 0) continue;
    neighbours.clear();
    for (const uint32_t other : placed) {
      if (overlap_in_time(items[other], items[index])) {
        const int64_t begin = layout.offsets[other];
        neighbours.push_back({begin, begin + sizes[other]});
      }
    }
    std::sort(neighbours.begin(), neighbours.end(),
              [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
    layout.offsets[index] = best_fit(neighbours, sizes[index]);
    layout.bytes = std::max(layout.bytes, layout.offsets[index] + sizes[index]);
    placed.push_back(index);
  }
  return layout;
}

Result<ArenaLayout> stack(std::span<const ArenaItem> items, std::span<const uint32_t> order) {
  const std::vector<int64_t> sizes = TRY(aligned_sizes(items));
  ArenaLayout layout;
  layout.offsets.assign(items.size(), 0);
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t index = order[i];
    if (sizes[index] == 0) continue;
    int64_t& offset = layout.offsets[index];
    for (const uint32_t below : order.first(i)) {
      if (!overlap_in_time(items[below], items[index])) continue;
      offset = std::max(offset, layout.offsets[below] + sizes[below]);
    }
    layout.bytes = std::max(layout.bytes, offset + sizes[index]);
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

ArenaPlan arena_plan(const Plan& plan, const PlanEpochs& epochs, uint32_t epoch) {
  ArenaPlan arena;
  arena.item_of_value.assign(plan.values.size(), kNoIndex);
  arena.item_of_step.assign(plan.steps.size(), kNoIndex);
  add_values(plan, epochs, epoch, arena);
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
    for (const PlanBody& body : step.bodies) {
      // Inputs are written before the body and read until it has run for the last time.
      for (const uint32_t value : body.inputs) touch(value, i);
      for (const uint32_t value : body.inputs) touch(value, body.end - 1);
      for (const uint32_t value : body.outputs) touch(value, body.end - 1);
    }
    if (!(step.workspace == Dim(0)) && epochs.of_step[i] == epoch) {
      arena.item_of_step[i] = static_cast<uint32_t>(arena.items.size());
      arena.items.push_back({.value = kNoIndex, .bytes = step.workspace, .first = i, .last = i});
    }
  }
  keep_over_iterations(plan, arena);
  arena.order = reference_order(plan, arena);
  return arena;
}

ArenaPlan arena_plan(const Plan& plan) { return arena_plan(plan, plan_epochs(plan), 0); }

Result<ArenaMemory> arena_memory(const ArenaPlan& arena, const SymbolBindings& bindings) {
  const auto size_of = [&](const ArenaPlan::Item& item) -> Result<int64_t> {
    const int64_t bytes = TRY(item.bytes.evaluate(bindings));
    if (bytes < 0) return invalid_argument("a value has a negative size at these shapes");
    return bytes;
  };
  const auto smaller = [&](std::span<const ArenaItem> items) -> Result<ArenaLayout> {
    ArenaLayout fitted = TRY(lay_out(items));
    ArenaLayout stacked = TRY(stack(items, arena.order));
    return stacked.bytes < fitted.bytes ? stacked : fitted;
  };
  return lay_out_items(arena, TRY(sized_items(arena, size_of)), smaller);
}

Result<ArenaMemory> arena_memory(const ArenaPlan& arena, const SymbolRanges& ranges) {
  const auto size_of = [&](const ArenaPlan::Item& item) -> Result<int64_t> {
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
  };
  return lay_out_items(arena, TRY(sized_items(arena, size_of)),
                       [&](std::span<const ArenaItem> items) { return stack(items, arena.order); });
}

}  // namespace tenon::internal
