#include <tenon/network.h>

#include "api/runtime/guard.h"
#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "graph/executor.h"
#include "graph/graph.h"
#include "graph/text.h"
#include "onnx/import.h"
#include "ops/list.h"
#include "plan/plan.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace tenon {
namespace {

using internal::Dim;
using internal::Graph;
using internal::guarded;
using internal::HostTensor;
using internal::ImportedOperator;
using internal::OpDef;
using internal::ThreadPool;
using internal::ValueId;

internal::ImportSettings import_settings(const ImportOptions& options) {
  return {.input_shapes = options.input_shapes,
          .missing_shape = options.missing_shape,
          .warning = options.warning,
          .external_data_folder = options.external_data_folder,
          .linked_data_folder = {}};
}

Result<HostTensor> copy_of(const ConstTensorView& tensor) {
  const int64_t bytes = byte_size(tensor.type, tensor.shape);
  if (tensor.data == nullptr && bytes > 0) {
    return internal::invalid_argument("a null pointer is given for a tensor of {} bytes", bytes);
  }
  return HostTensor::make(tensor.type, tensor.shape, [&](std::span<std::byte> elements) {
    if (bytes > 0) std::memcpy(elements.data(), tensor.data, static_cast<size_t>(bytes));
  });
}

// Dims of an input given by hand: a number, an expression, or a symbol named after the axis that
// neither the network nor the input has.
Result<internal::SymbolicShape> parse_dims(const TensorInfo& info, const Graph& graph) {
  std::set<std::string> symbols = graph.input_symbols();
  for (const DimInfo& dim : info.dims) {
    if (dim.value < 0 && !dim.expression.empty()) {
      TRY(Dim::parse(dim.expression)).collect_symbols(symbols);
    }
  }
  internal::SymbolicShape shape;
  for (size_t axis = 0; axis < info.dims.size(); ++axis) {
    const DimInfo& dim = info.dims[axis];
    if (dim.value < -1) {
      return internal::invalid_argument(
          "axis {} of input '{}' is {}; it must be a number from 0, or -1 where it is open", axis,
          info.name, dim.value);
    }
    if (dim.value >= 0) {
      shape.emplace_back(dim.value);
    } else if (dim.expression.empty()) {
      const std::string name = Dim::unused_symbol_name(
          fmt::format("{}_{}", info.name, axis),
          [&](std::string_view taken) { return symbols.contains(std::string(taken)); });
      symbols.insert(name);
      shape.push_back(Dim::symbol(name));
    } else {
      shape.push_back(TRY(Dim::parse(dim.expression)));
    }
  }
  return shape;
}

Result<std::vector<ValueId>> operand_ids(const Graph& graph, std::span<const std::string> names) {
  std::vector<ValueId> ids;
  for (const std::string& name : names) {
    const ValueId id = name.empty() ? ValueId{} : graph.find_value(name);
    if (!name.empty() && !id.valid()) {
      return internal::not_found("the network has no value '{}'", name);
    }
    ids.push_back(id);
  }
  return ids;
}

Tensor tensor_of(const HostTensor& tensor) {
  return {.type = tensor.type(),
          .shape = tensor.shape(),
          .bytes = {tensor.bytes().begin(), tensor.bytes().end()}};
}

// Runs the graph with the reference implementations.
Result<std::vector<HostTensor>> execute(const Graph& graph,
                                        const std::map<std::string, ConstTensorView>& inputs,
                                        const internal::ValueObserver& observer) {
  std::vector<std::string_view> names;
  for (const ValueId id : graph.inputs()) names.push_back(graph.value(id).name);
  std::vector<std::string> unknown;
  for (const auto& [name, tensor] : inputs) {
    if (std::ranges::find(names, name) == names.end()) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    return internal::not_found("tensors are given for what is no input: {}; the inputs are: {}",
                               internal::join(unknown), internal::join(names));
  }
  std::vector<HostTensor> operands;
  for (const ValueId id : graph.inputs()) {
    const auto given = inputs.find(graph.value(id).name);
    if (given == inputs.end()) {
      return internal::invalid_argument("input '{}' is missing", graph.value(id).name);
    }
    operands.push_back(TRY(copy_of(given->second)));
  }
  const auto pool = TRY(ThreadPool::create({}));
  return internal::execute(graph, operands, *pool, observer);
}

// By id: whether a value is the same whatever the inputs' elements are.
std::vector<bool> fixed_values(const Graph& graph) {
  std::vector<bool> fixed(graph.value_capacity());
  for (const ValueId id : graph.used_constants()) fixed[id.index] = true;
  for (const internal::NodeId id : graph.order()) {
    const internal::Node& node = graph.node(id);
    const bool all = std::ranges::all_of(
        node.inputs, [&](ValueId operand) { return !operand.valid() || fixed[operand.index]; });
    for (const ValueId output : node.outputs) {
      fixed[output.index] = all || graph.value(output).info.elements.has_value();
    }
  }
  return fixed;
}

std::string attribute_list(const OpDef& op) {
  return internal::join(op.attrs->fields(), ", ", [](const internal::AttrTable::Field& field) {
    return field.name + " " + field.type;
  });
}

// "Conv 1-22" of every operator that becomes this op.
std::string onnx_versions(const OpDef& op, std::span<const ImportedOperator> imported) {
  std::vector<std::string> texts;
  for (const ImportedOperator& row : imported) {
    if (row.op != op.name) continue;
    texts.push_back(fmt::format("{}{}{} {}-{}", row.domain, row.domain.empty() ? "" : ".",
                                row.op_type, row.since_version, row.until_version));
  }
  return internal::join(texts, ", ");
}

}  // namespace

