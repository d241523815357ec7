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

// Of values in execution order.
std::string first_divergence(const Network& network, const std::vector<ValueComparison>& values) {
  for (const TensorInfo& computed : network.computed_values()) {
    const bool diverges = std::any_of(values.begin(), values.end(), [&](const auto& value) {
      return value.name == computed.name && value.mismatch;
    });
    if (diverges) return computed.name;
  }
  return {};
}

ExitCode report(std::string_view key, const std::vector<ValueComparison>& values,
                Session& session) {
  ExitCode code = kOk;
  session.print("{:<40} {:<20} {:>12}\n", key, "op", "max |a-b|");
  for (const ValueComparison& value : values) {
    session.json()[key].push_back(to_json(value));
    session.print("{:<40} {:<20} {:>12.3g}{}\n", value.name, value.op, value.max_abs,
                  value.mismatch ? "  " + value.mismatch->text : "");
    if (value.mismatch) code = kDiffers;
  }
  return code;
}

// Outputs of the whole network, and each node by itself where layers are asked for.
Outcome compare_network(const CompareFlags& flags, const Network& network, const Device& device,
                        const BuildOptions& options, const TensorMap& inputs, Session& session) {
  std::vector<ValueComparison> values;
  ExitCode code = kOk;
  if (flags.layers) {
    Result<std::vector<ValueComparison>> layers =
        compare_nodes(network, device, options, flags.against, inputs, flags.tolerance);
    if (!layers.ok()) return std::move(layers).error();
    values = std::move(layers).value();
    code = report("layers", values, session);
  }
  const Result<std::vector<ValueComparison>> outputs =
      compare_with(network, device, options, flags.against, inputs, flags.tolerance);
  if (!outputs.ok()) return outputs.error();
  if (report("outputs", *outputs, session) != kOk) code = kDiffers;
  const std::string first = first_divergence(network, flags.layers ? values : *outputs);
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
  const Result<Model> model =
      open_model(flags.model, *shapes, session, flags.input.missing_shape());
  if (!model.ok()) return model.error();
  if (model->is_plan) {
    return wrong_usage("compare takes an ONNX model; {} is a plan", flags.model);
  }
  const Result<BuildOptions> options = flags.target.build_options(*model, session);
  if (!options.ok()) return Failure(kUsage, options.error());
  const Network& network = *model->network;
  const Result<InputShapes> named = name_shapes(*shapes, network.inputs());
  if (!named.ok()) return Failure(kUsage, named.error());
  const Result<InputSources> sources = flags.input.sources(network.inputs());
  if (!sources.ok()) return Failure(kUsage, sources.error());
  const Result<TensorMap> inputs =
      flags.input.load(network.inputs(), *sources, *named, /*random_missing=*/false);
  if (!inputs.ok()) return inputs.error();
  session.detail("{} on {} against {}\n", flags.model, device->info().name, flags.against);
  return compare_network(flags, network, *device, *options, *inputs, session);
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
  command.add_flag("--layers", flags->layers,
                   "Compares each node too, on the operands that the references compute");
  add_tolerance(command, flags->tolerance,
                "Absolute tolerance, times the largest magnitude that is expected where that is "
                "above 1");
}

}  // namespace tenon::cli
