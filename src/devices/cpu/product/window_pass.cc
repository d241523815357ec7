#include "devices/cpu/product/window_pass.h"

#include "base/check.h"
#include "base/try.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

// Tiles that are worth a thread of their own.
constexpr int64_t kTileGrain = 8;

constexpr int64_t kFloatBytes = sizeof(float);

}  // namespace

WindowPass::WindowPass(const WindowSpec& spec, ProductEpilogue epilogue, Isa isa)
    : spec_(spec),
      epilogue_(std::move(epilogue)),
      isa_(isa),
      panels_(cut_panels({.columns = spec.channels, .taps = spec.taps, .depth = 1}, isa)),
      widths_(widths_of(panels_, isa)),
      tile_rows_(max_tile_rows(isa, widths_.widest)),
      functions_(widths_.widths.size()) {}

Status WindowPass::make_code(CodeSet& code, const RowTiles& tiles, RowForms forms) {
  for (size_t i = 0; i < functions_.size(); ++i) {
    const PanelWidth& width = widths_.widths[i];
    for (const RowForm form : forms) {
      for (const int rows : tiles.heights()) {
        WindowFunction*& function =
            functions_[i][static_cast<size_t>(form)][static_cast<size_t>(rows - 1)];
        if (function != nullptr) continue;
        const WindowKernelSpec spec{.tile = {.isa = isa_,
                                             .rows = rows,
                                             .form = form,
                                             .vectors = width.vectors,
                                             .tail = width.tail,
                                             .bias = epilogue_.bias,
                                             .epilogue = epilogue_.program,
                                             .extras = epilogue_.extras},
                                    .kind = spec_.kind};
        codes_.push_back(TRY(
            code.get(spec.key(), [&](CodeWriter& writer) { write_window_kernel(spec, writer); })));
        function = codes_.back()->entry<WindowFunction>();
      }
    }
  }
  return {};
}

Result<WindowPass> WindowPass::create(const WindowSpec& spec, const PossibleRows& positions,
                                      ProductEpilogue epilogue, Isa isa, CodeSet& code) {
  TENON_CHECK(spec.taps >= 1 && spec.taps <= kMaxTaps && spec.channels >= 1 &&
              epilogue.extras.size() <= kMaxTileExtras);
  WindowPass pass(spec, std::move(epilogue), isa);
  for (const RowTiles& tiles : RowTiles::of_each_kind(positions.number, pass.tile_rows_)) {
    TRY_STATUS(pass.make_code(code, tiles, positions.forms));
  }
  return pass;
}

void WindowPass::run(const WindowRows& rows, const WindowOperands& operands,
                     ThreadPool& pool) const {
  const RowTiles tiles(rows.positions(), tile_rows_);
  const int64_t block_tiles = tiles_of_block(spec_.taps, tile_rows_);
  pool.parallel_for(
      tiles.count(),
      [&](int64_t begin, int64_t end) {
        for (int64_t tile = begin; tile < end; tile += block_tiles) {
          run_piece({rows, tiles, tile, std::min(tile + block_tiles, end)}, operands);
        }
      },
      kTileGrain);
}

void WindowPass::run_piece(const Piece& piece, const WindowOperands& operands) const {
  const WindowRows& rows = piece.rows;
  RowBlock block;
  const auto rows_of_a = [&](int64_t row, int64_t count, const float** a) {
    return rows.addresses(operands.input, row, count, a);
  };
  const auto rows_of_c = [&](int64_t row, int64_t count, float** c) {
    for (int64_t i = 0; i < count; ++i) c[i] = operands.output + (row + i) * operands.output_stride;
  };
  block.fill(piece.tiles, piece.first, piece.end, spec_.taps,
             {.rows_of_a = rows_of_a,
              .rows_of_c = rows_of_c,
              .a_stride = rows.stride(),
              .c_stride = operands.output_stride});
  std::array<float, kMaxBlockRows> scales;
  if (spec_.kind == WindowKind::kScaledSum) {
    const int64_t first_row = piece.tiles.first_row(piece.first);
    const int64_t count = piece.tiles.first_row(piece.end) - first_row;
    for (int64_t row = 0; row < count; ++row) {
      const int64_t taps = rows.taps_inside(first_row + row, spec_.count_padding);
      scales[static_cast<size_t>(row)] = taps == 0 ? 0.0F : 1.0F / static_cast<float>(taps);
    }
  }
  for (size_t i = 0; i < panels_.size(); ++i) {
    run_panel(i, block, scales.data(), rows.stride(), operands);
  }
}

void WindowPass::run_panel(size_t index, const RowBlock& block, const float* scales, int64_t stride,
                           const WindowOperands& operands) const {
  const Panel& panel = panels_[index];
  const int64_t column = panel.first_column;
  const void* extras[kMaxTileExtras];
  locate_extras(epilogue_.extras, operands.extras, operands.output, column, extras);
  WindowTile tile;
  tile.output.c_stride = operands.output_stride * kFloatBytes;
  tile.output.column_bytes = column * kFloatBytes;
  tile.output.bias = operands.bias == nullptr ? nullptr : operands.bias + column;
  tile.output.extras = extras;
  tile.output.tail_columns = panel.columns % lanes_of(isa_);
  tile.a_stride = stride * kFloatBytes;
  tile.taps = spec_.taps;
  tile.weights = operands.weights == nullptr ? nullptr : operands.weights + panel.offset;
  tile.scales = scales;
  for (const TileRun& run : block.runs()) {
    tile.output.c = run.c;
    tile.output.tiles = run.tiles;
    tile.a = run.a;
    functions_[widths_.of_panel[index]][static_cast<size_t>(run.form)]
              [static_cast<size_t>(run.rows - 1)](&tile);
  }
}

}  // namespace tenon::internal
