#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Numbers = std::vector<double>;

// Whether an operand is given and has elements: opset 11 writes an empty list for none.
Result<bool> is_given(const ImportNode& node, size_t index) {
  if (!node.has_input(index)) return false;
  return TRY(node.input_info(index)).shape != SymbolicShape{0};
}

AttributeMap asymmetric(std::string mode, Numbers scales, std::string rounding) {
  return {{"coordinate_transformation_mode", "asymmetric"},
          {"mode", std::move(mode)},
          {"nearest_mode", std::move(rounding)},
          {"scales", std::move(scales)}};
}

}  // namespace

Status import_upsample(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  std::string mode = TRY(take_string(attributes, "mode", "nearest"));
  Numbers scales;
  if (node.version() < 9) {
    std::optional<Numbers> given = TRY(take_floats(attributes, "scales"));
    if (!given) return corrupt("its attribute 'scales' is missing");
    scales = *std::move(given);
  } else {
    scales = TRY(node.constant_numbers(1, "scales"));
  }
  attributes.merge(asymmetric(std::move(mode), std::move(scales), "floor"));
  return node.finish(node.op(), attributes, {node.input(0)});
}

// Nearest neighbours lie before the position where an axis grows, behind it where it shrinks.
Status import_resize_10(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const std::string mode = TRY(take_string(attributes, "mode", "nearest"));
  const Numbers scales = TRY(node.constant_numbers(1, "scales"));
  const bool shrinks = std::ranges::any_of(scales, [](double scale) { return scale < 1; });
  ValueId x = node.input(0);
  if (mode != "nearest" || !shrinks) {
    attributes.merge(asymmetric(mode, scales, "floor"));
    return node.finish(node.op(), attributes, {x});
  }
  Numbers down = scales;
  for (double& scale : down) scale = std::min(scale, 1.0);
  Numbers up = scales;
  for (double& scale : up) scale = std::max(scale, 1.0);
  if (down != scales) x = TRY(node.add(node.op(), asymmetric(mode, up, "floor"), {x}, "grown"));
  attributes.merge(asymmetric(mode, down, "ceil"));
  return node.finish(node.op(), attributes, {x});
}

Status import_resize(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const auto coordinates = attributes.find("coordinate_transformation_mode");
  if (coordinates != attributes.end() &&
      coordinates->second == AttributeValue(std::string("tf_crop_and_resize"))) {
    attributes.emplace("roi", TRY(node.constant_numbers(1, "regions of interest")));
  }
  if (TRY(is_given(node, 2))) {
    attributes.emplace("scales", TRY(node.constant_numbers(2, "scales")));
  }
  std::vector<ValueId> inputs = {node.input(0)};
  if (TRY(is_given(node, 3))) inputs.push_back(node.input(3));
  return node.finish(node.op(), attributes, std::move(inputs));
}

Status import_grid_sample(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  std::string mode = TRY(take_string(attributes, "mode", "linear"));
  // As opset 16 has them.
  if (mode == "bilinear") mode = "linear";
  if (mode == "bicubic") mode = "cubic";
  attributes.emplace("mode", std::move(mode));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

// The image of each region stands before its corners.
Status import_max_roi_pool(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  const ValueId regions = node.input(1);
  const ValueId zero = TRY(node.add_int64s({{0}}, "zero"));
  const ValueId one = TRY(node.add_int64s({{1}}, "one"));
  const ValueId end = TRY(node.add_int64s({{5}}, "end"));
  const ValueId column = TRY(node.add("Slice", {}, {regions, zero, one, one}, "column"));
  const ValueId numbers = TRY(node.add("Squeeze", {}, {column, one}, "numbers"));
  const AttributeMap to_i64 = {{"to", std::string(to_string(DataType::kInt64))}};
  const ValueId images = TRY(node.add("Cast", to_i64, {numbers}, "images"));
  const ValueId corners = TRY(node.add("Slice", {}, {regions, one, end, one}, "corners"));
  return node.finish(node.op(), attributes, {node.input(0), corners, images});
}

Status import_roi_align_10(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  attributes.emplace("coordinate_transformation_mode", "output_half_pixel");
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

}  // namespace tenon::internal
