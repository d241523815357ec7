#include "devices/cpu/product/product.h"

#include "base/check.h"
#include "base/checked_math.h"
#include "base/try.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

// A part of a panel that stays in a second-level cache of half a megabyte beside the rows of a.
// Fixed, not the machine's: it decides how sums are split.
constexpr int64_t kPartBytes = 256 * 1024;

constexpr int64_t kFloatBytes = sizeof(float);

constexpr int64_t kLineBytes = 64;

// Partial sums of a block: its rows times the widest panel.
constexpr int64_t kMaxPanelColumns = 64;

}  // namespace

Product::Product(const ProductSize& size, ProductEpilogue epilogue, Isa isa)
    : size_(size),
      epilogue_(std::move(epilogue)),
      isa_(isa),
      panels_(cut_panels(size, isa)),
      widths_(widths_of(panels_, isa)),
      // The same for all panels, so that they share pointers.
      tile_rows_(max_tile_rows(isa, widths_.widest)) {
  const int64_t step_bytes = widths_.widest * lanes_of(isa) * static_cast<int64_t>(sizeof(float));
  cut_sums(kPartBytes / step_bytes);
}

// Parts of at most about `part_steps` steps, which are of whole taps where a tap is shorter.
void Product::cut_sums(int64_t part_steps) {
  if (size_.depth < part_steps) {
    const int64_t count = std::min(size_.taps, ceil_div(size_.taps * size_.depth, part_steps));
    for (int64_t i = 0; i < count; ++i) {
      const int64_t begin = size_.taps * i / count;
      parts_.push_back({begin, size_.taps * (i + 1) / count - begin, 0, size_.depth});
    }
    return;
  }
  const int64_t count = ceil_div(size_.depth, part_steps);
  for (int64_t tap = 0; tap < size_.taps; ++tap) {
    for (int64_t i = 0; i < count; ++i) {
      const int64_t begin = size_.depth * i / count;
      parts_.push_back({tap, 1, begin, size_.depth * (i + 1) / count - begin});
    }
  }
}

ProductKernelSpec Product::spec_of(const PanelWidth& width, size_t part, const RowTiles& tiles,
                                   RowForm form, int rows) const {
  ProductKernelSpec spec{
      .tile = {.isa = isa_, .rows = rows, .form = form, .vectors = width.vectors},
      .from_partial = part > 0,
      .to_partial = part + 1 < parts_.size(),
  };
  // By many tiles the weights of a panel are read often enough to be worth waiting for once; a
  // single one reads them in order, as the machine foresees.
  if (tiles.count() > 1 && tiles.count() <= kFewTiles && can_prefetch(spec.tile)) {
    const int64_t lines = kProductUnroll * width.vectors * vector_bytes(isa_) / kLineBytes;
    spec.prefetched_lines = static_cast<int>(ceil_div(lines, tiles.count()));
  }
  if (spec.to_partial) return spec;
  spec.tile.tail = width.tail;
  spec.tile.bias = epilogue_.bias;
  spec.tile.epilogue = epilogue_.program;
  spec.tile.extras = epilogue_.extras;
  return spec;
}

Status Product::make_code(CodeSet& code, const RowTiles& tiles, RowForms forms) {
  FunctionTable& functions = functions_[kind_of(tiles)];
  functions.resize(widths_.widths.size(), std::vector<Functions>(parts_.size()));
  for (size_t i = 0; i < functions.size(); ++i) {
    for (size_t part = 0; part < parts_.size(); ++part) {
      for (const RowForm form : forms) {
        for (const int rows : tiles.heights()) {
          ProductFunction*& function =
              functions[i][part][static_cast<size_t>(form)][static_cast<size_t>(rows - 1)];
          if (function != nullptr) continue;
          const ProductKernelSpec spec = spec_of(widths_.widths[i], part, tiles, form, rows);
          codes_.push_back(TRY(code.get(
              spec.key(), [&](CodeWriter& writer) { write_product_kernel(spec, writer); })));
          function = codes_.back()->entry<ProductFunction>();
        }
      }
    }
  }
  return {};
}

