#include "ops/gather.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// The dims of the data with those of the indices in place of `axis`.
template <class T>
std::vector<T> gathered_shape(const std::vector<T>& data, const std::vector<T>& indices,
                              size_t axis) {
  const auto split = data.begin() + static_cast<ptrdiff_t>(axis);
  std::vector<T> shape(data.begin(), split);
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), split + 1, data.end());
  return shape;
}

// The indices as numbers if they and the extent are known. Errors: InvalidArgument for one out of
// range.
Result<std::optional<std::vector<int64_t>>> known_indices(const ValueInfo& indices,
                                                          const Dim& extent) {
  std::optional<std::vector<int64_t>> numbers;
  if (!indices.elements || !extent.is_constant()) return numbers;
  std::optional<Shape> constants = constant_shape(*indices.elements);
  if (!constants) return numbers;
  TRY_STATUS(normalize_indices(*constants, extent.constant()));
  numbers = std::move(*constants);
  return numbers;
}

// Of a gather from known elements of a constant shape.
std::vector<Dim> gathered_elements(std::span<const Dim> elements, std::span<const int64_t> shape,
                                   std::span<const int64_t> indices, size_t axis) {
  const int64_t block = tenon::element_count(shape.subspan(axis + 1));
  const int64_t rows = tenon::element_count(shape.first(axis));
  std::vector<Dim> gathered;
  for (int64_t row = 0; row < rows; ++row) {
    for (const int64_t index : indices) {
      const int64_t first = (row * shape[axis] + index) * block;
      const std::span<const Dim> from =
          elements.subspan(static_cast<size_t>(first), static_cast<size_t>(block));
      gathered.insert(gathered.end(), from.begin(), from.end());
    }
  }
  return gathered;
}

Result<std::vector<ValueInfo>> infer_gather(const Attrs& attrs, std::span<const ValueInfo> in) {
  const ValueInfo& data = in[0];
  const ValueInfo& indices = in[1];
  TRY_STATUS(require_whole_bytes(data.type));
  TRY_STATUS(require_indices(indices));
  const size_t axis = TRY(normalize_axis(attrs.as<GatherAttrs>().axis, data.shape.size()));
  ValueInfo out = {data.type, gathered_shape(data.shape, indices.shape, axis), std::nullopt};

  const std::optional<std::vector<int64_t>> numbers = TRY(known_indices(indices, data.shape[axis]));
  const std::optional<Shape> data_shape = constant_shape(data.shape);
  const std::optional<Shape> out_shape = constant_shape(out.shape);
  if (numbers && data.elements && data_shape && out_shape &&
      tenon::element_count(*out_shape) <= kMaxKnownElements) {
    out = with_elements(std::move(out),
                        gathered_elements(*data.elements, *data_shape, *numbers, axis));
  }
  return std::vector{std::move(out)};
}

Status gather_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_gather, attrs, in, out));
  const std::span<const int64_t> shape(in[0].shape);
  const size_t axis = TRY(normalize_axis(attrs.as<GatherAttrs>().axis, shape.size()));
  std::vector<int64_t> indices = TRY(to_int64s(in[1]));
  TRY_STATUS(normalize_indices(indices, shape[axis]));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();

  const int64_t block = tenon::byte_size(in[0].type, shape.subspan(axis + 1));
  const int64_t row_bytes = tenon::byte_size(in[0].type, shape.subspan(axis));
  const auto per_row = static_cast<int64_t>(indices.size());
  const auto* from = static_cast<const std::byte*>(in[0].data);
  auto* to = static_cast<std::byte*>(out[0].data);
  pool.parallel_for(
      tenon::element_count(shape.first(axis)) * per_row,
      [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t index = indices[static_cast<size_t>(i % per_row)];
          std::memcpy(to + i * block, from + i / per_row * row_bytes + index * block,
                      static_cast<size_t>(block));
        }
      },
      std::max<int64_t>(1, kCopyGrainBytes / block));
  return ok_status();
}

constexpr OpDef kGather = {.name = "Gather",
                           .doc = "Picks slices of a tensor along an axis by index.",
                           .attrs = &attr_table<GatherAttrs>,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .outputs = 1,
                           .infer = infer_gather,
                           .reference = gather_reference,
                           .picks = true};
constexpr const OpDef* kOps[] = {&kGather};

}  // namespace

std::span<const OpDef* const> gather_ops() { return kOps; }

}  // namespace tenon::internal
