#include "builder/windows.h"

#include "ops/concat.h"
#include "ops/operands.h"
#include "ops/slice.h"
#include "tensor/layout.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Where the range from `start` on along an axis lies in a tensor: nullopt unless its bytes lie
// together or are a piece of every row.
std::optional<PlanWindow> window_of_range(const ValueInfo& whole, size_t axis, const Dim& start) {
  const Dim element = bits_of(whole.type) / 8;
  Dim outer = 1;
  Dim inner = element;
  bool is_outer = true;
  const std::vector<int64_t> order = storage_order(whole.layout, whole.shape.size());
  for (const int64_t at : order) {
    const auto place = static_cast<size_t>(at);
    if (place == axis) {
      is_outer = false;
    } else if (is_outer) {
      outer = outer * whole.shape[place];
    } else {
      inner = inner * whole.shape[place];
    }
  }
  if (outer == Dim(1)) return PlanWindow{start * inner, 0};
  if (order.back() != static_cast<int64_t>(axis)) return std::nullopt;
  return PlanWindow{start * inner, whole.shape[axis] * element};
}

// Where `part` lies in a tensor that has it from `start` on along an axis, if that is a window.
std::optional<PlanWindow> window_of_part(const ValueInfo& part, const ValueInfo& whole, size_t axis,
                                         const Dim& start) {
  if (part.type != whole.type || part.shape.size() != whole.shape.size()) return std::nullopt;
  for (size_t i = 0; i < whole.shape.size(); ++i) {
    if (i != axis && part.shape[i] != whole.shape[i]) return std::nullopt;
  }
  std::optional<PlanWindow> window = window_of_range(whole, axis, start);
  // One channel, or one position, lies the same in both layouts, but its rows are not the same.
  const bool fits = part.layout == whole.layout ||
                    (!has_channels_last(part.shape) && window && window->pitch == Dim(0));
  return fits ? std::move(window) : std::nullopt;
}

// A window of a value as a window of what that value is a window of.
std::optional<PlanWindow> within(const PlanWindow& part, const PlanWindow& whole) {
  if (whole.pitch == Dim(0)) return PlanWindow{whole.offset + part.offset, part.pitch};
  if (part.pitch == Dim(0)) return std::nullopt;
  return PlanWindow{whole.offset + part.offset, whole.pitch};
}

class WindowPlanner {
 public:
  WindowPlanner(const Graph& graph, TakesPitches takes_pitches, StoragePlan& storage)
      : graph_(graph),
        takes_pitches_(takes_pitches),
        storage_(storage),
        steps_of_(graph.value_capacity()),
        keeps_together_(graph.value_capacity(), false) {}

  void run();

 private:
  using Windows = std::vector<std::optional<ValueWindow>>;
  // A Concat that is being placed.
  struct Join {
    NodeId node;
    ValueId whole;
    // Of each operand: where the result has it, if that can be a window.
    std::vector<std::optional<PlanWindow>> wanted;
  };

  const ValueInfo& info(ValueId id) const { return graph_.value(id).info; }
  ValueId root(ValueId id) const { return storage_.root[id.index]; }
  std::optional<ValueWindow>& window(ValueId id) { return storage_.windows[id.index]; }
  // The value whose bytes a root uses.
  ValueId owner(ValueId id) { return window(id) ? window(id)->in : id; }

  void find_steps();
  std::optional<ValueWindow> window_of_slice(NodeId id);
  void place_result(NodeId id);
  void place_operands(NodeId id);
  Join join_of(NodeId id) const;
  std::set<ValueId> place_owners(const Join& join, const std::set<ValueId>& refused);
  std::optional<PlanWindow> place_of(const Join& join, ValueId moved);
  bool move(ValueId moved, const ValueWindow& to);
  bool all_in_place(const Join& join);
  bool is_movable(ValueId id, const Join& join);
  bool fits(NodeId step);
  // A step that does not take a root as it lies.
  std::optional<NodeId> misfit(ValueId id);
  // The same for those that placing the operands of a Concat concerns.
  std::optional<NodeId> misfit(const Join& join, const std::set<ValueId>& sliced);
  std::set<ValueId> place_slices(const Join& join, const std::set<ValueId>& refused);

  const Graph& graph_;
  TakesPitches takes_pitches_;
  StoragePlan& storage_;
  // By root: the steps that read or write it.
  std::vector<std::vector<NodeId>> steps_of_;
  // By root: whether something needs its bytes together: a copy to an output, a view.
  std::vector<bool> keeps_together_;
  // Nodes that are no steps any more.
  std::set<NodeId> gone_;
};

