#include "ops/reshape.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// The operand under another shape. Its elements stay known, unless it shows only in the run whether
// they fill the shape.
std::vector<ValueInfo> reshaped(const ValueInfo& operand, SymbolicShape shape) {
  ValueInfo info = {operand.type, std::move(shape), std::nullopt};
  if (constant_shape(operand.shape) && constant_shape(info.shape)) info.elements = operand.elements;
  return {std::move(info)};
}

// What a wanted shape says, its copied dims filled in.
struct Target {
  SymbolicShape shape;
  // The dim that follows from the others; it is 1 in `shape`.
  std::optional<size_t> open;
};

Result<Target> read_target(const SymbolicShape& from, std::vector<Dim> wanted, bool allowzero) {
  Target target = {std::move(wanted), std::nullopt};
  for (size_t i = 0; i < target.shape.size(); ++i) {
    Dim& dim = target.shape[i];
    if (!dim.is_constant() || dim.constant() > 0) continue;
    if (dim.constant() == 0) {
      if (allowzero) continue;
      if (i >= from.size()) {
        return invalid_argument(
            "the wanted shape copies dimension {}, which an operand of rank {} does not have", i,
            from.size());
      }
      dim = from[i];
    } else if (dim.constant() == -1 && !target.open) {
      target.open = i;
      dim = 1;
    } else {
      return invalid_argument("the wanted shape has a second -1 or a smaller number ({}) at {}",
                              dim.constant(), i);
    }
  }
  if (allowzero && target.open && std::ranges::count(target.shape, Dim(0)) > 0) {
    return invalid_argument("with allowzero a wanted shape cannot hold both 0 and -1");
  }
  return target;
}

// The dim that gives `target` as many elements as `from` has. Dims that both have are left out, so
// that an empty one of them does not hide the answer.
Result<Dim> open_dim(SymbolicShape from, const Target& target) {
  Dim wanted = 1;
  for (const Dim& dim : target.shape) {
    const auto found = std::ranges::find(from, dim);
    if (found != from.end()) {
      from.erase(found);
    } else {
      wanted = wanted * dim;
    }
  }
  const Dim count = element_count(from);
  if (wanted == Dim(0)) return invalid_argument("-1 stands for any number beside a 0");
  if (std::optional<Dim> quotient = Dim::exact_div(count, wanted)) return *std::move(quotient);
  if (count.is_constant() && wanted.is_constant()) {
    return invalid_argument("{} does not divide {}, so that -1 stands for no number",
                            wanted.to_string(), count.to_string());
  }
  return Dim::floor_div(count, wanted);
}

// Errors: InvalidArgument where the shapes surely have another number of elements.
Status require_same_count(const SymbolicShape& from, const SymbolicShape& to) {
  const Dim count = element_count(from);
  const Dim wanted = element_count(to);
  const bool too_many = !wanted.is_constant() && constant_shape(to);
  if (count.is_constant() && (too_many || (wanted.is_constant() && count != wanted))) {
    return invalid_argument(
        "{} cannot take the wanted shape {}: the number of elements is {} and would "
        "be {}",
        to_string(from), to_string(to), count.to_string(),
        too_many ? "more than can be counted" : wanted.to_string());
  }
  return ok_status();
}

Result<std::vector<ValueInfo>> infer_reshape(const Attrs& attrs, std::span<const ValueInfo> in) {
  const SymbolicShape& from = in[0].shape;
  Target target = TRY(read_target(from, TRY(list_operand(in[1], "wanted shape")),
                                  attrs.as<ReshapeAttrs>().allowzero));
  if (target.open) target.shape[*target.open] = TRY(open_dim(from, target));
  TRY_STATUS(require_same_count(from, target.shape));
  return reshaped(in[0], std::move(target.shape));
}

Result<std::vector<ValueInfo>> infer_squeeze(const Attrs&, std::span<const ValueInfo> in) {
  const SymbolicShape& from = in[0].shape;
  const bool all = !has_operand(in, 1);
  std::vector<bool> squeezed(from.size());
  if (!all) {
    const std::vector<int64_t> axes = TRY(constant_list_operand(in[1], "axes to squeeze"));
    squeezed = TRY(axis_mask(axes, from.size()));
  }
  SymbolicShape shape;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    const Dim& dim = from[axis];
    if (all && !dim.is_constant()) {
      return unsupported(
          "without axes, whether dimension {} ({}) stays depends on its extent; name the axes to "
          "squeeze, or fix the dimension",
          axis, dim.to_string());
    }
    if (squeezed[axis] && dim.is_constant() && dim.constant() != 1) {
      return invalid_argument("dimension {} has extent {}, only 1 can be squeezed", axis,
                              dim.constant());
    }
    if (!squeezed[axis] && !(all && dim == Dim(1))) shape.push_back(dim);
  }
  return reshaped(in[0], std::move(shape));
}

Result<std::vector<ValueInfo>> infer_unsqueeze(const Attrs&, std::span<const ValueInfo> in) {
  const SymbolicShape& from = in[0].shape;
  const std::vector<int64_t> axes = TRY(constant_list_operand(in[1], "axes to insert"));
  const std::vector<bool> inserted = TRY(axis_mask(axes, from.size() + axes.size()));
  SymbolicShape shape;
  auto next = from.begin();
  for (const bool is_new : inserted) shape.push_back(is_new ? Dim(1) : *next++);
  return reshaped(in[0], std::move(shape));
}

