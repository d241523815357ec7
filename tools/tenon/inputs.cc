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

Result<TensorMap> InputFlags::load(const std::vector<TensorInfo>& infos, const InputShapes& shapes,
                                   int64_t open_dims, bool random_missing) const {
  TensorMap tensors;
  if (!folder.empty()) {
    Result<TensorMap> read = read_folder(folder, "input", infos, /*all_required=*/false);
    if (!read.ok()) return read;
    tensors = std::move(read).value();
  }
  for (const std::string& text : inputs) {
    const Result<std::pair<std::string, std::string>> parts =
        split_assignment(text, "input", infos);
    if (!parts.ok()) return parts.error();
    const auto& [name, spec] = *parts;
    const auto info = std::find_if(infos.begin(), infos.end(), [&name = name](const auto& input) {
      return input.name == name;
    });
    Result<Tensor> tensor = make_tensor(spec, *info, shape_of(shapes, name), open_dims);
    if (!tensor.ok()) return std::move(tensor).error();
    tensors[name] = std::move(tensor).value();
  }
  for (const TensorInfo& info : infos) {
    if (tensors.contains(info.name)) continue;
    if (!random_missing) {
      return Error(ErrorKind::kInvalidArgument,
                   fmt::format("input '{}' ({}) is missing: give --input {}=FILE, or {}=@random",
                               info.name, to_string(info), info.name, info.name));
    }
    Result<Tensor> tensor = make_tensor("@random", info, shape_of(shapes, info.name), open_dims);
    if (!tensor.ok()) return std::move(tensor).error();
    tensors[info.name] = std::move(tensor).value();
  }
  return tensors;
}

}  // namespace tenon::cli
