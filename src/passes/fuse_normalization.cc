#include "passes/fuse_normalization.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/normalization.h"
#include "ops/operands.h"
#include "ops/reduce.h"
#include "passes/channel_affine.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

struct Match {
  ValueId x;
  // Whether the mean is taken away.
  bool centered = false;
  // The first axis of those that are normalized together.
  size_t axis = 0;
  double epsilon = 0;
  // Invalid: there is none.
  ValueId scale;
  ValueId bias;
  // What it replaces; the last one gives the result.
  std::vector<NodeId> nodes;
};

// 1 / sqrt(x + epsilon) or the root itself, of a mean of squares.
struct Root {
  bool inverse = false;
  double epsilon = 0;
  ValueId mean;
};

class Matcher {
 public:
  explicit Matcher(const Graph& graph) : graph_(graph), uses_(graph.uses()) {
    for (const GraphOutput& output : graph.outputs()) outputs_.insert(output.value);
  }

  // The normalization whose last node this is, with the scale and bias behind it.
  std::optional<Match> match(NodeId last) {
    Match match;
    const std::string_view op = graph_.node(last).op->name;
    const bool found = op == "Add"                    ? match_sum(last, match)
                       : (op == "Div" || op == "Mul") ? match_quotient(last, match)
                                                      : false;
    if (!found || !is_floating(graph_.value(match.x).info.type)) return std::nullopt;
    const SymbolicShape& shape = graph_.value(match.x).info.shape;
    const bool known =
        std::all_of(shape.begin() + static_cast<ptrdiff_t>(match.axis), shape.end(),
                    [](const Dim& dim) { return dim.is_constant() && dim.constant() > 0; });
    const ValueId result = graph_.node(last).outputs[0];
    if (!known || graph_.value(result).info.shape != shape || !is_closed(match)) {
      return std::nullopt;
    }
    if (!match.scale.valid()) follow("Mul", match, match.scale);
    if (match.centered && !match.bias.valid()) follow("Add", match, match.bias);
    return match;
  }

  // The dims that are normalized together.
  Shape normalized(const Match& match) const {
    const SymbolicShape& shape = graph_.value(match.x).info.shape;
    Shape dims;
    for (size_t axis = match.axis; axis < shape.size(); ++axis) {
      dims.push_back(shape[axis].constant());
    }
    return dims;
  }

 private:
  // The node that computes a value, if it is of that op.
  NodeId producer(ValueId value, std::string_view op) const {
    if (!value.valid()) return {};
    const NodeId id = graph_.value(value).producer;
    return id.valid() && graph_.node(id).op->name == op ? id : NodeId();
  }
  ValueId input(NodeId node, size_t position) const { return graph_.node(node).inputs[position]; }

  // A constant of one element.
  std::optional<double> number(ValueId id) const {
    if (!id.valid()) return std::nullopt;
    const auto& constant = graph_.value(id).constant;
    if (!constant || constant->elements() != 1) return std::nullopt;
    return element_as_double(constant->view(), 0);
  }

  // The operand beside a number, and the number.
  std::optional<std::pair<ValueId, double>> beside_number(NodeId node) const {
    for (const size_t at : {1U, 0U}) {
      const auto found = number(input(node, at));
      if (found) return std::pair(input(node, 1 - at), *found);
    }
    return std::nullopt;
  }

  // The value is the square of this one.
  ValueId squared(ValueId value, Match& match) const {
    if (const NodeId mul = producer(value, "Mul"); mul.valid()) {
      if (input(mul, 0) != input(mul, 1)) return {};
      match.nodes.push_back(mul);
      return input(mul, 0);
    }
    const NodeId pow = producer(value, "Pow");
    if (!pow.valid() || number(input(pow, 1)) != 2) return {};
    match.nodes.push_back(pow);
    return input(pow, 0);
  }

  // The operand of a mean over the last axes that keeps them; sets the first of these.
  ValueId averaged(ValueId value, Match& match, std::optional<size_t>& axis) const {
    const NodeId mean = producer(value, "ReduceMean");
    if (!mean.valid() || graph_.node(mean).inputs.size() != 1) return {};
    const ReduceAttrs& attrs = graph_.node(mean).attrs.as<ReduceAttrs>();
    const size_t rank = graph_.value(input(mean, 0)).info.shape.size();
    if (!attrs.keepdims || !attrs.axes || attrs.axes->empty()) return {};
    const auto axes = normalize_axes(*attrs.axes, rank);
    if (!axes.ok()) return {};
    const size_t first = *std::ranges::min_element(*axes);
    // Axes are different ones, so as many as there are behind the first are all of them.
    if (axes->size() != rank - first || axis.value_or(first) != first) return {};
    axis = first;
    match.nodes.push_back(mean);
    return input(mean, 0);
  }

