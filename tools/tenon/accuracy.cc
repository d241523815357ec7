#include "accuracy.h"

#include "execution.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace tenon::cli {
namespace {

constexpr std::string_view kReference = "reference";

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

std::map<std::string, ConstTensorView> views_of(const TensorMap& tensors) {
  std::map<std::string, ConstTensorView> views;
  for (const auto& [name, tensor] : tensors) views.emplace(name, tensor.view());
  return views;
}

Result<std::vector<Tensor>> run_against(const Network& network, const BuildOptions& options,
                                        const std::string& against, const TensorMap& inputs) {
  if (against == kReference) return network.evaluate(views_of(inputs));
  const Result<Device> device = Device::open(against);
  if (!device.ok()) return device.error();
  return run_on(network, *device, options, inputs);
}

// Elements near 0 carry the rounding of what they were summed from, which is as large as others.
Tolerance scaled(const Tolerance& tolerance, const Tensor& want) {
  Tolerance result = tolerance;
  if (!is_floating(want.type)) return result;
  double largest = 1;
  const ConstTensorView view = want.view();
  const int64_t count = element_count(want.shape);
  for (int64_t i = 0; i < count; ++i) {
    const double magnitude = std::abs(element_as_double(view, i));
    if (std::isfinite(magnitude)) largest = std::max(largest, magnitude);
  }
  result.absolute *= largest;
  return result;
}

// All outputs of the network.
std::vector<ValueComparison> compare_outputs(const Network& network, const std::vector<Tensor>& got,
                                             const std::vector<Tensor>& want,
                                             const Tolerance& tolerance) {
  const std::vector<TensorInfo> outputs = network.outputs();
  std::vector<ValueComparison> result;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = outputs[i].name;
    ValueComparison comparison{
        .name = name,
        .op = std::string(network.producer_op(name)),
        .max_abs = 0,
        .mismatch = compare_tensors(name, got[i], want[i], scaled(tolerance, want[i]))};
    if (got[i].shape == want[i].shape) {
      comparison.max_abs = max_abs_difference(got[i], want[i]);
    }
    result.push_back(std::move(comparison));
  }
  return result;
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
  return compare_outputs(network, *got, *want, tolerance);
}

Result<std::vector<ValueComparison>> compare_nodes(const Network& network, const Device& device,
                                                   const BuildOptions& options,
                                                   const std::string& against,
                                                   const TensorMap& inputs,
                                                   const Tolerance& tolerance) {
  BuildOptions alone = options;
  alone.progress = nullptr;
  // It names inputs of the whole, and here all shapes are known.
  alone.profiles.clear();
  Result<TensorMap> values = network.evaluate_all(views_of(inputs));
  if (!values.ok()) return std::move(values).error();
  values->insert(inputs.begin(), inputs.end());
  const std::map<std::string, ConstTensorView> views = views_of(*values);
  std::vector<ValueComparison> result;
  std::set<std::string> compared;
  const std::vector<TensorInfo> computed = network.computed_values();
  for (const TensorInfo& value : computed) {
    if (compared.contains(value.name)) continue;
    if (options.progress) {
      options.progress({.phase = "nodes", .done = result.size(), .total = computed.size()});
    }
    const Result<Network> node = network.isolate(value.name, views);
    if (!node.ok()) return node.error();
    TensorMap operands;
    for (const TensorInfo& input : node->inputs()) operands[input.name] = values->at(input.name);
    const Result<std::vector<Tensor>> want = run_against(*node, alone, against, operands);
    if (!want.ok()) return want.error();
    const Result<std::vector<Tensor>> got = run_on(*node, device, alone, operands);
    if (!got.ok()) return got.error();
    for (ValueComparison& comparison : compare_outputs(*node, *got, *want, tolerance)) {
      compared.insert(comparison.name);
      result.push_back(std::move(comparison));
    }
  }
  return result;
}

}  // namespace tenon::cli
