// The inner kernel of what works channel by channel over windows of a channels_last tensor:
// depthwise convolution and pooling. Rows of the tile are positions, columns channels.
//
//   kWeighted:   c[r][n] = epilogue(bias[n] + sum over taps t: a[t][r][n] * w[t][n], extras...)
//   kMax:        c[r][n] = epilogue(max over taps t of a[t][r][n], extras...)
//   kScaledSum:  c[r][n] = epilogue(scale[r] * sum over taps t of a[t][r][n], extras...)
#pragma once

#include "devices/cpu/jit/tile_writer.h"

#include <cstdint>
#include <string>

namespace tenon::internal {

enum class WindowKind : uint8_t {
  kWeighted,
  // NaN if a tap is.
  kMax,
  kScaledSum,
};

struct WindowKernelSpec {
  TileSpec tile = {};
  WindowKind kind = WindowKind::kWeighted;

  // Equal for equal code only.
  std::string key() const;
};

// What generated code reads. It moves c, tiles, a and scales on.
struct WindowTile {
  TileOutput output;
  // Tile by tile [taps][rows], or of even rows [taps]: the first channel of each row. From there to
  // the tiles' first channel are column_bytes.
  const float* const* a = nullptr;
  // Bytes from one even row to the next.
  int64_t a_stride = 0;
  int64_t taps = 0;
  // Of kWeighted: [taps][vectors * lanes].
  const float* weights = nullptr;
  // Of kScaledSum: tile by tile [rows].
  const float* scales = nullptr;
};

using WindowFunction = void(WindowTile*);

void write_window_kernel(const WindowKernelSpec& spec, CodeWriter& code);

}  // namespace tenon::internal
