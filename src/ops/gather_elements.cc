#include "ops/gather_elements.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_indices.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;

Result<std::vector<ValueInfo>> infer_gather_elements(const Attrs& attrs,
                                                     std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  const int64_t axis = attrs.as<GatherElementsAttrs>().axis;
  TRY_STATUS(check_element_indices(in[0], in[1], TRY(normalize_axis(axis, in[0].shape.size()))));
  return std::vector{ValueInfo{in[0].type, in[1].shape, std::nullopt}};
}

Status gather_elements_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                                 std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_gather_elements, attrs, in, out));
  const int64_t axis = attrs.as<GatherElementsAttrs>().axis;
  const std::vector<int64_t> offsets =
      TRY(element_offsets(in[0].shape, in[1], TRY(normalize_axis(axis, in[0].shape.size()))));
  return dispatch_size(in[0].type, [&]<class T>() {
    const T* const from = elements_of<T>(in[0]).data();
    T* const to = elements_of<T>(out[0]).data();
    pool.parallel_for(
        static_cast<int64_t>(offsets.size()),
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) to[i] = from[offsets[static_cast<size_t>(i)]];
        },
        kGrain);
  });
}

Result<size_t> batch_axes(const Attrs& attrs) {
  const int64_t batch_dims = attrs.as<GatherNdAttrs>().batch_dims;
  if (batch_dims < 0) return invalid_argument("batch_dims={} is negative", batch_dims);
  return static_cast<size_t>(batch_dims);
}

// How many axes a vector of indices names.
Result<size_t> named_axes(const ValueInfo& indices) {
  if (indices.shape.empty()) return invalid_argument("the indices are a scalar, no vectors");
  const Dim& last = indices.shape.back();
  if (!last.is_constant()) {
    return unsupported(
        "the last dim of the indices is symbolic ({}), and the rank of the result depends on it: "
        "give it a size",
        last.to_string());
  }
  return static_cast<size_t>(last.constant());
}

Result<std::vector<ValueInfo>> infer_gather_nd(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  const size_t batches = TRY(batch_axes(attrs));
  const size_t axes = TRY(named_axes(in[1]));
  TRY_STATUS(check_slice_indices(in[0], in[1], batches, axes));
  ValueInfo out = {in[0].type, {in[1].shape.begin(), in[1].shape.end() - 1}, std::nullopt};
  out.shape.insert(out.shape.end(), in[0].shape.begin() + static_cast<ptrdiff_t>(batches + axes),
                   in[0].shape.end());
  return std::vector{std::move(out)};
}

Status gather_nd_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                           std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_gather_nd, attrs, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const size_t batches = TRY(batch_axes(attrs));
  const std::vector<int64_t> offsets = TRY(slice_offsets(in[0].shape, in[1], batches));
  const size_t first_kept = batches + static_cast<size_t>(in[1].shape.back());
  const int64_t width = byte_size(in[0].type, {});
  const int64_t slice = byte_size(in[0].type, std::span(in[0].shape).subspan(first_kept));
  const auto* const from = static_cast<const std::byte*>(in[0].data);
  auto* const to = static_cast<std::byte*>(out[0].data);
  pool.parallel_for(
      static_cast<int64_t>(offsets.size()),
      [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          std::memcpy(to + i * slice, from + offsets[static_cast<size_t>(i)] * width,
                      static_cast<size_t>(slice));
        }
      },
      std::max<int64_t>(1, kCopyGrainBytes / slice));
  return ok_status();
}

constexpr OpDef kGatherElements = {
    .name = "GatherElements",
    .doc = "Picks an element for each index, which tells its place along an axis.",
    .attrs = &attr_table<GatherElementsAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_gather_elements,
    .reference = gather_elements_reference,
    .picks = true};

constexpr OpDef kGatherNd = {
    .name = "GatherND",
    .doc = "Picks a slice for each vector of indices, which tells its places along several axes.",
    .attrs = &attr_table<GatherNdAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_gather_nd,
    .reference = gather_nd_reference,
    .picks = true};

constexpr std::array<const OpDef*, 2> kOps = {&kGatherElements, &kGatherNd};

}  // namespace

std::span<const OpDef* const> gather_elements_ops() { return kOps; }

}  // namespace tenon::internal
