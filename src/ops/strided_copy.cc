#include "ops/strided_copy.h"

#include "base/errors.h"
#include "ops/element_types.h"

#include <algorithm>
#include <cstddef>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;
// Pieces that the outer loops are cut into, at least, where there are as many.
constexpr int64_t kPieces = 64;

struct Loop {
  int64_t extent;
  int64_t stride;
};

// The loops of a copy, innermost last; at least one. Axes that a single loop can walk are joined.
std::vector<Loop> loops_of(const ReadOrder& order) {
  std::vector<Loop> loops;
  for (size_t axis = 0; axis < order.shape.size(); ++axis) {
    const Loop loop = {order.shape[axis], order.strides[axis]};
    if (loop.extent == 1) continue;
    if (!loops.empty() && loops.back().stride == loop.stride * loop.extent) {
      loops.back() = {loops.back().extent * loop.extent, loop.stride};
    } else {
      loops.push_back(loop);
    }
  }
  if (loops.empty()) loops.push_back({1, 1});
  return loops;
}

// Where the next element goes is returned.
template <class T>
T* copy_loops(std::span<const Loop> loops, const T* from, T* to) {
  const auto [extent, stride] = loops.front();
  if (loops.size() > 1) {
    for (int64_t i = 0; i < extent; ++i) to = copy_loops(loops.subspan(1), from + i * stride, to);
    return to;
  }
  if (stride == 1) return std::copy_n(from, extent, to);
  if (stride == 0) return std::fill_n(to, extent, *from);
  for (int64_t i = 0; i < extent; ++i) *to++ = from[i * stride];
  return to;
}

template <class T>
void copy_elements(std::span<const Loop> loops, const T* from, T* to, ThreadPool& pool) {
  int64_t pieces = 1;
  size_t split = 0;
  while (split + 1 < loops.size() && pieces < kPieces) pieces *= loops[split++].extent;
  const std::span<const Loop> inner = loops.subspan(split);
  int64_t size = 1;
  for (const Loop& loop : inner) size *= loop.extent;

  pool.parallel_for(
      pieces,
      [&](int64_t begin, int64_t end) {
        for (int64_t piece = begin; piece < end; ++piece) {
          int64_t index = piece;
          int64_t start = 0;
          for (size_t outer = split; outer-- > 0;) {
            start += index % loops[outer].extent * loops[outer].stride;
            index /= loops[outer].extent;
          }
          copy_loops(inner, from + start, to + piece * size);
        }
      },
      std::max<int64_t>(1, kGrain / size));
}

}  // namespace

std::vector<int64_t> dense_strides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size());
  // Unsigned, because the strides of an empty tensor may overflow; nothing reads them.
  uint64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = static_cast<int64_t>(stride);
    stride *= static_cast<uint64_t>(shape[axis]);
  }
  return strides;
}

Status copy_in_order(const ReadOrder& order, const ConstTensorView& in, const TensorView& out,
                     ThreadPool& pool) {
  if (order.shape != out.shape) {
    return invalid_argument("the output has shape {}, but the operands make it {}",
                            tenon::to_string(out.shape), tenon::to_string(order.shape));
  }
  if (tenon::element_count(out.shape) == 0) return ok_status();
  const std::vector<Loop> loops = loops_of(order);
  return dispatch_size(in.type, [&]<class T>() {
    copy_elements<T>(loops, static_cast<const T*>(in.data) + order.offset,
                     static_cast<T*>(out.data), pool);
  });
}

std::vector<Dim> in_order(const ReadOrder& order, std::span<const Dim> elements) {
  std::vector<Dim> result(static_cast<size_t>(tenon::element_count(order.shape)));
  if (result.empty()) return result;
  const std::vector<Loop> loops = loops_of(order);
  copy_loops<Dim>(loops, elements.data() + order.offset, result.data());
  return result;
}

}  // namespace tenon::internal
