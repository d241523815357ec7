#include "ops/picked_copy.h"

#include "base/errors.h"
#include "ops/element_types.h"
#include "ops/strided_copy.h"

#include <algorithm>
#include <cstddef>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;

// Where row `row` of the result, along the last axis, reads from: an offset into the operand, or
// kFilled.
int64_t row_offset(std::span<const PickedAxis> outer, std::span<const int64_t> strides,
                   int64_t row) {
  int64_t offset = 0;
  for (size_t axis = outer.size(); axis-- > 0;) {
    const auto extent = static_cast<int64_t>(outer[axis].size());
    const int64_t position = outer[axis][static_cast<size_t>(row % extent)];
    if (position == kFilled) return kFilled;
    offset += position * strides[axis];
    row /= extent;
  }
  return offset;
}

template <class T>
void copy_rows(std::span<const PickedAxis> axes, std::span<const int64_t> strides, const T* from,
               T fill, std::span<T> to, ThreadPool& pool) {
  const PickedAxis& last = axes.back();
  const auto width = static_cast<int64_t>(last.size());
  pool.parallel_for(
      static_cast<int64_t>(to.size()) / width,
      [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          T* write = to.data() + row * width;
          const int64_t offset = row_offset(axes.first(axes.size() - 1), strides, row);
          if (offset == kFilled) {
            std::fill_n(write, width, fill);
            continue;
          }
          for (const int64_t position : last) {
            *write++ = position == kFilled ? fill : from[offset + position];
          }
        }
      },
      std::max<int64_t>(1, kGrain / width));
}

}  // namespace

Status copy_picked(std::span<const PickedAxis> axes, const ConstTensorView& in, const void* fill,
                   const TensorView& out, ThreadPool& pool) {
  Shape shape;
  for (const PickedAxis& axis : axes) shape.push_back(static_cast<int64_t>(axis.size()));
  if (shape != out.shape) {
    return invalid_argument("the output has shape {}, but the operands make it {}",
                            tenon::to_string(out.shape), tenon::to_string(shape));
  }
  if (tenon::element_count(shape) == 0) return ok_status();
  const std::vector<int64_t> strides = dense_strides(in.shape);
  // A scalar is a row of one.
  const std::vector<PickedAxis> scalar = {{0}};
  return dispatch_size(in.type, [&]<class T>() {
    copy_rows<T>(axes.empty() ? std::span<const PickedAxis>(scalar) : axes, strides,
                 static_cast<const T*>(in.data),
                 fill == nullptr ? T{} : *static_cast<const T*>(fill), elements_of<T>(out), pool);
  });
}

}  // namespace tenon::internal
