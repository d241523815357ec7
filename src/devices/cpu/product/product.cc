#include "devices/cpu/product/product.h"

#include "base/check.h"
#include "base/checked_math.h"
#include "base/try.h"
#include "devices/cpu/jit/code_cache.h"

#include <algorithm>
#include <utility>

namespace tenon::internal {
namespace {

// A part of a panel that stays in a second-level cache of half a megabyte beside the rows of a.
// Fixed, not the machine's: it decides how sums are split.
constexpr int64_t kPartBytes = 256 * 1024;

constexpr int64_t kFloatBytes = sizeof(float);

// Partial sums of a block: its rows times the widest panel.
constexpr int64_t kMaxPanelColumns = 64;

}  // namespace

// What the panels of a block of rows share.
struct Product::Block {
  int64_t first_tile = 0;
  int64_t end_tile = 0;
  // Tile by tile [taps][rows of the tile].
  const float* a[kMaxBlockPointers];
  float* c[kMaxBlockRows];
};

Product::Product(const ProductSize& size, int64_t rows, ProductEpilogue epilogue, Isa isa)
    : size_(size),
      rows_(rows),
      epilogue_(std::move(epilogue)),
      isa_(isa),
      panels_(cut_panels(size, isa)),
      widths_(widths_of(panels_, isa)),
      functions_(widths_.widths.size()) {
  // The same for all panels, so that they share pointers.
  const int tile_rows = max_tile_rows(isa, widths_.widest);
  const int64_t block_rows = std::min(kMaxBlockRows, kMaxBlockPointers / size.taps);
  tiles_ = ceil_div<int64_t>(rows, tile_rows);
  blocks_ = ceil_div(tiles_, block_rows / tile_rows);
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

ProductKernelSpec Product::spec_of(const PanelWidth& width, size_t part, int rows) const {
  ProductKernelSpec spec{
      .tile = {.isa = isa_, .rows = rows, .vectors = width.vectors},
      .from_partial = part > 0,
      .to_partial = part + 1 < parts_.size(),
  };
  if (spec.to_partial) return spec;
  spec.tile.tail = width.tail;
  spec.tile.bias = epilogue_.bias;
  spec.tile.epilogue = epilogue_.program;
  spec.tile.extras = epilogue_.extras;
  return spec;
}

Status Product::make_code(CpuDevice& device) {
  if (rows_ == 0) return {};
  for (size_t i = 0; i < functions_.size(); ++i) {
    functions_[i].resize(parts_.size());
    for (size_t part = 0; part < parts_.size(); ++part) {
      for (const int64_t rows : {rows_ / tiles_, ceil_div(rows_, tiles_)}) {
        const ProductKernelSpec spec = spec_of(widths_.widths[i], part, static_cast<int>(rows));
        codes_.push_back(TRY(device.code_cache().get(
            spec.key(), [&] { return make_product_kernel(spec, device); })));
        functions_[i][part][static_cast<size_t>(rows - 1)] =
            codes_.back()->entry<ProductFunction>();
      }
    }
  }
  return {};
}

Result<Product> Product::create(const ProductSize& size, int64_t rows, ProductEpilogue epilogue,
                                Isa isa, CpuDevice& device) {
  TENON_CHECK(size.taps >= 1 && size.taps <= kMaxProductTaps && size.depth >= 1 &&
              epilogue.extras.size() <= kMaxTileExtras);
  Product product(size, rows, std::move(epilogue), isa);
  TRY_STATUS(product.make_code(device));
  return product;
}

void Product::fill(Block& block, int64_t index, const ProductOperands& operands) const {
  block.first_tile = tiles_ * index / blocks_;
  block.end_tile = tiles_ * (index + 1) / blocks_;
  const float** a = block.a;
  for (int64_t tile = block.first_tile; tile < block.end_tile; ++tile) {
    const int64_t rows = first_row(tile + 1) - first_row(tile);
    operands.rows_of_a(first_row(tile), rows, a);
    a += size_.taps * rows;
  }
  const int64_t first = first_row(block.first_tile);
  operands.rows_of_c(first, first_row(block.end_tile) - first, block.c);
}

void Product::run(const ProductOperands& operands, ThreadPool& pool) const {
  const auto panels = static_cast<int64_t>(panels_.size());
  pool.parallel_for(blocks_ * panels, [&](int64_t begin, int64_t end) {
    Block block;
    int64_t filled = -1;
    for (int64_t unit = begin; unit < end; ++unit) {
      if (unit / panels != filled) {
        filled = unit / panels;
        fill(block, filled, operands);
      }
      const auto panel = static_cast<size_t>(unit % panels);
      run_panel(panels_[panel], functions_[widths_.of_panel[panel]], block, operands);
    }
  });
}

void Product::run_panel(const Panel& panel, const Functions& functions, const Block& block,
                        const ProductOperands& operands) const {
  alignas(64) float partial[kMaxBlockRows * kMaxPanelColumns];
  const int64_t panel_width = panel.vectors * lanes_of(isa_);
  const int64_t column = panel.group * size_.columns + panel.first_column;
  const void* extras[kMaxTileExtras];
  locate_extras(epilogue_.extras, operands.extras, operands.c, column, extras);
  ProductTile tile;
  tile.output.bias = operands.bias == nullptr ? nullptr : operands.bias + column;
  tile.output.extras = extras;
  tile.output.tail_columns = panel.columns % lanes_of(isa_);
  float* c[kMaxTileRows];
  tile.output.c = c;
  const int64_t block_row = first_row(block.first_tile);
  for (size_t index = 0; index < parts_.size(); ++index) {
    const Part& part = parts_[index];
    const int64_t steps = part.first_tap * size_.depth + part.first_depth;
    tile.b = operands.packed + panel.offset + steps * panel_width;
    tile.taps = part.taps;
    tile.depth = part.depth;
    tile.depth_begin = (panel.group * size_.depth + part.first_depth) * kFloatBytes;
    const float* const* a = block.a;
    for (int64_t t = block.first_tile; t < block.end_tile; ++t) {
      const int64_t in_block = first_row(t) - block_row;
      const int64_t rows = first_row(t + 1) - first_row(t);
      tile.a = a + part.first_tap * rows;
      tile.partial = partial + in_block * panel_width;
      for (int64_t row = 0; row < rows; ++row) c[row] = block.c[in_block + row] + column;
      functions[index][static_cast<size_t>(rows - 1)](&tile);
      a += size_.taps * rows;
    }
  }
}

}  // namespace tenon::internal
