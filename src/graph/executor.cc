#include "graph/executor.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/extents.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

namespace tenon::internal {
namespace {

// Whether the elements are filled in; four-bit ones are left to references.
bool is_known(const ValueInfo& info) { return info.elements && bits_of(info.type) >= 8; }

Result<std::vector<HostTensor>> run_reference(const Node& node, std::span<const HostTensor> inputs,
                                              std::span<const ValueInfo> output_infos,
                                              std::span<const Shape> shapes, ThreadPool& pool) {
  std::vector<ConstTensorView> in;
  for (const HostTensor& input : inputs) in.push_back(input.view());
  std::vector<HostTensor> results;
  std::vector<TensorView> out;
  for (size_t i = 0; i < shapes.size(); ++i) {
    // The memory is written after make() returns: nobody else has seen the tensor yet.
    std::byte* data = nullptr;
    const auto keep = [&data](std::span<std::byte> bytes) { data = bytes.data(); };
    results.push_back(TRY(HostTensor::make(output_infos[i].type, shapes[i], keep)));
    out.push_back({.data = data, .type = output_infos[i].type, .shape = shapes[i]});
  }
  TRY_STATUS(node.op->reference(node.attrs, in, out, pool));
  return results;
}

Status check_inputs(const Graph& graph, std::span<const HostTensor> inputs) {
  if (inputs.size() != graph.inputs().size()) {
    return invalid_argument("the graph has {} inputs, but {} tensors are given",
                            graph.inputs().size(), inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Value& input = graph.value(graph.inputs()[i]);
    if (input.info.type != inputs[i].type()) {
      return invalid_argument("input {} is {}, but a tensor of {} is given", quote(input.name),
                              to_string(input.info), to_string(inputs[i].type()));
    }
  }
  return {};
}

// For each value the position in the order of the last node that uses it; outputs of the graph are
// kept to the end.
std::vector<size_t> last_uses(const Graph& graph) {
  std::vector<size_t> last(graph.value_capacity(), 0);
  for (size_t position = 0; position < graph.order().size(); ++position) {
    const Node& node = graph.node(graph.order()[position]);
    for (const ValueId operand : node.inputs) {
      if (operand.valid()) last[operand.index] = position;
    }
    for (const ValueId output : node.outputs) last[output.index] = position;
  }
  for (const GraphOutput& output : graph.outputs()) last[output.value.index] = SIZE_MAX;
  return last;
}

}  // namespace

Result<HostTensor> known_tensor(const ValueInfo& info, const SymbolBindings& bindings) {
  if (!is_known(info)) {
    return invalid_argument("the elements of a value of type {} are not known", to_string(info));
  }
  Shape shape = TRY(evaluate(info.shape, bindings));
  std::vector<int64_t> elements;
  for (const Dim& element : *info.elements) elements.push_back(TRY(element.evaluate(bindings)));
  if (tenon::element_count(shape) != static_cast<int64_t>(elements.size())) {
    return invalid_argument("{} known elements for a value of type {}", elements.size(),
                            to_string(info));
  }
  const size_t width = static_cast<size_t>(bits_of(info.type)) / 8;
  return HostTensor::make(info.type, std::move(shape), [&](std::span<std::byte> bytes) {
    for (size_t i = 0; i < elements.size(); ++i) {
      std::memcpy(bytes.data() + i * width, &elements[i], width);
    }
  });
}

Status bind_extents(const Node& node, std::span<const HostTensor> inputs, ThreadPool& pool,
                    SymbolBindings& bindings) {
  if (node.op->count == nullptr) return {};
  std::vector<ConstTensorView> in;
  for (const HostTensor& input : inputs) in.push_back(input.view());
  return bind_extents(*node.op, node.attrs, in, pool, bindings);
}

Result<std::vector<HostTensor>> execute_node(const Node& node, std::span<const HostTensor> inputs,
                                             std::span<const ValueInfo> output_infos,
                                             const SymbolBindings& bindings, ThreadPool& pool) {
  std::vector<ValueInfo> operands;
  for (const HostTensor& input : inputs) operands.push_back(input.info());
  const std::vector<ValueInfo> inferred = TRY(infer_outputs(*node.op, node.attrs, operands));
  TENON_CHECK(inferred.size() == output_infos.size());

  std::vector<Shape> shapes;
  bool all_known = true;
  for (size_t i = 0; i < inferred.size(); ++i) {
    shapes.push_back(TRY(evaluate(output_infos[i].shape, bindings)));
    const Shape from_operands = TRY(evaluate(inferred[i].shape, bindings));
    if (inferred[i].type != output_infos[i].type || from_operands != shapes[i]) {
      return invalid_argument(
          "output {} is {} for these operands, but the graph's {} is {} for these inputs", i,
          to_string(inferred[i]), to_string(output_infos[i]), to_string(shapes[i]));
    }
    all_known = all_known && is_known(output_infos[i]);
  }
  if (!all_known) return run_reference(node, inputs, output_infos, shapes, pool);
  std::vector<HostTensor> results;
  for (const ValueInfo& info : output_infos) {
    results.push_back(TRY(known_tensor(info, bindings)));
  }
  return results;
}

Result<std::vector<HostTensor>> execute(const Graph& graph, std::span<const HostTensor> inputs,
                                        ThreadPool& pool, const ValueObserver& observer) {
  TRY_STATUS(check_inputs(graph, inputs));
  std::vector<Shape> shapes;
  for (const HostTensor& input : inputs) shapes.push_back(input.shape());
  SymbolBindings bindings = TRY(graph.bind(shapes));

  std::vector<HostTensor> tensors(graph.value_capacity());
  for (size_t i = 0; i < inputs.size(); ++i) tensors[graph.inputs()[i].index] = inputs[i];
  const auto tensor_of = [&](ValueId id) {
    if (!id.valid()) return HostTensor();
    return graph.value(id).constant.value_or(tensors[id.index]);
  };
  const std::vector<size_t> last_use = last_uses(graph);

  for (size_t position = 0; position < graph.order().size(); ++position) {
    const NodeId id = graph.order()[position];
    const Node& node = graph.node(id);
    std::vector<HostTensor> operands;
    std::ranges::transform(node.inputs, std::back_inserter(operands), tensor_of);
    std::vector<ValueInfo> infos;
    for (const ValueId output : node.outputs) infos.push_back(graph.value(output).info);
    const auto run = [&]() -> Result<std::vector<HostTensor>> {
      TRY_STATUS(bind_extents(node, operands, pool, bindings));
      return execute_node(node, operands, infos, bindings, pool);
    };
    auto results = run();
    if (!results.ok()) {
      return std::move(results)
          .error()
          .with_context("while running " + describe(graph, id))
          .with_node(node.name);
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (observer) TRY_STATUS(observer(node.outputs[i], (*results)[i]));
      tensors[node.outputs[i].index] = std::move((*results)[i]);
    }
    const auto release = [&](ValueId value) {
      if (value.valid() && last_use[value.index] == position) tensors[value.index] = {};
    };
    std::ranges::for_each(node.inputs, release);
    std::ranges::for_each(node.outputs, release);
  }

  std::vector<HostTensor> results;
  for (const GraphOutput& output : graph.outputs()) results.push_back(tensor_of(output.value));
  return results;
}

}  // namespace tenon::internal
