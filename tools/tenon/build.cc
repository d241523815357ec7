#include "commands.h"
#include "options.h"
#include "plan_digest.h"

#include <tenon/tenon.h>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <system_error>

namespace tenon::cli {
namespace {

struct BuildFlags {
  std::string model;
  std::string output;
  TargetFlags target;
  std::vector<std::string> disabled_passes;
  bool show_passes = false;
};

void prepare(Json& json) {
  json["model"] = "";
  json["device"] = "";
  json["build_s"] = 0.0;
  json["tactics_timed"] = 0;
  json["cache_hits"] = 0;
  json["cache_misses"] = 0;
  json["misses"] = Json::array();
  json["plan_bytes"] = 0;
  json["plan_sha256"] = "";
  json["nodes_imported"] = 0;
  json["nodes_planned"] = 0;
  json["peak_device_bytes"] = 0;
  json["peak_host_bytes"] = 0;
  json["peak_by_kind"] = {{"weights", 0}, {"packed", 0}, {"candidates", 0}, {"scratch", 0}};
  json["guessed_inputs"] = Json::array();
  json["phases"] = Json::array();
  json["layers"] = Json::array();
}

void report(const BuildReport& built, const InputShapes& assumed, Session& session,
            const BuildFlags& flags) {
  Json& json = session.json();
  json["plan_bytes"] = built.plan_bytes;
  json["nodes_imported"] = built.nodes_imported;
  json["nodes_planned"] = built.nodes_planned;
  json["peak_device_bytes"] = built.peak_device_bytes;
  json["peak_host_bytes"] = built.peak_host_bytes;
  json["guessed_inputs"] = built.guessed_inputs;
  json["layers"] = to_json(built.layers);
  for (const BuildReport::Phase& phase : built.phases) {
    json["phases"].push_back({{"name", phase.name}, {"s", phase.seconds}});
    session.detail("{:<10} {:.3f} s\n", phase.name, phase.seconds);
  }
  session.print("{} nodes in {}, {} steps in {} ({:.1f} MB), {:.2f} s\n", built.nodes_imported,
                flags.model, built.nodes_planned, flags.output,
                static_cast<double>(built.plan_bytes) * 1e-6, json["build_s"].get<double>());
  for (const std::string& input : built.guessed_inputs) {
    session.print("note: input '{}' has open dims and no --opt; {} is taken as a guess\n", input,
                  to_string(std::span<const int64_t>(assumed.at(input))));
  }
}

// Whether the plan goes to where stdout goes, and what is printed would stand inside it.
bool is_stdout(const std::string& output) {
  struct stat plan {};
  struct stat out {};
  if (stat(output.c_str(), &plan) != 0 || fstat(STDOUT_FILENO, &out) != 0) return false;
  return plan.st_dev == out.st_dev && plan.st_ino == out.st_ino && !S_ISCHR(out.st_mode);
}

Outcome build_command(const BuildFlags& flags, Session& session) {
  session.json()["model"] = flags.model;
  const bool to_stdout = is_stdout(flags.output);
  if (to_stdout && session.json_path == "-") {
    // Nothing may follow what stands there already.
    session.json_path.clear();
    return wrong_usage("the plan goes to stdout: give --json a file");
  }
  if (to_stdout) session.give_stdout_away();
  const Result<InputShapes> shapes = flags.target.static_shapes();
  if (!shapes.ok()) return Failure(kUsage, shapes.error());
  const Result<Device> device = flags.target.open_device(flags.model);
  if (!device.ok()) return device.error();
  session.json()["device"] = device->info().name;

  const auto start = std::chrono::steady_clock::now();
  session.progress("import", 0, 4);
  Result<Model> model = open_model(flags.model, *shapes, session);
  if (!model.ok()) return std::move(model).error();
  if (model->is_plan) {
    return wrong_usage("{} is a plan already; build takes an ONNX model", flags.model);
  }
  Result<BuildOptions> options = flags.target.build_options(*model, session);
  if (!options.ok()) return Failure(kUsage, options.error());
  const std::chrono::duration<double> import_time = std::chrono::steady_clock::now() - start;
  session.json()["phases"].push_back({{"name", "import"}, {"s", import_time.count()}});

  options->disabled_passes = flags.disabled_passes;
  options->progress = [&](const BuildProgress& at) {
    session.progress(at.phase, at.done + 1, at.total + 1);
  };
  if (flags.show_passes) {
    options->pass_observer = [&](std::string_view pass, int rewrites, std::string_view diff) {
      session.note("pass {}: {}\n{}", pass,
                   rewrites == 0 ? "(unchanged)" : fmt::format("{} rewrites", rewrites), diff);
    };
  }
  const Result<BuildReport> built = build_to_file(*model->network, *device, *options, flags.output);
  if (!built.ok()) return built.error();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  session.json()["build_s"] = seconds.count();
  report(*built, assumed_shapes(model->inputs, options->profiles), session, flags);
  std::error_code ignored;
  // What went into a pipe is gone.
  if (!session.json_path.empty() && !to_stdout &&
      std::filesystem::is_regular_file(flags.output, ignored)) {
    const Result<std::string> digest = sha256_of_file(flags.output);
    if (!digest.ok()) return digest.error();
    session.json()["plan_sha256"] = *digest;
  }
  return kOk;
}

}  // namespace

void add_build(CLI::App& app, Session& session, Action& action) {
  auto flags = std::make_shared<BuildFlags>();
  CLI::App& command = add_command<BuildFlags>(app, session, action, flags,
                                              {.name = "build",
                                               .description = "Builds a plan from an ONNX model",
                                               .prepare = &prepare,
                                               .run = &build_command});
  command.add_option("model", flags->model, "ONNX model")->required();
  command.add_option("-o,--output", flags->output, "Plan to write")->required();
  flags->target.add_to(command);
  command.add_option("--disable-pass", flags->disabled_passes, "Leaves out a pass, by name")
      ->allow_extra_args(false);
  command.add_flag("--show-passes", flags->show_passes,
                   "Prints each pass and what it changed on stderr");
}

}  // namespace tenon::cli
