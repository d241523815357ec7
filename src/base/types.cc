#include <tenon/types.h>

#include "base/check.h"
#include "base/checked_math.h"
#include "base/data_types.h"
#include "base/errors.h"
#include "base/number_formats.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace tenon {
namespace internal {
namespace {

enum class Class : uint8_t { kNone, kFloating, kSigned, kUnsigned, kBool };

struct TypeFacts {
  std::string_view name;
  int bits;
  Class kind;
};

// By number of the DataType.
constexpr std::array<TypeFacts, 20> kTypes = {{
    {"undefined", 0, Class::kNone},      {"f32", 32, Class::kFloating},
    {"f64", 64, Class::kFloating},       {"f16", 16, Class::kFloating},
    {"bf16", 16, Class::kFloating},      {"f8e4m3fn", 8, Class::kFloating},
    {"f8e4m3fnuz", 8, Class::kFloating}, {"f8e5m2", 8, Class::kFloating},
    {"f8e5m2fnuz", 8, Class::kFloating}, {"i8", 8, Class::kSigned},
    {"u8", 8, Class::kUnsigned},         {"i16", 16, Class::kSigned},
    {"u16", 16, Class::kUnsigned},       {"i32", 32, Class::kSigned},
    {"u32", 32, Class::kUnsigned},       {"i64", 64, Class::kSigned},
    {"u64", 64, Class::kUnsigned},       {"i4", 4, Class::kSigned},
    {"u4", 4, Class::kUnsigned},         {"bool", 8, Class::kBool},
}};

// A number that is no type of ours has the facts of kUndefined.
const TypeFacts& facts_of(DataType type) {
  const auto index = static_cast<size_t>(type);
  return kTypes[index < kTypes.size() ? index : 0];
}

constexpr std::array<DataType, kTypes.size() - 1> kAllTypes = [] {
  std::array<DataType, kTypes.size() - 1> types{};
  for (size_t i = 0; i < types.size(); ++i) types[i] = static_cast<DataType>(i + 1);
  return types;
}();

// Elements of one type as a sequence of numbers. Elements may be unaligned: a tensor may view any
// place of a file.
template <class T>
T load(std::span<const std::byte> bytes, size_t index) {
  T value;
  std::memcpy(&value, &bytes[index * sizeof(T)], sizeof(T));
  return value;
}

template <class T>
void store(std::span<std::byte> bytes, size_t index, T value) {
  std::memcpy(&bytes[index * sizeof(T)], &value, sizeof(T));
}

template <class Number, class Load>
void fill(size_t first, std::span<Number> numbers, Load load_at) {
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = load_at(first + i);
}

const FloatFormat& format_of(DataType type) {
  switch (type) {
    case DataType::kFloat16:
      return kF16;
    case DataType::kBFloat16:
      return kBF16;
    case DataType::kFloat8E4M3FN:
      return kF8E4M3FN;
    case DataType::kFloat8E4M3FNUZ:
      return kF8E4M3FNUZ;
    case DataType::kFloat8E5M2:
      return kF8E5M2;
    default:
      return kF8E5M2FNUZ;
  }
}

void load_floats(DataType type, std::span<const std::byte> bytes, size_t first,
                 std::span<double> numbers) {
  if (type == DataType::kFloat32) {
    fill(first, numbers, [&](size_t i) { return load<float>(bytes, i); });
  } else if (type == DataType::kFloat64) {
    fill(first, numbers, [&](size_t i) { return load<double>(bytes, i); });
  } else if (const FloatFormat& format = format_of(type); bits_of(type) == 16) {
    fill(first, numbers, [&](size_t i) { return decode(format, load<uint16_t>(bytes, i)); });
  } else {
    fill(first, numbers, [&](size_t i) { return decode(format, load<uint8_t>(bytes, i)); });
  }
}

void store_floats(DataType type, std::span<std::byte> bytes, size_t first,
                  std::span<const double> numbers) {
  const auto each = [&](auto narrow) {
    for (size_t i = 0; i < numbers.size(); ++i) store(bytes, first + i, narrow(numbers[i]));
  };
  if (type == DataType::kFloat32) {
    each([](double x) { return static_cast<float>(x); });
  } else if (type == DataType::kFloat64) {
    each([](double x) { return x; });
  } else if (const FloatFormat& format = format_of(type); bits_of(type) == 16) {
    each([&](double x) { return encode(format, x, Overflow::kSpecial); });
  } else {
    each([&](double x) { return static_cast<uint8_t>(encode(format, x, Overflow::kSaturate)); });
  }
}

// Integers and bool, extended to 64 bits by their sign.
void load_integers(DataType type, std::span<const std::byte> bytes, size_t first,
                   std::span<uint64_t> numbers) {
  const auto each = [&]<class T>(T) {
    fill(first, numbers, [&](size_t i) { return static_cast<uint64_t>(load<T>(bytes, i)); });
  };
  switch (type) {
    case DataType::kInt8:
      return each(int8_t{});
    case DataType::kUInt8:
      return each(uint8_t{});
    case DataType::kInt16:
      return each(int16_t{});
    case DataType::kUInt16:
      return each(uint16_t{});
    case DataType::kInt32:
      return each(int32_t{});
    case DataType::kUInt32:
      return each(uint32_t{});
    case DataType::kInt64:
      return each(int64_t{});
    case DataType::kUInt64:
      return each(uint64_t{});
    case DataType::kInt4:
      return fill(first, numbers,
                  [&](size_t i) { return static_cast<uint64_t>(int4_at(bytes, i)); });
    case DataType::kUInt4:
      return fill(first, numbers,
                  [&](size_t i) { return static_cast<uint64_t>(uint4_at(bytes, i)); });
    default:
      return fill(first, numbers,
                  [&](size_t i) { return static_cast<uint64_t>(load<uint8_t>(bytes, i) != 0); });
  }
}

// Keeps the low bits: two's complement wraps around by itself.
void store_integers(DataType type, std::span<std::byte> bytes, size_t first,
                    std::span<const uint64_t> numbers) {
  const auto each = [&]<class T>(T) {
    for (size_t i = 0; i < numbers.size(); ++i) {
      store(bytes, first + i, static_cast<T>(numbers[i]));
    }
  };
  switch (bits_of(type)) {
    case 4:
      for (size_t i = 0; i < numbers.size(); ++i) {
        set_nibble(bytes, first + i, static_cast<uint8_t>(numbers[i]));
      }
      return;
    case 8:
      return each(uint8_t{});
    case 16:
      return each(uint16_t{});
    case 32:
      return each(uint32_t{});
    default:
      return each(uint64_t{});
  }
}

// Truncated towards zero; the nearest integer of `type` beyond its range, 0 for NaN.
uint64_t to_integer(double value, DataType type) {
  const bool negative_possible = is_signed(type);
  const int magnitude_bits = bits_of(type) - (negative_possible ? 1 : 0);
  const uint64_t max = ~uint64_t{0} >> (64 - magnitude_bits);
  const uint64_t min = negative_possible ? ~max : 0;
  if (value != value) return 0;
  // A power of two, and so is the least integer: both are exact.
  const double end = std::ldexp(1.0, magnitude_bits);
  if (value >= end) return max;
  if (value < (negative_possible ? -end : 0.0)) return min;
  return value < 0 ? static_cast<uint64_t>(static_cast<int64_t>(value))
                   : static_cast<uint64_t>(value);
}

// Elements [first, first + count) of `source`, as integers of `type`, those that were integers
// modulo 2^64.
void convert_to_integers(const ConstTensorView& source, std::span<const std::byte> bytes,
                         size_t first, DataType type, std::span<uint64_t> numbers,
                         std::span<double> scratch) {
  const bool truth = type == DataType::kBool;
  if (!is_floating(source.type)) {
    load_integers(source.type, bytes, first, numbers);
    if (truth) std::ranges::transform(numbers, numbers.begin(), [](uint64_t x) { return x != 0; });
    return;
  }
  load_floats(source.type, bytes, first, scratch);
  std::ranges::transform(scratch, numbers.begin(), [&](double x) {
    return truth ? static_cast<uint64_t>(x != 0) : to_integer(x, type);
  });
}

// The same as doubles from which any floating type can be rounded.
void convert_to_floats(const ConstTensorView& source, std::span<const std::byte> bytes,
                       size_t first, std::span<double> numbers, std::span<uint64_t> scratch) {
  if (is_floating(source.type)) return load_floats(source.type, bytes, first, numbers);
  load_integers(source.type, bytes, first, scratch);
  const bool negative_possible = is_signed(source.type);
  std::ranges::transform(scratch, numbers.begin(), [&](uint64_t x) {
    return negative_possible ? round_to_odd(static_cast<int64_t>(x)) : round_to_odd(x);
  });
}

std::span<const std::byte> bytes_of(const ConstTensorView& tensor) {
  return {static_cast<const std::byte*>(tensor.data),
          static_cast<size_t>(byte_size(tensor.type, tensor.shape))};
}

}  // namespace

std::span<const DataType> all_data_types() { return kAllTypes; }

Result<DataType> parse_data_type(std::string_view name) {
  for (const DataType type : kAllTypes) {
    if (to_string(type) == name) return type;
  }
  std::array<std::string_view, kAllTypes.size()> names;
  std::ranges::transform(kAllTypes, names.begin(), [](DataType type) { return to_string(type); });
  const std::string suggestion = did_you_mean(name, names);
  return invalid_argument("unknown element type {}{}", quote(name),
                          suggestion.empty() ? "; known are " + join(names) : suggestion);
}

bool is_floating(DataType type) { return facts_of(type).kind == Class::kFloating; }

bool is_integer(DataType type) {
  const Class kind = facts_of(type).kind;
  return kind == Class::kSigned || kind == Class::kUnsigned;
}

bool is_signed(DataType type) {
  const Class kind = facts_of(type).kind;
  return kind == Class::kSigned || kind == Class::kFloating;
}

void set_element(const TensorView& tensor, int64_t index, double value) {
  TENON_CHECK(tensor.type != DataType::kUndefined && index >= 0);
  const std::span<std::byte> bytes = {static_cast<std::byte*>(tensor.data),
                                      static_cast<size_t>(byte_size(tensor.type, tensor.shape))};
  const auto first = static_cast<size_t>(index);
  if (is_floating(tensor.type)) {
    store_floats(tensor.type, bytes, first, {&value, 1});
  } else {
    const uint64_t number =
        tensor.type == DataType::kBool ? uint64_t{value != 0} : to_integer(value, tensor.type);
    store_integers(tensor.type, bytes, first, {&number, 1});
  }
}

}  // namespace internal

