// The input flags of run, compare and bench.
#pragma once

#include "session.h"
#include "tensors.h"

#include <tenon/tenon.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace tenon::cli {

struct InputFlags {
  std::vector<std::string> inputs;
  std::string folder;

  void add_to(CLI::App& command);

  // Host tensors for all inputs. `shapes` fix random ones, `open_dims` fill what they leave open
  // (0: an error). Without `random_missing` an input that no flag gives is an error. Errors:
  // InvalidArgument, NotFound for names the model lacks, those of reading files.
  Result<TensorMap> load(const std::vector<TensorInfo>& infos, const InputShapes& shapes,
                         int64_t open_dims, bool random_missing) const;
};

}  // namespace tenon::cli
