#include "base/try.h"
#include "onnx/importers/importers.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::internal {

Status import_recurrent(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  // Whether y is among the outputs, which the node's list of them tells as well.
  if (node.version() < 7) TRY(take_int(attributes, "output_sequence", 0));
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

Status import_rnn(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  if (node.version() < 7) TRY(take_int(attributes, "output_sequence", 0));
  // The default names a function for two directions, and exporters write it down for one.
  const auto activations = attributes.find("activations");
  const auto direction = attributes.find("direction");
  const bool both =
      direction != attributes.end() && direction->second == AttributeValue("bidirectional");
  if (activations != attributes.end() && !both) {
    if (auto* names = std::get_if<std::vector<std::string>>(&activations->second)) {
      if (names->size() == 2) names->pop_back();
    }
  }
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

}  // namespace tenon::internal
