// The inner kernel of matrix products and convolutions.
//
//   c[r][n] = epilogue(bias[n] + sum over taps t and k: a[t][r][k] * b[t][k][n], extras...)
//
// The rows of a are given by pointers for each tap, so that a convolution needs no copy of its
// input: a tap is a position of the window, a row an output position, and rows that lie in the
// padding point at zeros. A plain product has one tap. Sums run over taps and k in order,
// whatever the shape of the tile: an element does not depend on how rows and columns are cut.
#pragma once

#include "devices/cpu/jit/tile_writer.h"

#include <cstdint>
#include <string>

namespace tenon::internal {

inline constexpr int kProductUnroll = 2;

struct ProductKernelSpec {
  TileSpec tile = {};
  // Of a sum in parts: starts from the sums so far; leaves them there, without bias and epilogue.
  bool from_partial = false;
  bool to_partial = false;
  // Of even rows: neighbours along k lie a_k_stride apart, instead of side by side. So the columns
  // of a matrix can be the rows.
  bool strided_k = false;
  // Lines of memory behind `prefetch` that are asked for with each kProductUnroll elements of k.
  int prefetched_lines = 0;

  // Equal for equal code only.
  std::string key() const;
};

// What generated code reads. It moves c, tiles, a, partial and prefetch on.
struct ProductTile {
  TileOutput output;
  // Tile by tile [taps][rows], or of even rows [taps]: whole rows, of which elements from
  // `depth_begin` on are read.
  const float* const* a = nullptr;
  // Bytes from one even row to the next.
  int64_t a_stride = 0;
  // Bytes from an element of k to the next, with strided_k.
  int64_t a_k_stride = 0;
  // Bytes from the addresses of one tile to those of the next.
  int64_t a_step = 0;
  // [taps][depth][vectors * lanes].
  const float* b = nullptr;
  int64_t taps = 0;
  // Elements of k.
  int64_t depth = 0;
  // Bytes from the start of a row of a.
  int64_t depth_begin = 0;
  // Sums so far, tile by tile [rows][vectors * lanes].
  float* partial = nullptr;
  // What will be read next.
  const float* prefetch = nullptr;
};

using ProductFunction = void(ProductTile*);

// Whether kernels of such tiles have a register for prefetching.
bool can_prefetch(const TileSpec& tile);

void write_product_kernel(const ProductKernelSpec& spec, CodeWriter& code);

}  // namespace tenon::internal
