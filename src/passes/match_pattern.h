// Finds small graphs in larger ones.
#pragma once

#include "graph/graph.h"

#include <tenon/error.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

// A graph of one input and one output. Its constants are numbers: they stand for constants of one
// element that differ from them by a millionth at most, as texts of decimals and roundings do, of
// any type and rank.
class Pattern {
 public:
  // The body of a graph text from "input" to "output". The text must be right.
  explicit Pattern(std::string_view body);

  struct Match {
    ValueId input;
    // The nodes that it replaces; the last one gives the result.
    std::vector<NodeId> nodes;
  };

  // Where the pattern's output is computed by this node. Operands of Add, Mul, Min and Max match in
  // either order. Nobody but the nodes uses what they compute on the way, all of it is of the
  // input's type, and the result has its shape. `uses` are those of graph.uses().
  std::optional<Match> match(const Graph& graph, std::span<const std::vector<Use>> uses,
                             NodeId last) const;

 private:
  bool match_value(const Graph& graph, ValueId wanted, ValueId value, Match& match) const;
  bool match_node(const Graph& graph, NodeId wanted, NodeId node, Match& match) const;

  Graph pattern_;
};

}  // namespace tenon::internal
