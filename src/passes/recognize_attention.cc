#include "passes/recognize_attention.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/attention.h"
#include "ops/list.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "passes/channel_affine.h"
#include "passes/dims_value.h"
#include "passes/transposes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

struct Match {
  ValueId q;
  // The right factor of the scores, with its columns as keys.
  ValueId keys;
  ValueId v;
  // Invalid: none.
  ValueId mask;
  double scale = 1;
  // What nobody else may use, and what goes away with it; the last one gives the result.
  std::vector<NodeId> nodes;
};

class Matcher {
 public:
  explicit Matcher(const Graph& graph) : graph_(graph), uses_(graph.uses()) {}

  // The attention whose last node this is.
  std::optional<Match> match(NodeId last) const {
    if (graph_.node(last).op->name != "MatMul") return std::nullopt;
    Match match;
    match.v = input(last, 1);
    const NodeId softmax = inner(input(last, 0), "Softmax");
    if (!softmax.valid() || !is_along_keys(softmax)) return std::nullopt;
    match.nodes.push_back(softmax);
    const ValueId scores = input(softmax, 0);
    ValueId products = without_mask(scores, match);
    products = without_factors(products, match);
    const NodeId product = inner(products, "MatMul");
    if (!product.valid()) return std::nullopt;
    match.nodes.push_back(product);
    match.q = without_factors(input(product, 0), match);
    match.keys = without_factors(input(product, 1), match);
    match.nodes.push_back(last);
    const DataType type = info(match.q).type;
    const bool sound = is_floating(type) && is_scale(match.scale, type) && fits(match, scores);
    return sound ? std::optional(std::move(match)) : std::nullopt;
  }

 private:
  const ValueInfo& info(ValueId id) const { return graph_.value(id).info; }
  ValueId input(NodeId node, size_t position) const { return graph_.node(node).inputs[position]; }

  // Whether the attribute, which is a float, can be that factor of scores.
  static bool is_scale(double factor, DataType type) {
    const auto scale = static_cast<float>(factor);
    if (!std::isfinite(scale) || (scale == 0) != (factor == 0)) return false;
    return type != DataType::kFloat64 || static_cast<double>(scale) == factor;
  }

  // The node of that op that computes a value for a single user.
  NodeId inner(ValueId value, std::string_view op) const {
    const NodeId id = graph_.value(value).producer;
    if (!id.valid() || graph_.node(id).op->name != op) return {};
    return only_user(graph_, uses_, value).valid() ? id : NodeId();
  }

  bool is_along_keys(NodeId softmax) const {
    const int64_t axis = graph_.node(softmax).attrs.as<SoftmaxAttrs>().axis;
    const auto rank = static_cast<int64_t>(info(input(softmax, 0)).shape.size());
    return axis == -1 || axis == rank - 1;
  }

  // A constant of one element that does not make the other operand's shape larger.
  std::optional<double> number(ValueId id, const SymbolicShape& beside) const {
    const auto& constant = graph_.value(id).constant;
    if (!constant || constant->elements() != 1) return std::nullopt;
    if (constant->shape().size() > beside.size()) return std::nullopt;
    return element_as_double(constant->view(), 0);
  }

  // The operand of constant factors and divisors, which go into the scale.
  ValueId without_factors(ValueId value, Match& match) const {
    while (true) {
      const NodeId mul = inner(value, "Mul");
      const NodeId id = mul.valid() ? mul : inner(value, "Div");
      if (!id.valid()) return value;
      size_t at = 1;
      auto factor = number(input(id, 1), info(input(id, 0)).shape);
      if (!factor && mul.valid()) {
        at = 0;
        factor = number(input(id, 0), info(input(id, 1)).shape);
      }
      if (!factor) return value;
      match.scale = mul.valid() ? match.scale * *factor : match.scale / *factor;
      match.nodes.push_back(id);
      value = input(id, 1 - at);
    }
  }

  // Sets the mask, if there is one.
  ValueId without_mask(ValueId scores, Match& match) const {
    const SymbolicShape& shape = info(scores).shape;
    if (const NodeId add = inner(scores, "Add"); add.valid()) {
      for (const size_t at : {1U, 0U}) {
        const ValueId mask = input(add, at);
        const ValueId rest = input(add, 1 - at);
        if (!is_mask(mask, shape) || info(rest).shape != shape || !leads_to_product(rest)) continue;
        match.mask = mask;
        match.nodes.push_back(add);
        return rest;
      }
    }
    if (const NodeId where = inner(scores, "Where"); where.valid()) {
      const auto hidden = number(input(where, 2), shape);
      const bool is_hidden = hidden && *hidden == -std::numeric_limits<double>::infinity();
      if (is_hidden && is_mask(input(where, 0), shape) && info(input(where, 1)).shape == shape) {
        match.mask = input(where, 0);
        match.nodes.push_back(where);
        return input(where, 1);
      }
    }
    return scores;
  }

