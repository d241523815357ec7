#include "passes/join_heads.h"

#include "base/try.h"
#include "ops/attention.h"
#include "passes/channel_affine.h"
#include "passes/dims_value.h"
#include "passes/transposes.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Between [N,S,H,D] and [N,H,S,D], both ways.
const Permutation kSwapHeads = {0, 2, 1, 3};

class Joiner {
 public:
  // `taken`: transposes that became part of the attention before them.
  Joiner(const Graph& graph, std::span<const std::vector<Use>> uses, Patch& patch,
         std::set<NodeId>& taken, NodeId id)
      : graph_(graph),
        uses_(uses),
        patch_(patch),
        taken_(taken),
        id_(id),
        node_(graph.node(id)),
        attrs_(node_.attrs.as<AttentionAttrs>()),
        operands_(node_.inputs) {}

  Status run() {
    bool changed = false;
    for (const size_t at : {AttentionOperand::kQ, AttentionOperand::kK, AttentionOperand::kV}) {
      changed = TRY(join_operand(at)) || changed;
    }
    const NodeId transpose = transpose_behind();
    if (!changed && !transpose.valid()) return {};
    attrs_.joins_heads = attrs_.joins_heads || transpose.valid();
    const ValueId result =
        TRY(patch_.add_node(id_, *node_.op, Attrs::of(attrs_), operands_, node_.name)).front();
    if (!transpose.valid()) {
      patch_.replace(node_.outputs[0], result);
    } else {
      const ValueId swapped = graph_.node(transpose).outputs[0];
      patch_.replace(swapped, TRY(reshaped(result, graph_.value(swapped).info.shape)));
      patch_.remove(transpose);
      taken_.insert(transpose);
    }
    patch_.remove(id_);
    return {};
  }

 private:
  // Whether an operand is read with joined heads now.
  Result<bool> join_operand(size_t at) {
    const NodeId producer = graph_.value(operands_[at]).producer;
    if (!producer.valid() || !swaps_heads(producer) || taken_.contains(producer)) return false;
    const ValueId stored = graph_.node(producer).inputs[0];
    const SymbolicShape& shape = graph_.value(stored).info.shape;
    const bool is_query = at == AttentionOperand::kQ;
    // Both of keys and values, or one of them, may be joined; their heads are as many.
    if (!shape[2].is_constant() || shape[2].constant() < 1) return false;
    (is_query ? attrs_.q_num_heads : attrs_.kv_num_heads) = shape[2].constant();
    const SymbolicShape joined = {shape[0], shape[1], shape[2] * shape[3]};
    const ValueId viewed = viewed_by(stored);
    const bool is_joined = viewed.valid() && graph_.value(viewed).info.shape == joined;
    operands_[at] = is_joined ? viewed : TRY(reshaped(stored, joined));
    return true;
  }

  // What a value is a view of; invalid where it is none.
  ValueId viewed_by(ValueId value) const {
    const NodeId producer = graph_.value(value).producer;
    const bool is_view = producer.valid() && graph_.node(producer).op->view;
    return is_view ? graph_.node(producer).inputs[0] : ValueId();
  }

  bool swaps_heads(NodeId id) const {
    return is_transpose(graph_.node(id)) && permutation_of(graph_, graph_.node(id)) == kSwapHeads;
  }

  NodeId transpose_behind() const {
    const NodeId next = only_user(graph_, uses_, node_.outputs[0]);
    return next.valid() && !attrs_.joins_heads && swaps_heads(next) ? next : NodeId();
  }

  Result<ValueId> reshaped(ValueId value, const SymbolicShape& shape) {
    return add_reshape(patch_, id_, value, shape, node_.name);
  }

  const Graph& graph_;
  std::span<const std::vector<Use>> uses_;
  Patch& patch_;
  std::set<NodeId>& taken_;
  NodeId id_;
  const Node& node_;
  AttentionAttrs attrs_;
  std::vector<ValueId> operands_;
};

}  // namespace

Result<Patch> join_heads(const Graph& graph) {
  Patch patch(graph);
  const std::vector<std::vector<Use>> uses = graph.uses();
  std::set<NodeId> taken;
  for (const NodeId id : graph.order()) {
    if (graph.node(id).op->name != "Attention") continue;
    TRY_STATUS(Joiner(graph, uses, patch, taken, id).run());
  }
  return patch;
}

}  // namespace tenon::internal