std::string_view to_string(DataType type) { return internal::facts_of(type).name; }

int bits_of(DataType type) { return internal::facts_of(type).bits; }

int64_t element_count(std::span<const int64_t> shape) {
  constexpr int64_t kTooMany = std::numeric_limits<int64_t>::max();
  const bool negative = std::ranges::any_of(shape, [](int64_t dim) { return dim < 0; });
  return negative ? kTooMany : internal::checked_product(shape).value_or(kTooMany);
}

int64_t byte_size(DataType type, std::span<const int64_t> shape) {
  const int64_t count = element_count(shape);
  const int bits = bits_of(type);
  if (bits < 8) return bits == 0 ? 0 : count / 2 + count % 2;
  return internal::checked_mul<int64_t>(count, bits / 8)
      .value_or(std::numeric_limits<int64_t>::max());
}

std::string to_string(std::span<const int64_t> shape) {
  return "[" + internal::join(shape, ",") + "]";
}

std::string to_string(const TensorInfo& info) {
  const auto dim_text = [](const DimInfo& dim) -> std::string {
    if (!dim.expression.empty()) return dim.expression;
    return dim.value < 0 ? "?" : fmt::format("{}", dim.value);
  };
  return fmt::format("{}[{}]", to_string(info.type), internal::join(info.dims, ",", dim_text));
}

