#include "options.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>

namespace tenon::cli {
namespace {

Error bad_shape(std::string_view text) {
  return {ErrorKind::kInvalidArgument,
          fmt::format("'{}' is no shape; the form is name:1x3x224x224", text)};
}

Status add_bounds(const std::vector<std::string>& texts, const std::vector<TensorInfo>& inputs,
                  Shape ShapeRange::*bound, Profile& profile) {
  for (const std::string& text : texts) {
    Result<std::pair<std::string, Shape>> parsed = parse_named_shape(text);
    if (!parsed.ok()) return std::move(parsed).error();
    const Result<InputShapes> named = name_shapes({{parsed->first, parsed->second}}, inputs);
    if (!named.ok()) return named.error();
    profile.inputs[named->begin()->first].*bound = parsed->second;
  }
  return {};
}

bool is_cpu(std::string_view device) { return device == "cpu" || device.starts_with("cpu:"); }

bool states_threads(std::string_view device) {
  return device.find(":threads=") != std::string_view::npos ||
         device.find(",threads=") != std::string_view::npos;
}

// Why a device that is named and a number of threads do not go together; empty where they do.
std::string threads_problem(std::string_view device, int threads) {
  if (threads == 0 || device.empty()) return {};
  if (!is_cpu(device)) return fmt::format("--threads is for the cpu, not for device {}", device);
  if (!states_threads(device)) return {};
  return fmt::format("--threads {} and the threads of device {}: give one of them", threads,
                     device);
}

// Threads of each of several contexts on a device that is named without a number of them; 0 for the
// device's own choice.
Result<int> shared_threads(std::string_view device, int contexts) {
  if (contexts == 1 || !is_cpu(device) || states_threads(device)) return 0;
  const Result<std::vector<DeviceInfo>> all = list_devices();
  if (!all.ok()) return all.error();
  const auto cpu = std::find_if(all->begin(), all->end(),
                                [](const DeviceInfo& info) { return info.kind == "cpu"; });
  return cpu == all->end() ? 0 : std::max(cpu->threads / contexts, 1);
}

// `refuses` says of a number whether it is wrong.
template <class T, class Refuses>
CLI::Validator number_check(const std::string& what, const Refuses& refuses) {
  const auto check = [what, refuses](const std::string& text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && !refuses(number) ? std::string() : fmt::format("'{}' is not {}", text, what);
  };
  return {check, ""};
}

}  // namespace

CLI::Validator finite_number() {
  return number_check<double>("a finite number of at least 0",
                              [](double number) { return !std::isfinite(number) || number < 0; });
}

CLI::Validator whole_number(int64_t least, int64_t most) {
  const std::string what = most == INT32_MAX
                               ? fmt::format("a whole number of at least {}", least)
                               : fmt::format("a whole number from {} to {}", least, most);
  return number_check<int64_t>(
      what, [least, most](int64_t number) { return number < least || number > most; });
}

void add_tolerance(CLI::App& command, Tolerance& tolerance, const std::string& absolute) {
  command.add_option("--rtol", tolerance.relative, "Relative tolerance")
      ->check(finite_number())
      ->capture_default_str();
  command.add_option("--atol", tolerance.absolute, absolute)
      ->check(finite_number())
      ->capture_default_str();
}

Result<std::pair<std::string, Shape>> parse_named_shape(std::string_view text) {
  // The last colon: names may hold colons themselves.
  const size_t colon = text.rfind(':');
  const std::string_view name =
      colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
  std::string_view dims = colon == std::string_view::npos ? text : text.substr(colon + 1);
  Shape shape;
  if (dims == "scalar") return std::pair(std::string(name), shape);
  while (true) {
    int64_t dim = 0;
    const auto [end, error] = std::from_chars(dims.data(), dims.data() + dims.size(), dim);
    if (error != std::errc() || dim < 0) return bad_shape(text);
    shape.push_back(dim);
    dims.remove_prefix(static_cast<size_t>(end - dims.data()));
    if (dims.empty()) return std::pair(std::string(name), shape);
    if (dims[0] != 'x') return bad_shape(text);
    dims.remove_prefix(1);
  }
}

void TargetFlags::add_to(CLI::App& command) {
  command.parse_complete_callback([this] {
    const std::string problem = threads_problem(device, threads);
    if (!problem.empty()) throw CLI::ValidationError(problem);
  });
  command.add_option("--device", device,
                     "Device to use: cpu, null:0 … (tenon devices lists them; default: what a plan "
                     "is for, else cpu)");
  command
      .add_option(
          "--threads", threads,
          "Threads of one execution on the cpu (default: the cores that may be used, divided "
          "by the contexts)")
      ->check(whole_number(1, 1024));
  const auto add_shapes = [&](const char* name, std::vector<std::string>& texts,
                              const char* description) {
    command.add_option(name, texts, description)->type_name("NAME:DIMS")->allow_extra_args(false);
  };
  add_shapes("--shape", shapes,
             "Fixes an input's shape: name:1x3x224x224, or 1x3x224x224 for the only input");
  add_shapes("--min", min, "Smallest shape of an input that the plan must take");
  add_shapes("--opt", opt, "Shape of an input to optimize for");
  add_shapes("--max", max, "Largest shape of an input that the plan must take");
}

Result<Device> TargetFlags::open_device(const std::string& model, int contexts) const {
  std::string name = device;
  std::string context;
  if (name.empty()) {
    const Result<bool> is_plan = Engine::is_plan(model);
    if (!is_plan.ok()) return is_plan.error();
    name = "cpu";
    if (*is_plan) {
      const Result<PlanInfo> plan = Engine::describe_plan(model);
      if (!plan.ok()) return plan.error();
      name = plan->device_kind;
      context = fmt::format("while opening the device that {} is for (--device names one)", model);
    }
  }
  // A plan may be for a device that has no threads.
  if (const std::string problem = threads_problem(name, threads); !problem.empty()) {
    Error error(ErrorKind::kInvalidArgument, problem);
    return context.empty() ? std::move(error) : std::move(error).with_context(context);
  }
  Result<int> count = threads;
  if (threads == 0) count = shared_threads(name, contexts);
  if (!count.ok()) return std::move(count).error();
  if (*count != 0) {
    name += fmt::format("{}threads={}", name.find(':') == std::string::npos ? ':' : ',', *count);
  }
  Result<Device> opened = Device::open(name);
  if (opened.ok() || context.empty()) return opened;
  return std::move(opened).error().with_context(context);
}

Result<InputShapes> TargetFlags::static_shapes() const {
  InputShapes result;
  for (const std::string& text : shapes) {
    Result<std::pair<std::string, Shape>> parsed = parse_named_shape(text);
    if (!parsed.ok()) return parsed.error();
    if (!result.insert(std::move(parsed).value()).second) {
      return Error(ErrorKind::kInvalidArgument,
                   fmt::format("--shape {}: the input has a shape already", text));
    }
  }
  return result;
}

Result<BuildOptions> TargetFlags::build_options(const Model& model, Session& session) const {
  BuildOptions options;
  options.stop = Session::stop_token();
  options.progress = [&session](const BuildProgress& at) {
    session.progress(at.phase, at.done, at.total);
  };
  if (model.is_plan) {
    if (min.empty() && opt.empty() && max.empty()) return options;
    return Error(
        ErrorKind::kInvalidArgument,
        fmt::format("--min, --opt and --max say what to build; {} is built already", model.path));
  }
  Profile profile;
  const std::vector<TensorInfo> inputs = model.network->inputs();
  Status added = add_bounds(min, inputs, &ShapeRange::min, profile);
  if (added.ok()) added = add_bounds(opt, inputs, &ShapeRange::opt, profile);
  if (added.ok()) added = add_bounds(max, inputs, &ShapeRange::max, profile);
  if (!added.ok()) return std::move(added).error();
  if (!profile.inputs.empty()) options.profiles.push_back(std::move(profile));
  return options;
}

Result<InputShapes> name_shapes(const InputShapes& shapes, const std::vector<TensorInfo>& inputs) {
  InputShapes result;
  for (const auto& [name, shape] : shapes) {
    const bool only = name.empty() && inputs.size() == 1;
    const std::string& real = only ? inputs[0].name : name;
    const bool known = std::any_of(inputs.begin(), inputs.end(),
                                   [&](const TensorInfo& input) { return input.name == real; });
    if (!known) {
      std::string names;
      for (const TensorInfo& input : inputs) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", input.name);
      }
      return Error(
          ErrorKind::kNotFound,
          fmt::format("a shape is given for input '{}'; the model's inputs are: {}", real, names));
    }
    result[real] = shape;
  }
  return result;
}

