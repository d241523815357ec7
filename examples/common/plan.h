/// What the examples share: one plan for a model, built at the first start and reused afterwards.
#pragma once

#include <tenon/tenon.h>

#include <filesystem>

namespace examples {

/// Loads `plan`, or builds it from `model` first where it is missing, older than the model,
/// damaged, of another version, or for another machine. Says on stdout what it did: nodes before
/// and after, memory, times. `options` are those that the plan was built with before.
tenon::Result<tenon::Engine> load_or_build(const std::filesystem::path& model,
                                           const std::filesystem::path& plan,
                                           const tenon::Device& device,
                                           const tenon::ImportOptions& options = {});

}  // namespace examples
