#include "passes/gemm_to_matmul.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/matmul.h"
#include "ops/transpose.h"

#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// The number as a constant of the type; nullopt where the type rounds it.
Result<std::optional<HostTensor>> scalar_of(DataType type, float number) {
  const double exact = number;
  HostTensor tensor = TRY(HostTensor::of(type, {}, {&exact, 1}));
  if (element_as_double(tensor.view(), 0) != exact) return std::optional<HostTensor>();
  return std::optional(std::move(tensor));
}

class GemmRewriter {
 public:
  GemmRewriter(const Graph& graph, Patch& patch, NodeId id)
      : graph_(graph), patch_(patch), id_(id), node_(graph.node(id)) {}

  Status run() {
    const auto& gemm = node_.attrs.as<GemmAttrs>();
    const DataType type = graph_.value(node_.inputs[0]).info.type;
    if (!is_floating(type)) return {};
    const bool has_addend = node_.inputs.size() > 2;
    const auto alpha = TRY(scalar_of(type, gemm.alpha));
    const auto beta = TRY(scalar_of(type, has_addend ? gemm.beta : 1));
    if (!alpha || !beta) return {};
    const ValueId a = TRY(transposed(node_.inputs[0], gemm.trans_a));
    const ValueId b = TRY(transposed(node_.inputs[1], gemm.trans_b));
    ValueId result = TRY(add("MatMul", Attrs(), {a, b}));
    result = TRY(scaled(result, gemm.alpha, *alpha));
    if (has_addend) {
      const ValueId addend = TRY(scaled(node_.inputs[2], gemm.beta, *beta));
      result = TRY(add("Add", Attrs(), {result, addend}));
    }
    patch_.replace(node_.outputs.front(), result);
    patch_.remove(id_);
    return {};
  }

 private:
  Result<ValueId> add(std::string_view op, Attrs attrs, std::vector<ValueId> operands) {
    return TRY(patch_.add_node(id_, *find_op(op), std::move(attrs), std::move(operands),
                               node_.name))
        .front();
  }

  Result<ValueId> transposed(ValueId matrix, bool is_transposed) {
    if (!is_transposed) return matrix;
    return add("Transpose", Attrs::of(TransposeAttrs{.perm = std::vector<int64_t>{1, 0}}),
               {matrix});
  }

  Result<ValueId> scaled(ValueId value, float scale, const HostTensor& tensor) {
    if (scale == 1) return value;
    return add("Mul", Attrs(), {value, patch_.add_constant(tensor, "scale")});
  }

  const Graph& graph_;
  Patch& patch_;
  NodeId id_;
  const Node& node_;
};

}  // namespace

Result<Patch> gemm_to_matmul(const Graph& graph) {
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    if (graph.node(id).op->name == "Gemm") TRY_STATUS(GemmRewriter(graph, patch, id).run());
  }
  return patch;
}

}  // namespace tenon::internal
