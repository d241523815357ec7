#include "ops/extents.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace tenon::internal {
namespace {

constexpr std::string_view kAttribute = "extent";

bool is_stem_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_stem(std::string_view text) {
  return !text.empty() && text.size() <= kMaxStem && !(text[0] >= '0' && text[0] <= '9') &&
         std::ranges::all_of(text, is_stem_char);
}

Result<std::vector<ValueInfo>> infer_extents(const Attrs& attrs, std::span<const ValueInfo> in) {
  const ValueInfo& operand = in[0];
  if (operand.type != DataType::kInt64 && operand.type != DataType::kInt32) {
    return invalid_argument("extents are i32 or i64, not {}", to_string(operand));
  }
  const std::optional<Shape> shape = constant_shape(operand.shape);
  // Of more than can be tracked, or of an open number, nobody can stand on one.
  const bool tracked = shape && tenon::element_count(*shape) <= kMaxKnownElements;
  if (operand.elements || !tracked) return std::vector{operand};
  std::vector<Dim> elements;
  for (int64_t i = 0; i < tenon::element_count(*shape); ++i) {
    elements.push_back(TRY(extent_symbol(attrs.as<ExtentAttrs>().extent, static_cast<size_t>(i))));
  }
  return std::vector{
      with_elements({operand.type, operand.shape, std::nullopt}, std::move(elements))};
}

Result<std::vector<int64_t>> count_extents(const Attrs&, std::span<const ConstTensorView> in,
                                           ThreadPool&) {
  std::vector<int64_t> extents = TRY(to_int64s(in[0]));
  for (const int64_t extent : extents) {
    if (extent >= 0 && extent <= kMaxSymbol) continue;
    return unsupported(
        "{} is computed from data where an extent or a position is needed; those are from 0 to {}",
        extent, kMaxSymbol);
  }
  return extents;
}

Status extents_reference(const Attrs&, std::span<const ConstTensorView> in,
                         std::span<const TensorView> out, ThreadPool&) {
  if (in[0].type != out[0].type || in[0].shape != out[0].shape) {
    return invalid_argument("operand and result differ");
  }
  const auto bytes = static_cast<size_t>(byte_size(in[0].type, in[0].shape));
  if (bytes > 0 && out[0].data != in[0].data) std::memcpy(out[0].data, in[0].data, bytes);
  return ok_status();
}

constexpr OpDef kExtents = {
    .name = kExtentsName,
    .doc = "A small integer tensor that the host reads in the run, because shapes follow from it.",
    .attrs = &attr_table<ExtentAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_extents,
    .reference = extents_reference,
    .count = count_extents};
constexpr const OpDef* kOps[] = {&kExtents};

}  // namespace

bool has_stem(const OpDef& def) { return def.count != nullptr || def.bodies > 0; }

std::string stem_of(const Attrs& attrs) {
  const AttributeMap map = attrs.to_map();
  const auto found = map.find(kAttribute);
  return found == map.end() ? std::string() : std::get<std::string>(found->second);
}

Attrs with_stem(const Attrs& attrs, std::string stem) {
  AttributeMap map = attrs.to_map();
  map.insert_or_assign(std::string(kAttribute), std::move(stem));
  Result<Attrs> changed = Attrs::from_map(attrs.table(), map);
  TENON_CHECK(changed.ok(), "an op with open extents has no attribute extent");
  return *std::move(changed);
}

std::string to_stem(std::string_view text) {
  // For a number that tells it from others.
  constexpr size_t kRoom = 20;
  std::string stem(text.substr(0, kMaxStem - kRoom));
  std::ranges::replace_if(
      stem, [](char c) { return !is_stem_char(c); }, '_');
  if (!is_stem(stem)) stem.insert(stem.begin(), '_');
  return stem;
}

std::string extent_name(std::string_view stem, size_t index) {
  return fmt::format("{}.{}", stem, index);
}

Result<Dim> extent_symbol(std::string_view stem, size_t index) {
  if (!is_stem(stem)) {
    return invalid_argument(
        "the extent of a result follows from data, and {} is no name for it: at most {} letters, "
        "digits and _, not beginning with a digit",
        quote(stem), kMaxStem);
  }
  return Dim::symbol(extent_name(stem, index));
}

std::string_view stem_of_symbol(std::string_view symbol) {
  const size_t dot = symbol.find('.');
  return dot == std::string_view::npos ? std::string_view() : symbol.substr(0, dot);
}

size_t extent_count(const OpDef& def, std::span<const ValueInfo> in) {
  if (def.name != kExtentsName) return 1;
  const std::optional<Shape> shape = constant_shape(in[0].shape);
  const int64_t count = shape ? tenon::element_count(*shape) : 0;
  return count > 0 && count <= kMaxKnownElements ? static_cast<size_t>(count) : 0;
}

Status bind_extents(const OpDef& def, const Attrs& attrs, std::span<const ConstTensorView> in,
                    ThreadPool& pool, SymbolBindings& bindings) {
  const std::vector<int64_t> numbers = TRY(def.count(attrs, in, pool));
  const std::string stem = stem_of(attrs);
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] < 0 || numbers[i] > kMaxSymbol) {
      return invalid_argument("{} is no extent; those are from 0 to {}", numbers[i], kMaxSymbol);
    }
    bindings.insert_or_assign(extent_name(stem, i), numbers[i]);
  }
  return ok_status();
}

std::span<const OpDef* const> extents_ops() { return kOps; }

}  // namespace tenon::internal
