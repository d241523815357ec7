#include "base/text.h"
#include "base/text_tokens.h"
#include "graph/text.h"
#include "graph/text_literals.h"
#include "tensor/attribute_text.h"

#include <algorithm>
#include <vector>

namespace tenon::internal {
namespace {

std::string value_text(const Value& value) {
  return "%" +
         (std::ranges::all_of(value.name, is_bare_name_char) ? value.name : quote(value.name));
}

std::string typed(const Value& value) { return value_text(value) + ": " + to_string(value.info); }

void print_statements(const Graph& graph, const TextOptions& options, const std::string& indent,
                      std::string& out);

void print_constant(const Value& value, const TextOptions& options, const std::string& indent,
                    std::string& out) {
  const HostTensor& tensor = *value.constant;
  const bool elide = static_cast<uint64_t>(tensor.elements()) > options.max_constant_elements;
  out +=
      indent + "const " + typed(value) + " = " + (elide ? "elided" : constant_text(tensor)) + "\n";
}

void print_node(const Graph& graph, const Node& node, const TextOptions& options,
                const std::string& indent, std::string& out) {
  const auto operand = [&](ValueId id) {
    return id.valid() ? value_text(graph.value(id)) : std::string("_");
  };
  out += indent + join(node.outputs, ", ", [&](ValueId id) { return typed(graph.value(id)); });
  out += fmt::format(" = {}({})", node.op->name, join(node.inputs, ", ", operand));
  const AttributeMap attributes = node.attrs.to_map();
  if (!attributes.empty()) out += " " + to_string(attributes);
  if (!node.name.empty()) out += " as " + quote(node.name);
  out += "\n";
  for (const auto& body : node.bodies) {
    const auto input = [&](ValueId id) { return typed(body->value(id)); };
    out +=
        fmt::format("{}body {} ({}) {{\n", indent, quote(body->name()),
                    join(std::vector(body->inputs().begin(), body->inputs().end()), ", ", input));
    print_statements(*body, options, indent + "  ", out);
    out += indent + "}\n";
  }
}

void print_statements(const Graph& graph, const TextOptions& options, const std::string& indent,
                      std::string& out) {
  for (const ValueId id : graph.used_constants()) {
    print_constant(graph.value(id), options, indent, out);
  }
  for (const NodeId id : graph.order()) print_node(graph, graph.node(id), options, indent, out);
  for (const GraphOutput& output : graph.outputs()) {
    out += fmt::format("{}output {} = {}\n", indent, quote(output.name),
                       value_text(graph.value(output.value)));
  }
}

}  // namespace

std::string to_text(const Graph& graph, const TextOptions& options) {
  std::string out = "graph " + quote(graph.name()) + " {\n";
  for (const ValueId id : graph.inputs()) out += "  input " + typed(graph.value(id)) + "\n";
  print_statements(graph, options, "  ", out);
  return out + "}\n";
}

}  // namespace tenon::internal
