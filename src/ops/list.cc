#include "ops/list.h"

#include <algorithm>
#include <vector>

namespace tenon::internal {

#define TENON_OP_FAMILY(family) std::span<const OpDef* const> family##_ops();
#include "ops/families.inc"
#undef TENON_OP_FAMILY

namespace {

std::vector<const OpDef*> sorted_ops() {
  std::vector<const OpDef*> ops;
  const auto add = [&ops](std::span<const OpDef* const> family) {
    ops.insert(ops.end(), family.begin(), family.end());
  };
#define TENON_OP_FAMILY(family) add(family##_ops());
#include "ops/families.inc"
#undef TENON_OP_FAMILY
  std::sort(ops.begin(), ops.end(),
            [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  return ops;
}

}  // namespace

std::span<const OpDef* const> all_ops() {
  // Made at the first call, never changed: families live in several files, so no constexpr array.
  static const std::vector<const OpDef*> ops = sorted_ops();
  return ops;
}

const OpDef* find_op(std::string_view name) {
  const std::span<const OpDef* const> ops = all_ops();
  const auto found =
      std::lower_bound(ops.begin(), ops.end(), name,
                       [](const OpDef* op, std::string_view wanted) { return op->name < wanted; });
  return found != ops.end() && (*found)->name == name ? *found : nullptr;
}

}  // namespace tenon::internal
