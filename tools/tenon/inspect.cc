#include "commands.h"
#include "options.h"

#include <tenon/tenon.h>

#include <map>
#include <string>
#include <vector>

namespace tenon::cli {
namespace {

struct InspectFlags {
  std::string model;
  TargetFlags target;
  bool text = false;
  bool memory = false;
  bool verify = false;
};

void add_tensors(const std::vector<TensorInfo>& tensors, std::string_view key, Session& session) {
  for (const TensorInfo& info : tensors) {
    Json dims = Json::array();
    for (const DimInfo& dim : info.dims) {
      if (dim.value >= 0) {
        dims.push_back(dim.value);
      } else {
        dims.push_back(dim.expression);
      }
    }
    session.json()[std::string(key)].push_back(
        {{"name", info.name}, {"type", to_string(info.type)}, {"dims", dims}});
  }
}

void print_tensors(const std::vector<TensorInfo>& tensors, std::string_view title,
                   Session& session) {
  for (const TensorInfo& info : tensors) session.print("{:<8} {}\n", title, describe(info));
}

// On stdout, or beside it where that is a text that must parse back.
void report_memory(const MemoryReport& memory, const std::vector<std::string>& unbounded,
                   bool aside, Session& session) {
  session.json()["memory"] = to_json(memory);
  session.json()["unbounded"] = unbounded;
  const auto print = [&](std::string_view kind, int64_t bytes) {
    const std::string line = fmt::format("{:<12} {:>14} bytes\n", kind, bytes);
    if (aside) {
      session.note("{}", line);
    } else {
      session.print("{}", line);
    }
  };
  for (size_t i = 0; i < kMemoryKinds; ++i) {
    const auto kind = static_cast<MemoryKind>(i);
    print(to_string(kind), memory[kind].predicted);
  }
  print("total", memory.total().predicted);
  if (!unbounded.empty()) {
    session.note("not counted, as their sizes follow from data: {}\n", fmt::join(unbounded, ", "));
  }
}

Outcome inspect_memory(const InspectFlags& flags, const Model& model, const InputShapes& shapes,
                       Session& session) {
  const Result<Device> device = flags.target.open_device(flags.model);
  if (!device.ok()) return device.error();
  const Result<BuildOptions> options = flags.target.build_options(model, session);
  if (!options.ok()) return Failure(kUsage, options.error());
  const Result<Engine> engine = load_engine(model, *device, *options, session);
  if (!engine.ok()) return engine.error();
  const Result<InputShapes> named = name_shapes(shapes, engine->inputs());
  if (!named.ok()) return Failure(kUsage, named.error());
  Result<MemoryReport> memory = engine->memory(*named);
  if (!memory.ok() && named->empty() && !engine->profiles().empty()) {
    memory = engine->memory(engine->profiles().front());
  }
  if (!memory.ok()) {
    return std::move(memory).error().with_context(
        fmt::format("while predicting the memory of {}: give --shape for open dims", flags.model));
  }
  report_memory(*memory, engine->unbounded_values(), flags.text, session);
  return kOk;
}

Outcome inspect_plan(const InspectFlags& flags, Session& session) {
  const Result<PlanInfo> plan =
      Engine::describe_plan(flags.model, flags.verify ? VerifyLevel::kAll : VerifyLevel::kMetadata);
  if (!plan.ok()) return plan.error();
  session.json()["kind"] = "plan";
  session.json()["device"] = plan->device_kind;
  session.json()["nodes"] = plan->layers.size();
  session.json()["layers"] = to_json(plan->layers);
  add_tensors(plan->inputs, "inputs", session);
  add_tensors(plan->outputs, "outputs", session);
  std::map<std::string, int> ops;
  for (const LayerInfo& layer : plan->layers) ++ops[layer.op];
  session.json()["ops"] = ops;
  print_tensors(plan->inputs, "input", session);
  print_tensors(plan->outputs, "output", session);
  session.json()["code_bytes"] = plan->code_bytes;
  session.print("{} layers for device {}, {} bytes of machine code\n", plan->layers.size(),
                plan->device_kind, plan->code_bytes);
  if (flags.text) {
    for (const LayerInfo& layer : plan->layers) {
      session.print("{:<20} {:<24} {}\n", layer.op,
                    fmt::format("{}:{}", layer.source, layer.tactic), layer.name);
    }
  }
  if (flags.verify) session.print("the plan and its weights match their checksums\n");
  return kOk;
}

Outcome inspect_network(const InspectFlags& flags, const Network& network, Session& session) {
  session.json()["kind"] = "onnx";
  session.json()["nodes"] = network.node_count();
  session.json()["constant_bytes"] = network.constant_bytes();
  add_tensors(network.inputs(), "inputs", session);
  add_tensors(network.outputs(), "outputs", session);
  std::map<std::string, int> ops;
  for (const TensorInfo& value : network.computed_values()) {
    ++ops[std::string(network.producer_op(value.name))];
  }
  session.json()["ops"] = ops;
  if (flags.text) {
    const Result<std::string> text = network.to_text();
    if (!text.ok()) return text.error();
    session.json()["text"] = *text;
    session.print("{}", *text);
    return kOk;
  }
  print_tensors(network.inputs(), "input", session);
  print_tensors(network.outputs(), "output", session);
  session.print("{} nodes, {:.1f} MB of constants\n", network.node_count(),
                static_cast<double>(network.constant_bytes()) * 1e-6);
  for (const auto& [op, count] : ops) session.print("{:>6} {}\n", count, op);
  return kOk;
}

void prepare(Json& json) {
  json["model"] = "";
  json["kind"] = "";
  json["device"] = "";
  json["nodes"] = 0;
  json["constant_bytes"] = 0;
  json["code_bytes"] = 0;
  json["inputs"] = Json::array();
  json["outputs"] = Json::array();
  json["ops"] = Json::object();
  json["layers"] = Json::array();
  json["memory"] = to_json(MemoryReport());
  json["unbounded"] = Json::array();
  json["text"] = "";
}

Outcome inspect_command(const InspectFlags& flags, Session& session) {
  session.json()["model"] = flags.model;
  const Result<InputShapes> shapes = flags.target.static_shapes();
  if (!shapes.ok()) return Failure(kUsage, shapes.error());
  const Result<Model> model = open_model(flags.model, *shapes, session);
  if (!model.ok()) return model.error();
  if (flags.verify && !model->is_plan) {
    return wrong_usage("--verify checks the checksums of a plan; {} is an ONNX model", flags.model);
  }
  Outcome shown = model->is_plan ? inspect_plan(flags, session)
                                 : inspect_network(flags, *model->network, session);
  if (!flags.memory || std::holds_alternative<Failure>(shown)) return shown;
  return inspect_memory(flags, *model, *shapes, session);
}

}  // namespace

void add_inspect(CLI::App& app, Session& session, Action& action) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App& command = add_command<InspectFlags>(app, session, action, flags,
                                                {.name = "inspect",
                                                 .description = "Shows a model or a plan",
                                                 .prepare = &prepare,
                                                 .run = &inspect_command});
  command.add_option("model", flags->model, "ONNX model or plan")->required();
  flags->target.add_to(command);
  command.add_flag("--text", flags->text,
                   "The graph as text that parses back, or the layers of a plan");
  command.add_flag("--memory", flags->memory, "Memory of a context at the given shapes");
  command.add_flag("--verify", flags->verify, "Reads a plan's weights and checks their sums");
}

}  // namespace tenon::cli