Result<Network> Network::from_onnx(const std::filesystem::path& path,
                                   const ImportOptions& options) {
  return guarded([&]() -> Result<Network> {
    return Network(
        std::make_unique<Graph>(TRY(internal::import_onnx_file(path, import_settings(options)))));
  });
}

Result<Network> Network::from_onnx(std::span<const std::byte> bytes, const ImportOptions& options) {
  return guarded([&]() -> Result<Network> {
    auto copy = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    const std::span<const std::byte> view = *copy;
    return Network(std::make_unique<Graph>(
        TRY(internal::import_onnx(view, std::move(copy), import_settings(options)))));
  });
}

Result<Network> Network::from_text(std::string_view text) {
  return guarded([&]() -> Result<Network> {
    return Network(std::make_unique<Graph>(TRY(internal::parse_graph(text))));
  });
}

Network::Network(std::string_view name) : graph_(std::make_unique<Graph>(std::string(name))) {}
Network::Network(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

Network Network::clone() const { return Network(std::make_unique<Graph>(*graph_)); }

Status Network::add_input(const TensorInfo& info) {
  return guarded([&]() -> Status {
    if (bits_of(info.type) == 0) {
      return internal::invalid_argument("the type of input '{}' is no element type: {}", info.name,
                                        static_cast<int>(info.type));
    }
    TRY(graph_->add_input(
        info.name, {.type = info.type, .shape = TRY(parse_dims(info, *graph_)), .elements = {}}));
    return {};
  });
}

Status Network::add_constant(std::string_view name, const ConstTensorView& tensor) {
  return guarded([&]() -> Status {
    TRY(graph_->add_constant(std::string(name), TRY(copy_of(tensor))));
    return {};
  });
}

Status Network::add(std::string_view op, std::span<const std::string> inputs,
                    std::span<const std::string> outputs, const AttributeMap& attributes,
                    std::string_view node_name) {
  return guarded([&]() -> Status {
    const OpDef* def = internal::find_op(op);
    if (def == nullptr) return internal::not_found("there is no op '{}'", op);
    TRY(graph_->add_node(*def, TRY(internal::Attrs::from_map(*def->attrs, attributes)),
                         TRY(operand_ids(*graph_, inputs)), std::string(node_name),
                         {outputs.begin(), outputs.end()}));
    return {};
  });
}

Status Network::mark_output(std::string_view value) {
  return guarded([&]() -> Status {
    const ValueId id = graph_->find_value(value);
    if (!id.valid()) return internal::not_found("the network has no value '{}'", value);
    for (const internal::GraphOutput& output : graph_->outputs()) {
      if (output.value == id) return {};
    }
    return graph_->add_output(std::string(value), id);
  });
}

std::vector<TensorInfo> Network::inputs() const {
  std::vector<TensorInfo> result;
  for (const ValueId id : graph_->inputs()) {
    result.push_back(internal::tensor_info(graph_->value(id).name, graph_->value(id).info));
  }
  return result;
}

std::vector<TensorInfo> Network::outputs() const {
  std::vector<TensorInfo> result;
  for (const internal::GraphOutput& output : graph_->outputs()) {
    result.push_back(internal::tensor_info(output.name, graph_->value(output.value).info));
  }
  return result;
}

std::vector<TensorInfo> Network::computed_values() const {
  std::vector<TensorInfo> result;
  for (const internal::NodeId node : graph_->order()) {
    for (const ValueId id : graph_->node(node).outputs) {
      result.push_back(internal::tensor_info(graph_->value(id).name, graph_->value(id).info));
    }
  }
  return result;
}

std::string_view Network::producer_op(std::string_view value) const {
  const ValueId id = graph_->find_value(value);
  if (!id.valid() || !graph_->value(id).producer.valid()) return {};
  return graph_->node(graph_->value(id).producer).op->name;
}

size_t Network::node_count() const { return graph_->order().size(); }

int64_t Network::constant_bytes() const {
  int64_t bytes = 0;
  for (const ValueId id : graph_->used_constants()) {
    bytes += static_cast<int64_t>(graph_->value(id).constant->bytes().size());
  }
  return bytes;
}

Result<std::vector<Tensor>> Network::evaluate(
    const std::map<std::string, ConstTensorView>& inputs) const {
  return guarded([&]() -> Result<std::vector<Tensor>> {
    const std::vector<HostTensor> outputs = TRY(execute(*graph_, inputs, {}));
    std::vector<Tensor> result;
    for (const HostTensor& output : outputs) result.push_back(tensor_of(output));
    return result;
  });
}

Result<std::map<std::string, Tensor>> Network::evaluate_all(
    const std::map<std::string, ConstTensorView>& inputs) const {
  return guarded([&]() -> Result<std::map<std::string, Tensor>> {
    std::map<std::string, Tensor> result;
    TRY(execute(*graph_, inputs, [&](ValueId id, const HostTensor& tensor) -> Status {
      result.emplace(graph_->value(id).name, tensor_of(tensor));
      return {};
    }));
    return result;
  });
}

Result<Network> Network::isolate(std::string_view value,
                                 const std::map<std::string, ConstTensorView>& values) const {
  return guarded([&]() -> Result<Network> {
    const ValueId wanted = graph_->find_value(value);
    if (!wanted.valid() || !graph_->value(wanted).producer.valid()) {
      return internal::not_found("the network has no node that computes '{}'", value);
    }
    const internal::Node& node = graph_->node(graph_->value(wanted).producer);
    const std::vector<bool> fixed = fixed_values(*graph_);
    auto alone = std::make_unique<Graph>(graph_->name());
    const auto add_operand = [&](ValueId id) -> Result<ValueId> {
      if (!id.valid()) return id;
      const internal::Value& operand = graph_->value(id);
      if (const ValueId known = alone->find_value(operand.name); known.valid()) return known;
      if (operand.constant) return alone->add_constant(operand.name, *operand.constant);
      const auto given = values.find(operand.name);
      if (given == values.end()) {
        return internal::not_found("value '{}' is missing beside '{}'", operand.name, value);
      }
      if (fixed[id.index]) return alone->add_constant(operand.name, TRY(copy_of(given->second)));
      return alone->add_input(operand.name, {.type = operand.info.type,
                                             .shape = internal::to_symbolic(given->second.shape),
                                             .elements = {}});
    };
    // A node that may hold symbols of the whole network is not copied.
    const bool is_fixed =
        std::ranges::all_of(node.outputs, [&](ValueId id) { return fixed[id.index]; });
    std::vector<ValueId> outputs;
    std::vector<std::string> names;
    for (const ValueId id : node.outputs) {
      names.push_back(graph_->value(id).name);
      if (is_fixed) outputs.push_back(TRY(add_operand(id)));
    }
    if (!is_fixed) {
      std::vector<ValueId> operands;
      for (const ValueId id : node.inputs) operands.push_back(TRY(add_operand(id)));
      const internal::NodeId added = TRY(alone->add_node(*node.op, node.attrs, std::move(operands),
                                                         node.name, names, node.bodies));
      outputs = alone->node(added).outputs;
    }
    for (size_t i = 0; i < names.size(); ++i) {
      TRY_STATUS(alone->add_output(names[i], outputs[i]));
    }
    return Network(std::move(alone));
  });
}

Result<std::string> Network::to_text(size_t max_constant_elements) const {
  return guarded([&]() -> Result<std::string> {
    return internal::to_text(*graph_, {.max_constant_elements = max_constant_elements});
  });
}

Result<Tensor> tensor_from_onnx(std::span<const std::byte> bytes) {
  return guarded([&]() -> Result<Tensor> {
    // The tensor may view the bytes, which live until it is copied below.
    const std::shared_ptr<const void> borrowed(bytes.data(), [](const void*) {});
    const HostTensor tensor = TRY(internal::read_tensor_proto(bytes, borrowed));
    return tensor_of(tensor);
  });
}

std::vector<OperatorInfo> list_operators() {
  const std::vector<ImportedOperator> imported = internal::importable_operators();
  std::vector<OperatorInfo> result;
  for (const OpDef* op : internal::all_ops()) {
    result.push_back({.name = std::string(op->name),
                      .doc = std::string(op->doc),
                      .onnx = onnx_versions(*op, imported),
                      .attributes = attribute_list(*op)});
  }
  return result;
}

}  // namespace tenon
