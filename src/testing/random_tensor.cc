#include "testing/random_tensor.h"

#include "base/data_types.h"

#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace tenon::internal::testing {

HostTensor random_tensor(DataType type, Shape shape, uint64_t seed, double low, double high) {
  // The engine is specified to the bit, std::uniform_real_distribution is not.
  std::mt19937_64 random(seed);
  const bool round_down = is_integer(type);
  std::vector<double> values(static_cast<size_t>(tenon::element_count(shape)));
  for (double& value : values) {
    const uint64_t bits = random();
    if (type == DataType::kBool) {
      value = static_cast<double>(bits & 1);
      continue;
    }
    value = low + (high - low) * std::ldexp(static_cast<double>(bits >> 11), -53);
    if (round_down) value = std::floor(value);
  }
  return HostTensor::of(type, std::move(shape), values).value();
}

}  // namespace tenon::internal::testing
