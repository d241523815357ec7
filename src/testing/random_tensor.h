// Random tensors for tests.
#pragma once

#include "tensor/host_tensor.h"

#include <tenon/types.h>

#include <cstdint>

namespace tenon::internal::testing {

// Uniform in [low, high), from a seed: the same bytes on every machine. Integers are rounded down
// and wrap around where the type does not hold them; bool is true or false with equal chance.
// Shapes must be valid.
HostTensor random_tensor(DataType type, Shape shape, uint64_t seed, double low = -1,
                         double high = 1);

}  // namespace tenon::internal::testing
