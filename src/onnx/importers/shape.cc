#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <numeric>
#include <utility>

namespace tenon::internal {

Status import_concat_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  attributes.emplace("axis", int64_t{1});
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

Status import_reshape_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const auto dims = TRY(take_ints(attributes, "shape"));
  if (!dims) return corrupt("its attribute 'shape' is missing");
  const ValueId shape = TRY(node.add_int64s(*dims, "shape"));
  return node.finish(node.op(), attributes, {node.input(0), shape});
}

Status import_axes_attribute(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  std::vector<ValueId> inputs{node.input(0)};
  if (const auto axes = TRY(take_ints(attributes, "axes"))) {
    inputs.push_back(TRY(node.add_int64s(*axes, "axes")));
  }
  return node.finish(node.op(), attributes, std::move(inputs));
}

Status import_slice_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const auto starts = TRY(take_ints(attributes, "starts"));
  const auto ends = TRY(take_ints(attributes, "ends"));
  auto axes = TRY(take_ints(attributes, "axes"));
  if (!starts || !ends) return corrupt("its attributes 'starts' and 'ends' are not both given");
  if (!axes) {
    axes.emplace(starts->size());
    std::iota(axes->begin(), axes->end(), 0);
  }
  const ValueId first = TRY(node.add_int64s(*starts, "starts"));
  const ValueId last = TRY(node.add_int64s(*ends, "ends"));
  const ValueId along = TRY(node.add_int64s(*axes, "axes"));
  return node.finish(node.op(), attributes, {node.input(0), first, last, along});
}

}  // namespace tenon::internal
