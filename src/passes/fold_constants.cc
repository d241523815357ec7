#include "passes/fold_constants.h"

#include "base/thread_pool.h"
#include "base/try.h"
#include "graph/executor.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace tenon::internal {
namespace {

constexpr int64_t kFreeBytes = int64_t{16} << 20;

class ConstantFolder {
 public:
  ConstantFolder(const Graph& graph, ThreadPool& pool)
      : graph_(graph), pool_(pool), patch_(graph) {}

  Patch run() && {
    for (const NodeId id : graph_.order()) fold(id);
    return std::move(patch_);
  }

 private:
  // The tensor of a constant, of the graph or made here; nullptr for other values.
  const HostTensor* constant(ValueId id) const {
    if (const auto& tensor = graph_.value(id).constant) return &*tensor;
    const auto folded = folded_.find(id);
    return folded == folded_.end() ? nullptr : &folded->second;
  }

  void fold(NodeId id) {
    const Node& node = graph_.node(id);
    std::vector<HostTensor> operands;
    int64_t operand_bytes = 0;
    for (const ValueId operand : node.inputs) {
      const HostTensor* tensor = operand.valid() ? constant(operand) : nullptr;
      if (operand.valid() && tensor == nullptr) return;
      operands.push_back(tensor == nullptr ? HostTensor() : *tensor);
      operand_bytes += static_cast<int64_t>(operands.back().bytes().size());
    }
    if (operands.empty()) return;

    std::vector<ValueInfo> infos;
    int64_t result_bytes = 0;
    for (const ValueId output : node.outputs) {
      infos.push_back(graph_.value(output).info);
      // A constant is plain.
      if (infos.back().layout != Layout::kPlain) return;
      const auto size = byte_size(infos.back()).as_constant();
      if (!size || *size > std::max(kFreeBytes, operand_bytes) - result_bytes) return;
      result_bytes += *size;
    }
    auto results = execute_node(node, operands, infos, {}, pool_);
    if (!results.ok()) return;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      const HostTensor& tensor = folded_.emplace(output, std::move((*results)[i])).first->second;
      patch_.replace(output, patch_.add_constant(tensor, graph_.value(output).name));
    }
    patch_.remove(id);
  }

  const Graph& graph_;
  ThreadPool& pool_;
  Patch patch_;
  std::map<ValueId, HostTensor> folded_;
};

}  // namespace

Result<Patch> fold_constants(const Graph& graph) {
  const std::unique_ptr<ThreadPool> pool = TRY(ThreadPool::create({}));
  return ConstantFolder(graph, *pool).run();
}

}  // namespace tenon::internal
