#include "ops/concat.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Adds `next` behind `joined` along `axis`. Along the others a symbolic dim is taken to be what it
// meets.
Status join_shape(const ValueInfo& next, size_t axis, ValueInfo& joined) {
  if (next.shape.size() != joined.shape.size()) {
    return invalid_argument("the operands have {} and {} dimensions, they must have the same rank",
                            joined.shape.size(), next.shape.size());
  }
  for (size_t i = 0; i < next.shape.size(); ++i) {
    Dim& dim = joined.shape[i];
    if (i == axis) {
      dim = dim + next.shape[i];
    } else if (next.shape[i].is_constant()) {
      if (certainly_differ(dim, next.shape[i])) {
        return invalid_argument("dimension {} is {} in one operand and {} in another", i,
                                dim.to_string(), next.shape[i].to_string());
      }
      dim = next.shape[i];
    }
  }
  return ok_status();
}

// The elements of the result, if those of all operands are known.
std::optional<std::vector<Dim>> joined_elements(std::span<const ValueInfo> in, size_t axis) {
  std::vector<Dim> joined;
  std::vector<size_t> blocks;
  size_t rows = 1;
  for (const ValueInfo& operand : in) {
    const std::optional<Shape> shape = constant_shape(operand.shape);
    if (!operand.elements || !shape) return std::nullopt;
    const std::span<const int64_t> dims(*shape);
    rows = static_cast<size_t>(tenon::element_count(dims.first(axis)));
    blocks.push_back(static_cast<size_t>(tenon::element_count(dims.subspan(axis))));
  }
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < in.size(); ++i) {
      const auto from = in[i].elements->begin() + static_cast<ptrdiff_t>(row * blocks[i]);
      joined.insert(joined.end(), from, from + static_cast<ptrdiff_t>(blocks[i]));
    }
  }
  return joined;
}

Result<std::vector<ValueInfo>> infer_concat(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  TRY_STATUS(require_same_types(in));
  const size_t axis = TRY(normalize_axis(attrs.as<ConcatAttrs>().axis, in[0].shape.size()));
  ValueInfo joined = {in[0].type, in[0].shape, std::nullopt};
  for (const ValueInfo& next : in.subspan(1)) TRY_STATUS(join_shape(next, axis, joined));
  if (std::optional<std::vector<Dim>> elements = joined_elements(in, axis)) {
    joined = with_elements(std::move(joined), *std::move(elements));
  }
  return std::vector{std::move(joined)};
}

Status concat_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_concat, attrs, in, out));
  const std::span<const int64_t> shape(out[0].shape);
  const size_t axis = TRY(normalize_axis(attrs.as<ConcatAttrs>().axis, shape.size()));
  if (tenon::element_count(shape) == 0) return ok_status();

  // A row of the output is one block of each operand.
  struct Block {
    const std::byte* first;
    int64_t bytes;
    int64_t offset;
  };
  std::vector<Block> blocks;
  int64_t row_bytes = 0;
  for (const ConstTensorView& operand : in) {
    const std::span<const int64_t> dims(operand.shape);
    const int64_t bytes = tenon::byte_size(operand.type, dims.subspan(axis));
    if (bytes == 0) continue;
    blocks.push_back({static_cast<const std::byte*>(operand.data), bytes, row_bytes});
    row_bytes += bytes;
  }
  const auto per_row = static_cast<int64_t>(blocks.size());
  auto* to = static_cast<std::byte*>(out[0].data);
  pool.parallel_for(
      tenon::element_count(shape.first(axis)) * per_row,
      [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t row = i / per_row;
          const Block& block = blocks[static_cast<size_t>(i % per_row)];
          // It may lie there already.
          std::memmove(to + row * row_bytes + block.offset, block.first + row * block.bytes,
                       static_cast<size_t>(block.bytes));
        }
      },
      std::max<int64_t>(1, kCopyGrainBytes * per_row / row_bytes));
  return ok_status();
}

constexpr OpDef kConcat = {.name = "Concat",
                           .doc = "Joins tensors along an axis.",
                           .attrs = &attr_table<ConcatAttrs>,
                           .min_inputs = 1,
                           .max_inputs = kVariadic,
                           .outputs = 1,
                           .infer = infer_concat,
                           .reference = concat_reference};
constexpr const OpDef* kOps[] = {&kConcat};

}  // namespace

std::span<const OpDef* const> concat_ops() { return kOps; }

}  // namespace tenon::internal
