#include "onnx_case.h"

#include "base/errors.h"
#include "base/files.h"
#include "base/try.h"
#include "onnx/functions.h"
#include "onnx/import.h"
#include "onnx/import_graph.h"
#include "onnx/import_table.h"
#include "onnx/model_reader.h"
#include "ops/list.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace tenon::internal::testing {
namespace {

using Files = std::vector<std::shared_ptr<const MappedFile>>;

// input_0.pb, input_1.pb … as far as they go.
Result<Files> data_files(const std::filesystem::path& folder, std::string_view kind) {
  Files files;
  for (;;) {
    const auto path = folder / "test_data_set_0" / fmt::format("{}_{}.pb", kind, files.size());
    if (!std::filesystem::exists(path)) return files;
    files.push_back(TRY(MappedFile::open(path)));
  }
}

// Names of values that nodes read on the host, and of what these are computed from.
std::unordered_set<std::string_view> host_values(const ModelProto& model) {
  std::unordered_set<std::string_view> names;
  // From the last one on; std::views::reverse is too new for clang 14.
  for (auto at = model.graph->nodes.rbegin(); at != model.graph->nodes.rend(); ++at) {
    const NodeProto& node = *at;
    const auto is_wanted = [&](std::string_view name) {
      return !name.empty() && names.contains(name);
    };
    // Of a shape no element counts.
    if (node.op_type != "Shape" && node.op_type != "Size" &&
        std::ranges::any_of(node.outputs, is_wanted)) {
      names.insert(node.inputs.begin(), node.inputs.end());
    }
    const int64_t version = opset_version(model.opset_imports, node.domain).value_or(0);
    const ImportRow* row = find_import_row(node.domain, node.op_type, version);
    if (row == nullptr) continue;
    const OpDef* op = find_op(row->op);
    const OperandMask mask = row->host_inputs.value_or(op == nullptr ? 0 : op->host_inputs);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (in_mask(mask, i)) names.insert(node.inputs[i]);
    }
  }
  return names;
}

constexpr auto kRandomOperators =
    std::to_array<std::string_view>({"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike",
                                     "RandomUniform", "RandomUniformLike"});
// Numbers of TensorProto.DataType.
constexpr int32_t kString = 8;
constexpr int32_t kBFloat16 = 16;

bool any_node(std::span<const NodeProto> nodes, auto is_wanted) {
  return std::ranges::any_of(nodes, [&](const NodeProto& node) {
    return is_wanted(node) || std::ranges::any_of(node.attributes, [&](const AttributeProto& at) {
             return std::ranges::any_of(at.graphs, [&](const GraphProto& graph) {
               return any_node(graph.nodes, is_wanted);
             });
           });
  });
}

CaseKind kind_of(const ModelProto& model) {
  std::vector<ValueInfoProto> ends = model.graph->inputs;
  ends.insert(ends.end(), model.graph->outputs.begin(), model.graph->outputs.end());
  const auto has_type = [&](int32_t type) {
    return std::ranges::any_of(
        ends, [&](const ValueInfoProto& end) { return end.type.element_type == type; });
  };
  const auto is_tensor = [](const ValueInfoProto& end) {
    return end.type.kind == TypeProto::Kind::kTensor;
  };
  if (!std::ranges::all_of(ends, is_tensor)) return CaseKind::kNoTensors;
  if (has_type(kString)) return CaseKind::kStrings;
  if (has_type(kBFloat16)) return CaseKind::kBFloat16;
  const auto has = [&](auto is_wanted) {
    return any_node(model.graph->nodes, is_wanted) ||
           std::ranges::any_of(model.functions, [&](const FunctionProto& function) {
             return any_node(function.nodes, is_wanted);
           });
  };
  if (has([](const NodeProto& node) {
        return std::ranges::count(kRandomOperators, node.op_type) > 0;
      })) {
    return CaseKind::kRandom;
  }
  const auto trains = [](const NodeProto& node) {
    return node.domain == "ai.onnx.preview.training";
  };
  return has(trains) ? CaseKind::kTraining : CaseKind::kTensors;
}

void open_dims(std::vector<DimProto>& dims, CaseDims how) {
  const size_t count = how == CaseDims::kOpen          ? dims.size()
                       : how == CaseDims::kOpenLeading ? std::min<size_t>(dims.size(), 1)
                                                       : 0;
  std::fill_n(dims.begin(), count, DimProto{});
}

}  // namespace

Result<CaseFacts> read_facts(const std::filesystem::path& folder) {
  const auto file = TRY(MappedFile::open(folder / "model.onnx"));
  const ModelProto model = TRY(read_model(file->bytes()));
  if (!model.graph) return corrupt("{} has no graph", folder.string());
  const FunctionTable functions = TRY(FunctionTable::make(model));
  return CaseFacts{kind_of(model), check_operators(model, functions).ok()};
}

Result<OnnxCase> read_case(const std::filesystem::path& folder, CaseDims dims) {
  const std::shared_ptr<const MappedFile> file = TRY(MappedFile::open(folder / "model.onnx"));
  ModelProto model = TRY(read_model(file->bytes()));
  const std::unordered_set<std::string_view> on_host = host_values(model);
  const Files input_files = TRY(data_files(folder, "input"));
  std::map<std::string, std::shared_ptr<const MappedFile>, std::less<>> files_by_input;
  for (size_t i = 0; i < model.graph->inputs.size() && i < input_files.size(); ++i) {
    ValueInfoProto& input = model.graph->inputs[i];
    files_by_input.emplace(input.name, input_files[i]);
    if (on_host.contains(input.name)) {
      TensorProto tensor = TRY(read_tensor_message(input_files[i]->bytes()));
      tensor.name = input.name;
      model.graph->initializers.push_back(std::move(tensor));
    } else if (input.type.shape) {
      open_dims(*input.type.shape, dims);
    }
  }
  // Constants view the files of their operands.
  struct Owner {
    std::shared_ptr<const MappedFile> model;
    Files inputs;
  };
  OnnxCase result{.graph = TRY(import_graph(
                      model, std::make_shared<const Owner>(Owner{file, input_files}), {})),
                  .inputs = {},
                  .outputs = {}};
  for (const ValueId id : result.graph.inputs()) {
    const std::string& name = result.graph.value(id).name;
    const auto given = files_by_input.find(name);
    if (given == files_by_input.end()) return not_found("no data for input '{}'", name);
    result.inputs.push_back(TRY(read_tensor_proto(given->second->bytes(), given->second)));
  }
  for (const auto& output : TRY(data_files(folder, "output"))) {
    result.outputs.push_back(TRY(read_tensor_proto(output->bytes(), output)));
  }
  return result;
}

}  // namespace tenon::internal::testing
