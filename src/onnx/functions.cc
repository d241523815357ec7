#include "onnx/functions.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/messages.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tenon::internal {
namespace {

std::string function_text(const FunctionProto& function) {
  return "function " + name_text(function.name);
}

// Which of two versions its operators are of, nobody could tell.
Status check_opsets(std::span<const OperatorSetId> imports) {
  std::map<std::string_view, int64_t> versions;
  for (const OperatorSetId& import : imports) {
    const auto first = versions.emplace(import.domain, import.version).first;
    if (first->second == import.version) continue;
    return corrupt("opsets {} and {} of {} are imported: state one", first->second, import.version,
                   import.domain.empty() ? std::string("ai.onnx") : name_text(import.domain));
  }
  return ok_status();
}

// Walks the main graph, its subgraphs and each function that is reached once.
class OperatorCheck {
 public:
  explicit OperatorCheck(const FunctionTable& functions) : functions_(functions) {}

  // A graph or function with what it imports.
  Status check_scope(std::span<const NodeProto> nodes, std::span<const OperatorSetId> opsets) {
    TRY_STATUS(check_opsets(opsets));
    return check_nodes(nodes, opsets);
  }

  // One error for all nodes that cannot be imported.
  Status finish() const;

 private:
  Status check_nodes(std::span<const NodeProto> nodes, std::span<const OperatorSetId> opsets) {
    for (const NodeProto& node : nodes) {
      if (const FunctionProto* function = functions_.find(node); function != nullptr) {
        TRY_STATUS(check_function(*function));
      } else {
        TRY_STATUS(check_node(node, opsets));
      }
      for (const AttributeProto& attribute : node.attributes) {
        for (const GraphProto& graph : attribute.graphs) {
          TRY_STATUS(check_nodes(graph.nodes, opsets));
        }
      }
    }
    return ok_status();
  }

  Status check_function(const FunctionProto& function) {
    if (checked_.contains(&function)) return ok_status();
    if (std::find(calls_.begin(), calls_.end(), &function) != calls_.end()) {
      return corrupt("{} calls itself", function_text(function));
    }
    if (calls_.size() == kMaxCallDepth) {
      return corrupt("functions call one another more than {} deep, at {}", kMaxCallDepth,
                     function_text(function));
    }
    calls_.push_back(&function);
    TRY_CONTEXT(check_scope(function.nodes, function.opset_imports),
                "in " + function_text(function));
    calls_.pop_back();
    checked_.insert(&function);
    return ok_status();
  }

  Status check_node(const NodeProto& node, std::span<const OperatorSetId> opsets) {
    const std::optional<int64_t> version = opset_version(opsets, node.domain);
    if (node.domain.empty()) {
      if (!version) {
        return corrupt("no opset version of ai.onnx is stated, but {} needs one", describe(node));
      }
      if (*version < 1) return corrupt("opset version {} of ai.onnx is stated", *version);
      if (*version > kNewestOpset) {
        return unsupported(
            "the model uses opset {} of ai.onnx, the newest known is {}: export it for that one",
            *version, kNewestOpset);
      }
    }
    if (version && find_import_row(node.domain, node.op_type, *version) != nullptr) {
      return ok_status();
    }
    missing_[operator_text(node, version)].push_back(node_text(node));
    ++total_;
    if (first_name_.empty()) first_name_ = node.name;
    return ok_status();
  }

  // "Foo (com.acme)", with the version where another one is known, or the reason where there is
  // one.
  static std::string operator_text(const NodeProto& node, std::optional<int64_t> version) {
    std::string text = name_text(node.op_type);
    text = text.substr(1, text.size() - 2);
    if (!node.domain.empty()) {
      const std::string domain = name_text(node.domain);
      text += " (" + domain.substr(1, domain.size() - 2) + ")";
    }
    const int oldest = oldest_import_version(node.domain, node.op_type);
    if (version && oldest > 0) {
      text += fmt::format(" (opset {}, known from {})", *version, oldest);
    }
    const std::string_view reason = refusal_reason(node.domain, node.op_type);
    if (!reason.empty()) text += fmt::format(" ({})", reason);
    return text;
  }

  static std::string node_text(const NodeProto& node) {
    if (!node.name.empty()) return name_text(node.name);
    return node.outputs.empty() ? "without a name" : "of " + name_text(node.outputs.front());
  }

  const FunctionTable& functions_;
  std::vector<const FunctionProto*> calls_;
  std::set<const FunctionProto*> checked_;
  // Nodes by operator.
  std::map<std::string, std::vector<std::string>> missing_;
  size_t total_ = 0;
  std::string first_name_;
};

Status OperatorCheck::finish() const {
  if (total_ == 0) return ok_status();
  const std::string list = join(missing_, "\n  ", [](const auto& entry) {
    return entry.first + " " + join(entry.second, ", ");
  });
  return unsupported("{} cannot be imported:{}{}", counted(total_, "node"),
                     missing_.size() == 1 ? " " : "\n  ", list)
      .with_node(first_name_);
}

}  // namespace

Result<FunctionTable> FunctionTable::make(const ModelProto& model) {
  FunctionTable table;
  for (const FunctionProto& function : model.functions) {
    const Key key{function.domain, function.name, function.overload};
    if (!table.functions_.emplace(key, &function).second) {
      return corrupt("the model defines {} twice", function_text(function));
    }
    for (const AttributeProto& attribute : function.attributes) {
      if (attribute.reference.empty()) continue;
      return corrupt("in {}, the default of attribute {} refers to another attribute",
                     function_text(function), name_text(attribute.name));
    }
  }
  return table;
}

const FunctionProto* FunctionTable::find(const NodeProto& node) const {
  const auto found = functions_.find({node.domain, node.op_type, node.overload});
  return found == functions_.end() ? nullptr : found->second;
}

std::optional<int64_t> opset_version(std::span<const OperatorSetId> imports,
                                     std::string_view domain) {
  for (const OperatorSetId& import : imports) {
    if (import.domain == domain) return import.version;
  }
  return std::nullopt;
}

Status check_operators(const ModelProto& model, const FunctionTable& functions) {
  OperatorCheck check(functions);
  TRY_STATUS(check.check_scope(model.graph->nodes, model.opset_imports));
  return check.finish();
}

}  // namespace tenon::internal
