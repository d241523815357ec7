#include "passes/fuse_regions.h"

#include "base/try.h"
#include "ops/list.h"
#include "ops/region.h"
#include "passes/node_program.h"
#include "passes/region_groups.h"
#include "passes/transposes.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

class Fuser {
 public:
  explicit Fuser(const Graph& graph) : graph_(graph), patch_(graph) {}

  Result<Patch> run() && {
    for (RegionGroup& group : find_region_groups(graph_)) {
      if (TRY(fuse(group)) || group.before.empty()) continue;
      group.before.clear();
      TRY(fuse(group));
    }
    remove_unused_transposes();
    return std::move(patch_);
  }

 private:
  // A region in the making: one view for each operand.
  struct Region {
    RegionAttrs attrs;
    std::vector<ValueId> operands;
    // Those that views take the place of.
    std::vector<NodeId> transposes;

    void add_operand(ValueId operand, OperandView view = {}) {
      operands.push_back(operand);
      attrs.views.push_back(std::move(view));
    }
  };

  // False where it makes no region.
  Result<bool> fuse(const RegionGroup& group) {
    Region region;
    ValueId anchor_result;
    if (group.anchor.valid()) {
      TRY_STATUS(add_anchor(group, region));
      anchor_result = graph_.node(group.anchor).outputs.front();
    }
    if (!group.after.empty()) TRY_STATUS(add_after(group, anchor_result, region));
    return finish(group, std::move(region));
  }

  Status add_anchor(const RegionGroup& group, Region& region) {
    const Node& anchor = graph_.node(group.anchor);
    region.attrs.anchor = {anchor.op, anchor.attrs};
    region.attrs.before.resize(anchor.inputs.size());
    for (size_t i = 0; i < anchor.inputs.size(); ++i) {
      if (i == 0 && !group.before.empty()) {
        NodeProgram before = TRY(program_of_nodes(graph_, group.before));
        region.attrs.before[0] = std::move(before.program);
        for (const ValueId input : before.inputs) region.add_operand(input);
      } else {
        add_anchor_operand(anchor, i, region);
      }
    }
    return {};
  }

  void add_anchor_operand(const Node& anchor, size_t index, Region& region) {
    const ValueId operand = anchor.inputs[index];
    const NodeId producer = operand.valid() ? graph_.value(operand).producer : NodeId();
    if (producer.valid() && is_transpose(graph_.node(producer))) {
      const Node& transpose = graph_.node(producer);
      Permutation perm = permutation_of(graph_, transpose);
      if (!is_identity(perm) && is_view_operand(graph_, anchor, index, perm)) {
        region.add_operand(transpose.inputs[0], {std::move(perm)});
        region.transposes.push_back(producer);
        return;
      }
    }
    region.add_operand(operand);
  }

  Status add_after(const RegionGroup& group, ValueId first, Region& region) {
    NodeProgram after = TRY(program_of_nodes(graph_, group.after, first));
    region.attrs.after = std::move(after.program);
    for (size_t i = first.valid() ? 1 : 0; i < after.inputs.size(); ++i) {
      region.add_operand(after.inputs[i]);
    }
    return {};
  }

  Result<bool> finish(const RegionGroup& group, Region region) {
    RegionAttrs& attrs = region.attrs;
    if (std::ranges::all_of(attrs.views, &OperandView::is_identity)) attrs.views.clear();
    if (std::ranges::all_of(attrs.before, &PointwiseProgram::is_empty)) attrs.before.clear();
    if (attrs.views.empty() && attrs.before.empty() && attrs.after.is_empty()) return false;
    const NodeId exit = group.after.empty() ? group.anchor : group.after.back();
    const ValueId result = graph_.node(exit).outputs.front();
    const OpDef& op = *find_op(kRegionName);
    const Attrs erased = Attrs::of(std::move(attrs));
    if (!keeps_info(erased, region.operands, graph_.value(result).info)) return false;

    const NodeId namesake = group.anchor.valid() ? group.anchor : exit;
    const std::vector<ValueId> outputs = TRY(
        patch_.add_node(exit, op, erased, std::move(region.operands), graph_.node(namesake).name));
    patch_.replace(result, outputs.front());
    if (group.anchor.valid()) patch_.remove(group.anchor);
    for (const NodeId id : group.before) patch_.remove(id);
    for (const NodeId id : group.after) patch_.remove(id);
    for (const NodeId id : region.transposes) ++views_of_[id];
    return true;
  }

  // Whether the region's result is what users of the value have seen: an open dim that several
  // operands broadcast to may come out in another form where all are looked at together.
  bool keeps_info(const Attrs& attrs, std::span<const ValueId> operands,
                  const ValueInfo& info) const {
    std::vector<ValueInfo> infos;
    for (const ValueId id : operands) {
      infos.push_back(id.valid() ? graph_.value(id).info : ValueInfo());
    }
    const auto inferred = infer_outputs(*find_op(kRegionName), attrs, infos);
    return inferred.ok() && inferred->front() == info;
  }

  void remove_unused_transposes() {
    const std::vector<std::vector<Use>> uses = graph_.uses();
    for (const auto& [id, views] : views_of_) {
      const ValueId result = graph_.node(id).outputs.front();
      const bool is_output = std::ranges::any_of(
          graph_.outputs(), [&](const GraphOutput& output) { return output.value == result; });
      if (!is_output && uses[result.index].size() == views) patch_.remove(id);
    }
  }

  const Graph& graph_;
  Patch patch_;
  // How many uses of each transpose are views now.
  std::map<NodeId, size_t> views_of_;
};

}  // namespace

Result<Patch> fuse_regions(const Graph& graph) { return Fuser(graph).run(); }

}  // namespace tenon::internal
