#include "ops/reformat.h"

#include "base/checked_math.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/tactics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace tenon::internal {
namespace {

// Edge of the square tiles that are turned at once: a tile of both tensors stays in the first-level
// cache.
constexpr int64_t kTile = 32;

// Elements that are worth a thread of their own.
constexpr int64_t kGrainElements = 16 * 1024;

// One run: a tensor as `images` matrices that are turned each, in bands of columns.
template <class T>
struct Turn {
  int64_t images;
  int64_t rows;
  int64_t columns;

  void operator()(const Operands& operands) const {
    const int64_t bands = ceil_div(columns, kTile);
    const int64_t grain = std::max<int64_t>(1, kGrainElements / std::max<int64_t>(1, rows * kTile));
    operands.pool.parallel_for(
        images * bands,
        [&](int64_t begin, int64_t end) {
          for (int64_t at = begin; at < end; ++at) turn_band(operands, at / bands, at % bands);
        },
        grain);
  }

  void turn_band(const Operands& operands, int64_t image, int64_t band) const {
    const int64_t first = band * kTile;
    const int64_t last = std::min(first + kTile, columns);
    const T* from = operands.input<T>(0) + image * rows * columns;
    T* to = operands.output<T>(1) + image * rows * columns;
    for (int64_t row = 0; row < rows; row += kTile) {
      const int64_t row_end = std::min(row + kTile, rows);
      for (int64_t column = first; column < last; ++column) {
        for (int64_t r = row; r < row_end; ++r) to[column * rows + r] = from[r * columns + column];
      }
    }
  }
};

BoundFunction bind_turn(DataType type, int64_t images, int64_t rows, int64_t columns) {
  switch (bits_of(type)) {
    case 8:
      return Turn<uint8_t>{images, rows, columns};
    case 16:
      return Turn<uint16_t>{images, rows, columns};
    case 32:
      return Turn<uint32_t>{images, rows, columns};
    default:
      return Turn<uint64_t>{images, rows, columns};
  }
}

std::string rejects_reformat(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  if (problem.op->name != "Reformat") return "it changes no layout";
  const ReformatAttrs& attrs = problem.attrs.as<ReformatAttrs>();
  return attrs.from == attrs.to ? "the layouts are the same" : "";
}

Result<std::unique_ptr<Kernel>> make_reformat(const Problem& problem, Device& device) {
  return function_kernel(device,
                         [to = problem.attrs.as<ReformatAttrs>().to](
                             std::span<const BoundOperand> inputs,
                             std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
                           static_cast<void>(outputs);
                           const std::span<const int64_t> shape(inputs[0].shape);
                           int64_t rows = shape[1];
                           int64_t columns = tenon::element_count(shape.subspan(2));
                           if (to == Layout::kPlain) std::swap(rows, columns);
                           return bind_turn(inputs[0].type, shape[0], rows, columns);
                         });
}

constexpr std::array kTactics = {Tactic{.source = "own",
                                        .name = "reformat",
                                        .version = 1,
                                        .doc = "Turns channels and positions, tile by tile.",
                                        .rejects = rejects_reformat,
                                        .workspace = no_workspace,
                                        .make = make_reformat}};

}  // namespace

std::span<const Tactic> reformat_tactics() { return kTactics; }

}  // namespace tenon::internal
