#include "difference.h"

#include "npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tenon::cli {
namespace {

constexpr Exact kInfinity = std::numeric_limits<Exact>::infinity();

Exact element(const ConstTensorView& tensor, int64_t index) {
  if (tensor.type == DataType::kInt64) {
    return static_cast<Exact>(static_cast<const int64_t*>(tensor.data)[index]);
  }
  if (tensor.type == DataType::kUInt64) {
    return static_cast<Exact>(static_cast<const uint64_t*>(tensor.data)[index]);
  }
  return element_as_double(tensor, index);
}

Number as_number(Exact value, DataType type) {
  if (is_floating(type)) return static_cast<double>(value);
  if (value < 0) return static_cast<int64_t>(value);
  return static_cast<uint64_t>(value);
}

std::string to_string(const Number& number) {
  return std::visit([](auto value) { return fmt::format("{}", value); }, number);
}

// 0 for two NaN.
Exact difference(Exact a, Exact b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const Exact distance = std::abs(a - b);
  return std::isnan(distance) ? kInfinity : distance;
}

}  // namespace

bool is_floating(DataType type) {
  return type >= DataType::kFloat32 && type <= DataType::kFloat8E5M2FNUZ;
}

std::optional<Mismatch> compare_tensors(const std::string& name, const Tensor& got,
                                        const Tensor& want, const Tolerance& tolerance) {
  if (npy_type(got.type) != npy_type(want.type) || got.shape != want.shape) {
    return Mismatch{.name = name,
                    .text = fmt::format("is {}[{}], expected {}[{}]", tenon::to_string(got.type),
                                        fmt::join(got.shape, ","), tenon::to_string(want.type),
                                        fmt::join(want.shape, ","))};
  }
  int64_t worst = -1;
  Exact worst_excess = 0;
  // Made once: a view holds a copy of the shape.
  const ConstTensorView got_view = got.view();
  const ConstTensorView want_view = want.view();
  const int64_t count = element_count(got.shape);
  for (int64_t i = 0; i < count; ++i) {
    const Exact b = element(want_view, i);
    const Exact distance = difference(element(got_view, i), b);
    if (distance == 0) continue;
    Exact excess = distance - (tolerance.absolute + tolerance.relative * std::abs(b));
    // A finite number where an infinite one is expected.
    if (std::isnan(excess)) excess = kInfinity;
    if (excess <= worst_excess) continue;
    worst_excess = excess;
    worst = i;
  }
  if (worst < 0) return std::nullopt;
  const Number a = as_number(element(got_view, worst), got.type);
  const Number b = as_number(element(want_view, worst), want.type);
  return Mismatch{.name = name,
                  .index = worst,
                  .got = a,
                  .want = b,
                  .text = fmt::format("differs most at element {}: got {}, want {}", worst,
                                      to_string(a), to_string(b))};
}

double max_abs_difference(const Tensor& got, const Tensor& want) {
  Exact largest = 0;
  const ConstTensorView got_view = got.view();
  const ConstTensorView want_view = want.view();
  const int64_t count = element_count(got.shape);
  for (int64_t i = 0; i < count; ++i) {
    largest = std::max(largest, difference(element(got_view, i), element(want_view, i)));
  }
  return static_cast<double>(largest);
}

}  // namespace tenon::cli
