#include "accuracy.h"
#include "commands.h"
#include "execution.h"
#include "inputs.h"
#include "npy.h"
#include "options.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <system_error>
#include <utility>

namespace tenon::cli {
namespace {

struct RunFlags {
  std::string model;
  TargetFlags target;
  InputFlags input;
  std::string output;
  std::vector<std::string> expect;
  Tolerance tolerance;
  int repeat = 1;
  bool check = false;
  int show = 0;
  std::string labels;
};

// Tensors that --expect names: a folder, or single outputs.
Result<TensorMap> expected(const RunFlags& flags, const std::vector<TensorInfo>& outputs) {
  TensorMap tensors;
  for (const std::string& text : flags.expect) {
    std::error_code ignored;
    if (text.find('=') == std::string::npos || std::filesystem::is_directory(text, ignored)) {
      Result<TensorMap> read = read_folder(text, "output", outputs, /*all_required=*/true);
      if (!read.ok()) return read;
      tensors.merge(std::move(read).value());
      continue;
    }
    const Result<std::pair<std::string, std::string>> parts =
        split_assignment(text, "output", outputs);
    if (!parts.ok()) return parts.error();
    Result<Tensor> tensor = read_tensor(parts->second);
    if (!tensor.ok()) return std::move(tensor).error();
    tensors[parts->first] = std::move(tensor).value();
  }
  return tensors;
}

void add_mismatch(const Mismatch& mismatch, Session& session) {
  session.json()["mismatches"].push_back(to_json(mismatch));
  session.print("'{}' {}\n", mismatch.name, mismatch.text);
}

// All outputs or none: what can fail is done before the first file appears under its name.
Status write_files(const RunFlags& flags, const std::vector<TensorInfo>& infos,
                   const std::vector<Tensor>& outputs, Session& session) {
  const std::filesystem::path folder = flags.output;
  const std::vector<std::string> names = file_names(infos);
  std::vector<FileSink> files;
  for (size_t i = 0; i < outputs.size(); ++i) {
    Result<FileSink> file = FileSink::create(folder / (names[i] + ".npy"));
    if (!file.ok()) return std::move(file).error();
    Status written = file->write(encode_npy(outputs[i].view()));
    if (!written.ok()) return written;
    files.push_back(std::move(file).value());
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    Status whole = files[i].commit();
    if (!whole.ok()) return whole;
    session.json()["outputs"][i]["file"] = (folder / (names[i] + ".npy")).string();
  }
  return {};
}

// A failure leaves no new folder behind.
Status write_outputs(const RunFlags& flags, const std::vector<TensorInfo>& infos,
                     const std::vector<Tensor>& outputs, Session& session) {
  std::error_code error;
  std::vector<std::filesystem::path> added;
  for (std::filesystem::path folder = flags.output;
       !folder.empty() && !std::filesystem::exists(folder, error); folder = folder.parent_path()) {
    added.push_back(folder);
  }
  std::filesystem::create_directories(flags.output, error);
  Status status = error ? Error(ErrorKind::kIoError, fmt::format("cannot create folder {}: {}",
                                                                 flags.output, error.message()))
                        : write_files(flags, infos, outputs, session);
  if (status.ok()) return status;
  for (const std::filesystem::path& folder : added) std::filesystem::remove(folder, error);
  return status;
}

// None without a path.
Result<std::vector<std::string>> read_labels(const std::string& path) {
  if (path.empty()) return std::vector<std::string>();
  std::ifstream file(path);
  if (!file) return Error(ErrorKind::kNotFound, fmt::format("cannot open labels {}", path));
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    labels.push_back(line);
  }
  return labels;
}

int64_t row_length(const Tensor& output) { return output.shape.empty() ? 1 : output.shape.back(); }

// Labels of another number of elements would name the wrong ones.
Status check_labels(const RunFlags& flags, const std::vector<std::string>& labels,
                    const std::vector<TensorInfo>& infos, const std::vector<Tensor>& outputs) {
  if (flags.labels.empty()) return {};
  std::string rows;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (std::cmp_equal(row_length(outputs[i]), labels.size())) return {};
    rows += fmt::format("{}{} of '{}'", rows.empty() ? "" : ", ", row_length(outputs[i]),
                        infos[i].name);
  }
  return Error(
      ErrorKind::kInvalidArgument,
      fmt::format("--labels {}: its number of lines is {}, and the elements of a row are {}",
                  flags.labels, labels.size(), rows));
}

