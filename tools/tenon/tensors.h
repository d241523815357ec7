// Tensors on the command line: their names, folders of them, room for them.
#pragma once

#include <tenon/tenon.h>

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::cli {

// Host tensors by name.
using TensorMap = std::map<std::string, Tensor>;

// "name=spec" taken apart; names may hold '=' themselves, and the longest of `infos` that fits is
// meant. `what` is "input" or "output". Errors: InvalidArgument with the form, NotFound for a name
// that no info has.
Result<std::pair<std::string, std::string>> split_assignment(std::string_view text,
                                                             std::string_view what,
                                                             const std::vector<TensorInfo>& infos);

// DIR/input_K.pb in the order of `infos`, or DIR/<name>.npy. `stem` is "input" or "output". With
// `all_required` a missing one is an error.
Result<TensorMap> read_folder(const std::filesystem::path& folder, std::string_view stem,
                              const std::vector<TensorInfo>& infos, bool all_required);

// The file of a tensor in a folder: `numbered` (x_K.pb) goes before `named` (<name>.npy).
std::optional<std::filesystem::path> file_of(const std::filesystem::path& folder,
                                             const std::string& numbered, const std::string& named);

// File names for tensors: characters outside [A-Za-z0-9_.-] become '_', clashes get _2, _3 …
std::vector<std::string> file_names(const std::vector<TensorInfo>& infos);

// What `make` returns. Errors: OutOfMemory naming the tensor.
template <class Make>
auto in_memory(std::string_view name, DataType type, const Shape& shape, const Make& make)
    -> Result<std::invoke_result_t<Make>> {
  try {
    return make();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  return Error(
      ErrorKind::kOutOfMemory,
      fmt::format("there is no memory for the {} bytes of {} ({}{})", byte_size(type, shape), name,
                  to_string(type), to_string(std::span<const int64_t>(shape))));
}

}  // namespace tenon::cli
