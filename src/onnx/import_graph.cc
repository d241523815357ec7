#include "onnx/import_graph.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/import_inputs.h"
#include "onnx/messages.h"
#include "onnx/sort_nodes.h"
#include "onnx/tensor_reader.h"
#include "ops/extents.h"

#include <utility>

namespace tenon::internal {
namespace {

Status check_model(const ModelProto& model) {
  if (!model.graph) return corrupt("the data holds no ONNX graph");
  if (model.ir_version < 1) return corrupt("the model states no version of the ONNX format");
  if (model.ir_version < kOldestIrVersion || model.ir_version > kNewestIrVersion) {
    return unsupported(
        "the model has version {} of the ONNX format, known are {} to {}: export it again",
        model.ir_version, kOldestIrVersion, kNewestIrVersion);
  }
  if (model.graph->has_sparse_initializers) {
    return unsupported("the model has sparse initializers: store them as dense tensors");
  }
  return ok_status();
}

class GraphImport {
 public:
  GraphImport(const ModelProto& model, std::shared_ptr<const void> owner,
              const ImportSettings& settings)
      : model_(model),
        graph_(*model.graph),
        settings_(settings),
        state_{.graph = Graph(std::string(model.graph->name)),
               .owner = std::move(owner),
               .files = ExternalFiles(settings.external_data_folder, settings.linked_data_folder)} {
  }

  Result<Graph> run() {
    const FunctionTable functions = TRY(FunctionTable::make(model_));
    TRY_STATUS(check_operators(model_, functions));
    state_.pool = TRY(ThreadPool::create({}));
    scope_.opsets = model_.opset_imports;
    collect_names();
    TRY_STATUS(add_inputs());
    TRY_STATUS(add_initializers());
    TRY_STATUS(import_nodes(graph_.nodes, functions, state_, scope_));
    TRY_STATUS(add_outputs());
    return std::move(state_.graph);
  }

 private:
  void collect_names();
  Status add_inputs();
  Status add_initializers();
  Status add_outputs();
  Status check_output_type(const ValueInfoProto& output, ValueId value) const;
  void check_output_shape(const ValueInfoProto& output, ValueId value) const;

  const ModelProto& model_;
  const GraphProto& graph_;
  const ImportSettings& settings_;
  ImportState state_;
  ImportScope scope_;
};

void GraphImport::collect_names() {
  for (const ValueInfoProto& input : graph_.inputs) state_.reserved_names.insert(input.name);
  for (const TensorProto& tensor : graph_.initializers) state_.reserved_names.insert(tensor.name);
  for (const NodeProto& node : graph_.nodes) {
    state_.reserved_names.insert(node.outputs.begin(), node.outputs.end());
    const std::vector<std::string_view> read = names_read(node);
    scope_.used.insert(read.begin(), read.end());
  }
  for (const ValueInfoProto& output : graph_.outputs) scope_.used.insert(output.name);
}

Status GraphImport::add_inputs() {
  std::unordered_set<std::string_view> constants;
  for (const TensorProto& tensor : graph_.initializers) {
    if (!constants.insert(tensor.name).second) {
      return corrupt("two initializers have the name {}", name_text(tensor.name));
    }
  }
  for (ModelInput& input :
       TRY(read_inputs(graph_, constants, settings_.input_shapes, settings_.missing_shape))) {
    const ValueId id = TRY(state_.graph.add_input(std::string(input.name), std::move(input.info)));
    scope_.values.emplace(input.name, id);
  }
  for (const std::string& symbol : state_.graph.input_symbols()) {
    state_.stems.emplace(stem_of_symbol(symbol));
  }
  return ok_status();
}

Status GraphImport::add_initializers() {
  for (const TensorProto& tensor : graph_.initializers) {
    // Nobody needs to read what nobody uses, and it may be of a type that nobody knows.
    if (!scope_.used.contains(tensor.name)) {
      scope_.values.emplace(tensor.name, ValueId{});
      continue;
    }
    if (tensor.name.empty()) return corrupt("the graph has an initializer without a name");
    HostTensor value = TRY(read_tensor(tensor, state_.owner, state_.files));
    const ValueId id = TRY(state_.graph.add_constant(std::string(tensor.name), std::move(value)));
    scope_.values.emplace(tensor.name, id);
  }
  return ok_status();
}

// A stated type that is not the computed one shows that the file is damaged or a node means
// something else than its exporter thought.
Status GraphImport::check_output_type(const ValueInfoProto& output, ValueId value) const {
  if (output.type.kind == TypeProto::Kind::kNone) return ok_status();
  const DataType computed = state_.graph.value(value).info.type;
  const Result<DataType> stated = output.type.kind == TypeProto::Kind::kTensor
                                      ? to_data_type(output.type.element_type)
                                      : unsupported("not a tensor");
  if (stated.ok() && *stated == computed) return ok_status();
  return corrupt("output {} is stated to have another type than {}, which its node computes",
                 name_text(output.name), to_string(computed));
}

// Exporters leave shapes behind that a later change of the model made wrong: what nodes compute
// holds.
void GraphImport::check_output_shape(const ValueInfoProto& output, ValueId value) const {
  if (!settings_.warning || !output.type.shape) return;
  const std::vector<DimProto>& stated = *output.type.shape;
  const ValueInfo& computed = state_.graph.value(value).info;
  bool fits = stated.size() == computed.shape.size();
  for (size_t axis = 0; fits && axis < stated.size(); ++axis) {
    const std::optional<int64_t> number = computed.shape[axis].as_constant();
    fits =
        is_open(stated[axis]) || !stated[axis].value || !number || *number == *stated[axis].value;
  }
  if (fits) return;
  const auto text = [](const DimProto& dim) {
    if (is_open(dim)) return std::string("?");
    return dim.value ? fmt::format("{}", *dim.value) : std::string(dim.name);
  };
  settings_.warning(fmt::format(
      "the model states the shape [{}] of output {}, and its node computes {}, which holds",
      join(stated, ",", text), name_text(output.name), to_string(computed)));
}

Status GraphImport::add_outputs() {
  if (graph_.outputs.empty()) return corrupt("the graph has no outputs");
  for (const ValueInfoProto& output : graph_.outputs) {
    const auto value = scope_.values.find(output.name);
    if (value == scope_.values.end() || !value->second.valid()) {
      return corrupt("nothing computes the output {}", name_text(output.name));
    }
    TRY_STATUS(check_output_type(output, value->second));
    check_output_shape(output, value->second);
    Status added = state_.graph.add_output(std::string(output.name), value->second);
    if (!added.ok()) return corrupt("two outputs have the name {}", name_text(output.name));
  }
  return ok_status();
}

}  // namespace

Result<Graph> import_graph(const ModelProto& model, std::shared_ptr<const void> owner,
                           const ImportSettings& settings) {
  TRY_STATUS(check_model(model));
  return GraphImport(model, std::move(owner), settings).run();
}

}  // namespace tenon::internal
