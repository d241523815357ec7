#include "onnx/messages.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tenon::internal {
namespace {

constexpr size_t kMaxShownName = 120;

// Without quotation marks.
std::string escaped(std::string_view name) {
  const std::string quoted = quote(name.substr(0, kMaxShownName));
  return quoted.substr(1, quoted.size() - 2) + (name.size() > kMaxShownName ? "…" : "");
}

}  // namespace

std::string name_text(std::string_view name) { return "'" + escaped(name) + "'"; }

std::string describe(const NodeProto& node) {
  std::string op = node.op_type.empty() ? "a node without an operator" : escaped(node.op_type);
  if (!node.name.empty()) return op + " " + name_text(node.name);
  for (const std::string_view output : node.outputs) {
    if (!output.empty()) return op + " of " + name_text(output);
  }
  return op;
}

}  // namespace tenon::internal
