#include "passes/region_groups.h"

#include "base/data_types.h"
#include "ops/region.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <set>
#include <span>
#include <string_view>

namespace tenon::internal {
namespace {

struct Anchor {
  std::string_view op;
  // Reads each element so few times that a cheap program may stand before it: unlike the windows of
  // a convolution or pool, and the rows and columns of a product.
  bool takes_before;
};

// The ops whose kernels run programs.
constexpr std::array kAnchors = {Anchor{"AveragePool", false},
                                 Anchor{"Conv", false},
                                 Anchor{"ConvTranspose", false},
                                 Anchor{"Gemm", false},
                                 Anchor{"GlobalAveragePool", true},
                                 Anchor{"GlobalMaxPool", true},
                                 Anchor{"LayerNormalization", true},
                                 Anchor{"MatMul", false},
                                 Anchor{"MaxPool", false},
                                 Anchor{"ReduceMax", true},
                                 Anchor{"ReduceMean", true},
                                 Anchor{"ReduceMin", true},
                                 Anchor{"ReduceProd", true},
                                 Anchor{"ReduceSum", true},
                                 Anchor{"Softmax", true}};

// Whether computing it again, where an anchor reads an element more than once, costs no more than
// reading a stored result: a few instructions, which these take.
bool is_cheap(ScalarCode code) {
  switch (code) {
    case ScalarCode::kIdentity:
    case ScalarCode::kAbs:
    case ScalarCode::kNeg:
    case ScalarCode::kSign:
    case ScalarCode::kReciprocal:
    case ScalarCode::kSqrt:
    case ScalarCode::kFloor:
    case ScalarCode::kCeil:
    case ScalarCode::kRound:
    case ScalarCode::kRelu:
    case ScalarCode::kClip:
    case ScalarCode::kHardSigmoid:
    case ScalarCode::kHardSwish:
    case ScalarCode::kLeakyRelu:
    case ScalarCode::kThresholdedRelu:
    case ScalarCode::kShrink:
    case ScalarCode::kSoftsign:
    case ScalarCode::kIsNaN:
    case ScalarCode::kIsInf:
    case ScalarCode::kNot:
    case ScalarCode::kAdd:
    case ScalarCode::kSub:
    case ScalarCode::kMul:
    case ScalarCode::kDiv:
    case ScalarCode::kPRelu:
    case ScalarCode::kMin:
    case ScalarCode::kMax:
    case ScalarCode::kEqual:
    case ScalarCode::kLess:
    case ScalarCode::kLessOrEqual:
    case ScalarCode::kGreater:
    case ScalarCode::kGreaterOrEqual:
    case ScalarCode::kAnd:
    case ScalarCode::kOr:
    case ScalarCode::kXor:
    case ScalarCode::kWhere:
    case ScalarCode::kCast:
      return true;
    default:
      return false;
  }
}

// Types that kernels compute programs in; arithmetic on integers is that of shapes.
bool is_fusable_type(DataType type) {
  return type == DataType::kBool || (is_floating(type) && bits_of(type) >= 16);
}

class GroupFinder {
 public:
  explicit GroupFinder(const Graph& graph)
      : graph_(graph), uses_(graph.uses()), positions_(graph.node_capacity()) {
    for (size_t i = 0; i < graph.order().size(); ++i) positions_[graph.order()[i].index] = i;
    for (const GraphOutput& output : graph.outputs()) outputs_.insert(output.value);
    fusable_.resize(graph.node_capacity());
    for (const NodeId id : graph.order()) fusable_[id.index] = is_fusable(graph.node(id));
  }

  std::vector<RegionGroup> run() && {
    // From the last node on: a sum of two results goes to the one that is computed later, when the
    // other one is there.
    const std::span<const NodeId> order = graph_.order();
    for (size_t i = order.size(); i-- > 0;) {
      if (anchor_row(order[i]) == nullptr) continue;
      groups_.push_back({.anchor = order[i], .before = {}, .after = nodes_after(order[i])});
      take(groups_.back().after);
    }
    for (RegionGroup& group : groups_) {
      if (!group.after.empty()) grow_up(group.after, result_of(group.anchor));
    }
    for (RegionGroup& group : groups_) {
      if (anchor_row(group.anchor)->takes_before) find_before(group);
    }
    for (size_t i = order.size(); i-- > 0;) {
      if (!fusable_[order[i].index]) continue;
      RegionGroup group{.anchor = {}, .before = {}, .after = {order[i]}};
      grow_up(group.after, {});
      if (group.after.size() > 1) groups_.push_back(std::move(group));
    }
    return std::move(groups_);
  }

 private:
  ValueId result_of(NodeId id) const { return graph_.node(id).outputs.front(); }
  const ValueInfo& info(ValueId id) const { return graph_.value(id).info; }
  const SymbolicShape& shape_of(NodeId id) const { return info(result_of(id)).shape; }

  const Anchor* anchor_row(NodeId id) const {
    const Node& node = graph_.node(id);
    const auto* row = std::ranges::find(kAnchors, node.op->name, &Anchor::op);
    if (row == kAnchors.end() || !check_anchor(*node.op, node.inputs.size()).ok()) return nullptr;
    return is_fusable_type(info(node.outputs.front()).type) ? row : nullptr;
  }

  bool is_fusable(const Node& node) const {
    const auto is_fusable_value = [this](ValueId id) { return is_fusable_type(info(id).type); };
    return pointwise_row(*node.op) != nullptr && !node.op->view &&
           std::ranges::all_of(node.inputs, is_fusable_value) &&
           is_fusable_value(node.outputs.front()) && !info(node.outputs.front()).elements;
  }