void WindowPlanner::find_steps() {
  for (const NodeId id : storage_.steps) {
    const Node& node = graph_.node(id);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.inputs[i].valid() || in_mask(node.op->host_inputs, i)) continue;
      steps_of_[root(node.inputs[i]).index].push_back(id);
    }
    for (const ValueId output : node.outputs) steps_of_[root(output).index].push_back(id);
  }
  for (size_t i = 0; i < storage_.direct_outputs.size(); ++i) {
    if (storage_.direct_outputs[i].valid()) continue;
    keeps_together_[root(graph_.outputs()[i].value).index] = true;
  }
  for (uint32_t i = 0; i < graph_.value_capacity(); ++i) {
    const ValueId id = storage_.root[i];
    if (id != ValueId{i}) keeps_together_[id.index] = true;
  }
}

void WindowPlanner::run() {
  storage_.windows.resize(graph_.value_capacity());
  find_steps();
  for (const NodeId id : storage_.steps) {
    const Node& node = graph_.node(id);
    if (node.op->name == "Concat") place_operands(id);
    if (node.op->name == "Slice") place_result(id);
  }
  std::erase_if(storage_.steps, [&](NodeId id) { return gone_.contains(id); });
}

bool WindowPlanner::fits(NodeId step) {
  const Node& node = graph_.node(step);
  std::vector<Dim> pitches;
  bool any = false;
  const auto add = [&](ValueId id) {
    const bool has_window = id.valid() && window(root(id));
    pitches.push_back(has_window ? window(root(id))->place.pitch : Dim(0));
    any = any || pitches.back() != Dim(0);
  };
  std::ranges::for_each(node.inputs, add);
  std::ranges::for_each(node.outputs, add);
  return !any || takes_pitches_(step, pitches);
}

std::optional<NodeId> WindowPlanner::misfit(ValueId id) {
  if (!window(id) || window(id)->place.pitch == Dim(0)) return std::nullopt;
  for (const NodeId step : steps_of_[id.index]) {
    if (!gone_.contains(step) && !fits(step)) return step;
  }
  return std::nullopt;
}

std::optional<ValueWindow> WindowPlanner::window_of_slice(NodeId id) {
  const Node& node = graph_.node(id);
  const ValueId result = node.outputs[0];
  const ValueId whole = root(node.inputs[0]);
  const bool is_output = std::ranges::count(storage_.direct_outputs, result) > 0;
  if (root(result) != result || is_output || graph_.value(whole).constant) return std::nullopt;
  std::vector<ValueInfo> operands;
  for (const ValueId operand : node.inputs) {
    operands.push_back(operand.valid() ? info(operand) : ValueInfo{});
  }
  const std::optional<SlicedRange> range = sliced_range(operands);
  if (!range) return std::nullopt;
  std::optional<PlanWindow> place =
      window_of_part(info(result), operands[0], range->axis, range->start);
  if (place && window(whole)) place = within(*place, window(whole)->place);
  if (!place || (place->pitch != Dim(0) && keeps_together_[result.index])) return std::nullopt;
  return ValueWindow{owner(whole), *std::move(place)};
}

void WindowPlanner::place_result(NodeId id) {
  const ValueId result = graph_.node(id).outputs[0];
  std::optional<ValueWindow> place = window_of_slice(id);
  if (!place) return;
  gone_.insert(id);
  window(result) = *std::move(place);
  if (!misfit(result)) return;
  gone_.erase(id);
  window(result).reset();
}

WindowPlanner::Join WindowPlanner::join_of(NodeId id) const {
  const Node& node = graph_.node(id);
  const ValueInfo& whole = info(node.outputs[0]);
  const Result<size_t> axis = normalize_axis(node.attrs.as<ConcatAttrs>().axis, whole.shape.size());
  Join join{.node = id, .whole = root(node.outputs[0]), .wanted = {}};
  if (!axis.ok()) return join;
  Dim start = 0;
  for (const ValueId operand : node.inputs) {
    join.wanted.push_back(window_of_part(info(operand), whole, *axis, start));
    start = start + info(operand).shape[*axis];
  }
  return join;
}

bool WindowPlanner::is_movable(ValueId id, const Join& join) {
  return graph_.value(id).producer.valid() && !window(id) && id != join.whole &&
         std::ranges::count(storage_.direct_outputs, id) == 0;
}