std::string_view to_string(MemoryKind kind) {
  constexpr std::array<std::string_view, kMemoryKinds> kNames = {
      "weights", "persistent", "activations", "workspace", "io", "code", "foreign"};
  const auto index = static_cast<size_t>(kind);
  TENON_CHECK(index < kNames.size());
  return kNames[index];
}

double element_as_double(const ConstTensorView& tensor, int64_t index) {
  TENON_CHECK(tensor.type != DataType::kUndefined && index >= 0);
  const std::span<const std::byte> bytes = internal::bytes_of(tensor);
  const auto first = static_cast<size_t>(index);
  if (internal::is_floating(tensor.type)) {
    double value = 0;
    internal::load_floats(tensor.type, bytes, first, {&value, 1});
    return value;
  }
  uint64_t value = 0;
  internal::load_integers(tensor.type, bytes, first, {&value, 1});
  return internal::is_signed(tensor.type) ? static_cast<double>(static_cast<int64_t>(value))
                                          : static_cast<double>(value);
}

Tensor convert(const ConstTensorView& tensor, DataType type) {
  Tensor result{type, tensor.shape, {}};
  result.bytes.resize(static_cast<size_t>(byte_size(type, tensor.shape)));
  const std::span<const std::byte> bytes = internal::bytes_of(tensor);
  if (tensor.type == DataType::kUndefined || type == DataType::kUndefined) return result;
  if (type == tensor.type) {
    std::ranges::copy(bytes, result.bytes.begin());
    return result;
  }
  // Blocks pay for the choice of types once in many elements.
  constexpr size_t kBlock = 256;
  std::array<double, kBlock> floats;
  std::array<uint64_t, kBlock> integers;
  const auto count = static_cast<size_t>(element_count(tensor.shape));
  for (size_t first = 0; first < count; first += kBlock) {
    const size_t length = std::min(kBlock, count - first);
    const std::span<double> numbers(floats.data(), length);
    const std::span<uint64_t> words(integers.data(), length);
    if (internal::is_floating(type)) {
      internal::convert_to_floats(tensor, bytes, first, numbers, words);
      internal::store_floats(type, result.bytes, first, numbers);
    } else {
      internal::convert_to_integers(tensor, bytes, first, type, words, numbers);
      internal::store_integers(type, result.bytes, first, words);
    }
  }
  return result;
}

}  // namespace tenon
