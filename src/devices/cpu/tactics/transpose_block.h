// Transposes of blocks of elements that lie in the cache.
#pragma once

#include <cstdint>
#include <cstring>

namespace tenon::internal {

namespace transpose_internal {

using Four [[gnu::vector_size(16)]] = uint32_t;

// Four rows of four elements become four columns.
template <class T>
void transpose_four(const T* from, int64_t from_stride, T* to, int64_t to_stride) {
  Four rows[4];
  for (int64_t i = 0; i < 4; ++i) std::memcpy(&rows[i], from + i * from_stride, sizeof(Four));
  const Four even_low = __builtin_shufflevector(rows[0], rows[2], 0, 4, 1, 5);
  const Four even_high = __builtin_shufflevector(rows[0], rows[2], 2, 6, 3, 7);
  const Four odd_low = __builtin_shufflevector(rows[1], rows[3], 0, 4, 1, 5);
  const Four odd_high = __builtin_shufflevector(rows[1], rows[3], 2, 6, 3, 7);
  const Four columns[4] = {__builtin_shufflevector(even_low, odd_low, 0, 4, 1, 5),
                           __builtin_shufflevector(even_low, odd_low, 2, 6, 3, 7),
                           __builtin_shufflevector(even_high, odd_high, 0, 4, 1, 5),
                           __builtin_shufflevector(even_high, odd_high, 2, 6, 3, 7)};
  for (int64_t i = 0; i < 4; ++i) std::memcpy(to + i * to_stride, &columns[i], sizeof(Four));
}

}  // namespace transpose_internal

// to[c * to_stride + r] = from[r * from_stride + c] for r < rows, c < columns.
template <class T>
void transpose_block(const T* from, int64_t from_stride, T* to, int64_t to_stride, int64_t rows,
                     int64_t columns) {
  int64_t whole_rows = 0;
  int64_t whole_columns = 0;
  if constexpr (sizeof(T) == sizeof(uint32_t)) {
    whole_rows = rows / 4 * 4;
    whole_columns = columns / 4 * 4;
    for (int64_t c = 0; c < whole_columns; c += 4) {
      for (int64_t r = 0; r < whole_rows; r += 4) {
        transpose_internal::transpose_four(from + r * from_stride + c, from_stride,
                                           to + c * to_stride + r, to_stride);
      }
    }
  }
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = c < whole_columns ? whole_rows : 0; r < rows; ++r) {
      to[c * to_stride + r] = from[r * from_stride + c];
    }
  }
}

}  // namespace tenon::internal
