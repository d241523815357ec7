#include "accuracy.h"
#include "commands.h"
#include "inputs.h"
#include "options.h"

#include <tenon/tenon.h>

#include <algorithm>

namespace tenon::cli {
namespace {

struct CompareFlags {
  std::string model;
  TargetFlags target;
  InputFlags input;
  std::string against = "reference";
  bool layers = false;
  Tolerance tolerance;
};

Json to_json(const ValueComparison& value) {
  Json entry = {{"name", value.name},
                {"op", value.op},
                {"max_abs", value.max_abs},
                {"within", !value.mismatch.has_value()}};
  if (value.mismatch) entry.update(to_json(*value.mismatch));
  return entry;
}

// The same network with all outputs when layers are asked for.
Result<std::vector<ValueComparison>> compare_values(const CompareFlags& flags,
                                                    const Network& network, const Device& device,
                                                    const BuildOptions& options,
                                                    const TensorMap& inputs) {
  if (!flags.layers) {
    return compare_with(network, device, options, flags.against, inputs, flags.tolerance);
  }
  const Result<Network> all = with_all_outputs(network);
  if (!all.ok()) return all.error();
  return compare_with(*all, device, options, flags.against, inputs, flags.tolerance);
}

// Values stand in execution order in computed_values(), outputs first in a network with all of
// them.
std::string first_divergence(const Network& network, const std::vector<ValueComparison>& values) {
  for (const TensorInfo& computed : network.computed_values()) {
    const bool diverges = std::any_of(values.begin(), values.end(), [&](const auto& value) {
      return value.name == computed.name && value.mismatch;
    });
    if (diverges) return computed.name;
  }
  return {};
}

ExitCode report(const CompareFlags& flags, const Network& network,
                const std::vector<ValueComparison>& values, Session& session) {
  const std::vector<TensorInfo> outputs = network.outputs();
  ExitCode code = kOk;
  session.print("{:<40} {:<20} {:>12}\n", "value", "op", "max |a-b|");
  for (const ValueComparison& value : values) {
    const bool is_output =
        std::any_of(outputs.begin(), outputs.end(),
                    [&](const TensorInfo& output) { return output.name == value.name; });
    if (is_output) session.json()["outputs"].push_back(to_json(value));
    if (flags.layers) session.json()["layers"].push_back(to_json(value));
    session.print("{:<40} {:<20} {:>12.3g}{}\n", value.name, value.op, value.max_abs,
                  value.mismatch ? "  " + value.mismatch->text : "");
    if (value.mismatch) code = kDiffers;
  }
  const std::string first = first_divergence(network, values);
  session.json()["first_divergence"] = first;
  if (!first.empty()) session.print("the first to diverge: {}\n", first);
  return code;
}

void prepare(Json& json) {
  json["model"] = "";
  json["device"] = "";
  json["against"] = "";
  json["outputs"] = Json::array();
  json["layers"] = Json::array();
  json["first_divergence"] = "";
}

Outcome compare_command(const CompareFlags& flags, Session& session) {
  Json& json = session.json();
  json["model"] = flags.model;
  json["against"] = flags.against;
  const Result<InputShapes> shapes = flags.target.static_shapes();
  if (!shapes.ok()) return Failure(kUsage, shapes.error());
  const Result<Device> device = flags.target.open_device(flags.model);
  if (!device.ok()) return device.error();
  json["device"] = device->info().name;
  const Result<Model> model = open_model(flags.model, *shapes);
  if (!model.ok()) return model.error();
  if (model->is_plan) {
    return wrong_usage("compare takes an ONNX model; {} is a plan", flags.model);
  }
  const Result<BuildOptions> options = flags.target.build_options(*model, session);
  if (!options.ok()) return Failure(kUsage, options.error());
  const Network& network = *model->network;
  const Result<InputShapes> named = name_shapes(*shapes, network.inputs());
  if (!named.ok()) return Failure(kUsage, named.error());
  const Result<TensorMap> inputs =
      flags.input.load(network.inputs(), *named, /*open_dims=*/0, /*random_missing=*/false);
  if (!inputs.ok()) return inputs.error();
  session.detail("{} on {} against {}\n", flags.model, device->info().name, flags.against);
  const Result<std::vector<ValueComparison>> values =
      compare_values(flags, network, *device, *options, *inputs);
  if (!values.ok()) return values.error();
  return report(flags, network, *values, session);
}

}  // namespace

void add_compare(CLI::App& app, Session& session, Action& action) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App& command = add_command<CompareFlags>(
      app, session, action, flags,
      {.name = "compare",
       .description = "Compares a model on a device with the references or another device",
       .prepare = &prepare,
       .run = &compare_command});
  command.add_option("model", flags->model, "ONNX model")->required();
  flags->target.add_to(command);
  flags->input.add_to(command);
  command.add_option("--against", flags->against, "\"reference\", or a device")
      ->capture_default_str();
  command.add_flag("--layers", flags->layers, "Compares every value, not the outputs alone");
  command.add_option("--rtol", flags->tolerance.relative, "Relative tolerance")
      ->capture_default_str();
  command.add_option("--atol", flags->tolerance.absolute, "Absolute tolerance")
      ->capture_default_str();
}

}  // namespace tenon::cli
