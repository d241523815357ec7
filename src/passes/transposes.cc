#include "passes/transposes.h"

#include "base/data_types.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "ops/strided_copy.h"
#include "ops/transpose.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tenon::internal {

bool is_transpose(const Node& node) { return node.op->name == "Transpose"; }

Permutation permutation_of(const Graph& graph, const Node& node) {
  const std::optional<Permutation>& given = node.attrs.as<TransposeAttrs>().perm;
  if (given) return *given;
  Permutation perm;
  for (size_t axis = graph.value(node.inputs[0]).info.shape.size(); axis-- > 0;) {
    perm.push_back(static_cast<int64_t>(axis));
  }
  return perm;
}

Permutation compose(const Permutation& first, const Permutation& second) {
  Permutation both;
  for (const int64_t axis : second) both.push_back(first[static_cast<size_t>(axis)]);
  return both;
}

Permutation inverse(const Permutation& perm) {
  Permutation result(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    result[static_cast<size_t>(perm[i])] = static_cast<int64_t>(i);
  }
  return result;
}

bool is_identity(const Permutation& perm) { return std::ranges::is_sorted(perm); }

Result<HostTensor> transposed(const HostTensor& tensor, const Permutation& perm) {
  const std::vector<int64_t> strides = dense_strides(tensor.shape());
  ReadOrder order;
  for (const int64_t axis : perm) {
    order.shape.push_back(tensor.shape()[static_cast<size_t>(axis)]);
    order.strides.push_back(strides[static_cast<size_t>(axis)]);
  }
  const std::unique_ptr<ThreadPool> pool = TRY(ThreadPool::create({}));
  Status copied;
  HostTensor result =
      TRY(HostTensor::make(tensor.type(), order.shape, [&](std::span<std::byte> bytes) {
        const TensorView view{bytes.data(), tensor.type(), order.shape};
        copied = copy_in_order(order, tensor.view(), view, *pool);
      }));
  TRY_STATUS(copied);
  return result;
}

bool is_view_operand(const Graph& graph, const Node& node, size_t operand,
                     const Permutation& perm) {
  if (node.op->name != "MatMul" || operand > 1 || perm.size() < 2) return false;
  const auto innermost = static_cast<int64_t>(perm.size() - 1);
  return is_floating(graph.value(node.outputs.front()).info.type) &&
         (perm.back() == innermost || perm[perm.size() - 2] == innermost);
}

}  // namespace tenon::internal
