#include "devices/cpu/tactics/strided_transfer.h"

#include "base/check.h"
#include "base/checked_math.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/transpose_block.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tenon::internal {
namespace {

constexpr size_t kResult = 0;
constexpr size_t kOperand = 1;

// Bytes that are worth another thread, and the longest piece that one thread copies at a time.
constexpr int64_t kGrainBytes = 65536;
// Rows that are transposed together: as many streams are read at a time.
constexpr int64_t kStrip = 16;

// The last one is dense in the result.
std::vector<LoopAxis> axes_of(const ReadOrder& order, Layout result_layout, int64_t result_pitch) {
  const std::vector<int64_t> strides = layout_strides(result_layout, order.shape, result_pitch);
  std::vector<LoopAxis> axes;
  for (const size_t axis : stored_axes(result_layout, order.shape.size())) {
    axes.push_back({order.shape[axis], {strides[axis], order.strides[axis]}});
  }
  std::vector<LoopAxis> merged = merge_axes(axes);
  // A single element, or rows of one element at a pitch.
  if (merged.back().extent == 1) merged.pop_back();
  if (merged.empty() || merged.back().strides[kResult] != 1) merged.push_back({1, {1, 1}});
  return merged;
}

template <class T>
void copy_row(const T* from, int64_t stride, T* to, int64_t count) {
  if (stride == 1) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
  } else if (stride == 0) {
    std::fill_n(to, count, *from);
  } else {
    for (int64_t i = 0; i < count; ++i) to[i] = from[i * stride];
  }
}

// Adds loops over the pieces of at most `length` that an axis is cut into; returns their number.
int64_t add_pieces(std::vector<LoopAxis>& loops, const LoopAxis& axis, int64_t length) {
  LoopAxis cut{ceil_div(axis.extent, length), axis.strides};
  for (int64_t& stride : cut.strides) stride *= length;
  const int64_t pieces = cut.extent;
  if (pieces > 1) loops.push_back(std::move(cut));
  return pieces;
}

}  // namespace

StridedTransfer::StridedTransfer(const ReadOrder& order, Layout result_layout, int64_t result_pitch,
                                 size_t element_bytes)
    : element_bytes_(element_bytes), offset_(order.offset) {
  if (tenon::element_count(order.shape) == 0) return;
  loops_ = axes_of(order, result_layout, result_pitch);
  row_ = loops_.back();
  loops_.pop_back();
  const auto dense = std::ranges::find_if(
      loops_, [](const LoopAxis& axis) { return axis.strides[kOperand] == 1; });
  const auto size = static_cast<int64_t>(element_bytes);
  if (row_.strides[kOperand] > 1 && dense != loops_.end()) {
    column_ = *dense;
    loops_.erase(dense);
    row_length_ = kStrip;
    column_length_ = kGrainBytes / (kStrip * size);
    column_pieces_ = add_pieces(loops_, column_, column_length_);
  } else {
    row_length_ = kGrainBytes / size;
  }
  row_pieces_ = add_pieces(loops_, row_, row_length_);
}

void StridedTransfer::run(const std::byte* from, std::byte* to, ThreadPool& pool) const {
  if (row_pieces_ == 0) return;
  const auto as = [&]<class T>(T*) {
    run_elements(reinterpret_cast<const T*>(from), reinterpret_cast<T*>(to), pool);
  };
  switch (element_bytes_) {
    case 1:
      return as(static_cast<uint8_t*>(nullptr));
    case 2:
      return as(static_cast<uint16_t*>(nullptr));
    case 4:
      return as(static_cast<uint32_t*>(nullptr));
    default:
      TENON_CHECK(element_bytes_ == 8);
      return as(static_cast<uint64_t*>(nullptr));
  }
}

template <class T>
void StridedTransfer::run_elements(const T* from, T* to, ThreadPool& pool) const {
  const int64_t piece = std::min(row_length_, row_.extent) *
                        std::max<int64_t>(1, std::min(column_length_, column_.extent));
  const auto run = [&](int64_t begin, int64_t end) {
    std::array<int64_t, 2> offsets = {};
    for_iterations(loops_, begin, end, offsets, [&](int64_t index) {
      // Most rows are short, and a division would take longer than their copy.
      const int64_t row = row_pieces_ == 1 ? 0 : index % row_pieces_ * row_length_;
      const int64_t rows = std::min(row_length_, row_.extent - row);
      const T* source = from + offset_ + offsets[kOperand];
      T* target = to + offsets[kResult];
      if (column_.extent == 0) return copy_row(source, row_.strides[kOperand], target, rows);
      const int64_t column = index / row_pieces_ % column_pieces_ * column_length_;
      transpose_block(source, row_.strides[kOperand], target, column_.strides[kResult], rows,
                      std::min(column_length_, column_.extent - column));
    });
  };
  const auto size = static_cast<int64_t>(sizeof(T));
  pool.parallel_for(iterations(loops_), run, std::max<int64_t>(1, kGrainBytes / (piece * size)));
}

}  // namespace tenon::internal
