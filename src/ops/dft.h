// DFT and STFT: discrete Fourier transforms along an axis, and of windows of signals.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

struct DftAttrs {
  // The axis of a signal; not the last one, which holds real and imaginary parts.
  int64_t axis = -2;
  bool inverse = false;
  // Only the first half of a spectrum, n / 2 + 1 bins, is computed, or given where `inverse`.
  bool onesided = false;
  bool operator==(const DftAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("inverse", self.inverse);
    field("onesided", self.onesided);
  }
};

struct StftAttrs {
  bool onesided = true;
  bool operator==(const StftAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("onesided", self.onesided); }
};

// DFT of x[..., L, ..., C], where C is 1 for real numbers and 2 for complex ones, and optionally n,
// a scalar: signals are cut or filled with zeros to n elements, by default L. The results are
// complex: y[..., n or n / 2 + 1, ..., 2]. An inverse from half a spectrum is real, y[..., n, ...,
// 1], with n = 2 * (L - 1) by default. Inverses are scaled by 1 / n.
//
// STFT of x[N, L, C], the step from frame to frame, and optionally a window[n] that frames are
// multiplied with and n, their length: y[N, (L - n) / step + 1, n or n / 2 + 1, 2].
//
// Scalars are i32 or i64, and read by the host.
std::span<const OpDef* const> dft_ops();

}  // namespace tenon::internal