Result<Product> Product::create(const ProductSize& size, const PossibleRows& rows,
                                ProductEpilogue epilogue, Isa isa, CodeSet& code) {
  TENON_CHECK(size.taps >= 1 && size.taps <= kMaxTaps && size.depth >= 1 &&
              epilogue.extras.size() <= kMaxTileExtras);
  Product product(size, std::move(epilogue), isa);
  for (const RowTiles& tiles : RowTiles::of_each_kind(rows.number, product.tile_rows_)) {
    TRY_STATUS(product.make_code(code, tiles, rows.forms));
  }
  return product;
}

void Product::run(int64_t rows, const ProductOperands& operands, ThreadPool& pool,
                  int64_t grain) const {
  const RowTiles tiles(rows, tile_rows_);
  const FunctionTable& functions = functions_[kind_of(tiles)];
  const int64_t blocks = ceil_div(tiles.count(), tiles_of_block(size_.taps, tile_rows_));
  const auto first_tile = [&](int64_t block) { return tiles.count() * block / blocks; };
  const auto panels = static_cast<int64_t>(panels_.size());
  const int64_t units = blocks * panels;
  const auto run_units = [&](int64_t begin, int64_t end) {
    RowBlock block;
    int64_t filled = -1;
    for (int64_t unit = begin; unit < end; ++unit) {
      if (unit / panels != filled) {
        filled = unit / panels;
        block.fill(tiles, first_tile(filled), first_tile(filled + 1), size_.taps, operands.rows);
      }
      run_panel(static_cast<size_t>(unit % panels), block, functions, operands);
    }
  };
  const int64_t columns = size_.groups * size_.columns;
  const int64_t per_unit =
      ceil_div<int64_t>(rows * columns * size_.taps * size_.depth, std::max<int64_t>(units, 1));
  pool.parallel_for(units, run_units, ceil_div<int64_t>(grain, std::max<int64_t>(per_unit, 1)));
}

void Product::run_panel(size_t index, const RowBlock& block, const FunctionTable& functions,
                        const ProductOperands& operands) const {
  alignas(64) float partial[kMaxBlockRows * kMaxPanelColumns];
  const Panel& panel = panels_[index];
  const int64_t panel_width = panel.vectors * lanes_of(isa_);
  const int64_t column = panel.group * size_.columns + panel.first_column;
  const void* extras[kMaxTileExtras];
  locate_extras(epilogue_.extras, operands.extras, operands.c, column, extras);
  ProductTile tile;
  tile.output.c_stride = operands.rows.c_stride * kFloatBytes;
  tile.output.column_bytes = column * kFloatBytes;
  tile.output.bias = operands.bias == nullptr ? nullptr : operands.bias + column;
  tile.output.extras = extras;
  tile.output.tail_columns = panel.columns % lanes_of(isa_);
  tile.a_stride = operands.rows.a_stride * kFloatBytes;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const int64_t steps = part.first_tap * size_.depth + part.first_depth;
    tile.b = operands.packed + panel.offset + steps * panel_width;
    tile.taps = part.taps;
    tile.depth = part.depth;
    tile.depth_begin = (panel.group * size_.depth + part.first_depth) * kFloatBytes;
    tile.partial = partial;
    // Parts and panels lie in the order in which they are read.
    tile.prefetch = tile.b + part.taps * part.depth * panel_width;
    for (const TileRun& run : block.runs()) {
      tile.output.c = run.c;
      tile.output.tiles = run.tiles;
      tile.a = run.a + part.first_tap * run.listed_rows();
      tile.a_step = size_.taps * run.listed_rows() * static_cast<int64_t>(sizeof(float*));
      functions[widths_.of_panel[index]][i][static_cast<size_t>(run.form)]
               [static_cast<size_t>(run.rows - 1)](&tile);
    }
  }
}

}  // namespace tenon::internal
