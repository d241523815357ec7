// Runs a graph node by node on the reference implementations, in host memory: for folding, tests
// and accuracy checks, never for speed.
#pragma once

#include "base/thread_pool.h"
#include "graph/graph.h"

#include <tenon/error.h>

#include <functional>
#include <span>
#include <vector>

namespace tenon::internal {

// Called with every computed value, in order.
using ValueObserver = std::function<Status(ValueId, const HostTensor&)>;

// `inputs` in the order of graph.inputs(). Values are freed after their last use. Errors:
// InvalidArgument for a type or shape that does not fit, OutOfMemory, and what references and the
// observer return, with the node named.
Result<std::vector<HostTensor>> execute(const Graph& graph, std::span<const HostTensor> inputs,
                                        ThreadPool& pool, const ValueObserver& observer = {});

// The tensor of a value whose elements are known, under values of the symbols. Errors:
// InvalidArgument for a symbol that has none, elements that do not fill the shape, or none known.
Result<HostTensor> known_tensor(const ValueInfo& info, const SymbolBindings& bindings);

// Binds the open extents of a node (ops/extents.h), if it has some. Errors: those of OpDef::count;
// InvalidArgument for numbers that no extent has.
Status bind_extents(const Node& node, std::span<const HostTensor> inputs, ThreadPool& pool,
                    SymbolBindings& bindings);

// One node on the given operands (a default HostTensor for an omitted one). Outputs whose elements
// `output_infos` knows are filled from the bindings, and the reference is not called then. Infers
// from the concrete operands. Errors: as above, InvalidArgument where what is inferred differs from
// `output_infos` under the bindings.
Result<std::vector<HostTensor>> execute_node(const Node& node, std::span<const HostTensor> inputs,
                                             std::span<const ValueInfo> output_infos,
                                             const SymbolBindings& bindings, ThreadPool& pool);

}  // namespace tenon::internal
