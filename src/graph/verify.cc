#include "graph/verify.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/bodies.h"
#include "graph/needed_values.h"
#include "ops/extents.h"
#include "ops/region.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>

namespace tenon::internal {
namespace {

using Stems = std::set<std::string, std::less<>>;

class Verifier {
 public:
  // Extents that begin with one of `around`, or with none of this graph where that is nullptr, are
  // told outside.
  Verifier(const Graph& graph, const Stems* around)
      : graph_(graph), around_(around), defined_(graph.value_capacity()) {}

  Status run() {
    TRY_STATUS(check_inputs());
    TRY_STATUS(check_names());
    std::vector<bool> seen(graph_.node_capacity());
    for (const NodeId id : graph_.order()) {
      if (id.index < seen.size() && graph_.node(id).op != nullptr) continue;
      return invalid_argument("the order of nodes holds id {}, which is no node", id.index);
    }
    collect_told_stems(graph_, all_stems_);
    for (const NodeId id : graph_.order()) {
      if (seen[id.index]) return broken(id, "stands twice in the order of nodes");
      seen[id.index] = true;
      TRY_STATUS(check_node(id));
    }
    return check_outputs();
  }

 private:
  template <class... Args>
  Error broken(NodeId id, fmt::format_string<Args...> format, Args&&... args) const {
    return invalid_argument("{} {}", describe(graph_, id),
                            fmt::format(format, std::forward<Args>(args)...))
        .with_node(graph_.node(id).name);
  }

  bool exists(ValueId id) const {
    return id.index < graph_.value_capacity() && !graph_.value(id).name.empty();
  }

  Status check_inputs() {
    for (const ValueId id : graph_.inputs()) {
      if (!exists(id)) return invalid_argument("input id {} is no value", id.index);
      const Value& input = graph_.value(id);
      if (input.producer.valid() || input.constant) {
        return invalid_argument("input {} is also computed or constant", quote(input.name));
      }
      if (defined_[id.index]) {
        return invalid_argument("input {} is listed twice", quote(input.name));
      }
      defined_[id.index] = true;
    }
    known_ = graph_.input_symbols();
    return {};
  }

  // Of all values; and what a constant says of itself.
  Status check_names() {
    for (uint32_t i = 0; i < graph_.value_capacity(); ++i) {
      const Value& value = graph_.value({i});
      if (value.name.empty()) continue;
      if (graph_.find_value(value.name) != ValueId{i}) {
        return invalid_argument("the name {} leads to another value", quote(value.name));
      }
      if (!value.constant) continue;
      if (value.producer.valid() || value.info != value.constant->info()) {
        return invalid_argument("constant {} does not have the type it states ({})",
                                quote(value.name), to_string(value.info));
      }
      defined_[i] = true;
    }
    return {};
  }

  Status check_node(NodeId id) {
    const Node& node = graph_.node(id);
    for (const ValueId operand : node.inputs) {
      if (operand.valid() && !exists(operand)) {
        return broken(id, "has operand id {}, which is no value", operand.index);
      }
      if (operand.valid() && !defined_[operand.index]) {
        return broken(id, "uses {}, which is not computed before it",
                      quote(graph_.value(operand).name));
      }
    }
    const Result<InferredNode> inferred =
        infer_node(*node.op, node.attrs, infos_of(graph_, node.inputs), node.bodies);
    if (!inferred.ok()) return broken(id, "does not infer: {}", inferred.error().message());
    if (inferred->outputs.size() != node.outputs.size()) {
      return broken(id, "has {}, but the op computes {}", counted(node.outputs.size(), "output"),
                    inferred->outputs.size());
    }
    if (inferred->bodies != node.bodies) {
      return broken(id, "has bodies whose inputs are not of the types of its operands");
    }
    for (uint32_t i = 0; i < node.outputs.size(); ++i) {
      TRY_STATUS(check_output(id, i, inferred->outputs[i]));
    }
    TRY_STATUS(check_extents(id, inferred->outputs));
    return check_bodies(id);
  }

  Status check_bodies(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.bodies.empty()) return {};
    Stems visible = stems_;
    for (const std::string& symbol : known_) visible.emplace(stem_of_symbol(symbol));
    if (around_ != nullptr) visible.insert(around_->begin(), around_->end());
    for (const auto& body : node.bodies) {
      Status sound = Verifier(*body, around_ == nullptr ? nullptr : &visible).run();
      if (!sound.ok()) return broken(id, "has a broken body: {}", sound.error().message());
    }
    return {};
  }

  // Open extents must be told before somebody stands on them.
  Status check_extents(NodeId id, std::span<const ValueInfo> outputs) {
    const Node& node = graph_.node(id);
    if (has_stem(*node.op) && !stems_.insert(stem_of(node.attrs)).second) {
      return broken(id, "has the extent {}, which another node has", quote(stem_of(node.attrs)));
    }
    std::set<std::string> symbols;
    for (const ValueInfo& info : outputs) {
      for (const Dim& dim : info.shape) dim.collect_symbols(symbols);
      if (!info.elements) continue;
      for (const Dim& element : *info.elements) element.collect_symbols(symbols);
    }
    for (const std::string& symbol : symbols) {
      const std::string_view stem = stem_of_symbol(symbol);
      if (stem.empty() || stems_.contains(stem) || known_.contains(symbol)) continue;
      if (around_ == nullptr ? !all_stems_.contains(stem) : around_->contains(stem)) continue;
      return broken(id, "stands on {}, which no node before it tells", symbol);
    }
    return {};
  }

