#include "passes/match_pattern.h"

#include "base/check.h"
#include "base/data_types.h"
#include "graph/text.h"
#include "ops/op_def.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tenon::internal {
namespace {

Graph parsed(std::string_view body) {
  Result<Graph> graph = parse_graph(fmt::format("graph \"pattern\" {{\n{}\n}}\n", body));
  TENON_CHECK(graph.ok(), "{}", graph.error().to_string());
  TENON_CHECK(graph->inputs().size() == 1 && graph->outputs().size() == 1);
  return *std::move(graph);
}

bool is_commutative(const OpDef& op) {
  constexpr std::array<std::string_view, 4> kOps = {"Add", "Mul", "Min", "Max"};
  return std::ranges::find(kOps, op.name) != kOps.end();
}

bool is_number(const HostTensor& constant, double wanted) {
  constexpr double kRounding = 1e-6;
  if (constant.elements() != 1) return false;
  const double number = element_as_double(constant.view(), 0);
  return std::abs(number - wanted) <= kRounding * std::abs(wanted);
}

}  // namespace

Pattern::Pattern(std::string_view body) : pattern_(parsed(body)) {}

bool Pattern::match_value(const Graph& graph, ValueId wanted, ValueId value, Match& match) const {
  if (!value.valid()) return false;
  const Value& want = pattern_.value(wanted);
  const Value& have = graph.value(value);
  if (want.constant) {
    return have.constant && is_number(*have.constant, element_as_double(want.constant->view(), 0));
  }
  if (!want.producer.valid()) {
    if (match.input.valid()) return match.input == value;
    match.input = value;
    return !have.constant;
  }
  return have.producer.valid() && match_node(graph, want.producer, have.producer, match);
}

bool Pattern::match_node(const Graph& graph, NodeId wanted, NodeId node, Match& match) const {
  const Node& want = pattern_.node(wanted);
  const Node& have = graph.node(node);
  if (want.op != have.op || want.inputs.size() != have.inputs.size() ||
      !(want.attrs == have.attrs)) {
    return false;
  }
  const Match before = match;
  const int orders = want.inputs.size() == 2 && is_commutative(*want.op) ? 2 : 1;
  for (int order = 0; order < orders; ++order) {
    match = before;
    bool all = true;
    for (size_t i = 0; all && i < want.inputs.size(); ++i) {
      const size_t at = order == 0 ? i : want.inputs.size() - 1 - i;
      all = match_value(graph, want.inputs[i], have.inputs[at], match);
    }
    if (!all) continue;
    if (std::ranges::find(match.nodes, node) == match.nodes.end()) match.nodes.push_back(node);
    return true;
  }
  match = before;
  return false;
}

std::optional<Pattern::Match> Pattern::match(const Graph& graph,
                                             std::span<const std::vector<Use>> uses,
                                             NodeId last) const {
  Match match;
  const NodeId root = pattern_.value(pattern_.outputs()[0].value).producer;
  if (!match_node(graph, root, last, match) || !match.input.valid()) return std::nullopt;
  const ValueInfo& input = graph.value(match.input).info;
  const auto is_inside = [&](const Use& use) {
    return std::ranges::find(match.nodes, use.node) != match.nodes.end();
  };
  for (const NodeId id : match.nodes) {
    const ValueId value = graph.node(id).outputs[0];
    const ValueInfo& info = graph.value(value).info;
    if (info.type != input.type || (id == last && info.shape != input.shape)) return std::nullopt;
    const bool is_output = std::ranges::any_of(
        graph.outputs(), [&](const GraphOutput& output) { return output.value == value; });
    const bool is_closed = !is_output && std::ranges::all_of(uses[value.index], is_inside);
    if (id != last && !is_closed) return std::nullopt;
  }
  return match;
}

}  // namespace tenon::internal