Result<Model> open_model(const std::string& path, const InputShapes& shapes, Session& session,
                         const MissingShape& missing_shape) {
  const Result<bool> is_plan = Engine::is_plan(path);
  if (!is_plan.ok()) return is_plan.error();
  Model model{.path = path, .is_plan = *is_plan, .network = std::nullopt};
  if (model.is_plan) {
    Result<PlanInfo> plan = Engine::describe_plan(path);
    if (!plan.ok()) return std::move(plan).error();
    model.inputs = std::move(plan->inputs);
    return model;
  }
  ImportOptions options{
      .input_shapes = shapes,
      .missing_shape = missing_shape,
      .warning =
          [&session](std::string_view warning) { session.note("tenon: warning: {}\n", warning); },
      .external_data_folder = {}};
  if (const auto nameless = shapes.find(""); nameless != shapes.end()) {
    // Which input a nameless shape means is known once the model has been read.
    const Result<Network> open = Network::from_onnx(
        path, {.input_shapes = {},
               .missing_shape = [&](const TensorInfo&, size_t) -> Result<std::optional<Shape>> {
                 return std::optional(nameless->second);
               },
               .warning = {},
               .external_data_folder = {}});
    if (!open.ok()) return open.error();
    Result<InputShapes> named = name_shapes(shapes, open->inputs());
    if (!named.ok()) return named.error();
    options.input_shapes = std::move(named).value();
  }
  Result<Network> network = Network::from_onnx(path, options);
  if (!network.ok()) return std::move(network).error();
  model.inputs = network->inputs();
  model.network = std::move(network).value();
  return model;
}

