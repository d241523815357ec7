#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/importers/casts.h"
#include "onnx/importers/importers.h"
#include "ops/operands.h"

#include <numeric>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

// How often each axis is repeated. Opset 1 states one axis and its number as scalars.
Result<std::vector<Dim>> tile_repeats(ImportNode& node, size_t rank) {
  if (node.version() >= 6) return list_operand(TRY(node.known_info(1)), "repeats");
  std::vector<Dim> repeats(rank, 1);
  const std::vector<double> tiles = TRY(node.constant_numbers(1, "tiles"));
  const std::vector<double> axis = TRY(node.constant_numbers(2, "axis"));
  if (tiles.size() != 1 || axis.size() != 1) return corrupt("its tiles and axis are not scalars");
  repeats[TRY(normalize_axis(static_cast<int64_t>(axis[0]), rank))] =
      static_cast<int64_t>(tiles[0]);
  return repeats;
}

}  // namespace

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

Status import_transpose(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  const DataType type = TRY(node.input_info(0)).type;
  if (type != DataType::kInt4 && type != DataType::kUInt4) {
    return node.finish(node.op(), attributes, {node.input(0)});
  }
  const ValueId bytes = TRY(cast_operand(node, 0, DataType::kInt8, "bytes"));
  const ValueId moved = TRY(node.add(node.op(), attributes, {bytes}, "moved"));
  return node.finish("Cast", {{"to", std::string(to_string(type))}}, {moved});
}

Status import_tile(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  const SymbolicShape shape = TRY(node.input_info(0)).shape;
  const std::vector<Dim> repeats = TRY(tile_repeats(node, shape.size()));
  if (repeats.size() != shape.size()) {
    return corrupt("it has {} for an operand of shape {}", counted(repeats.size(), "repeat"),
                   to_string(shape));
  }
  std::vector<int64_t> new_axes;
  SymbolicShape expanded;
  SymbolicShape joined;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    new_axes.push_back(static_cast<int64_t>(2 * axis));
    expanded.push_back(repeats[axis]);
    expanded.push_back(shape[axis]);
    joined.push_back(repeats[axis] * shape[axis]);
  }
  const ValueId axes = TRY(node.add_int64s(new_axes, "axes"));
  const ValueId split = TRY(node.add("Unsqueeze", {}, {node.input(0), axes}, "split"));
  const ValueId expanded_shape = TRY(node.add_dims(expanded, "expanded_shape"));
  const ValueId tiles = TRY(node.add(node.op(), attributes, {split, expanded_shape}, "tiles"));
  const ValueId joined_shape = TRY(node.add_dims(joined, "shape"));
  return node.finish("Reshape", {{"allowzero", int64_t{1}}}, {tiles, joined_shape});
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

// What lies beyond the new extent is cut off at both ends, or zeros are added; where the difference
// is odd, one more at the end.
Status import_center_crop_pad(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const SymbolicShape shape = TRY(node.input_info(0)).shape;
  std::vector<int64_t> axes(shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (auto given = TRY(take_ints(attributes, "axes"))) axes = *std::move(given);
  TRY_STATUS(check_all_taken(attributes));
  const std::vector<Dim> extents = TRY(list_operand(TRY(node.input_info(1)), "new extents"));
  if (extents.size() != axes.size()) {
    return corrupt("it has {} for {}", counted(extents.size(), "extent"),
                   counted(axes.size(), "axis", "axes"));
  }
  std::vector<Dim> starts;
  std::vector<Dim> ends;
  std::vector<Dim> pads;
  std::vector<Dim> pads_behind;
  for (size_t i = 0; i < axes.size(); ++i) {
    const Dim& extent = shape[TRY(normalize_axis(axes[i], shape.size()))];
    const Dim cut = Dim::max(extent - extents[i], 0);
    const Dim added = Dim::max(extents[i] - extent, 0);
    starts.push_back(Dim::floor_div(cut, 2));
    ends.push_back(starts.back() + extent - cut);
    pads.push_back(Dim::floor_div(added, 2));
    pads_behind.push_back(added - pads.back());
  }
  pads.insert(pads.end(), pads_behind.begin(), pads_behind.end());
  const ValueId along = TRY(node.add_int64s(axes, "axes"));
  const ValueId first = TRY(node.add_dims(starts, "starts"));
  const ValueId last = TRY(node.add_dims(ends, "ends"));
  const ValueId cropped =
      TRY(node.add("Slice", {}, {node.input(0), first, last, along}, "cropped"));
  const ValueId padding = TRY(node.add_dims(pads, "pads"));
  return node.finish(node.op(), {}, {cropped, padding, ValueId{}, along});
}

Status import_top_k_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const int64_t count = TRY(take_int(attributes, "k", 0));
  const ValueId k = TRY(node.add_int64s({&count, 1}, "k"));
  return node.finish(node.op(), attributes, {node.input(0), k});
}

}  // namespace tenon::internal
