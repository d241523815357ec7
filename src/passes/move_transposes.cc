#include "passes/move_transposes.h"

#include "base/try.h"
#include "ops/list.h"
#include "ops/pointwise.h"
#include "ops/transpose.h"
#include "passes/transposes.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr size_t kNone = SIZE_MAX;

Attrs transpose_attrs(Permutation perm) {
  return Attrs::of(TransposeAttrs{.perm = std::move(perm)});
}

// Transposes and the pointwise nodes behind them that could as well be computed before them.
struct Cluster {
  Permutation perm;
  // In the order of the graph.
  std::vector<NodeId> transposes;
  std::vector<NodeId> nodes;
};

class ClusterFinder {
 public:
  explicit ClusterFinder(const Graph& graph)
      : graph_(graph), perms_(graph.value_capacity()), parents_(graph.node_capacity()) {
    std::iota(parents_.begin(), parents_.end(), size_t{0});
  }

  // Those with at least one pointwise node.
  std::vector<Cluster> run() && {
    for (const NodeId id : graph_.order()) {
      const Node& node = graph_.node(id);
      if (is_transpose(node)) {
        perms_[node.outputs[0].index] = permutation_of(graph_, node);
      } else if (can_move(node)) {
        join_operands(id);
      }
    }
    std::map<size_t, Cluster> clusters;
    for (const NodeId id : graph_.order()) {
      const Permutation& perm = perms_[graph_.node(id).outputs[0].index];
      if (perm.empty()) continue;
      Cluster& cluster = clusters[root_of(id.index)];
      cluster.perm = perm;
      (is_transpose(graph_.node(id)) ? cluster.transposes : cluster.nodes).push_back(id);
    }
    std::vector<Cluster> result;
    for (auto& [root, cluster] : clusters) {
      if (!cluster.nodes.empty()) result.push_back(std::move(cluster));
    }
    return result;
  }

 private:
  size_t root_of(size_t index) {
    while (parents_[index] != index) index = parents_[index] = parents_[parents_[index]];
    return index;
  }

  // Whether the operands all are transposed alike, or look the same from all sides, or are
  // constants, which can be made to.
  bool can_move(const Node& node) const {
    const ValueInfo& result = graph_.value(node.outputs[0]).info;
    if (pointwise_row(*node.op) == nullptr || node.op->view || result.elements) return false;
    const Permutation* common = nullptr;
    for (const ValueId id : node.inputs) {
      const Permutation& perm = perms_[id.index];
      if (perm.empty()) {
        if (!is_indifferent(id, result.shape.size())) return false;
        continue;
      }
      if (perm.size() != result.shape.size() || (common != nullptr && *common != perm)) {
        return false;
      }
      common = &perm;
    }
    return common != nullptr;
  }

  bool is_indifferent(ValueId id, size_t rank) const {
    const Value& value = graph_.value(id);
    if (value.info.shape.size() > rank) return false;
    if (value.constant) return bits_of(value.info.type) >= 8;
    return std::ranges::all_of(value.info.shape, [](const Dim& dim) { return dim == Dim(1); });
  }

  void join_operands(NodeId id) {
    const Node& node = graph_.node(id);
    for (const ValueId operand : node.inputs) {
      const Permutation& perm = perms_[operand.index];
      if (perm.empty()) continue;
      perms_[node.outputs[0].index] = perm;
      parents_[root_of(graph_.value(operand).producer.index)] = root_of(id.index);
    }
  }

  const Graph& graph_;
  // Of values that are computed behind a transpose; empty for others.
  std::vector<Permutation> perms_;
  // A forest over node indices: nodes of a cluster have one root.
  std::vector<size_t> parents_;
};

class Mover {
 public:
  explicit Mover(const Graph& graph) : graph_(graph), uses_(graph.uses()), patch_(graph) {
    for (const GraphOutput& output : graph.outputs()) outputs_.insert(output.value);
  }

  Result<Patch> run() && {
    for (const NodeId id : graph_.order()) {
      if (is_transpose(graph_.node(id))) TRY_STATUS(merge(id));
    }
    // Clusters are weighed as if neighbours were merged.
    if (patch_.rewrites() == 0) TRY_STATUS(move_clusters());
    return std::move(patch_);
  }

 private:
  // The transpose that computes the operand of a transpose.
  NodeId transpose_before(NodeId id) const {
    const NodeId producer = graph_.value(graph_.node(id).inputs[0]).producer;
    return producer.valid() && is_transpose(graph_.node(producer)) ? producer : NodeId{};
  }

  Status merge(NodeId id) {
    const Node& node = graph_.node(id);
    Permutation perm = permutation_of(graph_, node);
    ValueId operand = node.inputs[0];
    const NodeId first = transpose_before(id);
    if (first.valid()) {
      // It is merged itself; the next round sees what became of it.
      if (transpose_before(first).valid()) return {};
      perm = compose(permutation_of(graph_, graph_.node(first)), perm);
      operand = graph_.node(first).inputs[0];
    } else if (!is_identity(perm)) {
      return {};
    }
    if (!is_identity(perm)) {
      operand = TRY(patch_.add_node(id, *node.op, transpose_attrs(perm), {operand}, node.name))[0];
    }
    patch_.replace(node.outputs[0], operand);
    patch_.remove(id);
    if (first.valid() && is_last_merge(first, id)) patch_.remove(first);
    return {};
  }

  // Whether all that uses the result of transpose `first` is merged with it, `last` after the
  // others.
  bool is_last_merge(NodeId first, NodeId last) const {
    const ValueId value = graph_.node(first).outputs[0];
    const std::vector<Use>& users = uses_[value.index];
    const auto is_merged = [&](const Use& use) { return is_transpose(graph_.node(use.node)); };
    return !outputs_.contains(value) && std::ranges::all_of(users, is_merged) &&
           users.back().node == last;
  }