  // Whether factors and a product compute the value.
  bool leads_to_product(ValueId value) const {
    Match ignored;
    return inner(without_factors(value, ignored), "MatMul").valid();
  }

  bool is_mask(ValueId id, const SymbolicShape& scores) const {
    const SymbolicShape& shape = info(id).shape;
    if (shape.empty() || shape.size() > scores.size() || shape.back() != scores.back()) {
      return false;
    }
    const size_t missing = scores.size() - shape.size();
    for (size_t i = 0; i + 1 < shape.size(); ++i) {
      if (shape[i] != Dim(1) && shape[i] != scores[missing + i]) return false;
    }
    return true;
  }

  // Whether the shapes are those of heads. `scores` is what the softmax is of.
  bool fits(const Match& match, ValueId scores) const {
    const SymbolicShape& q = info(match.q).shape;
    const SymbolicShape& keys = info(match.keys).shape;
    const SymbolicShape& v = info(match.v).shape;
    const size_t rank = q.size();
    if ((rank != 3 && rank != 4) || keys.size() != rank || v.size() != rank) return false;
    // One batch, and as many keys as values.
    if (q[0] != keys[0] || q[0] != v[0] || keys.back() != v[rank - 2]) return false;
    if (q.back() != keys[rank - 2]) return false;
    SymbolicShape wanted = q;
    wanted.back() = keys.back();
    if (info(scores).shape != wanted) return false;
    if (rank == 3) return true;
    const bool counted = q[1].is_constant() && keys[1].is_constant();
    return counted && (keys[1] == q[1] || keys[1] == Dim(1)) && keys[1] == v[1];
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
};

class Rewriter {
 public:
  Rewriter(const Graph& graph, Patch& patch, NodeId last, const Match& match)
      : graph_(graph), patch_(patch), last_(last), match_(match) {}

  Status run() {
    const ValueId result = graph_.node(last_).outputs[0];
    const bool one_head = graph_.value(match_.q).info.shape.size() == 3;
    std::vector<ValueId> operands = {match_.q, TRY(keys_as_rows()), match_.v};
    if (match_.mask.valid()) operands.push_back(match_.mask);
    for (ValueId& operand : operands) {
      if (one_head && patch_.info(operand).shape.size() == 3) operand = TRY(with_head(operand));
    }
    AttentionAttrs attrs;
    attrs.scores.scale = static_cast<float>(match_.scale);
    ValueId y = TRY(add("Attention", Attrs::of(attrs), std::move(operands)));
    if (one_head) y = TRY(reshaped(y, graph_.value(result).info.shape));
    patch_.replace(result, y);
    for (const NodeId node : match_.nodes) patch_.remove(node);
    return {};
  }

 private:
  Result<ValueId> add(std::string_view op, Attrs attrs, std::vector<ValueId> operands) {
    return TRY(patch_.add_node(last_, *find_op(op), std::move(attrs), std::move(operands),
                               graph_.node(last_).name))
        .front();
  }

  Result<ValueId> reshaped(ValueId value, const SymbolicShape& shape) {
    return add_reshape(patch_, last_, value, shape, graph_.node(last_).name);
  }

  Result<ValueId> with_head(ValueId value) {
    SymbolicShape shape = patch_.info(value).shape;
    shape.insert(shape.begin() + 1, Dim(1));
    return reshaped(value, shape);
  }

  // The keys with their last two axes swapped.
  Result<ValueId> keys_as_rows() {
    Permutation perm;
    for (size_t i = 0; i < graph_.value(match_.keys).info.shape.size(); ++i) {
      perm.push_back(static_cast<int64_t>(i));
    }
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    ValueId keys = match_.keys;
    const NodeId producer = graph_.value(keys).producer;
    if (producer.valid() && is_transpose(graph_.node(producer))) {
      perm = compose(permutation_of(graph_, graph_.node(producer)), perm);
      keys = graph_.node(producer).inputs[0];
    }
    if (is_identity(perm)) return keys;
    return add("Transpose", Attrs::of(TransposeAttrs{.perm = std::move(perm)}), {keys});
  }

  const Graph& graph_;
  Patch& patch_;
  NodeId last_;
  const Match& match_;
};

}  // namespace

Result<Patch> recognize_attention(const Graph& graph) {
  Patch patch(graph);
  const Matcher matcher(graph);
  std::set<NodeId> taken;
  for (const NodeId id : graph.order()) {
    const std::optional<Match> match = matcher.match(id);
    const auto is_taken = [&](NodeId node) { return taken.contains(node); };
    // The product of one with values may be the scores of the next: that is for another round.
    if (!match || std::ranges::any_of(match->nodes, is_taken)) continue;
    taken.insert(match->nodes.begin(), match->nodes.end());
    TRY_STATUS(Rewriter(graph, patch, id, *match).run());
  }
  return patch;
}

}  // namespace tenon::internal
