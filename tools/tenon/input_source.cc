#include "input_source.h"

#include "difference.h"
#include "file_output.h"
#include "npy.h"
#include "tensors.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace tenon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "@random";

Error invalid(std::string message) { return {ErrorKind::kInvalidArgument, std::move(message)}; }

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_signed(DataType type) {
  return type == DataType::kInt4 || type == DataType::kInt8 || type == DataType::kInt16 ||
         type == DataType::kInt32 || type == DataType::kInt64;
}

double rounded(double value, DataType type) {
  return element_as_double(convert(ConstTensorView(&value, DataType::kFloat64, {}), type).view(),
                           0);
}

// Floating types may round.
bool holds(DataType type, Exact value) {
  if (!is_floating(type)) {
    const int bits = type == DataType::kBool ? 1 : bits_of(type);
    const Exact least = is_signed(type) ? -std::exp2(static_cast<Exact>(bits - 1)) : 0;
    return value == std::floor(value) && value >= least &&
           value < least + std::exp2(static_cast<Exact>(bits));
  }
  if (!std::isfinite(value)) return true;
  const auto wide = static_cast<double>(value);
  const double held = rounded(wide, type);
  // A type without infinity gives its largest number for all that are beyond.
  return std::isfinite(held) &&
         (held != rounded(2 * wide, type) || std::abs(wide) <= std::abs(held) * 1.0625);
}

Result<InputSource> parse_random(std::string_view spec, const TensorInfo& info) {
  std::vector<std::string_view> parts;
  std::string_view rest = spec.substr(kRandom.size());
  while (rest.starts_with(':')) {
    const size_t end = rest.find(':', 1);
    parts.push_back(rest.substr(1, end == std::string_view::npos ? end : end - 1));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  const Error malformed =
      invalid(fmt::format("'{}' is malformed; the form is @random[:seed[:low:high]]", spec));
  if (!rest.empty() || parts.size() == 2 || parts.size() > 3) return malformed;
  RandomElements random;
  if (!parts.empty()) {
    const auto seed = parse_number<uint64_t>(parts[0]);
    if (!seed) return malformed;
    random.seed = *seed;
  }
  if (parts.size() == 3) {
    const auto low = parse_number<double>(parts[1]);
    const auto high = parse_number<double>(parts[2]);
    if (!low || !high || !(*low < *high) || !std::isfinite(*high - *low)) return malformed;
    random.bounds.emplace(*low, *high);
    const bool whole = !is_floating(info.type);
    for (const double end :
         {whole ? std::floor(*low) : *low, whole ? std::ceil(*high) - 1 : *high}) {
      if (holds(info.type, end)) continue;
      return invalid(fmt::format("'{}' makes numbers that input '{}' of type {} cannot hold", spec,
                                 info.name, to_string(info.type)));
    }
  }
  return InputSource(random);
}

Tensor literal_tensor(const std::vector<Exact>& values, Shape shape, DataType type) {
  if (is_floating(type)) {
    const std::vector<double> wide(values.begin(), values.end());
    return convert(ConstTensorView(wide.data(), DataType::kFloat64, std::move(shape)), type);
  }
  std::vector<uint64_t> wide;
  for (const Exact value : values) {
    // Negative numbers as their bits: integers wrap around.
    wide.push_back(value < 0 ? static_cast<uint64_t>(static_cast<int64_t>(value))
                             : static_cast<uint64_t>(value));
  }
  return convert(ConstTensorView(wide.data(), DataType::kUInt64, std::move(shape)), type);
}

Result<InputSource> parse_literal(std::string_view spec, const TensorInfo& info) {
  std::string_view text = spec.substr(1);
  std::vector<Exact> values;
  Shape shape;
  const bool vector = text.starts_with('[') && text.ends_with(']');
  if (vector) text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view number = text.substr(0, comma);
    const auto value = parse_number<Exact>(number);
    if (!value) break;
    if (!holds(info.type, *value)) {
      return invalid(fmt::format("input '{}' has type {}, which cannot hold {}", info.name,
                                 to_string(info.type), number));
    }
    values.push_back(*value);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  if (!text.empty() || (!vector && values.size() != 1)) {
    return invalid(
        fmt::format("'{}' is malformed; the forms are x.npy, x.pb, @random, @3, @[1,3]", spec));
  }
  if (vector) shape.push_back(static_cast<int64_t>(values.size()));
  return InputSource(literal_tensor(values, std::move(shape), info.type));
}

Tensor random_tensor(const RandomElements& random, DataType type, const Shape& shape) {
  std::mt19937_64 engine(random.seed);
  std::vector<double> values(static_cast<size_t>(element_count(shape)));
  const bool floating = is_floating(type);
  const auto [low, high] =
      random.bounds.value_or(floating ? std::pair(-1.0, 1.0) : std::pair(0.0, 2.0));
  for (double& value : values) {
    // 53 random bits: std::uniform_real_distribution differs between libraries.
    const double unit = static_cast<double>(engine() >> 11U) * 0x1.0p-53;
    value = low + (high - low) * unit;
    if (!floating) value = std::floor(value);
  }
  return convert(ConstTensorView(values.data(), DataType::kFloat64, shape), type);
}

// The shape that random elements get: given, or fixed by the model.
Result<Shape> concrete_shape(const TensorInfo& info, const std::optional<Shape>& given) {
  if (given) return *given;
  Shape shape;
  for (const DimInfo& dim : info.dims) {
    if (dim.value < 0) {
      return invalid(fmt::format("input '{}' is {}: give its shape with --shape {}:…", info.name,
                                 to_string(info), info.name));
    }
    shape.push_back(dim.value);
  }
  return shape;
}

}  // namespace

Result<InputSource> parse_source(std::string_view spec, const TensorInfo& info) {
  if (!spec.starts_with('@')) return InputSource(fs::path(spec));
  return spec.starts_with(kRandom) ? parse_random(spec, info) : parse_literal(spec, info);
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

Result<Tensor> make_tensor(const InputSource& source, const TensorInfo& info,
                           const std::optional<Shape>& shape) {
  if (const auto* path = std::get_if<fs::path>(&source)) return read_tensor(*path);
  if (const auto* literal = std::get_if<Tensor>(&source)) return *literal;
  const Result<Shape> concrete = concrete_shape(info, shape);
  if (!concrete.ok()) return concrete.error();
  return in_memory(fmt::format("input '{}'", info.name), info.type, *concrete, [&] {
    return random_tensor(std::get<RandomElements>(source), info.type, *concrete);
  });
}

}  // namespace tenon::cli
