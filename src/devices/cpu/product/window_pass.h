// Runs what works channel by channel over windows: depthwise convolutions and pooling. Work is cut
// into blocks of positions; an element does not depend on how.
#pragma once

#include "base/thread_pool.h"
#include "devices/cpu/jit/code_set.h"
#include "devices/cpu/jit/window_kernel.h"
#include "devices/cpu/product/panels.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/product/window_rows.h"

#include <tenon/error.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tenon::internal {

// Addresses of one run.
struct WindowOperands {
  const float* input = nullptr;
  float* output = nullptr;
  // Elements from one position of the output to the next.
  int64_t output_stride = 0;
  // Of kWeighted: the taps' weights, packed as a product of depth 1 with a column a channel.
  const float* weights = nullptr;
  const float* bias = nullptr;
  // The first element of each extra.
  std::span<const float* const> extras = {};
};

struct WindowSpec {
  WindowKind kind = WindowKind::kWeighted;
  int64_t channels = 0;
  // Of a window.
  int64_t taps = 1;
  // Of kScaledSum: what sums are divided by includes taps in the padding.
  bool count_padding = false;
};

// With all the code that it needs. Immutable: any thread.
class WindowPass {
 public:
  // `positions`: those that windows may have. Taps are positive, at most kMaxTaps. Errors: those of
  // CodeSet::get().
  static Result<WindowPass> create(const WindowSpec& spec, const PossibleRows& positions,
                                   ProductEpilogue epilogue, Isa isa, CodeSet& code);

  // Allocates nothing. The rows have as many taps.
  void run(const WindowRows& rows, const WindowOperands& operands, ThreadPool& pool) const;

 private:
  // Code for panels of one width: [form][rows of a tile - 1].
  using Functions = std::array<std::array<WindowFunction*, kMaxTileRows>, 2>;

  // Tiles [first, end) of windows.
  struct Piece {
    const WindowRows& rows;
    const RowTiles& tiles;
    int64_t first;
    int64_t end;
  };

  WindowPass(const WindowSpec& spec, ProductEpilogue epilogue, Isa isa);
  Status make_code(CodeSet& code, const RowTiles& tiles, RowForms forms);
  void run_piece(const Piece& piece, const WindowOperands& operands) const;
  void run_panel(size_t index, const RowBlock& block, const float* scales, int64_t stride,
                 const WindowOperands& operands) const;

  WindowSpec spec_;
  ProductEpilogue epilogue_;
  Isa isa_;
  std::vector<Panel> panels_;
  PanelWidths widths_;
  int tile_rows_;
  // Of each width.
  std::vector<Functions> functions_;
  std::vector<std::shared_ptr<const JitCode>> codes_;
};

}  // namespace tenon::internal
