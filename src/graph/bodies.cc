#include "graph/bodies.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/patch.h"
#include "ops/control_flow.h"
#include "ops/extents.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace tenon::internal {
namespace {

void add_symbols(const ValueInfo& info, std::set<std::string>& symbols) {
  for (const Dim& dim : info.shape) dim.collect_symbols(symbols);
  if (!info.elements) return;
  for (const Dim& element : *info.elements) element.collect_symbols(symbols);
}

// What a Loop carries may have open extents, which the body states.
Status keep_carried_extents(const Graph& body, const OpDef& op, const Attrs& attrs,
                            std::vector<ValueInfo>& inputs) {
  const std::string stem = stem_of(attrs);
  for (size_t i = 2; i < own_body_inputs(op, attrs); ++i) {
    const SymbolicShape& stated = body.value(body.inputs()[i]).info.shape;
    if (stated.size() != inputs[i].shape.size()) continue;
    for (size_t axis = 0; axis < stated.size(); ++axis) {
      const std::string_view symbol = stated[axis].as_symbol();
      if (!symbol.empty() && stem_of_symbol(symbol) == stem) inputs[i].shape[axis] = stated[axis];
    }
  }
  return {};
}

Status check_carried(const Graph& body, size_t carried, const std::string& stem) {
  for (size_t i = 0; i < carried; ++i) {
    const ValueInfo& before = body.value(body.inputs()[2 + i]).info;
    const ValueInfo& after = body.value(body.outputs()[1 + i].value).info;
    if (before.type != after.type || before.shape.size() != after.shape.size()) {
      return invalid_argument("the body takes {} and gives {} to the next iteration",
                              to_string(before), to_string(after));
    }
    for (size_t axis = 0; axis < before.shape.size(); ++axis) {
      // An extent that the Loop tells takes any number.
      const bool open = stem_of_symbol(before.shape[axis].as_symbol()) == stem;
      if (open || before.shape[axis] == after.shape[axis]) continue;
      return invalid_argument("the body takes {} and gives {} to the next iteration",
                              to_string(before), to_string(after));
    }
  }
  return {};
}

// The results of a body as they look from outside.
std::vector<ValueInfo> results_of(const Graph& body, size_t index, const std::string& own_stem) {
  std::set<std::string, std::less<>> inside = {own_stem};
  collect_told_stems(body, inside);
  std::vector<ValueInfo> results;
  for (const GraphOutput& output : body.outputs()) {
    ValueInfo info = body.value(output.value).info;
    info.elements.reset();
    info.layout = Layout::kPlain;
    for (Dim& dim : info.shape) {
      std::set<std::string> symbols;
      dim.collect_symbols(symbols);
      const bool is_local = std::ranges::any_of(symbols, [&](const std::string& symbol) {
        return inside.contains(stem_of_symbol(symbol));
      });
      if (is_local) dim = unknown_dim(index);
    }
    results.push_back(std::move(info));
  }
  return results;
}

// Of a body: as many as the op has.
size_t wanted_outputs(const OpDef& op, const Attrs& attrs) {
  if (op.name == kIfName)
    return static_cast<size_t>(std::max<int64_t>(0, attrs.as<IfAttrs>().outputs));
  const auto& loop = attrs.as<LoopAttrs>();
  return static_cast<size_t>(1 + std::max<int64_t>(0, loop.carried) +
                             std::max<int64_t>(0, loop.scans));
}

Result<std::shared_ptr<const Graph>> fit_body(const OpDef& op, const Attrs& attrs,
                                              std::vector<ValueInfo> inputs,
                                              const std::shared_ptr<const Graph>& body) {
  if (body->inputs().size() != inputs.size()) {
    return invalid_argument("its body takes {}, not {}", counted(body->inputs().size(), "value"),
                            inputs.size());
  }
  if (body->outputs().size() != wanted_outputs(op, attrs)) {
    return invalid_argument("its body gives {}, it must give {}",
                            counted(body->outputs().size(), "value"), wanted_outputs(op, attrs));
  }
  TRY_STATUS(keep_carried_extents(*body, op, attrs, inputs));
  bool fits = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    fits = fits && body->value(body->inputs()[i]).info == inputs[i];
  }
  if (fits) return body;
  auto fitted = std::make_shared<Graph>(*body);
  TRY_STATUS(fitted->retype_inputs(inputs));
  TRY_STATUS(refresh_types(*fitted));
  return std::shared_ptr<const Graph>(std::move(fitted));
}

}  // namespace