  std::optional<Root> root(ValueId value, Match& match) const {
    Root root;
    if (const NodeId reciprocal = producer(value, "Reciprocal"); reciprocal.valid()) {
      root.inverse = true;
      match.nodes.push_back(reciprocal);
      value = input(reciprocal, 0);
    } else if (const NodeId div = producer(value, "Div");
               div.valid() && number(input(div, 0)) == 1) {
      root.inverse = true;
      match.nodes.push_back(div);
      value = input(div, 1);
    }
    NodeId power = producer(value, "Sqrt");
    if (!power.valid()) {
      power = producer(value, "Pow");
      if (!power.valid()) return std::nullopt;
      const auto exponent = number(input(power, 1));
      if (exponent != 0.5 && (root.inverse || exponent != -0.5)) return std::nullopt;
      root.inverse = root.inverse || exponent == -0.5;
    }
    match.nodes.push_back(power);
    const NodeId add = producer(input(power, 0), "Add");
    if (!add.valid()) return std::nullopt;
    const auto sum = beside_number(add);
    if (!sum || !std::isfinite(sum->second) || sum->second < 0) return std::nullopt;
    match.nodes.push_back(add);
    root.mean = sum->first;
    root.epsilon = sum->second;
    return root;
  }

  // What the root's mean is of, against `distance`, which is divided by it.
  bool match_statistics(const Root& root, ValueId distance, Match& match) const {
    std::optional<size_t> axis;
    const ValueId squares = averaged(root.mean, match, axis);
    if (!squares.valid() || squared(squares, match) != distance) return false;
    match.epsilon = root.epsilon;
    match.axis = *axis;
    match.x = distance;
    const NodeId sub = producer(distance, "Sub");
    if (!sub.valid()) return true;
    const size_t known = match.nodes.size();
    if (averaged(input(sub, 1), match, axis) != input(sub, 0)) {
      match.nodes.resize(known);
      return true;
    }
    match.nodes.push_back(sub);
    match.centered = true;
    match.x = input(sub, 0);
    return true;
  }

  bool match_quotient(NodeId last, Match& match) const {
    const bool divides = graph_.node(last).op->name == "Div";
    for (const size_t at : {1U, 0U}) {
      match = {};
      const auto found = root(input(last, at), match);
      if (found && found->inverse != divides &&
          match_statistics(*found, input(last, 1 - at), match)) {
        match.nodes.push_back(last);
        return true;
      }
      if (divides) return false;
    }
    return false;
  }

  // The factor that scales x: an inverse root, times a constant.
  std::optional<Root> factor(ValueId value, Match& match) const {
    if (const NodeId mul = producer(value, "Mul"); mul.valid()) {
      for (const size_t at : {1U, 0U}) {
        if (!graph_.value(input(mul, at)).constant) continue;
        match.scale = input(mul, at);
        match.nodes.push_back(mul);
        value = input(mul, 1 - at);
        break;
      }
    }
    const auto found = root(value, match);
    return found && found->inverse ? found : std::nullopt;
  }

  // x * factor + (bias - mean * factor)
  bool match_sum(NodeId last, Match& match) const {
    for (const size_t at : {0U, 1U}) {
      const NodeId scaled = producer(input(last, at), "Mul");
      const NodeId shift = producer(input(last, 1 - at), "Sub");
      if (!scaled.valid() || !shift.valid()) continue;
      const NodeId mean = producer(input(shift, 1), "Mul");
      if (!mean.valid() || !graph_.value(input(shift, 0)).constant) continue;
      for (const size_t side : {1U, 0U}) {
        for (const size_t other : {1U, 0U}) {
          match = {};
          if (input(scaled, side) != input(mean, other)) continue;
          const auto found = factor(input(scaled, side), match);
          if (found &&
              match_shifted(*found, input(scaled, 1 - side), input(mean, 1 - other), match)) {
            match.bias = input(shift, 0);
            match.nodes.insert(match.nodes.end(), {scaled, mean, shift, last});
            return fits(match.scale, match) && fits(match.bias, match);
          }
        }
      }
    }
    return false;
  }

  bool match_shifted(const Root& root, ValueId x, ValueId mean, Match& match) const {
    std::optional<size_t> axis;
    const ValueId squares = averaged(root.mean, match, axis);
    if (!squares.valid()) return false;
    const NodeId sub = producer(squared(squares, match), "Sub");
    if (!sub.valid() || input(sub, 0) != x || input(sub, 1) != mean) return false;
    if (averaged(mean, match, axis) != x) return false;
    match.nodes.push_back(sub);
    match.epsilon = root.epsilon;
    match.axis = *axis;
    match.x = x;
    match.centered = true;
    return true;
  }

