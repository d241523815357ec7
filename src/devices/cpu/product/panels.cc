#include "devices/cpu/product/panels.h"

#include "base/checked_math.h"
#include "devices/cpu/jit/tile_writer.h"

#include <algorithm>
#include <functional>

namespace tenon::internal {
namespace {

// Widths, in vectors, that add up to `vectors`: as few as possible, as even as possible, since a
// narrow panel loses more than several slightly narrower ones.
std::vector<int> cut_vectors(int64_t vectors, int widest) {
  std::vector<int> widths;
  const int64_t count = ceil_div<int64_t>(vectors, widest);
  for (int64_t i = 0; i < count; ++i) {
    widths.push_back(static_cast<int>(vectors * (i + 1) / count - vectors * i / count));
  }
  std::stable_sort(widths.begin(), widths.end(), std::greater<>());
  return widths;
}

}  // namespace

std::vector<Panel> cut_panels(const ProductSize& size, Isa isa) {
  const int lanes = lanes_of(isa);
  const std::vector<int> widths =
      cut_vectors(ceil_div<int64_t>(size.columns, lanes), max_tile_vectors(isa));
  std::vector<Panel> panels;
  int64_t offset = 0;
  for (int64_t group = 0; group < size.groups; ++group) {
    int64_t column = 0;
    for (const int vectors : widths) {
      const int64_t columns = std::min<int64_t>(size.columns - column, vectors * lanes);
      panels.push_back({group, column, columns, vectors, offset});
      column += columns;
      offset += size.taps * size.depth * vectors * lanes;
    }
  }
  return panels;
}

PanelWidths widths_of(std::span<const Panel> panels, Isa isa) {
  PanelWidths result;
  std::vector<PanelWidth>& widths = result.widths;
  for (const Panel& panel : panels) {
    const PanelWidth width = {panel.vectors, panel.columns % lanes_of(isa) != 0};
    const auto same = std::find(widths.begin(), widths.end(), width);
    result.of_panel.push_back(static_cast<size_t>(same - widths.begin()));
    if (same == widths.end()) widths.push_back(width);
    result.widest = std::max(result.widest, width.vectors);
  }
  return result;
}

int64_t packed_elements(const ProductSize& size, Isa isa) {
  const int64_t lanes = lanes_of(isa);
  return size.groups * size.taps * size.depth * ceil_div(size.columns, lanes) * lanes;
}

int64_t packed_bytes(const ProductSize& size, Isa isa) {
  return packed_elements(size, isa) * static_cast<int64_t>(sizeof(float));
}

void pack_panel(const ProductSize& size, const Panel& panel, int lanes, const float* matrix,
                const MatrixStrides& strides, float* packed) {
  const int64_t width = panel.vectors * lanes;
  const float* from = matrix + panel.group * strides.group + panel.first_column * strides.column;
  for (int64_t tap = 0; tap < size.taps; ++tap) {
    for (int64_t k = 0; k < size.depth; ++k) {
      const float* row = from + tap * strides.tap + k * strides.depth;
      for (int64_t column = 0; column < panel.columns; ++column) {
        packed[column] = row[column * strides.column];
      }
      std::fill(packed + panel.columns, packed + width, 0.0F);
      packed += width;
    }
  }
}

void pack_panels(const ProductSize& size, Isa isa, const float* matrix,
                 const MatrixStrides& strides, std::span<float> packed) {
  for (const Panel& panel : cut_panels(size, isa)) {
    pack_panel(size, panel, lanes_of(isa), matrix, strides, packed.data() + panel.offset);
  }
}

}  // namespace tenon::internal
