#include "ops/unique.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/extents.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_unique(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<UniqueAttrs>();
  if (!dispatch_type<NumericOrBoolTypes>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be compared", to_string(in[0].type));
  }
  const Dim count = TRY(extent_symbol(attrs.extent, 0));
  SymbolicShape shape = in[0].shape;
  Dim slices = element_count(shape);
  if (attrs.axis) {
    const size_t axis = TRY(normalize_axis(*attrs.axis, shape.size()));
    slices = std::exchange(shape[axis], count);
  } else {
    shape = {count};
  }
  const auto indices = [](Dim dim) {
    return ValueInfo{DataType::kInt64, {std::move(dim)}, std::nullopt};
  };
  return std::vector{ValueInfo{in[0].type, std::move(shape), std::nullopt}, indices(count),
                     indices(std::move(slices)), indices(count)};
}

// The slices along an axis.
struct Slices {
  AxisVectors vectors;

  static Result<Slices> of(const Attrs& erased, const ConstTensorView& x) {
    const auto& axis = erased.as<UniqueAttrs>().axis;
    if (!axis) return Slices{AxisVectors({{tenon::element_count(x.shape)}}, 0)};
    return Slices{AxisVectors(x.shape, TRY(normalize_axis(*axis, x.shape.size())))};
  }
};

// What is different: slices in the order of the result, by where they come first, and which of them
// each slice is.
struct Groups {
  std::vector<int64_t> first;
  std::vector<int64_t> group_of;
};

// -1, 0 or 1.
template <class Number>
int order_of(Number x, Number y) {
  if (x != x || y != y) return (x != x ? 1 : 0) - (y != y ? 1 : 0);
  return x < y ? -1 : (x > y ? 1 : 0);
}

template <class T>
int compare_slices(const AxisVectors& v, const T* x, int64_t a, int64_t b) {
  for (int64_t outer = 0; outer < v.outer; ++outer) {
    for (int64_t inner = 0; inner < v.inner; ++inner) {
      const int order = order_of(load(x[(outer * v.count + a) * v.inner + inner]),
                                 load(x[(outer * v.count + b) * v.inner + inner]));
      if (order != 0) return order;
    }
  }
  return 0;
}

template <class T>
Groups groups_of(const AxisVectors& vectors, const T* x, bool sorted) {
  std::vector<int64_t> order(static_cast<size_t>(vectors.count));
  std::iota(order.begin(), order.end(), 0);
  // Stable, so that the first of equals leads its group.
  std::ranges::stable_sort(
      order, [&](int64_t a, int64_t b) { return compare_slices(vectors, x, a, b) < 0; });
  Groups groups{.first = {}, .group_of = std::vector<int64_t>(order.size())};
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || compare_slices(vectors, x, order[i - 1], order[i]) != 0) {
      groups.first.push_back(order[i]);
    }
    groups.group_of[static_cast<size_t>(order[i])] = std::ssize(groups.first) - 1;
  }
  if (sorted) return groups;
  std::ranges::sort(groups.first);
  std::vector<int64_t> renamed(groups.first.size());
  for (size_t i = 0; i < groups.first.size(); ++i) {
    renamed[static_cast<size_t>(groups.group_of[static_cast<size_t>(groups.first[i])])] =
        static_cast<int64_t>(i);
  }
  for (int64_t& group : groups.group_of) group = renamed[static_cast<size_t>(group)];
  return groups;
}

Result<Groups> find_groups(const Attrs& attrs, const AxisVectors& vectors,
                           const ConstTensorView& x) {
  Groups groups;
  TRY_STATUS(dispatch_type<NumericOrBoolTypes>(x.type, [&]<class T>() {
    groups = groups_of(vectors, elements_of<T>(x).data(), attrs.as<UniqueAttrs>().sorted);
  }));
  return groups;
}

Result<std::vector<int64_t>> count_unique(const Attrs& attrs, std::span<const ConstTensorView> in,
                                          ThreadPool&) {
  const Slices slices = TRY(Slices::of(attrs, in[0]));
  return std::vector<int64_t>{std::ssize(TRY(find_groups(attrs, slices.vectors, in[0])).first)};
}

Status unique_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool&) {
  const AxisVectors vectors = TRY(Slices::of(attrs, in[0])).vectors;
  const Groups groups = TRY(find_groups(attrs, vectors, in[0]));
  const int64_t count = std::ssize(groups.first);
  const int64_t elements = vectors.outer * count * vectors.inner;
  if (tenon::element_count(out[0].shape) != elements || out[1].shape != Shape{count} ||
      out[2].shape != Shape{vectors.count} || out[3].shape != Shape{count}) {
    return invalid_argument("the number of different slices is {}, the results are {}", count,
                            tenon::to_string(out[0].shape));
  }
  std::ranges::copy(groups.first, elements_of<int64_t>(out[1]).begin());
  std::ranges::copy(groups.group_of, elements_of<int64_t>(out[2]).begin());
  const std::span<int64_t> counts = elements_of<int64_t>(out[3]);
  std::ranges::fill(counts, 0);
  for (const int64_t group : groups.group_of) ++counts[static_cast<size_t>(group)];

  const int64_t block = vectors.inner * (bits_of(in[0].type) / 8);
  const auto* from = static_cast<const std::byte*>(in[0].data);
  auto* to = static_cast<std::byte*>(out[0].data);
  if (block == 0) return ok_status();
  for (int64_t outer = 0; outer < vectors.outer; ++outer) {
    for (const int64_t slice : groups.first) {
      std::memcpy(to, from + (outer * vectors.count + slice) * block, static_cast<size_t>(block));
      to += block;
    }
  }
  return ok_status();
}

constexpr OpDef kUnique = {
    .name = "Unique",
    .doc =
        "The different elements, or slices along an axis, where each comes first, which of them "
        "each is, and how often each comes.",
    .attrs = &attr_table<UniqueAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 4,
    .infer = infer_unique,
    .reference = unique_reference,
    .count = count_unique};
constexpr const OpDef* kOps[] = {&kUnique};

}  // namespace

std::span<const OpDef* const> unique_ops() { return kOps; }

}  // namespace tenon::internal
