// How the columns of a product are cut into panels, and the packed form of the matrix behind them.
// A panel is as wide as a tile of the inner kernel; it lies packed as [taps][depth][width], so that
// the kernel reads it from front to back.
#pragma once

#include "devices/cpu/isa.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// A product's right-hand side: `groups` independent products, each with its own columns.
struct ProductSize {
  int64_t groups = 1;
  // Of one group.
  int64_t columns = 0;
  // Sums run over taps * depth elements.
  int64_t taps = 1;
  int64_t depth = 0;
};

struct Panel {
  int64_t group = 0;
  // Within its group.
  int64_t first_column = 0;
  int64_t columns = 0;
  // Vectors that hold the columns; only the last may be partly used.
  int vectors = 0;
  // Where it starts in the packed form, in elements.
  int64_t offset = 0;
};

// Group by group, in order of columns: as few panels as tiles allow, and as even.
std::vector<Panel> cut_panels(const ProductSize& size, Isa isa);

// Panels of one width run the same code.
struct PanelWidth {
  int vectors = 0;
  // The last vector is partly used.
  bool tail = false;

  friend bool operator==(const PanelWidth&, const PanelWidth&) = default;
};

struct PanelWidths {
  std::vector<PanelWidth> widths;
  // Of each panel, into `widths`.
  std::vector<size_t> of_panel;
  // Vectors of the widest panel; 1 where there are none.
  int widest = 1;
};
PanelWidths widths_of(std::span<const Panel> panels, Isa isa);

// The packed form; the rest of a last vector is zeros.
int64_t packed_elements(const ProductSize& size, Isa isa);
int64_t packed_bytes(const ProductSize& size, Isa isa);

// Writes all of `packed`. Element [group][tap][k][column] of the matrix is
// matrix[group * strides.group + tap * strides.tap + k * strides.depth + column * strides.column].
struct MatrixStrides {
  int64_t group = 0;
  int64_t tap = 0;
  int64_t depth = 0;
  int64_t column = 0;
};
void pack_panels(const ProductSize& size, Isa isa, const float* matrix,
                 const MatrixStrides& strides, std::span<float> packed);

// Packs one panel; `packed` holds its elements alone.
void pack_panel(const ProductSize& size, const Panel& panel, int lanes, const float* matrix,
                const MatrixStrides& strides, float* packed);

}  // namespace tenon::internal
