#include "graph/executor.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/bodies.h"
#include "ops/control_flow.h"
#include "ops/extents.h"

#include <algorithm>
#include <array>
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
    return invalid_argument("the graph has {}, but tensors are given for {}",
                            counted(graph.inputs().size(), "input"), inputs.size());
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

namespace {

Result<std::vector<HostTensor>> execute_bound(const Graph& graph,
                                              std::span<const HostTensor> inputs,
                                              SymbolBindings bindings, ThreadPool& pool,
                                              const ValueObserver& observer);

Result<bool> truth(const HostTensor& condition) {
  if (condition.elements() != 1) {
    return invalid_argument("a condition has {}, not one",
                            counted(condition.elements(), "element"));
  }
  return TRY(to_int64s(condition.view()))[0] != 0;
}

Result<std::vector<HostTensor>> execute_if(const Node& node, std::span<const HostTensor> operands,
                                           const SymbolBindings& bindings, ThreadPool& pool) {
  const Graph& body = *node.bodies[TRY(truth(operands[0])) ? 0 : 1];
  return execute_bound(body, operands.subspan(1), bindings, pool, {});
}

// Pieces along a new first axis. Without any the dims are those that the graph knows, else 0.
Result<HostTensor> stacked(std::span<const HostTensor> pieces, const ValueInfo& info,
                           const SymbolBindings& bindings) {
  Shape shape = {std::ssize(pieces)};
  if (pieces.empty()) {
    for (size_t axis = 1; axis < info.shape.size(); ++axis) {
      shape.push_back(info.shape[axis].evaluate(bindings).value_or(0));
    }
  } else {
    shape.insert(shape.end(), pieces[0].shape().begin(), pieces[0].shape().end());
  }
  for (const HostTensor& piece : pieces) {
    if (piece.shape() != pieces[0].shape()) {
      return invalid_argument("what is stacked is {} in one iteration and {} in another",
                              tenon::to_string(pieces[0].shape()), tenon::to_string(piece.shape()));
    }
  }
  return HostTensor::make(info.type, std::move(shape), [&](std::span<std::byte> bytes) {
    auto to = bytes.begin();
    for (const HostTensor& piece : pieces) to = std::ranges::copy(piece.bytes(), to).out;
  });
}

std::vector<Shape> shapes_of(std::span<const HostTensor> tensors) {
  std::vector<Shape> shapes;
  for (const HostTensor& tensor : tensors) shapes.push_back(tensor.shape());
  return shapes;
}

Result<std::vector<HostTensor>> execute_loop(const Node& node, std::span<const HostTensor> operands,
                                             std::span<const ValueInfo> infos,
                                             const SymbolBindings& bindings, ThreadPool& pool) {
  const auto carried = static_cast<size_t>(node.attrs.as<LoopAttrs>().carried);
  const size_t scans = infos.size() - carried;
  if (operands[0].elements() != 1) return invalid_argument("the most iterations are no number");
  const int64_t most = operands[0].as<int64_t>()[0];
  bool goes_on = TRY(truth(operands[1]));
  std::vector<HostTensor> state(operands.begin() + 2,
                                operands.begin() + 2 + static_cast<std::ptrdiff_t>(carried));
  const std::vector<HostTensor> captures(
      operands.begin() + 2 + static_cast<std::ptrdiff_t>(carried), operands.end());
  std::vector<std::vector<HostTensor>> pieces(scans);
  for (int64_t i = 0; i < most && goes_on; ++i) {
    const std::array<double, 1> one = {1};
    std::vector<HostTensor> inputs = {TRY(HostTensor::of_int64({}, std::span(&i, 1))),
                                      TRY(HostTensor::of(DataType::kBool, {}, one))};
    inputs.insert(inputs.end(), state.begin(), state.end());
    inputs.insert(inputs.end(), captures.begin(), captures.end());
    SymbolBindings inside = bindings;
    bind_carried_extents(stem_of(node.attrs), shapes_of(state), inside);
    std::vector<HostTensor> results =
        TRY(execute_bound(*node.bodies[0], inputs, std::move(inside), pool, {}));
    goes_on = TRY(truth(results[0]));
    for (size_t k = 0; k < carried; ++k) state[k] = results[1 + k];
    for (size_t k = 0; k < scans; ++k) pieces[k].push_back(results[1 + carried + k]);
  }
  for (size_t k = 0; k < scans; ++k) {
    state.push_back(TRY(stacked(pieces[k], infos[carried + k], bindings)));
  }
  return state;
}

// Runs a node; what it tells is bound.
Result<std::vector<HostTensor>> run_node(const Node& node, std::span<const HostTensor> operands,
                                         std::span<const ValueInfo> infos, SymbolBindings& bindings,
                                         ThreadPool& pool) {
  if (node.op->bodies == 0) {
    TRY_STATUS(bind_extents(node, operands, pool, bindings));
    return execute_node(node, operands, infos, bindings, pool);
  }
  std::vector<HostTensor> results =
      TRY(node.op->name == kIfName ? execute_if(node, operands, bindings, pool)
                                   : execute_loop(node, operands, infos, bindings, pool));
  bind_result_extents(stem_of(node.attrs), shapes_of(results), bindings);
  for (size_t i = 0; i < results.size(); ++i) {
    const Shape expected = TRY(evaluate(infos[i].shape, bindings));
    if (results[i].shape() == expected && results[i].type() == infos[i].type) continue;
    return invalid_argument("output {} is {}, the graph says {}", i, to_string(results[i].info()),
                            to_string(infos[i]));
  }
  return results;
}

}  // namespace

Result<std::vector<HostTensor>> execute(const Graph& graph, std::span<const HostTensor> inputs,
                                        ThreadPool& pool, const ValueObserver& observer) {
  TRY_STATUS(check_inputs(graph, inputs));
  std::vector<Shape> shapes;
  for (const HostTensor& input : inputs) shapes.push_back(input.shape());
  return execute_bound(graph, inputs, TRY(graph.bind(shapes)), pool, observer);
}

namespace {

Result<std::vector<HostTensor>> execute_bound(const Graph& graph,
                                              std::span<const HostTensor> inputs,
                                              SymbolBindings bindings, ThreadPool& pool,
                                              const ValueObserver& observer) {
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
    auto results = run_node(node, operands, infos, bindings, pool);
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

}  // namespace

}  // namespace tenon::internal
