// Runs a matrix product tile by tile: what convolutions and matrix multiplications share.
//
// Work is cut into units of a block of rows and a panel of columns; units go to threads. Within a
// unit, sums that are longer than a part of a panel that stays in the second-level cache are split
// into parts, with partial sums in a buffer on the stack. How sums are split depends on the size of
// the product alone, so that results do not depend on the number of threads.
#pragma once

#include "base/thread_pool.h"
#include "devices/cpu/jit/code_set.h"
#include "devices/cpu/jit/product_kernel.h"
#include "devices/cpu/product/panels.h"
#include "devices/cpu/product/row_tiles.h"

#include <tenon/error.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tenon::internal {

// What is done with the sums.
struct ProductEpilogue {
  // One addend a column, of all groups in order.
  bool bias = false;
  // Register 0 is the sum; the others are `extras`. Without a body: none.
  PointwiseProgram program = {};
  std::vector<ExtraKind> extras = {};
};

// Addresses of one run.
struct ProductOperands {
  RowAddresses rows;
  // As pack_panels() makes it.
  const float* packed = nullptr;
  const float* bias = nullptr;
  // One for each extra: the first element; full ones lie in the same order as the result, which
  // starts at `c`.
  std::span<const float* const> extras = {};
  const float* c = nullptr;
};

// Products of one size, with all the code that they need. Immutable: any thread.
class Product {
 public:
  // Taps and depth are positive, taps at most kMaxTaps. Errors: those of CodeSet::get().
  static Result<Product> create(const ProductSize& size, const PossibleRows& rows,
                                ProductEpilogue epilogue, Isa isa, CodeSet& code);

  Isa isa() const { return isa_; }

  // Of so many rows. Allocates nothing. `grain`: multiplications that are worth another thread.
  void run(int64_t rows, const ProductOperands& operands, ThreadPool& pool,
           int64_t grain = 1) const;

 private:
  // A part of a sum.
  struct Part {
    int64_t first_tap = 0;
    int64_t taps = 0;
    int64_t first_depth = 0;
    int64_t depth = 0;
  };
  // Code for panels of one width and a part of the sums: [form][rows of a tile - 1].
  using Functions = std::array<std::array<ProductFunction*, kMaxTileRows>, 2>;
  // Of each width and part.
  using FunctionTable = std::vector<std::vector<Functions>>;

  Product(const ProductSize& size, ProductEpilogue epilogue, Isa isa);
  void cut_sums(int64_t part_steps);
  ProductKernelSpec spec_of(const PanelWidth& width, size_t part, const RowTiles& tiles,
                            RowForm form, int rows) const;
  Status make_code(CodeSet& code, const RowTiles& tiles, RowForms forms);
  // Where the code for so many tiles is among functions_.
  static size_t kind_of(const RowTiles& tiles) {
    return static_cast<size_t>(std::min(tiles.count(), kFewTiles + 1));
  }
  void run_panel(size_t index, const RowBlock& block, const FunctionTable& functions,
                 const ProductOperands& operands) const;

  ProductSize size_;
  ProductEpilogue epilogue_;
  Isa isa_;
  std::vector<Panel> panels_;
  PanelWidths widths_;
  int tile_rows_;
  // By the number of tiles; empty where there are never so many.
  std::array<FunctionTable, kFewTiles + 2> functions_;
  std::vector<Part> parts_;
  std::vector<std::shared_ptr<const JitCode>> codes_;
};

}  // namespace tenon::internal
