#include "ops/compress.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/extents.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// How many slices are kept, if the condition is known.
std::optional<int64_t> known_count(const ValueInfo& condition) {
  if (!condition.elements) return std::nullopt;
  const std::optional<Shape> truths = constant_shape(*condition.elements);
  if (!truths) return std::nullopt;
  return std::ranges::count_if(*truths, [](int64_t truth) { return truth != 0; });
}

Result<std::vector<ValueInfo>> infer_compress(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<CompressAttrs>();
  TRY_STATUS(require_whole_bytes(in[0].type));
  if (in[1].type != DataType::kBool || in[1].shape.size() != 1) {
    return invalid_argument("the condition is {}, it must be a vector of truths", to_string(in[1]));
  }
  SymbolicShape shape = in[0].shape;
  size_t axis = 0;
  if (attrs.axis) {
    axis = TRY(normalize_axis(*attrs.axis, shape.size()));
  } else {
    shape = {element_count(shape)};
  }
  const Dim& given = in[1].shape[0];
  if (given.is_constant() && shape[axis].is_constant() &&
      given.constant() > shape[axis].constant()) {
    return invalid_argument("the condition is for {}, not {}", counted(given.constant(), "slice"),
                            shape[axis].constant());
  }
  if (const std::optional<int64_t> count = known_count(in[1])) {
    shape[axis] = *count;
  } else {
    shape[axis] = TRY(extent_symbol(attrs.extent, 0));
  }
  return std::vector{ValueInfo{in[0].type, std::move(shape), std::nullopt}};
}

Result<std::vector<int64_t>> count_compress(const Attrs&, std::span<const ConstTensorView> in,
                                            ThreadPool&) {
  const std::span<const Bool> condition = elements_of<Bool>(in[1]);
  return std::vector<int64_t>{std::ranges::count_if(condition, [](Bool b) { return load(b); })};
}

Status compress_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                          std::span<const TensorView> out, ThreadPool&) {
  const auto& attrs = erased.as<CompressAttrs>();
  Shape shape = in[0].shape;
  size_t axis = 0;
  if (attrs.axis) {
    axis = TRY(normalize_axis(*attrs.axis, shape.size()));
  } else {
    shape = {tenon::element_count(shape)};
  }
  const AxisVectors vectors(shape, axis);
  std::vector<int64_t> kept;
  const std::span<const Bool> condition = elements_of<Bool>(in[1]);
  for (size_t i = 0; i < condition.size(); ++i) {
    if (load(condition[i])) kept.push_back(static_cast<int64_t>(i));
  }
  if (std::cmp_greater(condition.size(), vectors.count)) {
    return invalid_argument("the condition is for {}, not {}", counted(condition.size(), "slice"),
                            vectors.count);
  }
  shape[axis] = static_cast<int64_t>(kept.size());
  if (out[0].shape != shape || out[0].type != in[0].type) {
    return invalid_argument("the result is {}, not {}", tenon::to_string(shape),
                            tenon::to_string(out[0].shape));
  }
  const int64_t block = vectors.inner * (bits_of(in[0].type) / 8);
  const auto* from = static_cast<const std::byte*>(in[0].data);
  auto* to = static_cast<std::byte*>(out[0].data);
  if (block == 0) return ok_status();
  for (int64_t outer = 0; outer < vectors.outer; ++outer) {
    for (const int64_t slice : kept) {
      std::memcpy(to, from + (outer * vectors.count + slice) * block, static_cast<size_t>(block));
      to += block;
    }
  }
  return ok_status();
}

constexpr OpDef kCompress = {.name = "Compress",
                             .doc = "The slices along an axis for which a condition holds.",
                             .attrs = &attr_table<CompressAttrs>,
                             .min_inputs = 2,
                             .max_inputs = 2,
                             .outputs = 1,
                             .infer = infer_compress,
                             .reference = compress_reference,
                             .count = count_compress};
constexpr const OpDef* kOps[] = {&kCompress};

}  // namespace

std::span<const OpDef* const> compress_ops() { return kOps; }

}  // namespace tenon::internal
