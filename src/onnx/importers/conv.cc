#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

namespace tenon::internal {
namespace {

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

}  // namespace

Status import_window(ImportNode& node) {
  const AttributeMap attributes = TRY(window_attributes(node));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

Status import_max_pool(ImportNode& node) {
  AttributeMap attributes = TRY(window_attributes(node));
  // The order of the second output, which is refused where it is used.
  TRY(take_int(attributes, "storage_order", 0));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
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
