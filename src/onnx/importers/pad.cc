#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal {

Status import_pad_1(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const char* const name = node.version() < 2 ? "paddings" : "pads";
  const auto pads = TRY(take_ints(attributes, name));
  if (!pads) return corrupt("its attribute '{}' is missing", name);
  std::vector<ValueId> inputs = {node.input(0), TRY(node.add_int64s(*pads, "pads"))};
  if (const auto value = TRY(take_float(attributes, "value"))) {
    const DataType type = TRY(node.input_info(0)).type;
    inputs.push_back(TRY(node.add_constant(TRY(HostTensor::of(type, {}, {{*value}})), "value")));
  }
  return node.finish(node.op(), attributes, std::move(inputs));
}

}  // namespace tenon::internal
