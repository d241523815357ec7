#include "ops/non_zero.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/extents.h"
#include "ops/operands.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_non_zero(const Attrs& attrs, std::span<const ValueInfo> in) {
  if (!dispatch_type<NumericOrBoolTypes>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be compared with 0", to_string(in[0].type));
  }
  const auto rank = static_cast<int64_t>(in[0].shape.size());
  const Dim count = TRY(extent_symbol(attrs.as<ExtentAttrs>().extent, 0));
  return std::vector{ValueInfo{DataType::kInt64, {rank, count}, std::nullopt}};
}

// Calls found(i) for the flat index of every element that is not 0.
template <class F>
Status for_each_non_zero(const ConstTensorView& x, const F& found) {
  return dispatch_type<NumericOrBoolTypes>(x.type, [&]<class T>() {
    int64_t index = 0;
    for (const T& element : elements_of<T>(x)) {
      if (load(element) != ComputeType<T>(0)) found(index);
      ++index;
    }
  });
}

Result<std::vector<int64_t>> count_non_zero(const Attrs&, std::span<const ConstTensorView> in,
                                            ThreadPool&) {
  int64_t count = 0;
  TRY_STATUS(for_each_non_zero(in[0], [&](int64_t) { ++count; }));
  return std::vector{count};
}

Status non_zero_reference(const Attrs&, std::span<const ConstTensorView> in,
                          std::span<const TensorView> out, ThreadPool&) {
  const Shape& shape = in[0].shape;
  const auto rank = static_cast<int64_t>(shape.size());
  if (out[0].shape.size() != 2 || out[0].shape[0] != rank) {
    return invalid_argument("a tensor of rank {} has no indices {}", rank,
                            tenon::to_string(out[0].shape));
  }
  const int64_t columns = out[0].shape[1];
  const auto indices = elements_of<int64_t>(out[0]);
  int64_t column = 0;
  TRY_STATUS(for_each_non_zero(in[0], [&](int64_t at) {
    if (column < columns) {
      for (int64_t axis = rank; axis-- > 0;) {
        const int64_t extent = shape[static_cast<size_t>(axis)];
        indices[static_cast<size_t>(axis * columns + column)] = at % extent;
        at /= extent;
      }
    }
    ++column;
  }));
  if (column == columns) return ok_status();
  return invalid_argument("the number of elements that are not 0 is {}, not {}", column, columns);
}

constexpr OpDef kNonZero = {.name = "NonZero",
                            .doc = "The indices of the elements that are not 0, one a column.",
                            .attrs = &attr_table<ExtentAttrs>,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .outputs = 1,
                            .infer = infer_non_zero,
                            .reference = non_zero_reference,
                            .count = count_non_zero};
constexpr const OpDef* kOps[] = {&kNonZero};

}  // namespace

std::span<const OpDef* const> non_zero_ops() { return kOps; }

}  // namespace tenon::internal
