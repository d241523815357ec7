#include "base/errors.h"
#include "base/try.h"
#include "onnx/import_graph.h"
#include "onnx/messages.h"
#include "onnx/sort_nodes.h"
#include "onnx/tensor_reader.h"
#include "ops/list.h"

#include <array>
#include <utility>

namespace tenon::internal {
namespace {

// The graph of a state put aside, back at the end.
class GraphAside {
 public:
  GraphAside(ImportState& state, std::string name)
      : state_(state),
        graph_(std::exchange(state.graph, Graph(std::move(name)))),
        folded_(std::exchange(state.folded, {})),
        extents_(std::exchange(state.extents, {})) {}
  ~GraphAside() {
    state_.graph = std::move(graph_);
    state_.folded = std::move(folded_);
    state_.extents = std::move(extents_);
  }
  GraphAside(const GraphAside&) = delete;
  GraphAside& operator=(const GraphAside&) = delete;

  Graph& graph() { return graph_; }

 private:
  ImportState& state_;
  Graph graph_;
  std::map<ValueId, HostTensor> folded_;
  std::map<ValueId, ValueId> extents_;
};

class BodiesImport final : public BodyImporter {
 public:
  BodiesImport(const FunctionTable& functions, ImportState& state, ImportScope& scope)
      : functions_(functions), state_(state), scope_(scope) {}

  Result<ImportedBody> import_body(const GraphProto& body, const BodyForm& form,
                                   std::vector<ValueId>& captures) override {
    GraphAside around(state_, std::string(body.name));
    ImportScope inner = scope_within(body);
    inner.around = &scope_;
    inner.graph_around = &around.graph();
    inner.captures = &captures;
    std::vector<ValueId> own;
    for (size_t i = 0; i < form.infos.size(); ++i) {
      const std::string_view name = form.names[i];
      own.push_back(TRY(state_.graph.add_body_input(
          state_.unused_name(name.empty() ? "step" : name), form.infos[i])));
      if (!name.empty()) inner.values.emplace(name, own.back());
    }
    // What another body of the node captures has the same places in this one.
    for (const ValueId captured : std::vector<ValueId>(captures)) {
      TRY(add_capture(state_.graph, inner, captured));
    }
    TRY_STATUS(add_slices(form, own, inner));
    TRY_STATUS(import_graph_into(body, inner));
    ImportedBody imported;
    if (form.passes_condition) {
      TRY_STATUS(state_.graph.add_output("condition", own[1]));
    }
    for (const ValueInfoProto& output : body.outputs) {
      const ValueId value = TRY(output_of(inner, output));
      TRY_STATUS(state_.graph.add_output(unused_output(std::string(output.name)), value));
    }
    imported.always_goes_on = own.size() > 1 && goes_on(state_.graph.outputs()[0].value, own[1]);
    imported.graph = std::move(state_.graph);
    return imported;
  }

  Result<std::vector<ValueId>> import_inline(const GraphProto& body,
                                             std::span<const std::string> names) override {
    ImportScope inner = scope_within(body);
    inner.inside = &scope_;
    for (size_t i = 0; i < names.size() && i < body.outputs.size(); ++i) {
      if (!names[i].empty()) inner.output_names.emplace(body.outputs[i].name, names[i]);
    }
    TRY_STATUS(import_graph_into(body, inner));
    std::vector<ValueId> values;
    for (const ValueInfoProto& output : body.outputs) {
      values.push_back(TRY(output_of(inner, output)));
    }
    return values;
  }

 private:
  ImportScope scope_within(const GraphProto& body) const {
    ImportScope inner;
    inner.opsets = scope_.opsets;
    inner.prefix = scope_.prefix;
    inner.attributes = scope_.attributes;
    inner.depth = scope_.depth;
    inner.is_nested = true;
    for (const NodeProto& node : body.nodes) {
      const std::vector<std::string_view> read = names_read(node);
      inner.used.insert(read.begin(), read.end());
    }
    for (const ValueInfoProto& output : body.outputs) inner.used.insert(output.name);
    return inner;
  }

  Status import_graph_into(const GraphProto& body, ImportScope& inner) {
    if (body.has_sparse_initializers) {
      return unsupported("it has sparse initializers: store them as dense tensors");
    }
    for (const TensorProto& tensor : body.initializers) {
      if (!inner.used.contains(tensor.name)) continue;
      HostTensor value = TRY(read_tensor(tensor, state_.owner, state_.files));
      const ValueId id = TRY(state_.graph.add_constant(
          state_.unused_name(inner.prefix + std::string(tensor.name)), std::move(value)));
      inner.values.insert_or_assign(tensor.name, id);
    }
    return import_nodes(body.nodes, functions_, state_, inner);
  }

