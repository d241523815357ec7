// Pooling over sliding windows: MaxPool and where its maxima are, AveragePool, LpPool.
#pragma once

#include "ops/op_def.h"
#include "ops/window.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct MaxPoolAttrs {
  WindowAttrs window = {};
  bool ceil_mode = false;
  // The order that indices of maxima count in: rows first, or columns.
  int64_t storage_order = 0;
  bool operator==(const MaxPoolAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    WindowAttrs::fields(self.window, field);
    field("ceil_mode", self.ceil_mode);
    field("storage_order", self.storage_order);
  }
};

struct AveragePoolAttrs {
  WindowAttrs window = {};
  bool ceil_mode = false;
  // Whether padding counts as zeros; what lies beyond the padding never counts.
  bool count_include_pad = false;
  bool operator==(const AveragePoolAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    WindowAttrs::fields(self.window, field);
    field("ceil_mode", self.ceil_mode);
    field("count_include_pad", self.count_include_pad);
  }
};

struct LpPoolAttrs {
  WindowAttrs window = {};
  bool ceil_mode = false;
  int64_t p = 2;
  bool operator==(const LpPoolAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    WindowAttrs::fields(self.window, field);
    field("ceil_mode", self.ceil_mode);
    field("p", self.p);
  }
};

// Operand: x[N, C, D...]; MaxPool takes i8 and u8 too. MaxPoolIndices gives the places of the
// maxima, the first of equal ones, as i64 that count all elements of x: with storage_order 1 the
// first spatial axis is the innermost. LpPool is the p-th root of the sum of |x|^p. A NaN in a
// window makes its maximum NaN. A window that reads nothing but padding has the least value of the
// type (-inf) as its maximum and 0 as its average, and no place (-1).
std::span<const OpDef* const> pool_ops();

}  // namespace tenon::internal
