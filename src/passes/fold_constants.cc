#include "passes/fold_constants.h"

#include "base/thread_pool.h"
#include "base/try.h"
#include "graph/executor.h"
#include "ops/extents.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace tenon::internal {
namespace {

constexpr int64_t kFreeBytes = int64_t{16} << 20;
// As much as weights of four bits take as f32.
constexpr int64_t kMaxGrowth = 8;

int64_t bytes_of(const HostTensor& tensor) { return static_cast<int64_t>(tensor.bytes().size()); }

class ConstantFolder {
 public:
  ConstantFolder(const Graph& graph, ThreadPool& pool)
      : graph_(graph), pool_(pool), patch_(graph), uses_left_(graph.value_capacity()) {
    const int64_t given = graph.given_constant_bytes();
    room_ = given + std::max(kFreeBytes, kMaxGrowth * given);
    for (const ValueId id : graph.used_constants()) room_ -= bytes_of(*graph.value(id).constant);
    for (const NodeId id : graph.order()) {
      for (const ValueId operand : graph.node(id).inputs) {
        if (operand.valid()) ++uses_left_[operand.index];
      }
    }
    for (const GraphOutput& output : graph.outputs()) ++uses_left_[output.value.index];
  }

  Patch run() && {
    for (const NodeId id : graph_.order()) fold(id);
    for (auto& [id, tensor] : folded_) {
      patch_.replace(id, patch_.add_constant(std::move(tensor), graph_.value(id).name));
    }
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
    // Others may stand on the extents that it tells.
    if (has_stem(*node.op)) return;
    std::vector<HostTensor> operands;
    int64_t operand_bytes = 0;
    for (const ValueId operand : node.inputs) {
      const HostTensor* tensor = operand.valid() ? constant(operand) : nullptr;
      if (operand.valid() && tensor == nullptr) return;
      operands.push_back(tensor == nullptr ? HostTensor() : *tensor);
      operand_bytes += bytes_of(operands.back());
    }
    if (operands.empty()) return;

    std::vector<ValueInfo> infos;
    int64_t result_bytes = 0;
    for (const ValueId output : node.outputs) {
      infos.push_back(graph_.value(output).info);
      // A constant is plain.
      if (infos.back().layout != Layout::kPlain) return;
      const auto size = byte_size(infos.back()).as_constant();
      const int64_t most = std::min(room_, std::max(kFreeBytes, operand_bytes));
      if (!size || *size > most - result_bytes) return;
      result_bytes += *size;
    }
    auto results = execute_node(node, operands, infos, {}, pool_);
    if (!results.ok()) return;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      if (uses_left_[output.index] == 0) continue;
      room_ -= bytes_of((*results)[i]);
      folded_.emplace(output, std::move((*results)[i]));
    }
    for (const ValueId operand : node.inputs) {
      if (operand.valid() && --uses_left_[operand.index] == 0) release(operand);
    }
    patch_.remove(id);
  }

  // Of a constant that only folded nodes use.
  void release(ValueId id) {
    room_ += bytes_of(*constant(id));
    folded_.erase(id);
  }

  const Graph& graph_;
  ThreadPool& pool_;
  Patch patch_;
  // Nodes that are not folded, and outputs, that use each value.
  std::vector<size_t> uses_left_;
  // How many bytes the constants in use may still grow by. It follows from those that the graph was
  // given, so that what earlier rounds have folded counts too.
  int64_t room_ = 0;
  // Those that are made here and still in use.
  std::map<ValueId, HostTensor> folded_;
};

}  // namespace

Result<Patch> fold_constants(const Graph& graph) {
  const std::unique_ptr<ThreadPool> pool = TRY(ThreadPool::create({}));
  return ConstantFolder(graph, *pool).run();
}

}  // namespace tenon::internal