  Status move_clusters() {
    const std::vector<Cluster> clusters = ClusterFinder(graph_).run();
    cluster_of_.assign(graph_.node_capacity(), kNone);
    for (size_t i = 0; i < clusters.size(); ++i) {
      for (const NodeId id : clusters[i].transposes) cluster_of_[id.index] = i;
      for (const NodeId id : clusters[i].nodes) cluster_of_[id.index] = i;
    }
    // What a cluster gains may be gone when its neighbour has moved.
    std::set<size_t> settled;
    for (size_t i = 0; i < clusters.size(); ++i) {
      if (settled.contains(i) || gain(clusters[i], i) <= 0) continue;
      TRY_STATUS(move(clusters[i], i));
      for (const NodeId id : clusters[i].transposes) {
        const NodeId source = graph_.value(graph_.node(id).inputs[0]).producer;
        if (source.valid()) settled.insert(cluster_of_[source.index]);
      }
      for (const NodeId id : clusters[i].nodes) {
        for (const Use& use : uses_[graph_.node(id).outputs[0].index]) {
          settled.insert(cluster_of_[use.node.index]);
        }
      }
    }
    return {};
  }

  // Uses of a node's result by nodes that do not move with cluster `index`.
  std::vector<Use> uses_outside(NodeId id, size_t index) const {
    std::vector<Use> outside;
    std::ranges::copy_if(
        uses_[graph_.node(id).outputs[0].index], std::back_inserter(outside), [&](const Use& use) {
          return cluster_of_[use.node.index] != index || is_transpose(graph_.node(use.node));
        });
    return outside;
  }

  bool is_output(NodeId id) const { return outputs_.contains(graph_.node(id).outputs[0]); }

  // Whether a transpose would run if it were this one.
  bool runs(NodeId id, const Permutation& perm) const {
    return is_output(id) ||
           std::ranges::any_of(uses_[graph_.node(id).outputs[0].index], [&](const Use& use) {
             return !is_view_operand(graph_, graph_.node(use.node), use.operand, perm);
           });
  }

  // How many transposes fewer run behind a node of a cluster if that moves.
  int gain_behind(NodeId id, const Permutation& perm, size_t index) const {
    int gain = 0;
    bool needs_transpose = is_output(id);
    for (const Use& use : uses_outside(id, index)) {
      const Node& user = graph_.node(use.node);
      if (is_transpose(user)) {
        const Permutation behind = permutation_of(graph_, user);
        const Permutation both = compose(perm, behind);
        if (runs(use.node, behind)) ++gain;
        if (!is_identity(both) && runs(use.node, both)) --gain;
      } else if (!is_view_operand(graph_, user, use.operand, perm)) {
        needs_transpose = true;
      }
    }
    return needs_transpose ? gain - 1 : gain;
  }

  int gain(const Cluster& cluster, size_t index) const {
    int gain = 0;
    for (const NodeId id : cluster.transposes) {
      const auto is_view = [&](const Use& use) {
        return is_view_operand(graph_, graph_.node(use.node), use.operand, cluster.perm);
      };
      if (!is_output(id) && std::ranges::all_of(uses_outside(id, index), is_view)) ++gain;
    }
    for (const NodeId id : cluster.nodes) gain += gain_behind(id, cluster.perm, index);
    return gain;
  }

  Status move(const Cluster& cluster, size_t index) {
    std::map<ValueId, ValueId> before;
    for (const NodeId id : cluster.transposes) {
      const Node& node = graph_.node(id);
      before[node.outputs[0]] = node.inputs[0];
      if (!is_output(id) && uses_outside(id, index).empty()) patch_.remove(id);
    }
    for (const NodeId id : cluster.nodes) {
      const Node& node = graph_.node(id);
      std::vector<ValueId> operands;
      for (const ValueId operand : node.inputs) {
        const auto moved = before.find(operand);
        operands.push_back(moved != before.end() ? moved->second
                                                 : TRY(constant_before(operand, cluster.perm)));
      }
      const ValueId result =
          TRY(patch_.add_node(id, *node.op, node.attrs, std::move(operands), node.name))[0];
      before[node.outputs[0]] = result;
      if (is_output(id) || !uses_outside(id, index).empty()) {
        const ValueId transposed = TRY(patch_.add_node(
            id, *find_op("Transpose"), transpose_attrs(cluster.perm), {result}, node.name))[0];
        patch_.replace(node.outputs[0], transposed);
      }
      patch_.remove(id);
    }
    return {};
  }

  // An operand that is not transposed, as it has to be before the transpose.
  Result<ValueId> constant_before(ValueId operand, const Permutation& perm) {
    const auto& constant = graph_.value(operand).constant;
    if (!constant || constant->elements() == 1) return operand;
    Shape shape(perm.size() - constant->shape().size(), 1);
    shape.insert(shape.end(), constant->shape().begin(), constant->shape().end());
    const HostTensor aligned = TRY(HostTensor::view(constant->type(), shape, constant->bytes(),
                                                    std::make_shared<HostTensor>(*constant)));
    return patch_.add_constant(TRY(transposed(aligned, inverse(perm))), graph_.value(operand).name);
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  std::set<ValueId> outputs_;
  // By node index.
  std::vector<size_t> cluster_of_;
  Patch patch_;
};

}  // namespace

Result<Patch> move_transposes(const Graph& graph) { return Mover(graph).run(); }

}  // namespace tenon::internal
