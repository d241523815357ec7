#include "testing/compare.h"

#include "base/data_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

namespace tenon::internal::testing {
namespace {

uint64_t bits_at(const ConstTensorView& tensor, int64_t index) {
  const int width = bits_of(tensor.type);
  const auto* bytes = static_cast<const unsigned char*>(tensor.data);
  if (width == 4) return (bytes[index / 2] >> (4 * (index % 2))) & 0xfU;
  const auto size = static_cast<size_t>(width / 8);
  uint64_t bits = 0;
  std::memcpy(&bits, bytes + static_cast<size_t>(index) * size, size);
  return bits;
}

// Steps between two floating values of one type; 0 between the two zeros.
uint64_t ulps_apart(uint64_t a, uint64_t b, int width) {
  const uint64_t sign = uint64_t{1} << (width - 1);
  const uint64_t magnitude_a = a & (sign - 1);
  const uint64_t magnitude_b = b & (sign - 1);
  if ((a & sign) != (b & sign)) return magnitude_a + magnitude_b;
  return std::max(magnitude_a, magnitude_b) - std::min(magnitude_a, magnitude_b);
}

struct Pair {
  double got = 0;
  double want = 0;
  uint64_t got_bits = 0;
  uint64_t want_bits = 0;

  // Infinite where one side is no number and the sides differ.
  double distance() const {
    const double difference = std::abs(got - want);
    return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
  }
};

Pair pair_at(const ConstTensorView& got, const ConstTensorView& want, int64_t index) {
  return {element_as_double(got, index), element_as_double(want, index), bits_at(got, index),
          bits_at(want, index)};
}

bool close(const Pair& pair, Tolerance tolerance, bool floating) {
  if (pair.got_bits == pair.want_bits) return true;
  if (floating && std::isnan(pair.got) && std::isnan(pair.want)) return true;
  if (std::isinf(pair.got) || std::isinf(pair.want)) return pair.got == pair.want;
  const double allowed = tolerance.absolute + tolerance.relative * std::abs(pair.want);
  // Different 64-bit integers may be one double.
  if (!floating && allowed == 0) return false;
  return pair.distance() <= allowed;
}

std::string coordinates(int64_t index, const Shape& shape) {
  Shape at(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    at[axis] = index % shape[axis];
    index /= shape[axis];
  }
  return tenon::to_string(at);
}

std::string describe(const ConstTensorView& got, const ConstTensorView& want, int64_t index) {
  const Pair pair = pair_at(got, want, index);
  std::string text =
      fmt::format("at {}: got {}, want {}", coordinates(index, want.shape), pair.got, pair.want);
  if (is_floating(want.type) && !std::isnan(pair.got) && !std::isnan(pair.want)) {
    text +=
        fmt::format(" ({} ulps)", ulps_apart(pair.got_bits, pair.want_bits, bits_of(want.type)));
  } else if (pair.got == pair.want) {
    text += fmt::format(" (bits {:#x} and {:#x})", pair.got_bits, pair.want_bits);
  }
  return text;
}

template <class Agree>
::testing::AssertionResult compare(const ConstTensorView& got, const ConstTensorView& want,
                                   const Agree& agree) {
  if (got.type != want.type || got.shape != want.shape) {
    return ::testing::AssertionFailure()
           << fmt::format("got {}{}, want {}{}", to_string(got.type), tenon::to_string(got.shape),
                          to_string(want.type), tenon::to_string(want.shape));
  }
  const int64_t count = tenon::element_count(want.shape);
  int64_t differing = 0;
  int64_t first = 0;
  int64_t worst = 0;
  double worst_distance = -1;
  for (int64_t i = 0; i < count; ++i) {
    const Pair pair = pair_at(got, want, i);
    if (agree(pair)) continue;
    if (differing++ == 0) first = i;
    if (pair.distance() > worst_distance) {
      worst = i;
      worst_distance = pair.distance();
    }
  }
  if (differing == 0) return ::testing::AssertionSuccess();
  std::string text =
      fmt::format("{}{}: {} of {} elements differ; first {}", to_string(want.type),
                  tenon::to_string(want.shape), differing, count, describe(got, want, first));
  if (worst != first) text += "; worst " + describe(got, want, worst);
  return ::testing::AssertionFailure() << text;
}

}  // namespace

Tolerance default_tolerance(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return {1e-5, 1e-5};
    case DataType::kFloat64:
      return {1e-11, 1e-11};
    case DataType::kFloat16:
      return {2e-3, 2e-3};
    case DataType::kBFloat16:
      return {1.6e-2, 1.6e-2};
    case DataType::kFloat8E4M3FN:
    case DataType::kFloat8E4M3FNUZ:
      return {0.125, 0.125};
    case DataType::kFloat8E5M2:
    case DataType::kFloat8E5M2FNUZ:
      return {0.25, 0.25};
    default:
      return {};
  }
}

Tolerance tolerance_or_default(double tolerance, DataType type) {
  return tolerance > 0 ? Tolerance{tolerance, tolerance} : default_tolerance(type);
}

::testing::AssertionResult tensors_close(const ConstTensorView& got, const ConstTensorView& want,
                                         Tolerance tolerance) {
  const bool floating = is_floating(want.type);
  return compare(got, want, [&](const Pair& pair) { return close(pair, tolerance, floating); });
}

::testing::AssertionResult tensors_identical(const ConstTensorView& got,
                                             const ConstTensorView& want) {
  return compare(got, want, [](const Pair& pair) { return pair.got_bits == pair.want_bits; });
}

}  // namespace tenon::internal::testing