  // Whether nobody else uses what is computed on the way to the result.
  bool is_closed(const Match& match) const {
    const std::set<NodeId> inside(match.nodes.begin(), match.nodes.end());
    return std::all_of(match.nodes.begin(), match.nodes.end() - 1, [&](NodeId id) {
      const ValueId value = graph_.node(id).outputs[0];
      return !outputs_.contains(value) &&
             std::ranges::all_of(uses_[value.index],
                                 [&](const Use& use) { return inside.contains(use.node); });
    });
  }

  // Whether a constant, if there is one, broadcasts to what is normalized together.
  bool fits(ValueId id, const Match& match) const {
    if (!id.valid()) return true;
    const auto& constant = graph_.value(id).constant;
    if (!constant || constant->type() != graph_.value(match.x).info.type) return false;
    const Shape dims = normalized_or_empty(match);
    const Shape& shape = constant->shape();
    for (size_t i = 1; i <= shape.size(); ++i) {
      const int64_t extent = shape[shape.size() - i];
      if (extent != 1 && (i > dims.size() || extent != dims[dims.size() - i])) return false;
    }
    // More axes than x has would be the result's too.
    return shape.size() <= graph_.value(match.x).info.shape.size();
  }

  Shape normalized_or_empty(const Match& match) const {
    const SymbolicShape& shape = graph_.value(match.x).info.shape;
    const bool known = std::all_of(shape.begin() + static_cast<ptrdiff_t>(match.axis), shape.end(),
                                   [](const Dim& dim) { return dim.is_constant(); });
    return known ? normalized(match) : Shape();
  }

  // Takes the only user of the result, where it is this op with a constant that fits.
  void follow(std::string_view op, Match& match, ValueId& taken) const {
    const ValueId value = graph_.node(match.nodes.back()).outputs[0];
    const NodeId next = only_user(graph_, uses_, value);
    if (!next.valid() || graph_.node(next).op->name != op) return;
    const ValueId other = input(next, input(next, 0) == value ? 1 : 0);
    if (!other.valid() || !graph_.value(other).constant || !fits(other, match)) return;
    taken = other;
    match.nodes.push_back(next);
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  std::set<ValueId> outputs_;
};

// The numbers of a constant, repeated to fill the dims; `otherwise` where there is none.
Result<HostTensor> filled(const Graph& graph, ValueId id, DataType type, const Shape& dims,
                          double otherwise) {
  const std::vector<double> numbers =
      id.valid() ? broadcast_numbers(graph.value(id).constant->view(), dims)
                 : std::vector<double>(static_cast<size_t>(tenon::element_count(dims)), otherwise);
  return HostTensor::of(type, dims, numbers);
}

Status replace(const Graph& graph, const Match& match, const Shape& dims, Patch& patch) {
  const NodeId last = match.nodes.back();
  const DataType type = graph.value(match.x).info.type;
  std::vector<ValueId> operands = {match.x};
  HostTensor scale = TRY(filled(graph, match.scale, type, dims, 1));
  operands.push_back(patch.add_constant(std::move(scale), "scale"));
  if (match.bias.valid()) {
    HostTensor bias = TRY(filled(graph, match.bias, type, dims, 0));
    operands.push_back(patch.add_constant(std::move(bias), "bias"));
  }
  const OpDef& op = *find_op(match.centered ? "LayerNormalization" : "RMSNormalization");
  Attrs attrs = Attrs::of(LayerNormalizationAttrs{.axis = static_cast<int64_t>(match.axis),
                                                  .epsilon = static_cast<float>(match.epsilon)});
  const std::vector<ValueId> outputs =
      TRY(patch.add_node(last, op, std::move(attrs), std::move(operands), graph.node(last).name));
  patch.replace(graph.node(last).outputs[0], outputs[0]);
  for (const NodeId node : match.nodes) patch.remove(node);
  return {};
}

}  // namespace

Result<Patch> fuse_normalization(const Graph& graph) {
  Patch patch(graph);
  Matcher matcher(graph);
  std::set<NodeId> taken;
  for (const NodeId id : graph.order()) {
    const std::optional<Match> match = matcher.match(id);
    if (!match) continue;
    const auto is_taken = [&](NodeId node) { return taken.contains(node); };
    if (std::ranges::any_of(match->nodes, is_taken)) continue;
    taken.insert(match->nodes.begin(), match->nodes.end());
    TRY_STATUS(replace(graph, *match, matcher.normalized(*match), patch));
  }
  return patch;
}

}  // namespace tenon::internal