InputShapes assumed_shapes(const std::vector<TensorInfo>& inputs,
                           const std::vector<Profile>& profiles) {
  const auto range_of = [&](const TensorInfo& input) {
    if (profiles.empty()) return ShapeRange();
    const auto found = profiles.front().inputs.find(input.name);
    return found == profiles.front().inputs.end() ? ShapeRange() : found->second;
  };
  // What dims of one expression all allow; dims without one stand alone.
  std::map<std::string, int64_t> open;
  for (const TensorInfo& input : inputs) {
    const auto& [min, opt, max] = range_of(input);
    for (size_t axis = 0; axis < input.dims.size(); ++axis) {
      int64_t& dim = open.emplace(input.dims[axis].expression, 1).first->second;
      if (axis < min.size()) dim = std::max(dim, min[axis]);
      if (axis < max.size()) dim = std::min(dim, max[axis]);
    }
  }
  for (const TensorInfo& input : inputs) {
    const Shape opt = range_of(input).opt;
    for (size_t axis = 0; axis < std::min(input.dims.size(), opt.size()); ++axis) {
      open[input.dims[axis].expression] = opt[axis];
    }
  }
  InputShapes shapes;
  for (const TensorInfo& input : inputs) {
    Shape& shape = shapes[input.name];
    for (const DimInfo& dim : input.dims) {
      shape.push_back(dim.value < 0 ? open.at(dim.expression) : dim.value);
    }
  }
  return shapes;
}

Result<Engine> load_engine(const Model& model, const Device& device, const BuildOptions& options,
                           Session& session) {
  session.detail("device {}: {}, {} threads\n", device.info().name, device.info().description,
                 device.info().threads);
  std::vector<std::byte> plan;
  if (!model.is_plan) {
    BuildReport report;
    Result<std::vector<std::byte>> built = build_to_bytes(*model.network, device, options, &report);
    if (!built.ok()) return std::move(built).error();
    plan = std::move(built).value();
    session.detail("built in memory: {} nodes, {} steps, {} bytes, {:.3f} s\n",
                   report.nodes_imported, report.nodes_planned, report.plan_bytes, report.seconds);
  }
  const auto start = std::chrono::steady_clock::now();
  Result<Engine> engine =
      model.is_plan ? Engine::load(model.path, device) : Engine::load(plan, device);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  if (engine.ok()) session.detail("loaded in {:.3f} ms\n", took.count());
  return engine;
}

Json to_json(const std::vector<LayerInfo>& layers) {
  Json list = Json::array();
  for (const LayerInfo& layer : layers) {
    list.push_back({{"name", layer.name},
                    {"op", layer.op},
                    {"source", layer.source},
                    {"tactic", layer.tactic}});
  }
  return list;
}

Json to_json(const MemoryReport& report) {
  Json object = Json::object();
  const auto entry = [](const MemoryReport::Entry& bytes) {
    return Json{{"predicted", bytes.predicted}, {"allocated", bytes.allocated}};
  };
  for (size_t i = 0; i < kMemoryKinds; ++i) {
    const auto kind = static_cast<MemoryKind>(i);
    object[std::string(to_string(kind))] = entry(report[kind]);
  }
  object["total"] = entry(report.total());
  return object;
}

std::string describe(const TensorInfo& info) {
  return fmt::format("{} {}", info.name, to_string(info));
}

}  // namespace tenon::cli
