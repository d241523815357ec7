// Tensors on the command line: where inputs come from.
#pragma once

#include <tenon/tenon.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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

// Reads x.npy or x.pb (a serialized TensorProto).
Result<Tensor> read_tensor(const std::filesystem::path& path);

// A tensor for `info` from "x.npy", "x.pb", "@random[:seed[:low:high]]", "@3" or "@[1,3]". `shape`
// fixes what a random one needs where the model leaves dims open; else `open_dims` fills them (0:
// an error).
Result<Tensor> make_tensor(std::string_view spec, const TensorInfo& info,
                           const std::optional<Shape>& shape, int64_t open_dims);

// Uniform in [low, high); integers 0 or 1 unless bounds are given. The same seed gives the same
// bytes everywhere.
Tensor random_tensor(DataType type, const Shape& shape, uint64_t seed,
                     std::optional<std::pair<double, double>> bounds);

// DIR/input_K.pb in the order of `infos`, or DIR/<name>.npy. `stem` is "input" or "output". With
// `all_required` a missing one is an error.
Result<TensorMap> read_folder(const std::filesystem::path& folder, std::string_view stem,
                              const std::vector<TensorInfo>& infos, bool all_required);

// File names for tensors: characters outside [A-Za-z0-9_.-] become '_', clashes get _2, _3 …
std::vector<std::string> file_names(const std::vector<TensorInfo>& infos);

}  // namespace tenon::cli