  Status check_output(NodeId id, uint32_t position, const ValueInfo& inferred) {
    const ValueId output = graph_.node(id).outputs[position];
    if (!exists(output)) return broken(id, "has output id {}, which is no value", output.index);
    const Value& value = graph_.value(output);
    if (defined_[output.index] || value.producer != id || value.producer_output != position) {
      return broken(id, "is not the only producer of {}", quote(value.name));
    }
    defined_[output.index] = true;
    if (value.info != inferred) {
      return broken(id, "computes {} of type {}, but {} is stated{}", quote(value.name),
                    to_string(inferred), to_string(value.info),
                    value.info.elements != inferred.elements ? " (with other known elements)" : "");
    }
    return {};
  }

  Status check_outputs() const {
    if (graph_.outputs().empty()) return invalid_argument("the graph has no output");
    for (const GraphOutput& output : graph_.outputs()) {
      if (!exists(output.value) || !defined_[output.value.index]) {
        return invalid_argument("output {} is not computed", quote(output.name));
      }
    }
    return {};
  }

  const Graph& graph_;
  const Stems* around_;
  // Of all nodes.
  Stems all_stems_;
  // Values that are there when the next node runs.
  std::vector<bool> defined_;
  // Symbols that inputs tell, and stems of those that nodes so far do.
  std::set<std::string> known_;
  Stems stems_;
};

// What stands at operand `operand` of a node, for messages.
std::string host_operand_problem(const Graph& graph, NodeId id, size_t operand) {
  const Node& node = graph.node(id);
  const Value& value = graph.value(node.inputs[operand]);
  if (value.constant) {
    return fmt::format("{}: its operand {} ({}) has {} elements, more than the {} that are read",
                       describe(graph, id), operand, quote(value.name), value.constant->elements(),
                       kMaxKnownElements);
  }
  return fmt::format("{}: its operand {} ({}) is computed from data at run time",
                     describe(graph, id), operand, quote(value.name));
}

Status check_no_dead_nodes(const Graph& graph) {
  NeededValues needed(graph);
  const std::span<const NodeId> order = graph.order();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    if (!needed.by_any_output(*id)) {
      return invalid_argument("{} is dead: nothing uses what it computes", describe(graph, *id))
          .with_node(graph.node(*id).name);
    }
    needed.add_operands(*id);
  }
  return {};
}

Status check_no_idle_views(const Graph& graph) {
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (!node.op->view || node.inputs.empty()) continue;
    const ValueInfo& operand = graph.value(node.inputs[0]).info;
    const ValueInfo& result = graph.value(node.outputs[0]).info;
    if (operand.type == result.type && operand.shape == result.shape) {
      return invalid_argument("{} changes nothing: operand and result are {}", describe(graph, id),
                              to_string(result))
          .with_node(node.name);
    }
  }
  return {};
}

Status check_no_double_transposes(const Graph& graph) {
  const auto is_transpose = [&](NodeId id) { return graph.node(id).op->name == "Transpose"; };
  for (const NodeId id : graph.order()) {
    if (!is_transpose(id)) continue;
    const NodeId producer = graph.value(graph.node(id).inputs[0]).producer;
    if (producer.valid() && is_transpose(producer)) {
      return invalid_argument("{} transposes what {} has transposed", describe(graph, id),
                              describe(graph, producer))
          .with_node(graph.node(id).name);
    }
  }
  return {};
}

Status check_program_sizes(const Graph& graph) {
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.op->name != kRegionName) continue;
    const auto& region = node.attrs.as<RegionAttrs>();
    std::vector<const PointwiseProgram*> programs = {&region.after};
    for (const PointwiseProgram& program : region.before) programs.push_back(&program);
    for (const PointwiseProgram* program : programs) {
      // The anchor's result comes in beside the inputs.
      const size_t inputs = kMaxProgramInputs + (region.anchor.op == nullptr ? 0 : 1);
      if (program->body.size() > kMaxProgramInstructions || program->inputs.size() > inputs) {
        return invalid_argument("{} has a program of {} and {}", describe(graph, id),
                                counted(program->body.size(), "instruction"),
                                counted(program->inputs.size(), "input"))
            .with_node(node.name);
      }
    }
  }
  return {};
}

}  // namespace

Status check_host_operands(const Graph& graph, std::span<const NodeId> nodes) {
  std::vector<std::string> problems;
  std::string first_node;
  for (const NodeId id : nodes) {
    const Node& node = graph.node(id);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool on_host = in_mask(node.op->host_inputs, i);
      if (!on_host || !node.inputs[i].valid()) continue;
      if (graph.value(node.inputs[i]).info.elements) continue;
      if (problems.empty()) first_node = node.name;
      problems.push_back(host_operand_problem(graph, id, i));
    }
  }
  if (problems.empty()) return {};
  return unsupported(
             "shapes or positions are not known before the run, which this version cannot "
             "run:\n  {}",
             join(problems, "\n  "))
      .with_node(std::move(first_node));
}

namespace {

// What must hold above kImported, of the graph and of bodies.
Status check_level(const Graph& graph, GraphLevel level) {
  TRY_STATUS(check_host_operands(graph, graph.order()));
  TRY_STATUS(check_no_dead_nodes(graph));
  TRY_STATUS(check_no_idle_views(graph));
  if (level == GraphLevel::kCanonical) return {};
  TRY_STATUS(check_no_double_transposes(graph));
  return check_program_sizes(graph);
}

}  // namespace

Status verify(const Graph& graph, GraphLevel level, bool is_body) {
  const Stems none;
  TRY_STATUS(Verifier(graph, is_body ? nullptr : &none).run());
  if (level == GraphLevel::kImported) return {};
  TRY_STATUS(check_level(graph, level));
  for (const NodeId id : graph.order()) {
    for (const auto& body : graph.node(id).bodies) {
      TRY_CONTEXT(verify(*body, level, true), "in a body of " + describe(graph, id));
    }
  }
  return {};
}

}  // namespace tenon::internal
