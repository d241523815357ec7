#include "commands.h"
#include "execution.h"
#include "file_output.h"
#include "inputs.h"
#include "options.h"
#include "profile.h"
#include "statistics.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace tenon::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchFlags {
  std::string model;
  TargetFlags target;
  InputFlags input;
  double warmup_ms = 200;
  double duration_s = 3;
  int64_t iterations = 10;
  int contexts = 1;
  bool profile = false;
  bool memory = false;
  std::string save;
  std::string against;
};

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// What one context measured.
struct Worker {
  Execution execution;
  std::vector<double> latencies_ms;
  Status status;
};

// A stretch of measuring: ends when both the duration and the number of iterations are reached.
struct Stretch {
  std::string_view name;
  double duration_ms = 0;
  int64_t iterations = 0;
};

void measure(Worker& worker, bool transfers, const Stretch& stretch,
             const std::function<void(int percent)>& progress) {
  const Clock::time_point start = Clock::now();
  const std::stop_token stop = Session::stop_token();
  int shown = -1;
  while (!stop.stop_requested()) {
    const bool enough = static_cast<int64_t>(worker.latencies_ms.size()) >= stretch.iterations;
    const double elapsed_ms = ms_since(start);
    if (enough && elapsed_ms >= stretch.duration_ms) return;
    const bool timed = elapsed_ms < stretch.duration_ms;
    const int percent = timed ? static_cast<int>(elapsed_ms / stretch.duration_ms * 100) : 100;
    if (progress && percent != std::exchange(shown, percent)) progress(percent);
    const Clock::time_point begin = Clock::now();
    worker.status = transfers ? worker.execution.transfer_and_run() : worker.execution.run();
    if (!worker.status.ok()) return;
    worker.latencies_ms.push_back(ms_since(begin));
  }
}

// All workers at once; one runs on the calling thread.
void measure_all(std::vector<Worker>& workers, bool transfers, const Stretch& stretch,
                 Session& session) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < workers.size(); ++i) {
    threads.emplace_back([&, i] { measure(workers[i], transfers, stretch, {}); });
  }
  measure(workers[0], transfers, stretch,
          [&](int percent) { session.progress(stretch.name, static_cast<size_t>(percent), 100); });
  for (std::thread& thread : threads) thread.join();
}

void prepare(Json& json) {
  json["model"] = "";
  json["device"] = "";
  json["precision"] = "f32";
  json["threads"] = 0;
  json["contexts"] = 0;
  json["iterations"] = 0;
  json["latency_ms"] = to_json(summarize({}));
  json["enqueue_ms"] = to_json(summarize({}));
  json["throughput_per_s"] = 0.0;
  json["load_s"] = 0.0;
  json["first_run_ms"] = 0.0;
  json["memory"] = to_json(MemoryReport());
  json["idle"] = Json::array();
  prepare_profile(json);
  json["against"] = {{"file", ""}, {"median_ms", 0.0}, {"change", 0.0}};
}

// Nothing where the document is another.
std::optional<double> saved_median(const Json& saved) {
  if (!saved.is_object() || saved.value("schema", Json()) != "tenon.bench/1") return std::nullopt;
  const Json latency = saved.value("latency_ms", Json());
  if (!latency.is_object()) return std::nullopt;
  const Json median = latency.value("median", Json());
  return median.is_number() ? std::optional(median.get<double>()) : std::nullopt;
}

// The median of a saved report, in ms.
Result<double> read_saved_median(const std::string& path) {
  const Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes.ok()) return bytes.error();
  const Json saved = Json::parse(reinterpret_cast<const char*>(bytes->data()),
                                 reinterpret_cast<const char*>(bytes->data()) + bytes->size(),
                                 nullptr, /*allow_exceptions=*/false);
  const std::optional<double> median = saved_median(saved);
  if (!median) {
    return Error(ErrorKind::kCorruptData,
                 fmt::format("{} is no report of tenon bench --save", path));
  }
  return *median;
}