// Where `moved` would lie so that the operands that are windows of it, or it itself, lie where the
// result has them: nullopt unless those fill it.
std::optional<PlanWindow> WindowPlanner::place_of(const Join& join, ValueId moved) {
  const Node& node = graph_.node(join.node);
  std::optional<PlanWindow> place;
  Dim filled = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId operand = root(node.inputs[i]);
    if (!join.wanted[i] || owner(operand) != moved) continue;
    if (operand == moved) return join.wanted[i];
    const PlanWindow& inside = window(operand)->place;
    if ((inside.pitch == Dim(0)) != (join.wanted[i]->pitch == Dim(0))) continue;
    const PlanWindow here{join.wanted[i]->offset - inside.offset, join.wanted[i]->pitch};
    if (!place) place = here;
    if (here == *place) filled = filled + byte_size(info(operand));
  }
  return filled == byte_size(info(moved)) ? place : std::nullopt;
}

// With all windows of it. False where those, or it, cannot be there.
bool WindowPlanner::move(ValueId moved, const ValueWindow& to) {
  const auto is_part = [&](const std::optional<ValueWindow>& part) {
    return part && part->in == moved;
  };
  const auto stays = [&](const std::optional<ValueWindow>& part) {
    return is_part(part) && !within(part->place, to.place);
  };
  const bool together = to.place.pitch == Dim(0);
  if (!together && keeps_together_[moved.index]) return false;
  if (std::ranges::any_of(storage_.windows, stays)) return false;
  for (std::optional<ValueWindow>& part : storage_.windows) {
    if (is_part(part)) part = ValueWindow{to.in, *within(part->place, to.place)};
  }
  window(moved) = to;
  return true;
}

// Returns what was moved.
std::set<ValueId> WindowPlanner::place_owners(const Join& join, const std::set<ValueId>& refused) {
  std::set<ValueId> moved;
  for (const ValueId operand : graph_.node(join.node).inputs) {
    const ValueId candidate = owner(root(operand));
    if (refused.contains(candidate) || !is_movable(candidate, join)) continue;
    const std::optional<PlanWindow> place = place_of(join, candidate);
    if (place && move(candidate, {join.whole, *place})) moved.insert(candidate);
  }
  return moved;
}

bool WindowPlanner::all_in_place(const Join& join) {
  const std::vector<ValueId>& operands = graph_.node(join.node).inputs;
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::optional<ValueWindow>& placed = window(root(operands[i]));
    if (!placed || placed->in != join.whole || placed->place != join.wanted[i]) return false;
  }
  return true;
}

// Of operands that are Slices and that a step did not take as windows: it may where the others of
// its operands and results have the same pitch.
std::set<ValueId> WindowPlanner::place_slices(const Join& join, const std::set<ValueId>& refused) {
  std::set<ValueId> sliced;
  for (const ValueId operand : graph_.node(join.node).inputs) {
    const NodeId producer = graph_.value(operand).producer;
    if (!producer.valid() || gone_.contains(producer) || refused.contains(operand)) continue;
    if (graph_.node(producer).op->name != "Slice") continue;
    std::optional<ValueWindow> place = window_of_slice(producer);
    if (!place) continue;
    window(operand) = *std::move(place);
    gone_.insert(producer);
    sliced.insert(operand);
  }
  return sliced;
}

std::optional<NodeId> WindowPlanner::misfit(const Join& join, const std::set<ValueId>& sliced) {
  for (uint32_t i = 0; i < graph_.value_capacity(); ++i) {
    const std::optional<ValueWindow>& placed = storage_.windows[i];
    if (!placed || (placed->in != join.whole && !sliced.contains(ValueId{i}))) continue;
    if (std::optional<NodeId> step = misfit(ValueId{i})) return step;
  }
  return std::nullopt;
}

void WindowPlanner::place_operands(NodeId id) {
  const Join join = join_of(id);
  if (join.wanted.empty()) return;
  const Windows before = storage_.windows;
  const std::set<NodeId> gone_before = gone_;
  // What cannot be moved, or be a window, because some step would not take it so.
  std::set<ValueId> refused;
  while (true) {
    const std::set<ValueId> sliced = place_slices(join, refused);
    const std::set<ValueId> moved = place_owners(join, refused);
    if (all_in_place(join)) gone_.insert(id);
    const std::optional<NodeId> step = misfit(join, sliced);
    if (!step) return;
    storage_.windows = before;
    gone_ = gone_before;
    const auto refuse = [&](ValueId value) {
      if (!value.valid()) return;
      // Of a value that was moved with what it is a part of, that is.
      const ValueId held_by = owner(root(value));
      if (moved.contains(held_by) || sliced.contains(held_by)) refused.insert(held_by);
    };
    std::ranges::for_each(graph_.node(*step).inputs, refuse);
    std::ranges::for_each(graph_.node(*step).outputs, refuse);
  }
}

}  // namespace

void place_windows(const Graph& graph, TakesPitches takes_pitches, StoragePlan& storage) {
  WindowPlanner(graph, takes_pitches, storage).run();
}

}  // namespace tenon::internal
