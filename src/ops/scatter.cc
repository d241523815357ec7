#include "ops/scatter.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_indices.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/scalar_functions.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace tenon::internal {
namespace {

Status check_types(std::span<const ValueInfo> in, ScatterReduction reduction) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  if (in[2].type != in[0].type) {
    return invalid_argument("updates are {}, they must have the type of the data, {}",
                            to_string(in[2].type), to_string(in[0].type));
  }
  const bool is_numeric = dispatch_type<NumericTypes>(in[0].type, []<class T>() {}).ok();
  if (reduction == ScatterReduction::kNone || is_numeric) return ok_status();
  return invalid_argument("elements of type {} cannot be reduced", to_string(in[0].type));
}

Status check_updates(const SymbolicShape& updates, const SymbolicShape& expected) {
  bool fits = updates.size() == expected.size();
  for (size_t i = 0; fits && i < updates.size(); ++i) {
    fits = !certainly_differ(updates[i], expected[i]);
  }
  if (fits) return ok_status();
  return invalid_argument("updates {} must have the shape {}, which indices and data make",
                          to_string(updates), to_string(expected));
}

Result<std::vector<ValueInfo>> infer_scatter_elements(const Attrs& erased,
                                                      std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<ScatterElementsAttrs>();
  TRY_STATUS(check_types(in, attrs.reduction));
  const size_t axis = TRY(normalize_axis(attrs.axis, in[0].shape.size()));
  TRY_STATUS(check_element_indices(in[0], in[1], axis));
  TRY_STATUS(check_updates(in[2].shape, in[1].shape));
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

Result<std::vector<ValueInfo>> infer_scatter_nd(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(check_types(in, attrs.as<ScatterNdAttrs>().reduction));
  // The ranks tell what the last dim of the indices must be.
  const size_t ranks = in[0].shape.size() + in[1].shape.size();
  if (in[1].shape.empty() || ranks < in[2].shape.size() + 1) {
    return invalid_argument("updates {} have too many axes for indices {} and data {}",
                            to_string(in[2].shape), to_string(in[1].shape), to_string(in[0].shape));
  }
  const size_t axes = ranks - 1 - in[2].shape.size();
  TRY_STATUS(check_slice_indices(in[0], in[1], 0, axes));
  SymbolicShape expected(in[1].shape.begin(), in[1].shape.end() - 1);
  expected.insert(expected.end(), in[0].shape.begin() + static_cast<ptrdiff_t>(axes),
                  in[0].shape.end());
  TRY_STATUS(check_updates(in[2].shape, expected));
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

// Slices of `size` elements, written one after another.
template <class T, class Combine>
void write_slices(const ConstTensorView& updates, std::span<const int64_t> offsets, int64_t size,
                  const TensorView& out, const Combine& combine) {
  const T* from = elements_of<T>(updates).data();
  T* const to = elements_of<T>(out).data();
  for (const int64_t offset : offsets) {
    for (int64_t i = 0; i < size; ++i) to[offset + i] = combine(to[offset + i], *from++);
  }
}

template <class T, class Function>
void reduce_slices(const ConstTensorView& updates, std::span<const int64_t> offsets, int64_t size,
                   const TensorView& out) {
  write_slices<T>(updates, offsets, size, out,
                  [](T old, T update) { return store<T>(Function{}(load(old), load(update))); });
}

Status scatter(std::span<const ConstTensorView> in, const TensorView& out,
               std::span<const int64_t> offsets, int64_t size, ScatterReduction reduction) {
  if (out.data != in[0].data && tenon::element_count(out.shape) > 0) {
    std::memcpy(out.data, in[0].data, static_cast<size_t>(byte_size(out.type, out.shape)));
  }
  if (reduction == ScatterReduction::kNone) {
    return dispatch_size(out.type, [&]<class T>() {
      write_slices<T>(in[2], offsets, size, out, [](T, T update) { return update; });
    });
  }
  return dispatch_type<NumericTypes>(out.type, [&]<class T>() {
    switch (reduction) {
      case ScatterReduction::kAdd:
        return reduce_slices<T, scalar::Add>(in[2], offsets, size, out);
      case ScatterReduction::kMul:
        return reduce_slices<T, scalar::Mul>(in[2], offsets, size, out);
      case ScatterReduction::kMax:
        return reduce_slices<T, scalar::Max>(in[2], offsets, size, out);
      default:
        return reduce_slices<T, scalar::Min>(in[2], offsets, size, out);
    }
  });
}

Status scatter_elements_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                                  std::span<const TensorView> out, ThreadPool&) {
  TRY_STATUS(check_shapes(infer_scatter_elements, erased, in, out));
  const auto& attrs = erased.as<ScatterElementsAttrs>();
  const size_t axis = TRY(normalize_axis(attrs.axis, in[0].shape.size()));
  return scatter(in, out[0], TRY(element_offsets(in[0].shape, in[1], axis)), 1, attrs.reduction);
}

Status scatter_nd_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                            std::span<const TensorView> out, ThreadPool&) {
  TRY_STATUS(check_shapes(infer_scatter_nd, attrs, in, out));
  const auto axes = static_cast<size_t>(in[1].shape.back());
  const int64_t size = tenon::element_count(std::span(in[0].shape).subspan(axes));
  return scatter(in, out[0], TRY(slice_offsets(in[0].shape, in[1], 0)), size,
                 attrs.as<ScatterNdAttrs>().reduction);
}

constexpr OpDef kScatterElements = {
    .name = "ScatterElements",
    .doc =
        "Writes an element for each index, which tells its place along an axis, or reduces it "
        "with what is there.",
    .attrs = &attr_table<ScatterElementsAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_scatter_elements,
    .reference = scatter_elements_reference,
    .in_place = 0b1};

constexpr OpDef kScatterNd = {
    .name = "ScatterND",
    .doc =
        "Writes a slice for each vector of indices, which tells its places along the first "
        "axes, or reduces it with what is there.",
    .attrs = &attr_table<ScatterNdAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_scatter_nd,
    .reference = scatter_nd_reference,
    .in_place = 0b1};

constexpr std::array<const OpDef*, 2> kOps = {&kScatterElements, &kScatterNd};

}  // namespace

std::span<const OpDef* const> scatter_ops() { return kOps; }

}  // namespace tenon::internal
