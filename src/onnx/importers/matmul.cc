#include "base/try.h"
#include "onnx/importers/importers.h"

namespace tenon::internal {

Status import_gemm_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  // Says that the third operand is broadcast, which it is wherever its shape asks for it.
  TRY(take_int(attributes, "broadcast", 0));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

}  // namespace tenon::internal
