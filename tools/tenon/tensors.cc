#include "tensors.h"

#include "difference.h"
#include "file_output.h"
#include "npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <set>

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

Error invalid(std::string message) { return {ErrorKind::kInvalidArgument, std::move(message)}; }

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The concrete shape of an input: given, fixed by the model, or with open dims filled.
Result<Shape> concrete_shape(const TensorInfo& info, const std::optional<Shape>& given,
                             int64_t open_dims) {
  if (given) return *given;
  Shape shape;
  for (const DimInfo& dim : info.dims) {
    if (dim.value < 0 && open_dims == 0) {
      return invalid(fmt::format("input '{}' is {}: give its shape with --shape {}:…", info.name,
                                 to_string(info), info.name));
    }
    shape.push_back(dim.value < 0 ? open_dims : dim.value);
  }
  return shape;
}

// "@random[:seed[:low:high]]" behind "@random".
Result<Tensor> parse_random(std::string_view spec, DataType type, const Shape& shape) {
  std::vector<std::string_view> parts;
  std::string_view rest = spec.substr(std::string_view("@random").size());
  while (rest.starts_with(':')) {
    const size_t end = rest.find(':', 1);
    parts.push_back(rest.substr(1, end == std::string_view::npos ? end : end - 1));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  const Error malformed =
      invalid(fmt::format("'{}' is malformed; the form is @random[:seed[:low:high]]", spec));
  if (!rest.empty() || parts.size() == 2 || parts.size() > 3) return malformed;
  uint64_t seed = 0;
  if (!parts.empty()) {
    const auto parsed = parse_number<uint64_t>(parts[0]);
    if (!parsed) return malformed;
    seed = *parsed;
  }
  std::optional<std::pair<double, double>> bounds;
  if (parts.size() == 3) {
    const auto low = parse_number<double>(parts[1]);
    const auto high = parse_number<double>(parts[2]);
    if (!low || !high || !(*low < *high)) return malformed;
    bounds.emplace(*low, *high);
  }
  return random_tensor(type, shape, seed, bounds);
}

// "@3" or "@[1,3]".
Result<Tensor> parse_literal(std::string_view spec, DataType type) {
  std::string_view text = spec.substr(1);
  std::vector<double> values;
  Shape shape;
  const bool vector = text.starts_with('[') && text.ends_with(']');
  if (vector) text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const auto value = parse_number<double>(text.substr(0, comma));
    if (!value) break;
    values.push_back(*value);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  if (!text.empty() || (!vector && values.size() != 1)) {
    return invalid(
        fmt::format("'{}' is malformed; the forms are x.npy, x.pb, @random, @3, @[1,3]", spec));
  }
  if (vector) shape.push_back(static_cast<int64_t>(values.size()));
  return convert(ConstTensorView(values.data(), DataType::kFloat64, shape), type);
}

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

Result<Tensor> read_tensor(const fs::path& path) {
  const Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes.ok()) return bytes.error();
  Result<Tensor> tensor = path.extension() == ".pb" ? tensor_from_onnx(*bytes) : decode_npy(*bytes);
  if (!tensor.ok()) {
    return std::move(tensor).error().with_context(fmt::format("while reading {}", path.string()));
  }
  return tensor;
}

Tensor random_tensor(DataType type, const Shape& shape, uint64_t seed,
                     std::optional<std::pair<double, double>> bounds) {
  std::mt19937_64 engine(seed);
  const auto count = static_cast<size_t>(element_count(shape));
  std::vector<double> values(count);
  const bool floating = is_floating(type);
  const auto [low, high] = bounds.value_or(floating ? std::pair(-1.0, 1.0) : std::pair(0.0, 2.0));
  for (double& value : values) {
    // 53 random bits: std::uniform_real_distribution differs between libraries.
    const double unit = static_cast<double>(engine() >> 11U) * 0x1.0p-53;
    value = low + (high - low) * unit;
    if (!floating) value = std::floor(value);
  }
  return convert(ConstTensorView(values.data(), DataType::kFloat64, shape), type);
}

Result<Tensor> make_tensor(std::string_view spec, const TensorInfo& info,
                           const std::optional<Shape>& shape, int64_t open_dims) {
  if (!spec.starts_with('@')) return read_tensor(spec);
  if (!spec.starts_with("@random")) return parse_literal(spec, info.type);
  const Result<Shape> concrete = concrete_shape(info, shape, open_dims);
  if (!concrete.ok()) return concrete.error();
  return parse_random(spec, info.type, *concrete);
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
    const fs::path numbered = folder / fmt::format("{}_{}.pb", stem, i);
    const fs::path named = folder / (names[i] + ".npy");
    const bool has_numbered = fs::exists(numbered, ignored);
    if (!has_numbered && !fs::exists(named, ignored)) {
      if (!all_required) continue;
      return Error(ErrorKind::kNotFound,
                   fmt::format("{} has neither {} nor {} for {} '{}'", folder.string(),
                               numbered.filename().string(), named.filename().string(), stem,
                               infos[i].name));
    }
    Result<Tensor> tensor = read_tensor(has_numbered ? numbered : named);
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
