#include "passes/node_program.h"

#include "base/try.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace tenon::internal {
namespace {

std::vector<ValueId> inputs_of(const Graph& graph, std::span<const NodeId> nodes, ValueId first) {
  std::vector<ValueId> inputs;
  std::set<ValueId> known;
  const auto add = [&](ValueId value) {
    if (known.insert(value).second) inputs.push_back(value);
  };
  if (first.valid()) add(first);
  for (const NodeId id : nodes) {
    const Node& node = graph.node(id);
    for (const ValueId operand : node.inputs) add(operand);
    known.insert(node.outputs.front());
  }
  return inputs;
}

// Gives sums and products one form, whichever operand came first in the graph.
void order_operands(PointwiseProgram::Instruction& instruction) {
  const bool commutes =
      instruction.code == ScalarCode::kAdd || instruction.code == ScalarCode::kMul;
  auto& [first, second, unused] = instruction.operands;
  if (commutes && first > second) std::swap(first, second);
}

}  // namespace

Result<NodeProgram> program_of_nodes(const Graph& graph, std::span<const NodeId> nodes,
                                     ValueId first) {
  NodeProgram result{.program = {}, .inputs = inputs_of(graph, nodes, first)};
  PointwiseProgram& program = result.program;
  std::map<ValueId, int32_t> registers;
  for (const ValueId input : result.inputs) {
    registers[input] = static_cast<int32_t>(program.inputs.size());
    program.inputs.push_back(graph.value(input).info.type);
  }
  for (const NodeId id : nodes) {
    const Node& node = graph.node(id);
    std::vector<DataType> types;
    // Registers here of the registers in the node's own program.
    std::vector<int32_t> here;
    for (const ValueId operand : node.inputs) {
      types.push_back(graph.value(operand).info.type);
      here.push_back(registers.at(operand));
    }
    const PointwiseProgram single = TRY(program_of(*node.op, node.attrs, types));
    for (PointwiseProgram::Instruction instruction : single.body) {
      for (int32_t& operand : instruction.operands) {
        if (operand >= 0) operand = here[static_cast<size_t>(operand)];
      }
      order_operands(instruction);
      here.push_back(static_cast<int32_t>(program.inputs.size() + program.body.size()));
      program.body.push_back(instruction);
    }
    registers[node.outputs.front()] = here[static_cast<size_t>(single.outputs.front())];
  }
  program.outputs = {registers.at(graph.node(nodes.back()).outputs.front())};
  return result;
}

}  // namespace tenon::internal
