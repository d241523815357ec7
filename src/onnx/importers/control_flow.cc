#include "ops/control_flow.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/bodies.h"
#include "onnx/importers/importers.h"
#include "onnx/messages.h"
#include "ops/extents.h"
#include "ops/fail.h"
#include "ops/list.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

Result<const GraphProto*> body_attribute(const ImportNode& node, std::string_view name) {
  for (const NodeAttribute& attribute : node.node_attributes()) {
    if (attribute.name != name) continue;
    if (attribute.value->kind == AttributeProto::Kind::kGraph &&
        attribute.value->graphs.size() == 1) {
      return &attribute.value->graphs.front();
    }
  }
  return corrupt("its attribute {} is no graph", name_text(name));
}

std::vector<std::string> names_of(const ImportNode& node) {
  std::vector<std::string> names;
  for (const NodeOutput& output : node.outputs()) names.push_back(output.name);
  return names;
}

std::shared_ptr<const Graph> shared(Graph graph) {
  return std::make_shared<const Graph>(std::move(graph));
}

Result<ValueId> truth(ImportNode& node) {
  const std::array<double, 1> one = {1};
  return node.add_constant(TRY(HostTensor::of(DataType::kBool, {}, one)), "condition");
}

Result<Graph> import_branch(ImportNode& node, const GraphProto& body,
                            std::vector<ValueId>& captures) {
  return TRY(node.bodies().import_body(body, {}, captures)).graph;
}

// In the place of a branch that makes no sense for the shapes of the network: an error of the run,
// with results like those of the other branch. Errors: the branch's own if it is none of shapes.
Result<Graph> failing(const Graph& other, const Error& error) {
  if (error.kind() != ErrorKind::kInvalidArgument) return error;
  std::set<std::string, std::less<>> inside;
  collect_told_stems(other, inside);
  Graph body;
  for (const GraphOutput& output : other.outputs()) {
    const ValueInfo& info = other.value(output.value).info;
    FailAttrs attrs{.message = error.message(), .type = info.type, .shape = {}};
    for (const Dim& dim : info.shape) {
      std::set<std::string> symbols;
      dim.collect_symbols(symbols);
      const bool is_local = std::ranges::any_of(symbols, [&](const std::string& symbol) {
        return inside.contains(stem_of_symbol(symbol));
      });
      attrs.shape.push_back(is_local ? "1" : dim.to_string());
    }
    const NodeId added =
        TRY(body.add_node(*find_op(kFailName), Attrs::of(std::move(attrs)), {}, {}, {}));
    TRY_STATUS(body.add_output(output.name, body.node(added).outputs.front()));
  }
  return body;
}

// Inputs for what only the other branch captures.
Status add_captures(const ImportNode& node, std::span<const ValueId> captures, Graph& body) {
  for (size_t i = body.inputs().size(); i < captures.size(); ++i) {
    TRY(body.add_body_input(body.fresh_name(node.value_name(captures[i])), node.info(captures[i])));
  }
  return ok_status();
}

// A Loop in the making.
struct LoopParts {
  const GraphProto* body = nullptr;
  ValueId most;
  ValueId condition;
  std::vector<ValueId> carried;
  size_t scans = 0;
  std::vector<BodySlice> slices;
  // The body has no inputs and output for the number of the iteration and the condition.
  bool is_scan = false;
};

struct LoopBody {
  ImportedBody imported;
  std::vector<ValueId> captures;
};

Result<BodyForm> loop_form(const ImportNode& node, const LoopParts& parts) {
  BodyForm form{
      .names = {"", ""},
      .infos = {{DataType::kInt64, {}, std::nullopt}, {DataType::kBool, {}, std::nullopt}},
      .slices = parts.slices,
      .passes_condition = parts.is_scan};
  const size_t first = parts.is_scan ? 0 : 2;
  if (!parts.is_scan) {
    form.names = {parts.body->inputs[0].name, parts.body->inputs[1].name};
  }
  for (size_t i = 0; i < parts.carried.size(); ++i) {
    if (!parts.carried[i].valid()) return corrupt("a value that it carries is missing");
    form.names.push_back(parts.body->inputs[first + i].name);
    ValueInfo info = node.info(parts.carried[i]);
    info.elements.reset();
    form.infos.push_back(std::move(info));
  }
  return form;
}

// Opens the extents of what is carried that an iteration changes. Whether there are some.
Result<bool> open_extents(const Graph& body, std::string_view stem, BodyForm& form) {
  bool changed = false;
  size_t index = 0;
  for (size_t i = 2; i < form.infos.size(); ++i) {
    const ValueInfo& after = body.value(body.outputs()[i - 1].value).info;
    SymbolicShape& before = form.infos[i].shape;
    if (after.type != form.infos[i].type || after.shape.size() != before.size()) {
      return unsupported("its body takes {} and gives {} to the next iteration",
                         to_string(form.infos[i]), to_string(after));
    }
    for (size_t axis = 0; axis < before.size(); ++axis, ++index) {
      const Dim open = Dim::symbol(carried_extent_name(stem, index));
      if (before[axis] == after.shape[axis] || before[axis] == open) continue;
      before[axis] = open;
      changed = true;
    }
  }
  return changed;
}

