#include "graph/split_region.h"

#include "base/check.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/region_parts.h"
#include "ops/transpose.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

class Splitter {
 public:
  Splitter(const Graph& graph, NodeId id) : graph_(graph), id_(id), patch_(graph) {}

  Result<Patch> run() {
    const Node& node = graph_.node(id_);
    const RegionParts parts = TRY(parts_of(node));
    std::vector<ValueId> operands;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      operands.push_back(TRY(add_view(parts.views[i], node.inputs[i])));
    }
    ValueId result;
    if (parts.anchor == nullptr) {
      result = TRY(add_instructions(parts.after, operands));
    } else {
      result = TRY(add_anchor(parts, operands));
      std::vector<ValueId> inputs = {result};
      const auto first = static_cast<std::ptrdiff_t>(parts.after_first);
      inputs.insert(inputs.end(), operands.begin() + first, operands.end());
      if (!parts.after.is_empty()) result = TRY(add_program(parts.after, inputs));
    }
    patch_.replace(node.outputs.front(), result);
    patch_.remove(id_);
    return std::move(patch_);
  }

 private:
  Result<RegionParts> parts_of(const Node& node) const {
    std::vector<ValueInfo> operands;
    for (const ValueId id : node.inputs) {
      operands.push_back(id.valid() ? graph_.value(id).info : ValueInfo{});
    }
    return region_parts(node.attrs.as<RegionAttrs>(), operands);
  }

  // Every new node carries the region's name.
  Result<ValueId> add(const OpDef& op, Attrs attrs, std::vector<ValueId> inputs) {
    const std::string& name = graph_.node(id_).name;
    return TRY(patch_.add_node(id_, op, std::move(attrs), std::move(inputs), name)).front();
  }

  Result<ValueId> add_view(const OperandView& view, ValueId operand) {
    if (view.is_identity()) return operand;
    return add(*find_op("Transpose"), Attrs::of(TransposeAttrs{view.perm}), {operand});
  }

  Result<ValueId> add_anchor(const RegionParts& parts, std::span<const ValueId> operands) {
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < parts.before.size(); ++i) {
      const PointwiseProgram& program = parts.before[i];
      const auto mine = operands.subspan(parts.before_first[i]);
      inputs.push_back(program.is_empty()
                           ? mine[0]
                           : TRY(add_program(program, mine.first(program.inputs.size()))));
    }
    return add(*parts.anchor, parts.anchor_attrs, std::move(inputs));
  }

  Result<ValueId> add_program(const PointwiseProgram& program, std::span<const ValueId> inputs) {
    if (program.body.size() == 1) return add_instructions(program, inputs);
    return add(*find_op(kRegionName),
               Attrs::of(RegionAttrs{.anchor = {}, .views = {}, .before = {}, .after = program}),
               {inputs.begin(), inputs.end()});
  }

  Result<ValueId> add_instructions(const PointwiseProgram& program,
                                   std::span<const ValueId> inputs) {
    std::vector<ValueId> registers(inputs.begin(), inputs.end());
    for (const PointwiseProgram::Instruction& instruction : program.body) {
      const ScalarOp& row = scalar_op(instruction.code);
      std::vector<ValueId> operands;
      for (size_t i = 0; i < static_cast<size_t>(row.arity); ++i) {
        operands.push_back(registers[static_cast<size_t>(instruction.operands[i])]);
      }
      registers.push_back(TRY(add(*find_op(row.name), attrs_of(instruction), std::move(operands))));
    }
    return registers[static_cast<size_t>(program.outputs.front())];
  }

  const Graph& graph_;
  NodeId id_;
  Patch patch_;
};

}  // namespace

Result<Patch> split_region(const Graph& graph, NodeId region) {
  TENON_CHECK(graph.node(region).op->name == kRegionName);
  return Splitter(graph, region).run();
}

}  // namespace tenon::internal
