#include "ops/slice.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Bounds and step along one axis, as the operands state them: bounds may be negative, which counts
// from the end, and lie outside.
struct AxisSlice {
  size_t axis;
  Dim start;
  Dim end;
  int64_t step;
};

// What an axis slice picks where all numbers are known: `count` indices from `first` on.
struct Run {
  int64_t first;
  int64_t count;
};

// As ONNX has it: with a step forwards both bounds are clamped to [0, extent]; backwards the start
// to [0, extent - 1] and the end to [-1, extent - 1].
Run slice_run(int64_t start, int64_t end, int64_t step, int64_t extent) {
  if (extent == 0) return {0, 0};
  if (start < 0) start += extent;
  if (end < 0) end += extent;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, extent);
    end = std::clamp<int64_t>(end, 0, extent);
    return {start, end > start ? (end - start - 1) / step + 1 : 0};
  }
  start = std::clamp<int64_t>(start, 0, extent - 1);
  end = std::clamp<int64_t>(end, -1, extent - 1);
  return {start, start > end ? (start - end - 1) / -step + 1 : 0};
}

// No extent is larger. Twice this still fits.
constexpr int64_t kMaxExtent = std::numeric_limits<int64_t>::max() / 2;

// A bound counted from the front, or the limit that it certainly reaches.
Dim from_front(const Dim& bound, const Dim& extent, const Dim& lowest, const Dim& highest) {
  if (bound.is_constant() && bound.constant() >= kMaxExtent) return highest;
  if (bound.is_constant() && bound.constant() <= -kMaxExtent) return lowest;
  if ((bound - highest).is_at_least(0)) return highest;
  if ((lowest - bound - extent).is_at_least(0)) return lowest;
  if (bound.is_at_least(0)) return bound;
  if ((Dim(-1) - bound).is_at_least(0)) return bound + extent;
  const Dim is_negative = Dim::min(Dim::max(Dim(0) - bound, 0), 1);
  return bound + is_negative * extent;
}

// What a span that may be below 0, which stands for 0, holds of steps. `extent` is the axis's.
Dim steps_in(const Dim& span, int64_t step, const Dim& extent) {
  const Dim steps = Dim::ceil_div(span, step);
  return span == extent || steps.is_at_least(0) ? steps : Dim::max(steps, 0);
}

// min(end, extent) - max(start, 0), less the parts that provably change nothing.
Dim forward_span(const AxisSlice& slice, const Dim& extent) {
  const Dim start = from_front(slice.start, extent, 0, extent);
  const Dim end = from_front(slice.end, extent, 0, extent);
  const bool start_inside = start.is_at_least(0);
  const bool end_inside = (extent - end).is_at_least(0);
  Dim span = end - start;
  if (!end_inside) span = Dim::min(span, extent - start);
  if (!start_inside) span = Dim::min(span, end);
  if (!start_inside && !end_inside) span = Dim::min(span, extent);
  return span;
}

// min(max(start, 0), extent - 1) - max(end, -1), less the parts that provably change nothing.
Dim backward_span(const AxisSlice& slice, const Dim& extent) {
  const Dim last = extent - 1;
  const Dim start = from_front(slice.start, extent, 0, last);
  const Dim end = from_front(slice.end, extent, -1, last);
  Dim first = last;
  if (!(start - last).is_at_least(0)) {
    first = Dim::min(start.is_at_least(0) ? start : Dim::max(start, 0), last);
  }
  Dim span = first - end;
  if (!(end + 1).is_at_least(0)) span = Dim::min(span, first + 1);
  return span;
}

Dim sliced_extent(const AxisSlice& slice, const Dim& extent) {
  if (slice.start.is_constant() && slice.end.is_constant() && extent.is_constant()) {
    return slice_run(slice.start.constant(), slice.end.constant(), slice.step, extent.constant())
        .count;
  }
  return slice.step > 0 ? steps_in(forward_span(slice, extent), slice.step, extent)
                        : steps_in(backward_span(slice, extent), -slice.step, extent);
}

// The operands put together; no axes means the first ones, no steps means 1. Errors:
// InvalidArgument.
Result<std::vector<AxisSlice>> axis_slices(size_t rank, std::span<const Dim> starts,
                                           std::span<const Dim> ends,
                                           const std::optional<std::vector<int64_t>>& axes,
                                           const std::optional<std::vector<int64_t>>& steps) {
  std::vector<int64_t> first_axes(starts.size());
  std::iota(first_axes.begin(), first_axes.end(), 0);
  const std::vector<size_t> positions = TRY(normalize_axes(axes.value_or(first_axes), rank));
  if (ends.size() != starts.size() || positions.size() != starts.size() ||
      (steps && steps->size() != starts.size())) {
    return invalid_argument(
        "the numbers of starts ({}), ends ({}), axes ({}) and steps ({}) differ", starts.size(),
        ends.size(), positions.size(), steps ? steps->size() : starts.size());
  }
  std::vector<AxisSlice> slices;
  for (size_t i = 0; i < positions.size(); ++i) {
    const int64_t step = steps ? (*steps)[i] : 1;
    if (step == 0) return invalid_argument("the step along axis {} is 0", positions[i]);
    // A longer step picks one element either way, and adding to it would overflow.
    slices.push_back({positions[i], starts[i], ends[i], std::clamp(step, -kMaxExtent, kMaxExtent)});
  }
  return slices;
}