Result<LoopBody> import_loop_body(ImportNode& node, const LoopParts& parts,
                                  const std::string& stem) {
  BodyForm form = TRY(loop_form(node, parts));
  while (true) {
    LoopBody body;
    body.imported = TRY(node.bodies().import_body(*parts.body, form, body.captures));
    if (!TRY(open_extents(body.imported.graph, stem, form))) return body;
  }
}

// Adds the node; its results, named so.
Result<std::vector<ValueId>> add_loop(ImportNode& node, const LoopParts& parts,
                                      std::vector<std::string> names) {
  const std::string stem = node.take_stem();
  LoopBody body = TRY(import_loop_body(node, parts, stem));
  const std::optional<HostTensor> begins = node.constant_of(parts.condition);
  const bool counted = body.imported.always_goes_on && begins && begins->elements() == 1 &&
                       element_as_double(begins->view(), 0) != 0;
  std::vector<ValueId> inputs = {parts.most, parts.condition};
  inputs.insert(inputs.end(), parts.carried.begin(), parts.carried.end());
  inputs.insert(inputs.end(), body.captures.begin(), body.captures.end());
  return node.add_with_bodies(kLoopName,
                              {{"carried", static_cast<int64_t>(parts.carried.size())},
                               {"scans", static_cast<int64_t>(parts.scans)},
                               {"counted", int64_t{counted}},
                               {"extent", stem}},
                              std::move(inputs), std::move(names),
                              {shared(std::move(body.imported.graph))});
}

// One number for each of `count` axes; all 0 where the attribute is left out.
Result<std::vector<int64_t>> list_of(AttributeMap& attributes, std::string_view name,
                                     size_t count) {
  std::vector<int64_t> list =
      TRY(take_ints(attributes, name)).value_or(std::vector<int64_t>(count));
  if (list.size() == count) return list;
  return corrupt("its attribute {} has {} for {}", name_text(name),
                 counted(list.size(), "entry", "entries"), count);
}

// A value with its first axis as axis `axis`, from the end on if `reversed`: added as output.
Status finish_stacked(ImportNode& node, size_t output, ValueId value, int64_t axis, bool reversed) {
  const size_t rank = node.info(value).shape.size();
  const size_t place = TRY(normalize_axis(axis, rank));
  if (reversed) {
    constexpr int64_t kEnd = std::numeric_limits<int64_t>::min() + 1;
    const ValueId starts = TRY(node.add_int64s({{-1}}, "starts"));
    const ValueId ends = TRY(node.add_int64s({{kEnd}}, "ends"));
    const ValueId axes = TRY(node.add_int64s({{0}}, "axes"));
    const ValueId steps = TRY(node.add_int64s({{-1}}, "steps"));
    const std::vector<ValueId> inputs = {value, starts, ends, axes, steps};
    if (place == 0) return node.finish_output(output, "Slice", {}, inputs);
    value = TRY(node.add("Slice", {}, inputs, "reversed"));
  }
  std::vector<int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  std::rotate(perm.begin(), perm.begin() + 1,
              perm.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  return node.finish_output(output, "Transpose", {{"perm", std::move(perm)}}, {value});
}

}  // namespace

Status import_if(ImportNode& node) {
  const GraphProto* then_body = TRY(body_attribute(node, "then_branch"));
  const GraphProto* else_body = TRY(body_attribute(node, "else_branch"));
  const size_t outputs = then_body->outputs.size();
  if (else_body->outputs.size() != outputs || node.outputs().size() > outputs) {
    return corrupt("its branches give {} and {} for {}", counted(outputs, "value"),
                   counted(else_body->outputs.size(), "value"),
                   counted(node.outputs().size(), "output"));
  }
  if (!node.has_input(0)) return corrupt("its condition is missing");
  const std::optional<HostTensor> condition = node.constant(0);
  if (condition && condition->type() == DataType::kBool && condition->elements() == 1) {
    const bool holds = element_as_double(condition->view(), 0) != 0;
    return node.finish_values(
        TRY(node.bodies().import_inline(holds ? *then_body : *else_body, names_of(node))));
  }
  std::vector<ValueId> captures;
  Result<Graph> then_graph = import_branch(node, *then_body, captures);
  Result<Graph> else_graph = import_branch(node, *else_body, captures);
  if (!then_graph.ok() && !else_graph.ok()) return then_graph.error();
  if (!then_graph.ok()) then_graph = TRY(failing(*else_graph, then_graph.error()));
  if (!else_graph.ok()) else_graph = TRY(failing(*then_graph, else_graph.error()));
  TRY_STATUS(add_captures(node, captures, *then_graph));
  TRY_STATUS(add_captures(node, captures, *else_graph));
  std::vector<ValueId> inputs = {node.input(0)};
  inputs.insert(inputs.end(), captures.begin(), captures.end());
  return node.finish_values(TRY(node.add_with_bodies(
      kIfName, {{"outputs", static_cast<int64_t>(outputs)}, {"extent", node.take_stem()}},
      std::move(inputs), names_of(node),
      {shared(*std::move(then_graph)), shared(*std::move(else_graph))})));
}