  void take(std::span<const NodeId> nodes) {
    for (const NodeId id : nodes) fusable_[id.index] = false;
  }

  // Whether a value is used, and by these nodes only.
  bool is_inside(ValueId value, std::span<const NodeId> nodes) const {
    const std::vector<Use>& uses = uses_[value.index];
    return !uses.empty() && !outputs_.contains(value) &&
           std::ranges::all_of(uses, [&](const Use& use) {
             return std::ranges::find(nodes, use.node) != nodes.end();
           });
  }

  // Whether the nodes' program keeps to the limits; `first` is an input of it that does not count.
  bool fits(std::span<const NodeId> nodes, ValueId first) const {
    std::set<ValueId> inputs;
    size_t instructions = 0;
    for (const NodeId id : nodes) {
      const Node& node = graph_.node(id);
      std::vector<DataType> types;
      for (const ValueId operand : node.inputs) {
        types.push_back(info(operand).type);
        inputs.insert(operand);
      }
      const Result<PointwiseProgram> program = program_of(*node.op, node.attrs, types);
      if (!program.ok()) return false;
      instructions += program->body.size();
    }
    for (const NodeId id : nodes) inputs.erase(result_of(id));
    inputs.erase(first);
    return instructions <= kMaxProgramInstructions && inputs.size() <= kMaxProgramInputs;
  }

  // The program over the result of an anchor: as many nodes as there are in a graph of one exit.
  std::vector<NodeId> nodes_after(NodeId anchor) const {
    std::vector<NodeId> nodes;
    ValueId exit = result_of(anchor);
    for (;;) {
      const std::vector<NodeId> next = next_nodes(exit, shape_of(anchor));
      std::vector<NodeId> all = nodes;
      all.insert(all.end(), next.begin(), next.end());
      if (next.empty() || !fits(all, result_of(anchor))) return nodes;
      nodes = std::move(all);
      exit = result_of(nodes.back());
    }
  }

  // The fewest fusable nodes of this shape such that the value and what they compute is used by
  // them only, but for the result of the last one; none if there are no such nodes. What else they
  // read then broadcasts to the shape, whenever the graph can run at all.
  std::vector<NodeId> next_nodes(ValueId value, const SymbolicShape& shape) const {
    std::vector<NodeId> nodes;
    std::set<size_t> pending;
    const auto add_users = [&](ValueId used) {
      for (const Use& use : uses_[used.index]) pending.insert(positions_[use.node.index]);
    };
    add_users(value);
    while (!pending.empty() && nodes.size() < kMaxProgramInstructions) {
      const NodeId id = graph_.order()[*pending.begin()];
      pending.erase(pending.begin());
      if (!fusable_[id.index] || shape_of(id) != shape) return {};
      nodes.push_back(id);
      if (has_one_exit(value, nodes)) return nodes;
      add_users(result_of(id));
    }
    return {};
  }

  bool has_one_exit(ValueId value, std::span<const NodeId> nodes) const {
    return is_inside(value, nodes) &&
           std::ranges::all_of(nodes.first(nodes.size() - 1),
                               [&](NodeId id) { return is_inside(result_of(id), nodes); });
  }

  // Adds nodes that compute operands of the nodes, for them alone and in their shape: in a smaller
  // one the region would compute them again for each element. Takes them all.
  void grow_up(std::vector<NodeId>& nodes, ValueId first, bool only_cheap = false) {
    const SymbolicShape& shape = shape_of(nodes.back());
    std::set<size_t> pending;
    const auto add_producers = [&](NodeId id) {
      for (const ValueId operand : graph_.node(id).inputs) {
        const NodeId producer = graph_.value(operand).producer;
        if (producer.valid()) pending.insert(positions_[producer.index]);
      }
    };
    for (const NodeId id : nodes) add_producers(id);
    // From the last one on: all that use a node have been looked at before it.
    while (!pending.empty()) {
      const NodeId id = graph_.order()[*pending.rbegin()];
      pending.erase(std::prev(pending.end()));
      const bool belongs = std::ranges::find(nodes, id) != nodes.end();
      if (belongs || !fusable_[id.index] || shape_of(id) != shape) continue;
      if (only_cheap && !is_cheap(pointwise_row(*graph_.node(id).op)->code)) continue;
      if (!is_inside(result_of(id), nodes)) continue;
      std::vector<NodeId> all = nodes;
      all.push_back(id);
      std::ranges::sort(all, {}, [this](NodeId node) { return positions_[node.index]; });
      if (!fits(all, first)) continue;
      nodes = std::move(all);
      add_producers(id);
    }
    take(nodes);
  }

  void find_before(RegionGroup& group) {
    const ValueId operand = graph_.node(group.anchor).inputs[0];
    const NodeId producer = graph_.value(operand).producer;
    if (!producer.valid() || !fusable_[producer.index]) return;
    if (!is_cheap(pointwise_row(*graph_.node(producer).op)->code)) return;
    if (!is_inside(operand, {&group.anchor, 1}) || !fits({&producer, 1}, {})) return;
    group.before = {producer};
    grow_up(group.before, {}, /*only_cheap=*/true);
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  std::set<ValueId> outputs_;
  // By node index: place in the order, and whether the node is pointwise and in no group yet.
  std::vector<size_t> positions_;
  std::vector<bool> fusable_;
  std::vector<RegionGroup> groups_;
};

}  // namespace

std::vector<RegionGroup> find_region_groups(const Graph& graph) { return GroupFinder(graph).run(); }

}  // namespace tenon::internal
