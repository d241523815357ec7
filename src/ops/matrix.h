// What is done to the matrices that the last two axes hold: EyeLike, Trilu, Det.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <optional>
#include <span>

namespace tenon::internal {

struct EyeLikeAttrs {
  // Of the result; none: the operand's.
  std::optional<DataType> dtype;
  // The diagonal that holds the ones, counted upwards from the main one.
  int64_t k = 0;
  bool operator==(const EyeLikeAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("dtype", self.dtype);
    field("k", self.k);
  }
};

struct TriluAttrs {
  // Whether what lies below the diagonal becomes 0, or what lies above it.
  bool upper = true;
  bool operator==(const TriluAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("upper", self.upper); }
};

// - EyeLike: a matrix, of which only the shape counts; the result's type is numeric or bool.
// - Trilu: x[..., N, M], optionally the number of the diagonal that stays, an i64 or i32 scalar
// that
//   counts upwards from the main one.
// - Det: x[..., M, M] of a floating type; the determinants have the shape of the dims before.
std::span<const OpDef* const> matrix_ops();

}  // namespace tenon::internal