Status import_loop(ImportNode& node) {
  LoopParts parts;
  parts.body = TRY(body_attribute(node, "body"));
  const size_t carried = node.inputs().size() > 2 ? node.inputs().size() - 2 : 0;
  if (parts.body->inputs.size() != 2 + carried || parts.body->outputs.size() < 1 + carried ||
      node.outputs().size() > parts.body->outputs.size() - 1) {
    return corrupt("its body takes {} and gives {} where it carries {}",
                   counted(parts.body->inputs.size(), "value"),
                   counted(parts.body->outputs.size(), "value"), carried);
  }
  parts.scans = parts.body->outputs.size() - 1 - carried;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  parts.most = node.has_input(0)
                   ? node.input(0)
                   : TRY(node.add_constant(TRY(HostTensor::of_int64({}, {{kMost}})), "iterations"));
  parts.condition = node.has_input(1) ? node.input(1) : TRY(truth(node));
  for (size_t i = 0; i < carried; ++i) parts.carried.push_back(node.input(2 + i));
  return node.finish_values(TRY(add_loop(node, parts, names_of(node))));
}

// As a Loop that takes slices by the number of the iteration.
Status import_scan(ImportNode& node) {
  const GraphProto* body = TRY(body_attribute(node, "body"));
  AttributeMap attributes = TRY(node.attributes_but("body"));
  const auto slices = static_cast<size_t>(TRY(take_int(attributes, "num_scan_inputs", 0)));
  if (slices == 0 || slices > node.inputs().size() || body->inputs.size() != node.inputs().size()) {
    return corrupt("it scans {} of {}, and its body takes {}", slices,
                   counted(node.inputs().size(), "operand"), body->inputs.size());
  }
  const size_t carried = node.inputs().size() - slices;
  if (body->outputs.size() < carried || node.outputs().size() > body->outputs.size()) {
    return corrupt("its body gives {} where it carries {}", counted(body->outputs.size(), "value"),
                   carried);
  }
  LoopParts parts;
  parts.body = body;
  parts.scans = body->outputs.size() - carried;
  parts.is_scan = true;
  const std::vector<int64_t> in_axes = TRY(list_of(attributes, "scan_input_axes", slices));
  const std::vector<int64_t> in_ways = TRY(list_of(attributes, "scan_input_directions", slices));
  const std::vector<int64_t> out_axes = TRY(list_of(attributes, "scan_output_axes", parts.scans));
  const std::vector<int64_t> out_ways =
      TRY(list_of(attributes, "scan_output_directions", parts.scans));
  TRY_STATUS(check_all_taken(attributes));
  for (size_t i = 0; i < carried; ++i) parts.carried.push_back(node.input(i));
  Dim length;
  for (size_t i = 0; i < slices; ++i) {
    const SymbolicShape shape = TRY(node.input_info(carried + i)).shape;
    const size_t axis = TRY(normalize_axis(in_axes[i], shape.size()));
    if (i == 0) length = shape[axis];
    parts.slices.push_back({.name = body->inputs[carried + i].name,
                            .of = node.input(carried + i),
                            .axis = static_cast<int64_t>(axis),
                            .reversed = in_ways[i] != 0});
  }
  parts.most = TRY(node.add_dims({{length}}, "iterations"));
  parts.condition = TRY(truth(node));
  std::vector<std::string> names = names_of(node);
  names.resize(body->outputs.size());
  const auto is_moved = [&](size_t scan) { return out_axes[scan] != 0 || out_ways[scan] != 0; };
  for (size_t i = 0; i < parts.scans; ++i) {
    if (is_moved(i)) names[carried + i].clear();
  }
  const std::vector<ValueId> results = TRY(add_loop(node, parts, std::move(names)));
  TRY_STATUS(node.finish_values(results));
  for (size_t i = 0; i < parts.scans && carried + i < node.outputs().size(); ++i) {
    if (!is_moved(i)) continue;
    TRY_STATUS(
        finish_stacked(node, carried + i, results[carried + i], out_axes[i], out_ways[i] != 0));
  }
  return ok_status();
}

}  // namespace tenon::internal
