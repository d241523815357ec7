// The loop that MatMul, Gemm, Conv and ConvTranspose share: products of matrices, computed block by
// block. Callers pack blocks of both factors into the type of the sums (double, or uint64_t for
// integers, whose sums wrap around), and take finished blocks away.
#pragma once

#include "base/thread_pool.h"
#include "ops/element_types.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace tenon::internal {

inline constexpr int64_t kBlockRows = 32;
inline constexpr int64_t kBlockColumns = 64;
inline constexpr int64_t kBlockDepth = 64;

// What products of elements T are summed in.
template <class T>
using SumType = std::conditional_t<std::is_floating_point_v<ComputeType<T>>, double, uint64_t>;

// Indices [begin, begin + count).
struct Extent {
  int64_t begin = 0;
  int64_t count = 0;
};

// Calls line(z, y, x, count) for the pieces of rows that make up these elements of a row-major
// grid, in order: `count` of them from (z, y, x) on. Rows have `width` elements, planes `height`
// rows.
template <class Line>
void for_each_line(Extent elements, int64_t height, int64_t width, const Line& line) {
  int64_t x = elements.begin % width;
  int64_t y = elements.begin / width % height;
  int64_t z = elements.begin / (width * height);
  for (int64_t done = 0; done < elements.count;) {
    const int64_t count = std::min(width - x, elements.count - done);
    line(z, y, x, count);
    done += count;
    x = 0;
    if (++y == height) {
      y = 0;
      ++z;
    }
  }
}

// `batches` products of rows x depth by depth x columns.
struct ProductSize {
  int64_t batches = 1;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t depth = 0;
};

namespace block_product_internal {

// The inner loops run over whole steps; what packing leaves of them is filled with zeros.
inline constexpr int64_t kDepthStep = 4;
inline constexpr int64_t kColumnStep = 16;

constexpr int64_t round_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// One block: factors and sums, with rows at fixed distances.
template <class Sum>
struct Block {
  Sum left[kBlockRows * kBlockDepth];
  Sum right[kBlockDepth * kBlockColumns];
  Sum sums[kBlockRows * kBlockColumns];

  void clear_sums(int64_t rows, int64_t columns) {
    for (int64_t i = 0; i < rows; ++i) {
      std::fill_n(sums + i * kBlockColumns, round_up(columns, kColumnStep), Sum{0});
    }
  }

  void clear_margins(int64_t rows, int64_t columns, int64_t depth) {
    const int64_t whole_columns = round_up(columns, kColumnStep);
    const int64_t whole_depth = round_up(depth, kDepthStep);
    for (int64_t i = 0; i < rows; ++i) {
      std::fill_n(left + i * kBlockDepth + depth, whole_depth - depth, Sum{0});
    }
    for (int64_t k = 0; k < depth; ++k) {
      std::fill_n(right + k * kBlockColumns + columns, whole_columns - columns, Sum{0});
    }
    for (int64_t k = depth; k < whole_depth; ++k) {
      std::fill_n(right + k * kBlockColumns, whole_columns, Sum{0});
    }
  }

  // Each sum takes its products in the order of depth.
  void accumulate(int64_t rows, int64_t columns, int64_t depth) {
    for (int64_t k = 0; k < depth; k += kDepthStep) {
      for (int64_t i = 0; i < rows; ++i) {
        add_step(left + i * kBlockDepth + k, right + k * kBlockColumns, sums + i * kBlockColumns,
                 columns);
      }
    }
  }

 private:
  static void add_step(const Sum* __restrict factors, const Sum* __restrict rows,
                       Sum* __restrict row_of_sums, int64_t columns) {
    static_assert(kDepthStep == 4);
    const Sum* const row1 = rows + kBlockColumns;
    const Sum* const row2 = row1 + kBlockColumns;
    const Sum* const row3 = row2 + kBlockColumns;
    for (int64_t begin = 0; begin < columns; begin += kColumnStep) {
      // A constant number of turns is what compilers turn into vector code at any level.
      for (int64_t j = begin; j < begin + kColumnStep; ++j) {
        row_of_sums[j] = row_of_sums[j] + factors[0] * rows[j] + factors[1] * row1[j] +
                         factors[2] * row2[j] + factors[3] * row3[j];
      }
    }
  }
};

}  // namespace block_product_internal

// Calls, for blocks of at most kBlockRows x kBlockColumns that cover all products,
//   pack_left(batch, rows, depth, left)        left[i * kBlockDepth + k], local i and k
//   pack_right(batch, depth, columns, right)   right[k * kBlockColumns + j]
// for each block of the depth in order, then
//   store(batch, rows, columns, sums)          sums[i * kBlockColumns + j]
// on the threads of the pool. Results do not depend on the number of threads.
template <class Sum, class PackLeft, class PackRight, class Store>
void block_product(const ProductSize& size, ThreadPool& pool, const PackLeft& pack_left,
                   const PackRight& pack_right, const Store& store) {
  const int64_t row_blocks = (size.rows + kBlockRows - 1) / kBlockRows;
  const int64_t column_blocks = (size.columns + kBlockColumns - 1) / kBlockColumns;
  const auto compute = [&](int64_t first, int64_t last) {
    block_product_internal::Block<Sum> block;
    for (int64_t task = first; task < last; ++task) {
      const int64_t batch = task / (row_blocks * column_blocks);
      const int64_t row = task / column_blocks % row_blocks * kBlockRows;
      const int64_t column = task % column_blocks * kBlockColumns;
      const Extent rows{row, std::min(kBlockRows, size.rows - row)};
      const Extent columns{column, std::min(kBlockColumns, size.columns - column)};
      block.clear_sums(rows.count, columns.count);
      for (int64_t k = 0; k < size.depth; k += kBlockDepth) {
        const Extent depth{k, std::min(kBlockDepth, size.depth - k)};
        pack_left(batch, rows, depth, block.left);
        pack_right(batch, depth, columns, block.right);
        block.clear_margins(rows.count, columns.count, depth.count);
        block.accumulate(rows.count, columns.count, depth.count);
      }
      store(batch, rows, columns, static_cast<const Sum*>(block.sums));
    }
  };
  // Enough multiplications to be worth a wake-up of a thread.
  constexpr int64_t kWorthAThread = 1 << 16;
  const int64_t work = std::min(size.rows, kBlockRows) * std::min(size.columns, kBlockColumns) *
                       std::max<int64_t>(size.depth, 1);
  pool.parallel_for(size.batches * row_blocks * column_blocks, compute,
                    std::max<int64_t>(1, kWorthAThread / std::max<int64_t>(work, 1)));
}

}  // namespace tenon::internal