std::vector<ValueInfo> body_inputs(const OpDef& op, const Attrs& attrs,
                                   std::span<const ValueInfo> operands) {
  std::vector<ValueInfo> inputs(operands.begin(), operands.end());
  const size_t own = own_body_inputs(op, attrs);
  inputs.erase(inputs.begin(),
               inputs.begin() + static_cast<std::ptrdiff_t>(first_capture(op, attrs) - own));
  for (size_t i = 0; i < own && i < inputs.size(); ++i) inputs[i].elements.reset();
  if (own > 0 && inputs.size() >= 2) {
    inputs[0] = {DataType::kInt64, {}, std::nullopt};
    inputs[1] = {DataType::kBool, {}, std::nullopt};
  }
  for (ValueInfo& input : inputs) input.layout = Layout::kPlain;
  return inputs;
}

Result<InferredNode> infer_node(const OpDef& op, const Attrs& attrs,
                                std::span<const ValueInfo> operands, const Bodies& bodies) {
  if (op.bodies == 0) {
    return InferredNode{.outputs = TRY(infer_outputs(op, attrs, operands)), .bodies = {}};
  }
  if (std::cmp_not_equal(bodies.size(), op.bodies)) {
    return invalid_argument("{} has {}, not {}", op.name, counted(op.bodies, "body", "bodies"),
                            bodies.size());
  }
  if (operands.size() < first_capture(op, attrs)) {
    return invalid_argument("{} takes at least {}, not {}", op.name,
                            counted(first_capture(op, attrs), "operand"), operands.size());
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].present()) return invalid_argument("operand {} is missing", i);
  }
  InferredNode node;
  std::vector<ValueInfo> in(operands.begin(), operands.end());
  for (size_t i = 0; i < bodies.size(); ++i) {
    node.bodies.push_back(
        TRY_CONTEXT(fit_body(op, attrs, body_inputs(op, attrs, operands), bodies[i]),
                    fmt::format("in body {} of {}", i, op.name)));
    for (ValueInfo& result : results_of(*node.bodies.back(), i, stem_of(attrs))) {
      in.push_back(std::move(result));
    }
  }
  if (op.name == kLoopName) {
    TRY_STATUS(check_carried(*node.bodies[0], static_cast<size_t>(attrs.as<LoopAttrs>().carried),
                             stem_of(attrs)));
  }
  node.outputs = TRY(infer_outputs(op, attrs, in));
  return node;
}

std::vector<ValueInfo> infos_of(const Graph& graph, std::span<const ValueId> values) {
  std::vector<ValueInfo> infos;
  for (const ValueId id : values) infos.push_back(id.valid() ? graph.value(id).info : ValueInfo{});
  return infos;
}

void collect_told_stems(const Graph& graph, std::set<std::string, std::less<>>& stems) {
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (has_stem(*node.op)) stems.insert(stem_of(node.attrs));
    for (const auto& body : node.bodies) collect_told_stems(*body, stems);
  }
}

void collect_symbols(const Graph& graph, std::set<std::string>& symbols) {
  for (const ValueId id : graph.inputs()) add_symbols(graph.value(id).info, symbols);
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    for (const ValueId output : node.outputs) add_symbols(graph.value(output).info, symbols);
    for (const auto& body : node.bodies) collect_symbols(*body, symbols);
  }
}

Attrs substitute(const DimsAttrs& attrs, const std::map<std::string, Dim, std::less<>>& dims) {
  DimsAttrs changed = attrs;
  for (std::string& text : changed.elements) {
    const Result<Dim> element = Dim::parse(text);
    if (element.ok()) text = element->substitute(dims).to_string();
  }
  return Attrs::of(std::move(changed));
}

Result<Graph> substitute(const Graph& graph, const std::map<std::string, Dim, std::less<>>& dims) {
  Graph changed = graph;
  for (const NodeId id : graph.order()) {
    const Node& node = graph.node(id);
    if (node.op->name == kDimsName) {
      changed.set_attrs(id, substitute(node.attrs.as<DimsAttrs>(), dims));
    }
    Bodies bodies;
    for (const auto& body : node.bodies) {
      bodies.push_back(std::make_shared<const Graph>(TRY(substitute(*body, dims))));
    }
    changed.set_bodies(id, std::move(bodies));
  }
  TRY_STATUS(refresh_types(changed));
  return changed;
}

Result<Graph> change_captures(const Graph& body, std::span<const CaptureChange> changes) {
  Graph changed = body;
  TRY_STATUS(changed.change_inputs(changes));
  TRY_STATUS(refresh_types(changed));
  return changed;
}

}  // namespace tenon::internal
