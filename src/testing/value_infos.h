// What inference knows of operands, in a few words, for tests.
#pragma once

#include "tensor/value_info.h"

#include <tenon/types.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal::testing {

// An f32 tensor of which only the shape is known.
inline ValueInfo f32(SymbolicShape shape) { return {DataType::kFloat32, std::move(shape), {}}; }

// A vector of i64 whose elements are known.
inline ValueInfo list(std::vector<Dim> elements) {
  const Dim count(static_cast<int64_t>(elements.size()));
  return {DataType::kInt64, {count}, std::move(elements)};
}

// An i64 scalar that is known.
inline ValueInfo scalar(Dim element) {
  return {DataType::kInt64, {}, std::vector{std::move(element)}};
}

}  // namespace tenon::internal::testing
