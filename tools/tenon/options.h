// Flags that several commands share, and their parsing.
#pragma once

#include "difference.h"
#include "session.h"

#include <tenon/tenon.h>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::cli {

// Checks of flags: a finite number of at least 0; a whole number in a range.
CLI::Validator finite_number();
CLI::Validator whole_number(int64_t least, int64_t most = INT32_MAX);

// --rtol and --atol, of which the text says what it means.
void add_tolerance(CLI::App& command, Tolerance& tolerance, const std::string& absolute);

// "name:1x3x224x224"; without a name for networks of one input.
Result<std::pair<std::string, Shape>> parse_named_shape(std::string_view text);

// A model file: a plan, or a network to build.
struct Model {
  std::string path;
  bool is_plan = false;
  std::vector<TensorInfo> inputs = {};
  // Set for a network.
  std::optional<Network> network;
};

// The device to use and the shapes that are given.
struct TargetFlags {
  // Empty: what a plan is for, else the cpu.
  std::string device;
  int threads = 0;
  std::vector<std::string> shapes;
  std::vector<std::string> min;
  std::vector<std::string> opt;
  std::vector<std::string> max;

  void add_to(CLI::App& command);

  // The device to run the file `model` on, with so many contexts at once: unless threads are asked
  // for, they share the cores of the cpu. Errors: those of Device::open, and of reading what kind
  // of file it is.
  Result<Device> open_device(const std::string& model, int contexts = 1) const;

  // The shapes of --shape by input name; an entry without a name belongs to the only input, "".
  Result<InputShapes> static_shapes() const;

  // How to build the model: the profile of --min, --opt and --max, progress on the bar, stopped by
  // Ctrl-C. Errors are wrong usage: malformed shapes, unknown inputs, a profile for a plan.
  Result<BuildOptions> build_options(const Model& model, Session& session) const;
};

// Gives entries without a name that of the network's only input. Errors: NotFound with the names
// that there are.
Result<InputShapes> name_shapes(const InputShapes& shapes, const std::vector<TensorInfo>& inputs);

using MissingShape = decltype(ImportOptions::missing_shape);

// Opens the file; a network gets the shapes fixed. `missing_shape` tells those that nothing states.
// Warnings of the import are notes.
Result<Model> open_model(const std::string& path, const InputShapes& shapes, Session& session,
                         const MissingShape& missing_shape = {});

// The shapes that are taken where nobody states them: the optimum of the profile, else 1 or what is
// next to it in the profile.
InputShapes assumed_shapes(const std::vector<TensorInfo>& inputs,
                           const std::vector<Profile>& profiles);

// Loads a plan, or builds the network in memory and loads that.
Result<Engine> load_engine(const Model& model, const Device& device, const BuildOptions& options,
                           Session& session);

// JSON of things that several commands report.
Json to_json(const std::vector<LayerInfo>& layers);
Json to_json(const MemoryReport& report);
// "x f32[N,3,224,224]"
std::string describe(const TensorInfo& info);

}  // namespace tenon::cli
