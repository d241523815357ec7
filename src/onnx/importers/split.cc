#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// The extents of the outputs where the node states them: in an attribute until opset 12, in an
// operand from 13 on, and as an operand of x's type in opset 1.
Result<std::optional<std::vector<Dim>>> stated_extents(ImportNode& node, AttributeMap& attributes) {
  std::optional<std::vector<Dim>> extents;
  if (node.version() < 13) {
    if (const auto listed = TRY(take_ints(attributes, "split"))) extents = to_symbolic(*listed);
  }
  if (!node.has_input(1)) return extents;
  if (node.version() >= 13) {
    extents = TRY(list_operand(TRY(node.known_info(1)), "extents of the outputs"));
  } else {
    extents.emplace();
    for (const double number : TRY(node.constant_numbers(1, "extents"))) {
      extents->emplace_back(static_cast<int64_t>(number));
    }
  }
  return extents;
}

// Equal parts. From opset 18 on the last may be smaller; until then the extent must divide.
Result<std::vector<Dim>> equal_extents(const ImportNode& node, const Dim& extent) {
  const auto count = static_cast<int64_t>(node.outputs().size());
  if (node.version() < 18) {
    if (extent.is_constant() && extent.constant() % count != 0) {
      return corrupt("an extent of {} cannot be split into {} equal parts", extent.to_string(),
                     count);
    }
    return std::vector<Dim>(node.outputs().size(), Dim::floor_div(extent, count));
  }
  std::vector<Dim> extents(node.outputs().size(), Dim::ceil_div(extent, count));
  extents.back() = extent - extents.front() * (count - 1);
  return extents;
}

Result<std::vector<Dim>> output_extents(ImportNode& node, AttributeMap& attributes,
                                        const Dim& extent) {
  const auto count = static_cast<int64_t>(node.outputs().size());
  const auto stated = TRY(stated_extents(node, attributes));
  if (node.version() >= 18 && TRY(take_int(attributes, "num_outputs", count)) != count) {
    return corrupt("its attribute 'num_outputs' is not the number of its outputs, {}", count);
  }
  if (!stated) return equal_extents(node, extent);
  Dim sum;
  for (const Dim& part : *stated) {
    if (part.is_constant() && part.constant() < 0)
      return corrupt("{} is no extent", part.to_string());
    sum = sum + part;
  }
  if (stated->size() != node.outputs().size() ||
      (sum.is_constant() && extent.is_constant() && sum != extent)) {
    return corrupt("an extent of {} is not split into {} parts by {}", extent.to_string(), count,
                   to_string(*stated));
  }
  return *stated;
}

// x with what its parts add up to as its extent: where that is not the same in symbols, the run
// checks it.
Result<ValueId> restated(ImportNode& node, size_t axis, const Dim& sum) {
  SymbolicShape shape = TRY(node.input_info(0)).shape;
  if (shape[axis] == sum) return node.input(0);
  shape[axis] = sum;
  const ValueId dims = TRY(node.add_dims(shape, "shape"));
  return node.add("Reshape", {{"allowzero", int64_t{1}}}, {node.input(0), dims}, "whole");
}

}  // namespace

Status import_split(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const SymbolicShape shape = TRY(node.input_info(0)).shape;
  const size_t axis = TRY(normalize_axis(TRY(take_int(attributes, "axis", 0)), shape.size()));
  if (node.outputs().empty()) return corrupt("it has no outputs");
  const std::vector<Dim> extents = TRY(output_extents(node, attributes, shape[axis]));
  TRY_STATUS(check_all_taken(attributes));
  Dim sum;
  for (const Dim& extent : extents) sum = sum + extent;
  const ValueId whole = TRY(restated(node, axis, sum));
  const ValueId axes = TRY(node.add_int64s({{static_cast<int64_t>(axis)}}, "axes"));
  // Where an output ends the next one starts.
  Dim end;
  ValueId starts = TRY(node.add_dims({{end}}, "starts"));
  for (size_t i = 0; i < extents.size(); ++i) {
    end = end + extents[i];
    const ValueId ends = TRY(node.add_dims({{end}}, "ends"));
    if (!node.outputs()[i].name.empty()) {
      TRY_STATUS(node.finish_output(i, node.op(), {}, {whole, starts, ends, axes}));
    }
    starts = ends;
  }
  return ok_status();
}

}  // namespace tenon::internal
