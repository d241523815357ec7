// The input flags of run, compare and bench.
#pragma once

#include "input_source.h"
#include "options.h"
#include "session.h"
#include "tensors.h"

#include <tenon/tenon.h>

#include <CLI/CLI.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tenon::cli {

using InputSources = std::map<std::string, InputSource>;

struct InputFlags {
  std::vector<std::string> inputs;
  std::string folder;

  void add_to(CLI::App& command);

  // --input taken apart, by the inputs' names. Errors, which are wrong usage: InvalidArgument for
  // what is malformed and for an input given twice, NotFound for names the model lacks.
  Result<InputSources> sources(const std::vector<TensorInfo>& infos) const;

  // Host tensors for all inputs. `shapes` fix random ones. Without `random_missing` an input that
  // no flag gives is an error. Errors: InvalidArgument, OutOfMemory, those of reading files.
  Result<TensorMap> load(const std::vector<TensorInfo>& infos, const InputSources& sources,
                         const InputShapes& shapes, bool random_missing) const;

  // For ImportOptions: the shapes of the tensors that are given. Holds a copy of the flags.
  MissingShape missing_shape() const;

 private:
  Result<std::optional<Shape>> given_shape(const TensorInfo& info, size_t index) const;
};

}  // namespace tenon::cli