// The largest elements of each row, with labels where there is one for each; NaN comes last.
void show_largest(const RunFlags& flags, const std::vector<std::string>& labels,
                  const std::vector<TensorInfo>& infos, const std::vector<Tensor>& outputs,
                  Session& session) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& output = outputs[i];
    const bool labelled = std::cmp_equal(row_length(output), labels.size());
    const ConstTensorView view = output.view();
    const auto key = [&](int64_t index) {
      const double element = element_as_double(view, index);
      return std::pair(!std::isnan(element), std::isnan(element) ? 0 : element);
    };
    const int64_t row = row_length(output);
    const int64_t rows = row == 0 ? 0 : element_count(output.shape) / row;
    for (int64_t r = 0; r < rows; ++r) {
      std::vector<int64_t> order(static_cast<size_t>(row));
      std::iota(order.begin(), order.end(), r * row);
      std::stable_sort(order.begin(), order.end(),
                       [&](int64_t a, int64_t b) { return key(a) > key(b); });
      order.resize(std::min(order.size(), static_cast<size_t>(flags.show)));
      session.print("{} row {}\n", infos[i].name, r);
      for (const int64_t index : order) {
        const auto label = static_cast<size_t>(index - r * row);
        session.print("  {:>12.6g}  {}\n", element_as_double(view, index),
                      labelled ? labels[label] : std::to_string(label));
      }
    }
  }
}

// Every node of the network against its reference.
Outcome check_nodes(const RunFlags& flags, const Network& network, const Device& device,
                    const BuildOptions& options, const TensorMap& inputs, Session& session) {
  const Result<std::vector<ValueComparison>> values =
      compare_nodes(network, device, options, "reference", inputs, flags.tolerance);
  if (!values.ok()) return values.error();
  size_t wrong = 0;
  for (const ValueComparison& value : *values) {
    if (!value.mismatch) continue;
    ++wrong;
    add_mismatch(*value.mismatch, session);
  }
  session.print("{} of {} values agree with the reference\n", values->size() - wrong,
                values->size());
  return wrong == 0 ? kOk : kDiffers;
}

Result<std::vector<Tensor>> execute(const RunFlags& flags, const Engine& engine,
                                    const TensorMap& inputs, Session& session) {
  Result<Execution> execution = Execution::create(engine, inputs);
  if (!execution.ok()) return std::move(execution).error();
  for (int i = 0; i < flags.repeat; ++i) {
    if (Session::stop_token().stop_requested()) {
      return Error(ErrorKind::kCancelled, "interrupted");
    }
    session.progress("run", static_cast<size_t>(i), static_cast<size_t>(flags.repeat));
    Status ran = execution->run();
    if (!ran.ok()) return std::move(ran).error();
  }
  return execution->outputs();
}

Status report_outputs(const RunFlags& flags, const std::vector<std::string>& labels,
                      const std::vector<TensorInfo>& infos, const std::vector<Tensor>& outputs,
                      Session& session) {
  Status labelled = check_labels(flags, labels, infos, outputs);
  if (!labelled.ok()) return labelled;
  for (size_t i = 0; i < outputs.size(); ++i) {
    session.json()["outputs"].push_back(
        {{"name", infos[i].name}, {"type", to_string(infos[i].type)}, {"shape", outputs[i].shape}});
    session.print("{}: {}{}\n", infos[i].name, to_string(infos[i].type),
                  to_string(std::span<const int64_t>(outputs[i].shape)));
  }
  if (!flags.output.empty()) {
    Status written = write_outputs(flags, infos, outputs, session);
    if (!written.ok()) return written;
  }
  if (flags.show > 0) show_largest(flags, labels, infos, outputs, session);
  return {};
}

