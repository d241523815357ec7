#include "devices/cpu/product/window_pass.h"

#include "base/check.h"
#include "base/checked_math.h"
#include "base/try.h"
#include "devices/cpu/jit/code_cache.h"

#include <utility>

namespace tenon::internal {
namespace {

// Tiles that are worth a thread of their own.
constexpr int64_t kTileGrain = 8;

}  // namespace

WindowPass::WindowPass(const WindowSpec& spec, WindowRows rows, ProductEpilogue epilogue, Isa isa)
    : spec_(spec),
      rows_(std::move(rows)),
      epilogue_(std::move(epilogue)),
      isa_(isa),
      panels_(cut_panels({.columns = spec.channels, .taps = rows_.taps(), .depth = 1}, isa)),
      widths_(widths_of(panels_, isa)),
      functions_(widths_.widths.size()) {
  tiles_ = ceil_div<int64_t>(rows_.positions(), max_tile_rows(isa, widths_.widest));
}

Status WindowPass::make_code(CpuDevice& device) {
  if (tiles_ == 0) return {};
  const int64_t rows = rows_.positions();
  for (size_t i = 0; i < functions_.size(); ++i) {
    const PanelWidth& width = widths_.widths[i];
    for (const int64_t count : {rows / tiles_, ceil_div(rows, tiles_)}) {
      const WindowKernelSpec spec{.tile = {.isa = isa_,
                                           .rows = static_cast<int>(count),
                                           .vectors = width.vectors,
                                           .tail = width.tail,
                                           .bias = epilogue_.bias,
                                           .epilogue = epilogue_.program,
                                           .extras = epilogue_.extras},
                                  .kind = spec_.kind};
      codes_.push_back(TRY(
          device.code_cache().get(spec.key(), [&] { return make_window_kernel(spec, device); })));
      functions_[i][static_cast<size_t>(count - 1)] = codes_.back()->entry<WindowFunction>();
    }
  }
  return {};
}

Result<WindowPass> WindowPass::create(const WindowSpec& spec, WindowRows rows,
                                      ProductEpilogue epilogue, Isa isa, CpuDevice& device) {
  TENON_CHECK(rows.taps() >= 1 && rows.taps() <= kMaxProductTaps && spec.channels >= 1 &&
              epilogue.extras.size() <= kMaxTileExtras);
  WindowPass pass(spec, std::move(rows), std::move(epilogue), isa);
  TRY_STATUS(pass.make_code(device));
  return pass;
}

void WindowPass::run(const WindowOperands& operands, ThreadPool& pool) const {
  pool.parallel_for(
      tiles_,
      [&](int64_t begin, int64_t end) {
        for (int64_t tile = begin; tile < end; ++tile) run_tile(tile, operands);
      },
      kTileGrain);
}

void WindowPass::run_tile(int64_t number, const WindowOperands& operands) const {
  const float* a[kMaxBlockPointers];
  float* c[kMaxTileRows];
  float scales[kMaxTileRows];
  const int64_t first = first_row(number);
  const int64_t rows = first_row(number + 1) - first;
  rows_.addresses(operands.input, first, rows, a);
  for (int64_t row = 0; row < rows && spec_.kind == WindowKind::kScaledSum; ++row) {
    const int64_t taps = spec_.count_padding ? rows_.taps() : rows_.taps_inside(first + row);
    scales[row] = taps == 0 ? 0.0F : 1.0F / static_cast<float>(taps);
  }
  const void* extras[kMaxTileExtras];
  WindowTile tile;
  tile.output.c = c;
  tile.output.extras = extras;
  tile.a = a;
  tile.taps = rows_.taps();
  tile.scales = scales;
  for (size_t i = 0; i < panels_.size(); ++i) {
    const Panel& panel = panels_[i];
    const int64_t column = panel.first_column;
    for (int64_t row = 0; row < rows; ++row) {
      c[row] = operands.output + (first + row) * operands.output_stride + column;
    }
    locate_extras(epilogue_.extras, operands.extras, operands.output, column, extras);
    tile.output.bias = operands.bias == nullptr ? nullptr : operands.bias + column;
    tile.output.tail_columns = panel.columns % lanes_of(isa_);
    tile.channel_bytes = column * static_cast<int64_t>(sizeof(float));
    tile.weights = operands.weights == nullptr ? nullptr : operands.weights + panel.offset;
    functions_[widths_.of_panel[i]][static_cast<size_t>(rows - 1)](&tile);
  }
}

}  // namespace tenon::internal
