#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace tenon::internal {

constexpr double kMaxWholePower = 1 << 24;

// ONNX says that pads and auto_pad exclude each other. Where exporters write both, others ignore
// the pads.
Result<AttributeMap> window_attributes(const ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const auto auto_pad = attributes.find("auto_pad");
  if (auto_pad != attributes.end() && auto_pad->second != AttributeValue(std::string("NOTSET"))) {
    attributes.erase("pads");
  }
  return attributes;
}

Status import_window(ImportNode& node) {
  const AttributeMap attributes = TRY(window_attributes(node));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

Status import_max_pool(ImportNode& node) {
  const AttributeMap with_order = TRY(window_attributes(node));
  AttributeMap attributes = with_order;
  TRY(take_int(attributes, "storage_order", 0));
  TRY_STATUS(node.finish_output(0, node.op(), attributes, {node.input(0)}));
  if (node.outputs().size() < 2 || !node.outputs()[1].used) return ok_status();
  return node.finish_output(1, "MaxPoolIndices", with_order, {node.input(0)});
}

Status import_lp_pool(ImportNode& node) {
  AttributeMap attributes = TRY(window_attributes(node));
  if (node.version() < 2) {
    const double p = TRY(take_float(attributes, "p")).value_or(2);
    if (p < 1 || p > kMaxWholePower || p != std::floor(p)) {
      return unsupported("its attribute 'p' is {}, not a whole number from 1 on", p);
    }
    attributes.emplace("p", static_cast<int64_t>(p));
  }
  return node.finish(node.op(), attributes, {node.input(0)});
}

Status import_global_lp_pool(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const double p = node.version() < 2 ? TRY(take_float(attributes, "p")).value_or(2)
                                      : static_cast<double>(TRY(take_int(attributes, "p", 2)));
  const ValueInfo x = TRY(node.input_info(0));
  if (x.shape.size() < 3 || !(p > 0)) {
    return corrupt("an operand of shape {} has no {}-norm over its spatial axes",
                   to_string(x.shape), p);
  }
  std::vector<int64_t> axes(x.shape.size() - 2);
  std::iota(axes.begin(), axes.end(), 2);
  const ValueId spatial = TRY(node.add_int64s(axes, "axes"));
  if (p == 1) return node.finish("ReduceL1", attributes, {node.input(0), spatial});
  if (p == 2) return node.finish("ReduceL2", attributes, {node.input(0), spatial});
  const ValueId power = TRY(node.add_constant(TRY(HostTensor::of(x.type, {}, {{p}})), "power"));
  const ValueId root = TRY(node.add_constant(TRY(HostTensor::of(x.type, {}, {{1 / p}})), "root"));
  const ValueId absolute = TRY(node.add("Abs", {}, {node.input(0)}, "absolute"));
  const ValueId powers = TRY(node.add("Pow", {}, {absolute, power}, "powers"));
  const ValueId sum = TRY(node.add("ReduceSum", {}, {powers, spatial}, "sum"));
  return node.finish("Pow", attributes, {sum, root});
}

// Inference only: training computes other results and writes more outputs, which are refused.
Status import_batch_normalization(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  if (node.version() < 7 && TRY(take_int(attributes, "is_test", 0)) == 0) {
    return unsupported("it trains (is_test is 0): export the model for inference");
  }
  if (node.version() < 9 && TRY(take_int(attributes, "spatial", 1)) == 0) {
    return unsupported("its statistics are per element (spatial is 0), not per channel");
  }
  if (node.version() >= 14 && TRY(take_int(attributes, "training_mode", 0)) != 0) {
    return unsupported("it trains (training_mode is 1): export the model for inference");
  }
  // Of the running mean, which inference does not update.
  attributes.erase("momentum");
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

}  // namespace tenon::internal
