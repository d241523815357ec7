#include "onnx/evaluate_constant.h"

#include "base/thread_pool.h"
#include "graph/executor.h"

#include <memory>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// What importers ask for are bounds, scales and lists of extents.
constexpr int kMaxNodes = 64;
constexpr int64_t kMaxElements = 4096;

class Evaluation {
 public:
  Evaluation(const Graph& graph, ThreadPool& pool) : graph_(graph), pool_(pool) {}

  std::optional<HostTensor> value(ValueId id) {
    const Value& value = graph_.value(id);
    if (value.constant) return value.constant;
    if (value.info.elements) {
      Result<HostTensor> known = known_tensor(value.info, {});
      if (known.ok()) return *std::move(known);
    }
    if (!value.producer.valid() || nodes_left_ == 0) return std::nullopt;
    --nodes_left_;
    std::optional<std::vector<HostTensor>> outputs = results(graph_.node(value.producer));
    if (!outputs) return std::nullopt;
    return std::move((*outputs)[value.producer_output]);
  }

 private:
  std::optional<std::vector<HostTensor>> results(const Node& node) {
    std::vector<ValueInfo> infos;
    for (const ValueId output : node.outputs) {
      infos.push_back(graph_.value(output).info);
      const Dim count = element_count(infos.back().shape);
      if (!count.is_constant() || count.constant() > kMaxElements) return std::nullopt;
    }
    std::vector<HostTensor> inputs;
    for (const ValueId input : node.inputs) {
      std::optional<HostTensor> tensor = input.valid() ? value(input) : HostTensor();
      if (!tensor) return std::nullopt;
      inputs.push_back(*std::move(tensor));
    }
    Result<std::vector<HostTensor>> outputs = execute_node(node, inputs, infos, {}, pool_);
    if (!outputs.ok()) return std::nullopt;
    return *std::move(outputs);
  }

  const Graph& graph_;
  ThreadPool& pool_;
  // Also bounds how deep value() calls itself.
  int nodes_left_ = kMaxNodes;
};

}  // namespace

std::optional<HostTensor> evaluate_constant(const Graph& graph, ValueId id) {
  const Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.workers = 0});
  if (!pool.ok()) return std::nullopt;
  return Evaluation(graph, **pool).value(id);
}

}  // namespace tenon::internal
