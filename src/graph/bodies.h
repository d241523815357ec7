// Bodies of nodes: graphs that an If or Loop runs. The inputs of a body are, in order, what the op
// gives it (ops/control_flow.h) and the captures, which are operands of the node: so whoever looks
// at operands sees all that a body reads. A body is shared and never changes; its symbols are those
// of the graph around it. Inputs of a body may have known elements, those of the captured value.
#pragma once

#include "graph/graph.h"
#include "ops/dims.h"

#include <tenon/error.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

// What the inputs of a node's bodies are if nothing that a Loop carries changes its extents.
std::vector<ValueInfo> body_inputs(const OpDef& op, const Attrs& attrs,
                                   std::span<const ValueInfo> operands);

struct InferredNode {
  std::vector<ValueInfo> outputs;
  // With inputs that fit the operands: the given ones where they did.
  Bodies bodies;
};

// infer_outputs() for nodes with and without bodies. Errors: also InvalidArgument for bodies whose
// inputs or results are not those that the op has, and for a Loop that carries an extent which
// changes and is not open.
Result<InferredNode> infer_node(const OpDef& op, const Attrs& attrs,
                                std::span<const ValueInfo> operands, const Bodies& bodies);

// The infos of values; not present for omitted ones.
std::vector<ValueInfo> infos_of(const Graph& graph, std::span<const ValueId> values);

// Adds the stems of open extents (ops/extents.h) that nodes of a graph and of its bodies tell.
void collect_told_stems(const Graph& graph, std::set<std::string, std::less<>>& stems);

// Adds the symbols that nodes of a body, and of bodies in it, stand on.
void collect_symbols(const Graph& graph, std::set<std::string>& symbols);

// A graph, or a body, with dims in place of symbols in attributes of its nodes and of bodies'.
Result<Graph> substitute(const Graph& graph, const std::map<std::string, Dim, std::less<>>& dims);

// Elements of a Dims node with dims in place of symbols; its attributes where none is there.
Attrs substitute(const DimsAttrs& attrs, const std::map<std::string, Dim, std::less<>>& dims);

// A body with other captures: input i becomes a constant, the input `same_as`, or goes away if
// nothing uses it.
struct CaptureChange {
  bool drop = false;
  std::optional<HostTensor> constant;
  std::optional<size_t> same_as;
};
// One change for each input. Dropped inputs without a constant or another input must have no use.
Result<Graph> change_captures(const Graph& body, std::span<const CaptureChange> changes);

}  // namespace tenon::internal
