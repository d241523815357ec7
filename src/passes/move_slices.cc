#include "passes/move_slices.h"

#include "base/try.h"
#include "ops/list.h"
#include "ops/transpose.h"
#include "passes/channel_affine.h"
#include "passes/dims_value.h"
#include "passes/slices.h"
#include "passes/transposes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

class SliceMover {
 public:
  explicit SliceMover(const Graph& graph) : graph_(graph), uses_(graph.uses()), patch_(graph) {
    for (const GraphOutput& output : graph.outputs()) outputs_.insert(output.value);
  }

  Result<Patch> run() && {
    for (const NodeId id : graph_.order()) {
      const Node& node = graph_.node(id);
      if (node.inputs.empty() || !node.inputs[0].valid()) continue;
      if (const auto range = part_of(node)) {
        TRY_STATUS(move_part(id, *range));
      } else if (node.op->view) {
        TRY_STATUS(move_view(id));
      }
    }
    return std::move(patch_);
  }

 private:
  const SymbolicShape& shape(ValueId id) const { return graph_.value(id).info.shape; }

  // A Slice of less than everything.
  std::optional<AxisRange> part_of(const Node& node) const {
    const std::optional<AxisRange> range = range_of_slice(graph_, node);
    const bool is_part = range && shape(node.inputs[0])[range->axis] != Dim(range->count);
    return is_part ? range : std::nullopt;
  }

  // The node that computes a value of which only parts are used.
  NodeId producer_of_parts(ValueId value) const {
    const NodeId producer = graph_.value(value).producer;
    const auto is_part = [&](const Use& use) {
      return use.operand == 0 && part_of(graph_.node(use.node));
    };
    const bool in_parts = producer.valid() && !outputs_.contains(value) &&
                          std::ranges::all_of(uses_[value.index], is_part);
    return in_parts ? producer : NodeId();
  }

  Status move_part(NodeId id, const AxisRange& range) {
    const ValueId whole = graph_.node(id).inputs[0];
    const NodeId before = producer_of_parts(whole);
    if (!before.valid()) return {};
    const Node& moved = graph_.node(before);
    const bool done = is_transpose(moved) ? TRY(before_transpose(id, range, moved))
                      : moved.op->view    ? TRY(before_view(id, range, moved))
                                          : false;
    if (done && ++moved_parts_[whole] == uses_[whole.index].size()) patch_.remove(before);
    return {};
  }

  Result<bool> before_transpose(NodeId id, const AxisRange& range, const Node& transpose) {
    const Permutation perm = permutation_of(graph_, transpose);
    const AxisRange stored{static_cast<size_t>(perm[range.axis]), range.begin, range.count};
    const std::string& name = graph_.node(id).name;
    const ValueId part = TRY(add_slice(patch_, id, transpose.inputs[0], stored, name));
    finish(id, TRY(add_transpose(id, part, perm)));
    return true;
  }

  // Where the view has the axes before the sliced one as they are stored, and all others are one.
  Result<bool> before_view(NodeId id, const AxisRange& range, const Node& view) {
    const ValueId stored = view.inputs[0];
    const std::span<const Dim> seen = shape(view.outputs[0]);
    const std::span<const Dim> outer = seen.first(range.axis);
    int64_t inner = 1;
    for (const Dim& extent : seen.subspan(range.axis + 1)) {
      if (!extent.is_constant()) return false;
      inner *= extent.constant();
    }
    const SymbolicShape& whole = shape(stored);
    const bool splits_last = whole.size() == range.axis + 1 && seen.size() > whole.size() &&
                             std::ranges::equal(outer, std::span(whole).first(range.axis));
    if (!splits_last) return false;
    const std::string& name = graph_.node(id).name;
    const AxisRange columns{range.axis, range.begin * inner, range.count * inner};
    const ValueId part = TRY(add_slice(patch_, id, stored, columns, name));
    finish(id, TRY(add_reshape(patch_, id, part, shape(graph_.node(id).outputs[0]), name)));
    return true;
  }

  // A view that leaves out one axis of a transposed value.
  Status move_view(NodeId id) {
    const Node& node = graph_.node(id);
    const NodeId before = graph_.value(node.inputs[0]).producer;
    if (!before.valid() || !is_transpose(graph_.node(before))) return {};
    if (only_user(graph_, uses_, node.inputs[0]) != id) return {};
    const std::optional<size_t> dropped =
        dropped_axis(shape(node.inputs[0]), shape(node.outputs[0]));
    if (!dropped) return {};
    const Node& transpose = graph_.node(before);
    Permutation perm = permutation_of(graph_, transpose);
    const int64_t gone = perm[*dropped];
    perm.erase(perm.begin() + static_cast<std::ptrdiff_t>(*dropped));
    for (int64_t& axis : perm) axis -= axis > gone ? 1 : 0;
    SymbolicShape stored = shape(transpose.inputs[0]);
    stored.erase(stored.begin() + gone);
    const ValueId view = TRY(add_reshape(patch_, id, transpose.inputs[0], stored, node.name));
    finish(id, TRY(add_transpose(id, view, perm)));
    patch_.remove(before);
    return {};
  }

  static std::optional<size_t> dropped_axis(const SymbolicShape& from, const SymbolicShape& to) {
    if (from.size() != to.size() + 1) return std::nullopt;
    size_t axis = 0;
    while (axis < to.size() && from[axis] == to[axis]) ++axis;
    const bool rest_is_same = std::equal(to.begin() + static_cast<std::ptrdiff_t>(axis), to.end(),
                                         from.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
    return from[axis] == Dim(1) && rest_is_same ? std::optional(axis) : std::nullopt;
  }

  Result<ValueId> add_transpose(NodeId before, ValueId value, Permutation perm) {
    return TRY(patch_.add_node(before, *find_op("Transpose"),
                               Attrs::of(TransposeAttrs{.perm = std::move(perm)}), {value},
                               graph_.node(before).name))
        .front();
  }

  void finish(NodeId id, ValueId result) {
    patch_.replace(graph_.node(id).outputs[0], result);
    patch_.remove(id);
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  std::set<ValueId> outputs_;
  // How many parts of a value are taken before it is computed.
  std::map<ValueId, size_t> moved_parts_;
  Patch patch_;
};

}  // namespace

Result<Patch> move_slices(const Graph& graph) { return SliceMover(graph).run(); }

}  // namespace tenon::internal