// Percent by which the median moved against a saved report.
void compare_with_saved(const std::string& path, double before, double median_ms,
                        Session& session) {
  const double change = before > 0 ? median_ms / before - 1 : 0;
  session.json()["against"] = {{"file", path}, {"median_ms", before}, {"change", change}};
  session.print("median {:.3f} ms against {:.3f} ms in {}: {:+.1f} %\n", median_ms, before, path,
                change * 100);
}

Result<std::vector<Worker>> make_workers(const BenchFlags& flags, const Engine& engine,
                                         const TensorMap& inputs, Json& json) {
  std::vector<Worker> workers;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < flags.contexts; ++i) {
    Result<Execution> execution = Execution::create(engine, inputs, {.profile = flags.profile});
    if (!execution.ok()) return std::move(execution).error();
    workers.push_back({std::move(execution).value(), {}, {}});
    // Until the first context is ready.
    if (i == 0) json["load_s"] = json["load_s"].get<double>() + ms_since(start) * 1e-3;
  }
  return workers;
}

// The first run, the warm-up and the measurement; what was measured until an interrupt is reported.
Status measure_and_report(const BenchFlags& flags, const Device& device,
                          std::vector<Worker>& workers, Session& session) {
  Json& json = session.json();
  // A device with its own memory pays for copies in every request.
  const bool transfers = !device.host_accessible();
  const Clock::time_point first = Clock::now();
  measure(workers[0], transfers, {.name = "first run", .duration_ms = 0, .iterations = 1}, {});
  json["first_run_ms"] = ms_since(first);
  if (!workers[0].status.ok()) return std::move(workers[0].status);
  measure_all(workers, transfers,
              {.name = "warm up", .duration_ms = flags.warmup_ms, .iterations = 0}, session);
  for (Worker& worker : workers) worker.latencies_ms.clear();

  const Clock::time_point start = Clock::now();
  measure_all(
      workers, transfers,
      {.name = "measure", .duration_ms = flags.duration_s * 1e3, .iterations = flags.iterations},
      session);
  const double wall_s = ms_since(start) * 1e-3;
  std::vector<double> latencies;
  for (Worker& worker : workers) {
    if (!worker.status.ok()) return std::move(worker.status);
    latencies.insert(latencies.end(), worker.latencies_ms.begin(), worker.latencies_ms.end());
  }
  const Statistics latency = summarize(latencies);
  const double throughput = static_cast<double>(latencies.size()) / wall_s;
  json["iterations"] = latencies.size();
  json["latency_ms"] = to_json(latency);
  json["throughput_per_s"] = throughput;
  json["memory"] = to_json(workers[0].execution.memory());
  session.print("{} on {}: {} runs, {} threads, {} contexts\n", flags.model, device.info().name,
                latencies.size(), device.info().threads, flags.contexts);
  session.print(
      "latency ms: min {:.3f}, median {:.3f}, mean {:.3f}, p95 {:.3f}, p99 {:.3f}, max {:.3f}\n",
      latency.min, latency.median, latency.mean, latency.p95, latency.p99, latency.max);
  session.print("throughput: {:.1f} runs/s; load {:.1f} ms; first run {:.3f} ms\n", throughput,
                json["load_s"].get<double>() * 1e3, json["first_run_ms"].get<double>());
  if (Session::stop_token().stop_requested()) {
    return Error(ErrorKind::kCancelled, "interrupted before the measurement was complete");
  }
  return {};
}

