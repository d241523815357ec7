// How the elements of a dense tensor lie in memory. Shapes are always the logical ones.
#pragma once

#include "tensor/dim.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace tenon::internal {

// The numbers are stored in plans: add, never renumber.
enum class Layout : uint8_t {
  // Row-major in the order of the shape.
  kPlain = 0,
  // [N, C, D...] stored row-major as [N, D..., C]: the channels of a position stand together.
  kChannelsLast = 1,
  // Constants in a form that only the tactic of their step knows.
  kPacked = 2,
};
inline constexpr uint8_t kLastLayout = 2;

// "plain", "channels_last", "packed".
std::string_view to_string(Layout layout);

// Whether a tensor of this shape can be channels_last and differs from a plain one then: at least
// three axes, and neither its channels nor its positions known to be a single one.
bool has_channels_last(const SymbolicShape& shape);

// The axes of a tensor of this rank in the order in which they are stored.
std::vector<int64_t> storage_order(Layout layout, size_t rank);

}  // namespace tenon::internal