  Result<ValueId> output_of(ImportScope& inner, const ValueInfoProto& output) {
    const ValueId value = TRY(resolve(state_.graph, inner, output.name));
    if (value.valid()) return value;
    return corrupt("nothing computes the output {} of its body", name_text(output.name));
  }

  std::string unused_output(const std::string& name) const {
    return internal::unused_name(name, [&](std::string_view taken) {
      return std::ranges::any_of(state_.graph.outputs(),
                                 [&](const GraphOutput& output) { return output.name == taken; });
    });
  }

  Status add_slices(const BodyForm& form, const std::vector<ValueId>& own, ImportScope& inner) {
    for (const BodySlice& slice : form.slices) {
      const Dim length =
          inner.graph_around->value(slice.of).info.shape[static_cast<size_t>(slice.axis)];
      const ValueId whole = TRY(add_capture(state_.graph, inner, slice.of));
      ImportNode node(state_, {.op = "Gather",
                               .name = std::string(slice.name),
                               .version = 1,
                               .inputs = {},
                               .outputs = {{state_.unused_name(slice.name), true}},
                               .attributes = {}});
      ValueId index = own[0];
      if (slice.reversed) {
        const std::array<Dim, 1> last = {length - Dim(1)};
        ValueId end = TRY(node.add_dims(last, "last"));
        const ValueId axes = TRY(node.add_int64s({{0}}, "axes"));
        end = TRY(node.add("Squeeze", {}, {end, axes}, "last_index"));
        index = TRY(node.add("Sub", {}, {end, index}, "index"));
      }
      TRY_STATUS(node.finish("Gather", {{"axis", slice.axis}}, {whole, index}));
      inner.values.emplace(slice.name, node.results().front());
    }
    return ok_status();
  }

  // Whether a value is input 1 or a truth that holds.
  bool goes_on(ValueId value, ValueId condition) const {
    const Graph& graph = state_.graph;
    while (graph.value(value).producer.valid() &&
           graph.node(graph.value(value).producer).op->name == "Identity") {
      value = graph.node(graph.value(value).producer).inputs.front();
    }
    if (value == condition) return true;
    const std::optional<HostTensor> constant = state_.constant(value);
    return constant && constant->elements() == 1 && element_as_double(constant->view(), 0) != 0;
  }

  const FunctionTable& functions_;
  ImportState& state_;
  ImportScope& scope_;
};

}  // namespace

Result<ValueId> add_capture(Graph& graph, ImportScope& scope, ValueId around) {
  const auto captured = scope.captured.find(around);
  if (captured != scope.captured.end()) return captured->second;
  const Value& value = scope.graph_around->value(around);
  std::vector<ValueId>& captures = *scope.captures;
  if (std::ranges::find(captures, around) == captures.end()) captures.push_back(around);
  ValueInfo info = value.info;
  const ValueId input = TRY(graph.add_body_input(graph.fresh_name(value.name), std::move(info)));
  scope.captured.emplace(around, input);
  return input;
}

Result<ValueId> resolve(Graph& graph, ImportScope& scope, std::string_view name) {
  const auto found = scope.values.find(name);
  if (found != scope.values.end()) return found->second;
  if (scope.inside != nullptr) return resolve(graph, *scope.inside, name);
  if (scope.around == nullptr) return ValueId{};
  const ValueId around = TRY(resolve(*scope.graph_around, *scope.around, name));
  if (!around.valid()) return around;
  const Value& value = scope.graph_around->value(around);
  const ValueId here = value.constant
                           ? TRY(graph.add_constant(graph.fresh_name(value.name), *value.constant))
                           : TRY(add_capture(graph, scope, around));
  scope.values.emplace(name, here);
  return here;
}

void add_visible_names(const ImportScope& scope, std::unordered_set<std::string_view>& names) {
  for (const auto& [name, value] : scope.values) names.insert(name);
  if (scope.inside != nullptr) add_visible_names(*scope.inside, names);
  if (scope.around != nullptr) add_visible_names(*scope.around, names);
}

std::unique_ptr<BodyImporter> body_importer(const FunctionTable& functions, ImportState& state,
                                            ImportScope& scope) {
  return std::make_unique<BodiesImport>(functions, state, scope);
}

}  // namespace tenon::internal
