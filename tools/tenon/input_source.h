// One input of a model as the command line gives it: a file, random elements or a literal.
#pragma once

#include <tenon/tenon.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace tenon::cli {

// Uniform in [low, high); integers 0 or 1 unless bounds are given. The same seed gives the same
// bytes everywhere.
struct RandomElements {
  uint64_t seed = 0;
  std::optional<std::pair<double, double>> bounds;
};

// A file (x.npy or x.pb), random elements, or a literal.
using InputSource = std::variant<std::filesystem::path, RandomElements, Tensor>;

// "x.npy", "x.pb", "@random[:seed[:low:high]]", "@3" or "@[1,3]". Reads no file. Errors:
// InvalidArgument for another form, and for numbers that the input's type does not hold.
Result<InputSource> parse_source(std::string_view spec, const TensorInfo& info);

// Reads x.npy or x.pb (a serialized TensorProto).
Result<Tensor> read_tensor(const std::filesystem::path& path);

// The elements. `shape` fixes what random ones need where the model leaves dims open. Errors: those
// of reading the file; InvalidArgument for random elements of no shape; OutOfMemory.
Result<Tensor> make_tensor(const InputSource& source, const TensorInfo& info,
                           const std::optional<Shape>& shape);

}  // namespace tenon::cli
