#include "ops/control_flow.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/extents.h"
#include "ops/operands.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr std::string_view kUnknown = "unknown";
// More is no model.
constexpr int64_t kMaxValues = 1 << 16;
constexpr size_t kLoopOperands = 2;

bool is_single(const ValueInfo& info) {
  return std::ranges::all_of(info.shape,
                             [](const Dim& dim) { return !dim.is_constant() || dim == Dim(1); });
}

bool is_unknown(const Dim& dim) { return stem_of_symbol(dim.as_symbol()) == kUnknown; }

Status check_condition(const ValueInfo& condition) {
  if (condition.type == DataType::kBool && is_single(condition)) return ok_status();
  return invalid_argument("the condition is {}, it must be a single truth", to_string(condition));
}

Status check_count(int64_t count) {
  if (count >= 0 && count <= kMaxValues) return ok_status();
  return invalid_argument("a node cannot have {} of a kind", counted(count, "value"));
}

// Dims of results in order: those that two shapes agree on, else open extents.
class Joiner {
 public:
  explicit Joiner(std::string stem) : stem_(std::move(stem)) {}

  Result<Dim> open() { return extent_symbol(stem_, index_++); }

  Result<ValueInfo> join(const ValueInfo& a, const ValueInfo& b) {
    if (a.type != b.type) {
      return invalid_argument("a result is {} or {}; both must have one type", to_string(a),
                              to_string(b));
    }
    if (a.shape.size() != b.shape.size()) {
      return unsupported(
          "a result is {} or {}: how many dims it has depends on data, which cannot be run; fix "
          "the shapes of the inputs that decide it (--shape NAME:1x3x…, or "
          "ImportOptions::input_shapes)",
          to_string(a), to_string(b));
    }
    ValueInfo joined{a.type, {}, std::nullopt};
    for (size_t axis = 0; axis < a.shape.size(); ++axis) {
      const Dim open_extent = TRY(open());
      const bool same = a.shape[axis] == b.shape[axis] && !is_unknown(a.shape[axis]);
      joined.shape.push_back(same ? a.shape[axis] : open_extent);
    }
    return joined;
  }

 private:
  std::string stem_;
  size_t index_ = 0;
};

Result<std::vector<ValueInfo>> infer_if(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<IfAttrs>();
  TRY_STATUS(check_count(attrs.outputs));
  const auto count = static_cast<size_t>(attrs.outputs);
  if (in.size() < 1 + 2 * count) return invalid_argument("its bodies give {} results", count);
  TRY_STATUS(check_condition(in[0]));
  const std::span<const ValueInfo> results = in.last(2 * count);
  Joiner joiner(attrs.extent);
  std::vector<ValueInfo> outputs;
  for (size_t i = 0; i < count; ++i) {
    outputs.push_back(TRY(joiner.join(results[i], results[count + i])));
  }
  return outputs;
}

// How often a Loop runs, where that is known.
std::optional<Dim> known_count(const LoopAttrs& attrs, const ValueInfo& most) {
  if (!attrs.counted || !most.elements || most.elements->size() != 1) return std::nullopt;
  const Dim& count = most.elements->front();
  if (count.is_at_least(0)) return count;
  return Dim::max(count, 0);
}

Result<std::vector<ValueInfo>> infer_loop(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<LoopAttrs>();
  TRY_STATUS(check_count(attrs.carried));
  TRY_STATUS(check_count(attrs.scans));
  const auto carried = static_cast<size_t>(attrs.carried);
  const auto scans = static_cast<size_t>(attrs.scans);
  if (in.size() < kLoopOperands + carried + 1 + carried + scans) {
    return invalid_argument("it carries {} and stacks {}, which it does not have",
                            counted(carried, "value"), scans);
  }
  if (in[0].type != DataType::kInt64 || !is_single(in[0])) {
    return invalid_argument("the most iterations are {}, they must be one i64", to_string(in[0]));
  }
  TRY_STATUS(check_condition(in[1]));
  const std::span<const ValueInfo> results = in.last(1 + carried + scans);
  TRY_STATUS(check_condition(results[0]));
  Joiner joiner(attrs.extent);
  std::vector<ValueInfo> outputs;
  for (size_t i = 0; i < carried; ++i) {
    outputs.push_back(TRY(joiner.join(in[kLoopOperands + i], results[1 + i])));
  }
  const std::optional<Dim> count = known_count(attrs, in[0]);
  for (const ValueInfo& result : results.subspan(1 + carried)) {
    const Dim open_count = TRY(joiner.open());
    ValueInfo stacked = TRY(joiner.join(result, result));
    stacked.shape.insert(stacked.shape.begin(), count.value_or(open_count));
    outputs.push_back(std::move(stacked));
  }
  return outputs;
}

constexpr OpDef kIf = {.name = kIfName,
                       .doc = "What one of two bodies computes: the first if a condition holds.",
                       .attrs = &attr_table<IfAttrs>,
                       .min_inputs = 1,
                       .max_inputs = kVariadic,
                       .outputs = kVariadic,
                       .infer = infer_if,
                       .reference = nullptr,
                       .bodies = 2};
constexpr OpDef kLoop = {.name = kLoopName,
                         .doc =
                             "Runs a body again and again, as often as a number says and while a "
                             "condition holds.",
                         .attrs = &attr_table<LoopAttrs>,
                         .min_inputs = 2,
                         .max_inputs = kVariadic,
                         .outputs = kVariadic,
                         .infer = infer_loop,
                         .reference = nullptr,
                         .bodies = 1};
constexpr const OpDef* kOps[] = {&kIf, &kLoop};

}  // namespace

size_t first_capture(const OpDef& op, const Attrs& attrs) {
  if (op.name == kIfName) return 1;
  return kLoopOperands + static_cast<size_t>(std::max<int64_t>(attrs.as<LoopAttrs>().carried, 0));
}

size_t own_body_inputs(const OpDef& op, const Attrs& attrs) {
  return op.name == kIfName ? 0 : first_capture(op, attrs);
}

std::string carried_extent_name(std::string_view stem, size_t index) {
  return fmt::format("{}.in.{}", stem, index);
}

void bind_result_extents(std::string_view stem, std::span<const Shape> results,
                         SymbolBindings& bindings) {
  size_t index = 0;
  for (const Shape& shape : results) {
    for (const int64_t dim : shape) bindings.insert_or_assign(extent_name(stem, index++), dim);
  }
}

void bind_carried_extents(std::string_view stem, std::span<const Shape> carried,
                          SymbolBindings& bindings) {
  size_t index = 0;
  for (const Shape& shape : carried) {
    for (const int64_t dim : shape) {
      bindings.insert_or_assign(carried_extent_name(stem, index++), dim);
    }
  }
}

Dim unknown_dim(size_t body) { return Dim::symbol(extent_name(kUnknown, body)); }

std::span<const OpDef* const> control_flow_ops() { return kOps; }

}  // namespace tenon::internal
