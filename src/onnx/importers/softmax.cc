#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

namespace tenon::internal {

// The operand is taken as a matrix whose rows are all axes before `axis`; each row is one softmax.
Status import_softmax_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const auto rank = static_cast<int64_t>(TRY(node.input_info(0)).shape.size());
  int64_t axis = TRY(take_int(attributes, "axis", 1));
  if (axis < -rank || axis > rank)
    return corrupt("axis {} of an operand of {}", axis, counted(rank, "dim"));
  if (axis < 0) axis += rank;
  if (axis == rank - 1) {
    attributes.emplace("axis", axis);
    return node.finish(node.op(), attributes, {node.input(0)});
  }
  const ValueId shape = TRY(node.add("Shape", {}, {node.input(0)}, "shape"));
  const ValueId matrix = TRY(node.add("Flatten", {{"axis", axis}}, {node.input(0)}, "matrix"));
  attributes.emplace("axis", int64_t{1});
  const ValueId rows = TRY(node.add(node.op(), attributes, {matrix}, "rows"));
  // A dim of 0 is one, not a copy of the operand's.
  return node.finish("Reshape", {{"allowzero", int64_t{1}}}, {rows, shape});
}

}  // namespace tenon::internal
