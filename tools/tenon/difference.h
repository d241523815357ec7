// How far a tensor is from what is expected.
#pragma once

#include <tenon/tenon.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>

namespace tenon::cli {

// Holds every double and every 64-bit integer, and the differences of these.
using Exact = long double;
static_assert(std::numeric_limits<Exact>::digits >= 64);

// An element as it is: integers are not rounded.
using Number = std::variant<double, int64_t, uint64_t>;

// The worst element where a tensor is not as expected.
struct Mismatch {
  std::string name;
  // Flat; -1 where type or shape differ.
  int64_t index = -1;
  Number got = {};
  Number want = {};
  std::string text;
};

struct Tolerance {
  double relative = 1e-3;
  double absolute = 1e-5;
};

bool is_floating(DataType type);

// |got - want| <= absolute + relative * |want|, NaN equal to NaN. Types are compared as .npy stores
// them, integers exactly.
std::optional<Mismatch> compare_tensors(const std::string& name, const Tensor& got,
                                        const Tensor& want, const Tolerance& tolerance);

// The largest |got - want|; infinity where only one is NaN. Tensors of one shape.
double max_abs_difference(const Tensor& got, const Tensor& want);

}  // namespace tenon::cli
