// Model-local functions: operators that a model defines by other operators. A function goes before
// an operator of the same name that Tenon knows.
#pragma once

#include "onnx/import_table.h"
#include "onnx/model_reader.h"

#include <tenon/error.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

namespace tenon::internal {

// How deep functions may call one another; bounds recursion.
inline constexpr int kMaxCallDepth = 64;

class FunctionTable {
 public:
  // Views `model`. Errors: CorruptData for two functions of one name, and for a default of an
  // attribute that is no value.
  static Result<FunctionTable> make(const ModelProto& model);

  // The function that the node calls, or nullptr.
  const FunctionProto* find(const NodeProto& node) const;

 private:
  // Domain, name, overload.
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, const FunctionProto*> functions_;
};

// The version that is stated for a domain.
std::optional<int64_t> opset_version(std::span<const OperatorSetId> imports,
                                     std::string_view domain);

// Whether every node of the graph, of its subgraphs and of the functions that it calls, has a row
// in the import table or is a call. Errors: Unsupported that lists all nodes that do not, or for an
// opset that is too new; CorruptData for functions that call themselves, for an operator of ai.onnx
// where no opset is stated, for a domain of which two are, and for functions that call one another
// more than 64 deep.
Status check_operators(const ModelProto& model, const FunctionTable& functions);

}  // namespace tenon::internal