// All numbers of the slices must be constants.
ReadOrder sliced_order(std::span<const int64_t> shape, std::span<const AxisSlice> slices) {
  ReadOrder order = {Shape(shape.begin(), shape.end()), dense_strides(shape), 0};
  if (tenon::element_count(shape) == 0) order.strides.assign(shape.size(), 0);
  for (const AxisSlice& slice : slices) {
    const Run run =
        slice_run(slice.start.constant(), slice.end.constant(), slice.step, shape[slice.axis]);
    int64_t& stride = order.strides[slice.axis];
    order.offset += run.first * stride;
    order.shape[slice.axis] = run.count;
    // The step to a second element stays inside the operand; any further one might overflow.
    stride = run.count > 1 ? stride * slice.step : 0;
  }
  return order;
}

Result<std::optional<std::vector<int64_t>>> optional_list(std::span<const ValueInfo> in,
                                                          size_t position, std::string_view what) {
  std::optional<std::vector<int64_t>> values;
  if (has_operand(in, position)) values = TRY(constant_list_operand(in[position], what));
  return values;
}

Result<std::vector<AxisSlice>> slices_of(std::span<const ValueInfo> in) {
  const std::vector<Dim> starts = TRY(list_operand(in[1], "starts"));
  const std::vector<Dim> ends = TRY(list_operand(in[2], "ends"));
  return axis_slices(in[0].shape.size(), starts, ends, TRY(optional_list(in, 3, "axes")),
                     TRY(optional_list(in, 4, "steps")));
}

Result<std::vector<ValueInfo>> infer_slice(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  const std::vector<AxisSlice> slices = TRY(slices_of(in));
  ValueInfo out = {in[0].type, in[0].shape, std::nullopt};
  bool constant = true;
  for (const AxisSlice& slice : slices) {
    out.shape[slice.axis] = sliced_extent(slice, in[0].shape[slice.axis]);
    constant = constant && slice.start.is_constant() && slice.end.is_constant();
  }
  const std::optional<Shape> shape = constant_shape(in[0].shape);
  if (in[0].elements && shape && constant) {
    out = with_elements(std::move(out), in_order(sliced_order(*shape, slices), *in[0].elements));
  }
  return std::vector{std::move(out)};
}

Status slice_reference(const Attrs&, std::span<const ConstTensorView> in,
                       std::span<const TensorView> out, ThreadPool& pool) {
  return copy_in_order(TRY(slice_order(in)), in[0], out[0], pool);
}

constexpr OpDef kSlice = {
    .name = "Slice",
    .doc = "The part of a tensor between starts and ends along axes, every step-th element of it.",
    .attrs = &attr_table<NoAttrs>,
    .min_inputs = 3,
    .max_inputs = 5,
    .outputs = 1,
    .infer = infer_slice,
    .reference = slice_reference,
    .host_inputs = 0b11110,
    .picks = true};
constexpr const OpDef* kOps[] = {&kSlice};

}  // namespace

std::optional<SlicedRange> sliced_range(std::span<const ValueInfo> in) {
  const Result<std::vector<AxisSlice>> slices = slices_of(in);
  if (!slices.ok() || in[0].shape.empty()) return std::nullopt;
  std::optional<SlicedRange> range;
  for (const AxisSlice& slice : *slices) {
    const Dim& extent = in[0].shape[slice.axis];
    const Dim start = from_front(slice.start, extent, 0, extent);
    if (slice.step != 1 || !start.is_at_least(0)) return std::nullopt;
    if (start == Dim(0) && sliced_extent(slice, extent) == extent) continue;
    if (range) return std::nullopt;
    range = SlicedRange{slice.axis, start};
  }
  return range.value_or(SlicedRange{});
}

std::span<const OpDef* const> slice_ops() { return kOps; }

Result<ReadOrder> slice_order(std::span<const ConstTensorView> in) {
  std::optional<std::vector<int64_t>> lists[5];
  for (size_t i = 1; i < 5; ++i) {
    if (has_operand(in, i)) lists[i] = TRY(to_int64s(in[i]));
  }
  const std::vector<AxisSlice> slices = TRY(axis_slices(
      in[0].shape.size(), to_symbolic(*lists[1]), to_symbolic(*lists[2]), lists[3], lists[4]));
  return sliced_order(in[0].shape, slices);
}

}  // namespace tenon::internal
