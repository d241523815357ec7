#include "inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tenon::cli {
namespace {

std::optional<Shape> shape_of(const InputShapes& shapes, const std::string& name) {
  const auto found = shapes.find(name);
  return found == shapes.end() ? std::nullopt : std::optional<Shape>(found->second);
}

}  // namespace

void InputFlags::add_to(CLI::App& command) {
  command
      .add_option("--input", inputs,
                  "An input: name=x.npy, name=x.pb, name=@random[:seed[:low:high]], name=@3, "
                  "name=@[1,3]")
      ->type_name("NAME=SPEC")
      ->allow_extra_args(false);
  command.add_option("--inputs-from", folder,
                     "Folder with input_K.pb in the order of the inputs, or <name>.npy");
}

Result<InputSources> InputFlags::sources(const std::vector<TensorInfo>& infos) const {
  InputSources result;
  for (const std::string& text : inputs) {
    const Result<std::pair<std::string, std::string>> parts =
        split_assignment(text, "input", infos);
    if (!parts.ok()) return parts.error();
    const auto& [name, spec] = *parts;
    const auto info = std::find_if(infos.begin(), infos.end(), [&name = name](const auto& input) {
      return input.name == name;
    });
    Result<InputSource> source = parse_source(spec, *info);
    if (!source.ok()) return std::move(source).error();
    if (!result.emplace(name, std::move(source).value()).second) {
      return Error(ErrorKind::kInvalidArgument,
                   fmt::format("--input {}: the input is given already", text));
    }
  }
  return result;
}

Result<TensorMap> InputFlags::load(const std::vector<TensorInfo>& infos,
                                   const InputSources& sources, const InputShapes& shapes,
                                   bool random_missing) const {
  TensorMap tensors;
  if (!folder.empty()) {
    Result<TensorMap> read = read_folder(folder, "input", infos, /*all_required=*/false);
    if (!read.ok()) return read;
    tensors = std::move(read).value();
  }
  for (const TensorInfo& info : infos) {
    const auto given = sources.find(info.name);
    if (given == sources.end() && tensors.contains(info.name)) continue;
    if (given == sources.end() && !random_missing) {
      return Error(ErrorKind::kInvalidArgument,
                   fmt::format("input '{}' ({}) is missing: give --input {}=FILE, or {}=@random",
                               info.name, to_string(info), info.name, info.name));
    }
    Result<Tensor> tensor = make_tensor(given == sources.end() ? RandomElements() : given->second,
                                        info, shape_of(shapes, info.name));
    if (!tensor.ok()) return std::move(tensor).error();
    tensors[info.name] = std::move(tensor).value();
  }
  return tensors;
}

MissingShape InputFlags::missing_shape() const {
  return [flags = *this](const TensorInfo& info, size_t index) {
    return flags.given_shape(info, index);
  };
}

Result<std::optional<Shape>> InputFlags::given_shape(const TensorInfo& info, size_t index) const {
  const std::string prefix = info.name + "=";
  for (const std::string& text : inputs) {
    if (!text.starts_with(prefix)) continue;
    const Result<InputSource> source =
        parse_source(std::string_view(text).substr(prefix.size()), info);
    if (!source.ok()) return source.error();
    if (std::holds_alternative<RandomElements>(*source)) return std::optional<Shape>();
    const Result<Tensor> tensor = make_tensor(*source, info, {});
    if (!tensor.ok()) return tensor.error();
    return std::optional(tensor->shape);
  }
  if (folder.empty()) return std::optional<Shape>();
  const std::optional<std::filesystem::path> file =
      file_of(folder, fmt::format("input_{}.pb", index), file_names({info})[0] + ".npy");
  if (!file) return std::optional<Shape>();
  const Result<Tensor> tensor = read_tensor(*file);
  if (!tensor.ok()) return tensor.error();
  return std::optional(tensor->shape);
}

}  // namespace tenon::cli