ExitCode compare_with_expected(const RunFlags& flags, const std::vector<TensorInfo>& infos,
                               const std::vector<Tensor>& outputs, const TensorMap& wanted,
                               Session& session) {
  ExitCode code = kOk;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto want = wanted.find(infos[i].name);
    if (want == wanted.end()) continue;
    const auto mismatch = compare_tensors(want->first, outputs[i], want->second, flags.tolerance);
    if (!mismatch) continue;
    add_mismatch(*mismatch, session);
    code = kDiffers;
  }
  return code;
}

void prepare(Json& json) {
  json["model"] = "";
  json["device"] = "";
  json["outputs"] = Json::array();
  json["mismatches"] = Json::array();
}

Outcome run_command(const RunFlags& flags, Session& session) {
  session.json()["model"] = flags.model;
  const Result<InputShapes> shapes = flags.target.static_shapes();
  if (!shapes.ok()) return Failure(kUsage, shapes.error());
  const Result<Device> device = flags.target.open_device(flags.model);
  if (!device.ok()) return device.error();
  session.json()["device"] = device->info().name;
  const Result<Model> model =
      open_model(flags.model, *shapes, session, flags.input.missing_shape());
  if (!model.ok()) return model.error();
  if (model->is_plan && flags.check) {
    return wrong_usage(
        "--check compares every node of an ONNX model; {} is a plan, which no longer "
        "has them",
        flags.model);
  }
  const Result<InputSources> sources = flags.input.sources(model->inputs);
  if (!sources.ok()) return Failure(kUsage, sources.error());
  const Result<BuildOptions> options = flags.target.build_options(*model, session);
  if (!options.ok()) return Failure(kUsage, options.error());
  const Result<Engine> engine = load_engine(*model, *device, *options, session);
  if (!engine.ok()) return engine.error();
  const Result<InputShapes> named = name_shapes(*shapes, engine->inputs());
  if (!named.ok()) return Failure(kUsage, named.error());
  const Result<TensorMap> inputs =
      flags.input.load(engine->inputs(), *sources, *named, /*random_missing=*/false);
  if (!inputs.ok()) return inputs.error();
  const Result<TensorMap> wanted = expected(flags, engine->outputs());
  if (!wanted.ok()) return wanted.error();
  const Result<std::vector<std::string>> labels = read_labels(flags.labels);
  if (!labels.ok()) return labels.error();

  const Result<std::vector<Tensor>> outputs = execute(flags, *engine, *inputs, session);
  if (!outputs.ok()) return outputs.error();
  Status reported = report_outputs(flags, *labels, engine->outputs(), *outputs, session);
  if (!reported.ok()) return std::move(reported).error();
  const ExitCode code = compare_with_expected(flags, engine->outputs(), *outputs, *wanted, session);
  if (!flags.check) return code;
  Outcome checked = check_nodes(flags, *model->network, *device, *options, *inputs, session);
  const auto* agrees = std::get_if<ExitCode>(&checked);
  return agrees != nullptr && *agrees == kOk ? code : std::move(checked);
}

}  // namespace

void add_run(CLI::App& app, Session& session, Action& action) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App& command = add_command<RunFlags>(app, session, action, flags,
                                            {.name = "run",
                                             .description = "Runs a model or a plan",
                                             .prepare = &prepare,
                                             .run = &run_command});
  command.add_option("model", flags->model, "ONNX model or plan")->required();
  flags->target.add_to(command);
  flags->input.add_to(command);
  command.add_option("--output", flags->output, "Folder to write <name>.npy of each output to");
  command
      .add_option("--expect", flags->expect,
                  "What must come out: a folder with output_K.pb or <name>.npy, or name=y.npy")
      ->type_name("DIR|NAME=FILE")
      ->allow_extra_args(false);
  add_tolerance(
      command, flags->tolerance,
      "Absolute tolerance; for --check times the largest magnitude that is expected where "
      "that is above 1");
  command.add_option("--repeat", flags->repeat, "Runs")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_flag("--check", flags->check,
                   "Compares every node with its reference, on the operands that the references "
                   "compute");
  command.add_option("--show", flags->show, "Prints the N largest elements of each row")
      ->check(whole_number(1));
  command
      .add_option("--labels", flags->labels,
                  "File with a name for each element of a row, one a line; outputs whose rows have "
                  "another number of elements are shown with numbers, and one must fit")
      ->needs("--show");
}

}  // namespace tenon::cli