Result<std::vector<ValueInfo>> infer_flatten(const Attrs& attrs, std::span<const ValueInfo> in) {
  const SymbolicShape& from = in[0].shape;
  const auto rank = static_cast<int64_t>(from.size());
  const int64_t axis = attrs.as<FlattenAttrs>().axis;
  if (axis < -rank || axis > rank) {
    return invalid_argument("axis {} cannot split a tensor of rank {}", axis, rank);
  }
  const auto split = from.begin() + (axis < 0 ? axis + rank : axis);
  return reshaped(in[0], {element_count(SymbolicShape(from.begin(), split)),
                          element_count(SymbolicShape(split, from.end()))});
}

// The reference of all ops that are views.
Status copy_reference(const Attrs&, std::span<const ConstTensorView> in,
                      std::span<const TensorView> out, ThreadPool&) {
  if (tenon::element_count(in[0].shape) != tenon::element_count(out[0].shape)) {
    return invalid_argument("{} has another number of elements than {}",
                            tenon::to_string(in[0].shape), tenon::to_string(out[0].shape));
  }
  const int64_t bytes = tenon::byte_size(out[0].type, out[0].shape);
  // Not memcpy: the output may be the operand.
  if (bytes > 0) std::memmove(out[0].data, in[0].data, static_cast<size_t>(bytes));
  return ok_status();
}

// The part of the dims that Shape lists.
template <class T>
std::span<const T> listed(const Attrs& attrs, const std::vector<T>& shape) {
  const auto& [start, end] = attrs.as<ShapeAttrs>();
  const auto rank = static_cast<int64_t>(shape.size());
  const auto position = [rank](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t first = position(start);
  const int64_t last = std::max(first, position(end.value_or(rank)));
  return {shape.begin() + first, shape.begin() + last};
}

Result<std::vector<ValueInfo>> infer_shape(const Attrs& attrs, std::span<const ValueInfo> in) {
  const std::span<const Dim> dims = listed(attrs, in[0].shape);
  return std::vector{with_elements({DataType::kInt64, {Dim(std::ssize(dims))}, std::nullopt},
                                   {dims.begin(), dims.end()})};
}

Status shape_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                       std::span<const TensorView> out, ThreadPool&) {
  const std::span<const int64_t> dims = listed(attrs, in[0].shape);
  if (out[0].shape != Shape{std::ssize(dims)}) {
    return invalid_argument("{} would be listed, and the output is {}",
                            counted(dims.size(), "dimension"), tenon::to_string(out[0].shape));
  }
  std::ranges::copy(dims, static_cast<int64_t*>(out[0].data));
  return ok_status();
}

Result<std::vector<ValueInfo>> infer_size(const Attrs&, std::span<const ValueInfo> in) {
  return std::vector{
      with_elements({DataType::kInt64, {}, std::nullopt}, {element_count(in[0].shape)})};
}

Status size_reference(const Attrs&, std::span<const ConstTensorView> in,
                      std::span<const TensorView> out, ThreadPool&) {
  *static_cast<int64_t*>(out[0].data) = tenon::element_count(in[0].shape);
  return ok_status();
}

constexpr OpDef kReshape = {
    .name = "Reshape",
    .doc = "Gives a tensor another shape; 0 copies a dimension and -1 stands for what is left.",
    .attrs = &attr_table<ReshapeAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_reshape,
    .reference = copy_reference,
    .host_inputs = 0b10,
    .in_place = 0b1,
    .view = true};
constexpr OpDef kSqueeze = {.name = "Squeeze",
                            .doc = "Removes the named axes, or all, of extent 1.",
                            .attrs = &attr_table<NoAttrs>,
                            .min_inputs = 1,
                            .max_inputs = 2,
                            .outputs = 1,
                            .infer = infer_squeeze,
                            .reference = copy_reference,
                            .host_inputs = 0b10,
                            .in_place = 0b1,
                            .view = true};
constexpr OpDef kUnsqueeze = {.name = "Unsqueeze",
                              .doc = "Inserts axes of extent 1 at the named places of the output.",
                              .attrs = &attr_table<NoAttrs>,
                              .min_inputs = 2,
                              .max_inputs = 2,
                              .outputs = 1,
                              .infer = infer_unsqueeze,
                              .reference = copy_reference,
                              .host_inputs = 0b10,
                              .in_place = 0b1,
                              .view = true};
constexpr OpDef kFlatten = {
    .name = "Flatten",
    .doc = "Makes a matrix by joining the axes before and from a given one.",
    .attrs = &attr_table<FlattenAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_flatten,
    .reference = copy_reference,
    .in_place = 0b1,
    .view = true};
constexpr OpDef kShape = {.name = "Shape",
                          .doc = "The dimensions of a tensor, or a range of them, as a vector.",
                          .attrs = &attr_table<ShapeAttrs>,
                          .min_inputs = 1,
                          .max_inputs = 1,
                          .outputs = 1,
                          .infer = infer_shape,
                          .reference = shape_reference};
constexpr OpDef kSize = {.name = "Size",
                         .doc = "The number of elements of a tensor as a scalar.",
                         .attrs = &attr_table<NoAttrs>,
                         .min_inputs = 1,
                         .max_inputs = 1,
                         .outputs = 1,
                         .infer = infer_size,
                         .reference = size_reference};
constexpr const OpDef* kOps[] = {&kFlatten, &kReshape, &kShape, &kSize, &kSqueeze, &kUnsqueeze};

}  // namespace

std::span<const OpDef* const> reshape_ops() { return kOps; }

}  // namespace tenon::internal