Outcome bench_command(const BenchFlags& flags, Session& session) {
  Json& json = session.json();
  json["model"] = flags.model;
  json["contexts"] = flags.contexts;
  json["against"]["file"] = flags.against;
  std::optional<double> before;
  if (!flags.against.empty()) {
    const Result<double> saved = read_saved_median(flags.against);
    if (!saved.ok()) return saved.error();
    before = *saved;
  }
  const Result<InputShapes> shapes = flags.target.static_shapes();
  if (!shapes.ok()) return Failure(kUsage, shapes.error());
  const Result<Device> device = flags.target.open_device(flags.model, flags.contexts);
  if (!device.ok()) return device.error();
  json["device"] = device->info().name;
  json["threads"] = device->info().threads;

  const Clock::time_point load_start = Clock::now();
  const Result<Model> model =
      open_model(flags.model, *shapes, session, flags.input.missing_shape());
  if (!model.ok()) return model.error();
  const Result<InputSources> sources = flags.input.sources(model->inputs);
  if (!sources.ok()) return Failure(kUsage, sources.error());
  const Result<BuildOptions> options = flags.target.build_options(*model, session);
  if (!options.ok()) return Failure(kUsage, options.error());
  const Result<Engine> engine = load_engine(*model, *device, *options, session);
  if (!engine.ok()) return engine.error();
  Result<InputShapes> named = name_shapes(*shapes, engine->inputs());
  if (!named.ok()) return Failure(kUsage, named.error());
  json["load_s"] = ms_since(load_start) * 1e-3;
  named->merge(assumed_shapes(engine->inputs(), engine->profiles()));
  const Result<TensorMap> inputs =
      flags.input.load(engine->inputs(), *sources, *named, /*random_missing=*/true);
  if (!inputs.ok()) return inputs.error();
  Result<std::vector<Worker>> workers = make_workers(flags, *engine, *inputs, json);
  if (!workers.ok()) return std::move(workers).error();
  Peaks peaks;
  if (flags.profile) peaks.look(*device);
  Status measured = measure_and_report(flags, *device, *workers, session);
  if (!measured.ok()) return std::move(measured).error();
  if (flags.memory) {
    const MemoryReport memory = (*workers)[0].execution.memory();
    const auto print = [&](std::string_view kind, const MemoryReport::Entry& bytes) {
      session.print("{:<12} {:>14} bytes, {:>14} foreseen\n", kind, bytes.allocated,
                    bytes.predicted);
    };
    for (size_t i = 0; i < kMemoryKinds; ++i) {
      const auto kind = static_cast<MemoryKind>(i);
      print(to_string(kind), memory[kind]);
    }
    print("total", memory.total());
  }
  if (flags.profile) {
    peaks.look(*device);
    report_profile((*workers)[0].execution.context().layer_times(), peaks, session);
  }
  if (before) {
    compare_with_saved(flags.against, *before, json["latency_ms"]["median"], session);
  }
  if (!flags.save.empty()) {
    Status saved = write_file(flags.save, json.dump(2) + "\n");
    if (!saved.ok()) return std::move(saved).error();
  }
  return kOk;
}

}  // namespace

void add_bench(CLI::App& app, Session& session, Action& action) {
  auto flags = std::make_shared<BenchFlags>();
  CLI::App& command = add_command<BenchFlags>(app, session, action, flags,
                                              {.name = "bench",
                                               .description = "Measures latency and throughput",
                                               .prepare = &prepare,
                                               .run = &bench_command});
  command.add_option("model", flags->model, "ONNX model or plan")->required();
  flags->target.add_to(command);
  flags->input.add_to(command);
  command.add_option("--warmup", flags->warmup_ms, "Milliseconds before measuring")
      ->check(finite_number())
      ->capture_default_str();
  command.add_option("--duration", flags->duration_s, "Seconds to measure, at least")
      ->check(finite_number())
      ->capture_default_str();
  command.add_option("--iterations", flags->iterations, "Runs to measure, at least")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--contexts", flags->contexts, "Contexts that run at once, a thread each")
      ->check(whole_number(1, 256))
      ->capture_default_str();
  command.add_flag("--profile", flags->profile,
                   "Times each layer beside what the device can do at most; waits after each, so "
                   "that the whole takes longer");
  command.add_flag("--memory", flags->memory, "Prints the memory of a context by kind");
  command.add_option("--save", flags->save, "Writes the report to a file, for --against");
  command.add_option("--against", flags->against, "Compares the median with a saved report");
}

}  // namespace tenon::cli
