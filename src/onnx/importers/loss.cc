#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/messages.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// What each target counts for, and which class it names.
struct Targets {
  ValueId classes;
  // Unset where all count the same.
  std::optional<ValueId> weights;
};

// Operand 1 are the classes, operand 2 may be their weights. Those with the class to be ignored
// count for nothing, and name class 0 instead.
Result<Targets> read_targets(ImportNode& node, AttributeMap& attributes) {
  const DataType type = TRY(node.input_info(0)).type;
  const auto scalar = [&](DataType of, double value, std::string_view role) -> Result<ValueId> {
    return node.add_constant(TRY(HostTensor::of(of, {}, {{value}})), role);
  };
  Targets targets = {node.input(1), std::nullopt};
  std::optional<ValueId> ignored;
  if (attributes.contains("ignore_index")) {
    const auto index = static_cast<double>(TRY(take_int(attributes, "ignore_index", 0)));
    const DataType of = TRY(node.input_info(1)).type;
    const ValueId ignored_class = TRY(scalar(of, index, "ignored_class"));
    ignored = TRY(node.add("Equal", {}, {targets.classes, ignored_class}, "ignored"));
    const ValueId first_class = TRY(scalar(of, 0, "first_class"));
    targets.classes =
        TRY(node.add("Where", {}, {*ignored, first_class, targets.classes}, "classes"));
  }
  if (node.has_input(2)) {
    targets.weights = TRY(node.add("Gather", {}, {node.input(2), targets.classes}, "weights"));
  }
  if (!ignored) return targets;
  const ValueId nothing = TRY(scalar(type, 0, "nothing"));
  const ValueId weight = targets.weights ? *targets.weights : TRY(scalar(type, 1, "one"));
  targets.weights = TRY(node.add("Where", {}, {*ignored, nothing, weight}, "counted"));
  return targets;
}

// Output 0, of logarithms of probabilities[N, C, D...].
Status finish_likelihood(ImportNode& node, AttributeMap attributes, ValueId logarithms) {
  const std::string reduction = TRY(take_string(attributes, "reduction", "mean"));
  const Targets targets = TRY(read_targets(node, attributes));
  TRY_STATUS(check_all_taken(attributes));
  const ValueId axes = TRY(node.add_int64s({{1}}, "axes"));
  const ValueId indices = TRY(node.add("Unsqueeze", {}, {targets.classes, axes}, "indices"));
  const ValueId picked =
      TRY(node.add("GatherElements", {{"axis", int64_t{1}}}, {logarithms, indices}, "picked"));
  const ValueId likelihood = TRY(node.add("Squeeze", {}, {picked, axes}, "likelihood"));
  ValueId loss = likelihood;
  if (targets.weights) {
    loss = TRY(node.add("Mul", {}, {loss, *targets.weights}, "weighted"));
  }
  if (reduction == "none") return node.finish_output(0, "Neg", {}, {loss});
  loss = TRY(node.add("Neg", {}, {loss}, "loss"));
  const AttributeMap to_scalar = {{"keepdims", int64_t{0}}};
  if (reduction == "sum") return node.finish_output(0, "ReduceSum", to_scalar, {loss});
  if (reduction != "mean") {
    return corrupt("its attribute 'reduction' is {}, not none, sum or mean", name_text(reduction));
  }
  if (!targets.weights) return node.finish_output(0, "ReduceMean", to_scalar, {loss});
  const ValueId sum = TRY(node.add("ReduceSum", to_scalar, {loss}, "sum"));
  const ValueId all = TRY(node.add("ReduceSum", to_scalar, {*targets.weights}, "all_weights"));
  return node.finish_output(0, "Div", {}, {sum, all});
}

}  // namespace

Status import_negative_log_likelihood_loss(ImportNode& node) {
  return finish_likelihood(node, TRY(node.attributes()), node.input(0));
}

Status import_softmax_cross_entropy_loss(ImportNode& node) {
  const AttributeMap of_classes = {{"axis", int64_t{1}}};
  const ValueId logarithms = TRY(node.add("LogSoftmax", of_classes, {node.input(0)}, "logarithms"));
  TRY_STATUS(finish_likelihood(node, TRY(node.attributes()), logarithms));
  if (node.outputs().size() < 2 || !node.outputs()[1].used) return ok_status();
  return node.finish_output(1, "LogSoftmax", of_classes, {node.input(0)});
}

}  // namespace tenon::internal
