#include "base/try.h"
#include "onnx/importers/importers.h"

namespace tenon::internal {

Status import_same_op(ImportNode& node) {
  const AttributeMap attributes = TRY(node.attributes());
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

}  // namespace tenon::internal
