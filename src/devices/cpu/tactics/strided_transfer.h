// Copies of elements into a tensor in another order, made ready for their shapes.
#pragma once

#include "base/thread_pool.h"
#include "devices/cpu/tactics/loop_axes.h"
#include "ops/strided_copy.h"
#include "tensor/layout.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::internal {

class StridedTransfer {
 public:
  // What to read for each element of the result, which lies as layout_strides() says; elements of
  // 1, 2, 4 or 8 bytes.
  StridedTransfer(const ReadOrder& order, Layout result_layout, int64_t result_pitch,
                  size_t element_bytes);

  // `from`: the operand; `to`: all elements of the order's shape.
  void run(const std::byte* from, std::byte* to, ThreadPool& pool) const;

 private:
  template <class T>
  void run_elements(const T* from, T* to, ThreadPool& pool) const;

  size_t element_bytes_;
  int64_t offset_ = 0;
  // Strides of axes are in elements: of the result, of the operand. The result is dense along rows.
  LoopAxis row_;
  // Where the operand is not, another axis along which it is, if there is one: then these two are
  // swapped. Extent 0: there is none.
  LoopAxis column_ = {0, {}};
  // The longest piece of each that is copied at a time, and how many there are.
  int64_t row_length_ = 1;
  int64_t row_pieces_ = 0;
  int64_t column_length_ = 1;
  int64_t column_pieces_ = 1;
  // Over the other axes, over the pieces of columns and over the pieces of rows, where these are
  // several.
  std::vector<LoopAxis> loops_;
};

}  // namespace tenon::internal
