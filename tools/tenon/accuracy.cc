#include "accuracy.h"

#include "execution.h"

#include <map>
#include <utility>
#include <variant>

namespace tenon::cli {
namespace {

Result<std::vector<Tensor>> run_on(const Network& network, const Device& device,
                                   const BuildOptions& options, const TensorMap& inputs) {
  const Result<std::vector<std::byte>> plan = build_to_bytes(network, device, options);
  if (!plan.ok()) return plan.error();
  const Result<Engine> engine = Engine::load(*plan, device);
  if (!engine.ok()) return engine.error();
  Result<Execution> execution = Execution::create(*engine, inputs);
  if (!execution.ok()) return std::move(execution).error();
  Status run = execution->run();
  if (!run.ok()) return std::move(run).error();
  return execution->outputs();
}

Result<std::vector<Tensor>> run_against(const Network& network, const BuildOptions& options,
                                        const std::string& against, const TensorMap& inputs) {
  if (against == "reference") {
    std::map<std::string, ConstTensorView> views;
    for (const auto& [name, tensor] : inputs) views.emplace(name, tensor.view());
    return network.evaluate(views);
  }
  const Result<Device> device = Device::open(against);
  if (!device.ok()) return device.error();
  return run_on(network, *device, options, inputs);
}

}  // namespace

Json to_json(const Mismatch& mismatch) {
  const auto number = [](const Number& value) {
    return std::visit([](auto element) { return Json(element); }, value);
  };
  return {{"name", mismatch.name},
          {"index", mismatch.index},
          {"got", number(mismatch.got)},
          {"want", number(mismatch.want)}};
}

Result<Network> with_all_outputs(const Network& network) {
  Network all = network.clone();
  for (const TensorInfo& value : network.computed_values()) {
    Status marked = all.mark_output(value.name);
    if (!marked.ok()) return std::move(marked).error();
  }
  return all;
}

Result<std::vector<ValueComparison>> compare_with(const Network& network, const Device& device,
                                                  const BuildOptions& options,
                                                  const std::string& against,
                                                  const TensorMap& inputs,
                                                  const Tolerance& tolerance) {
  BuildOptions quiet = options;
  quiet.progress = nullptr;
  const auto begin = [&](std::string_view phase, size_t done) {
    if (options.progress) options.progress({.phase = phase, .done = done, .total = 2});
  };
  begin(against, 0);
  const Result<std::vector<Tensor>> want = run_against(network, quiet, against, inputs);
  if (!want.ok()) return want.error();
  begin(device.info().name, 1);
  const Result<std::vector<Tensor>> got = run_on(network, device, quiet, inputs);
  if (!got.ok()) return got.error();
  const std::vector<TensorInfo> outputs = network.outputs();
  std::vector<ValueComparison> result;
  for (size_t i = 0; i < outputs.size(); ++i) {
    ValueComparison comparison{
        .name = outputs[i].name,
        .op = std::string(network.producer_op(outputs[i].name)),
        .max_abs = 0,
        .mismatch = compare_tensors(outputs[i].name, (*got)[i], (*want)[i], tolerance)};
    if ((*got)[i].shape == (*want)[i].shape) {
      comparison.max_abs = max_abs_difference((*got)[i], (*want)[i]);
    }
    result.push_back(std::move(comparison));
  }
  return result;
}

}  // namespace tenon::cli
