#include "tensors.h"

#include "input_source.h"

#include <fmt/format.h>

#include <set>
#include <system_error>

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

Error invalid(std::string message) { return {ErrorKind::kInvalidArgument, std::move(message)}; }

}  // namespace

Result<std::pair<std::string, std::string>> split_assignment(std::string_view text,
                                                             std::string_view what,
                                                             const std::vector<TensorInfo>& infos) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return invalid(fmt::format("'{}' is malformed; the form is name=x.npy", text));
  }
  std::optional<size_t> longest;
  for (const TensorInfo& info : infos) {
    const size_t size = info.name.size();
    const bool fits = text.starts_with(info.name) && text.substr(size, 1) == "=";
    if (fits && (!longest || *longest < size)) longest = size;
  }
  if (!longest) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("the model has no {} '{}'", what, text.substr(0, equals)));
  }
  return std::pair(std::string(text.substr(0, *longest)), std::string(text.substr(*longest + 1)));
}

std::optional<fs::path> file_of(const fs::path& folder, const std::string& numbered,
                                const std::string& named) {
  std::error_code ignored;
  for (const std::string& name : {numbered, named}) {
    if (fs::exists(folder / name, ignored)) return folder / name;
  }
  return std::nullopt;
}

Result<TensorMap> read_folder(const fs::path& folder, std::string_view stem,
                              const std::vector<TensorInfo>& infos, bool all_required) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return Error(ErrorKind::kNotFound, fmt::format("{} is no folder", folder.string()));
  }
  const std::vector<std::string> names = file_names(infos);
  TensorMap tensors;
  for (size_t i = 0; i < infos.size(); ++i) {
    const std::string numbered = fmt::format("{}_{}.pb", stem, i);
    const std::string named = names[i] + ".npy";
    const std::optional<fs::path> file = file_of(folder, numbered, named);
    if (!file) {
      if (!all_required) continue;
      return Error(ErrorKind::kNotFound,
                   fmt::format("{} has neither {} nor {} for {} '{}'", folder.string(), numbered,
                               named, stem, infos[i].name));
    }
    Result<Tensor> tensor = read_tensor(*file);
    if (!tensor.ok()) return tensor.error();
    tensors[infos[i].name] = std::move(tensor).value();
  }
  return tensors;
}

std::vector<std::string> file_names(const std::vector<TensorInfo>& infos) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const TensorInfo& info : infos) {
    std::string stem = info.name;
    for (char& c : stem) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
      if (!plain) c = '_';
    }
    std::string name = stem;
    for (int copy = 2; !taken.insert(name).second; ++copy) name = fmt::format("{}_{}", stem, copy);
    names.push_back(name);
  }
  return names;
}

}  // namespace tenon::cli
