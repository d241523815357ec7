#include "devices/cpu/product/tile_product.h"

#include "base/try.h"
#include "devices/cpu/jit/product_kernel.h"
#include "devices/cpu/product/row_tiles.h"

#include <array>
#include <cstddef>

namespace tenon::internal {
namespace {

constexpr auto kFloatBytes = static_cast<int64_t>(sizeof(float));
// That one call computes.
constexpr size_t kMaxTiles = 128;

}  // namespace

Result<TileProduct> TileProduct::create(const Form& form, Isa isa, CodeSet& code) {
  TileProduct product;
  product.width_ = int64_t{form.vectors} * lanes_of(isa);
  for (int rows = 1; rows <= max_tile_rows(isa, form.vectors); ++rows) {
    const ProductKernelSpec spec{
        .tile = {.isa = isa, .rows = rows, .form = RowForm::kEven, .vectors = form.vectors},
        .from_partial = form.continued,
        .to_partial = true,
        .strided_k = form.strided};
    product.codes_.push_back(
        TRY(code.get(spec.key(), [&](CodeWriter& writer) { write_product_kernel(spec, writer); })));
  }
  return product;
}

void TileProduct::run(const Left& left, const float* right, float* sums) const {
  const RowTiles tiles(left.rows, static_cast<int>(codes_.size()));
  std::array<const float*, kMaxTiles> firsts;
  ProductTile tile;
  tile.a_stride = left.row_stride * kFloatBytes;
  tile.a_k_stride = left.depth_stride * kFloatBytes;
  tile.a_step = sizeof(float*);
  tile.b = right;
  tile.taps = 1;
  tile.depth = left.depth;
  for (int64_t at = 0; at < tiles.count();) {
    const int64_t rows = tiles.rows_of(at);
    tile.partial = sums + tiles.first_row(at) * width_;
    size_t count = 0;
    for (; at < tiles.count() && count < kMaxTiles && tiles.rows_of(at) == rows; ++at) {
      firsts[count++] = left.data + tiles.first_row(at) * left.row_stride;
    }
    tile.output.tiles = static_cast<int64_t>(count);
    tile.a = firsts.data();
    codes_[static_cast<size_t>(rows - 1)]->entry<ProductFunction>()(&tile);
  }
}

}  // namespace tenon::internal
