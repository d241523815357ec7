#include "plan/profile_ranges.h"

#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

namespace tenon::internal {
namespace {

// What all inputs together allow for a symbol, and which of them set the bounds.
struct SharedRange {
  int64_t min = 0;
  int64_t max = INT64_MAX;
  std::string_view min_of;
  std::string_view max_of;
};

// The bounds of one axis where all of them are sound.
Result<DimRange> axis_range(const ProfiledInput& input, size_t axis, const ShapeRange& range) {
  const int64_t min = range.min.empty() ? 0 : range.min[axis];
  const int64_t max = range.max.empty() ? INT64_MAX : range.max[axis];
  const int64_t opt = range.opt.empty() ? min : range.opt[axis];
  if (min < 0 || min > opt || opt > max) {
    return invalid_argument(
        "the profile gives axis {} of input '{}' min {}, opt {}, max {}: they must rise from 0",
        axis, input.name, min, opt, max);
  }
  if (const auto fixed = input.shape[axis].as_constant(); fixed && (min > *fixed || max < *fixed)) {
    return invalid_argument("axis {} of input '{}' is {}, which the profile leaves out", axis,
                            input.name, *fixed);
  }
  return DimRange{.min = min, .max = max};
}

Status check_ranks(const ProfiledInput& input, const ShapeRange& range) {
  for (const Shape* bound : {&range.min, &range.opt, &range.max}) {
    if (!bound->empty() && bound->size() != input.shape.size()) {
      return invalid_argument("the profile gives input '{}' the shape {}, and it is {}", input.name,
                              tenon::to_string(*bound),
                              to_string(SymbolicShape(input.shape.begin(), input.shape.end())));
    }
  }
  return {};
}

}  // namespace

Result<SymbolRanges> profile_ranges(std::span<const ProfiledInput> inputs, const Profile& profile) {
  for (const auto& [name, range] : profile.inputs) {
    if (std::ranges::find(inputs, name, &ProfiledInput::name) == inputs.end()) {
      return not_found("the profile names input '{}', which the network does not have", name);
    }
  }
  std::map<std::string, SharedRange, std::less<>> shared;
  for (const ProfiledInput& input : inputs) {
    const auto found = profile.inputs.find(std::string(input.name));
    if (found == profile.inputs.end()) continue;
    TRY_STATUS(check_ranks(input, found->second));
    for (size_t axis = 0; axis < input.shape.size(); ++axis) {
      const DimRange here = TRY(axis_range(input, axis, found->second));
      const std::string symbol(input.shape[axis].as_symbol());
      if (symbol.empty()) continue;
      // The dims are equal at run time, so all ranges hold.
      SharedRange& all = shared[symbol];
      if (here.min > all.min) all = {here.min, all.max, input.name, all.max_of};
      if (here.max < all.max) all = {all.min, here.max, all.min_of, input.name};
    }
  }
  SymbolRanges ranges;
  for (const auto& [symbol, all] : shared) {
    if (all.min > all.max) {
      return invalid_argument(
          "the profile gives dim {} at least {} in input '{}' and at most {} in input '{}': no "
          "shape has both",
          symbol, all.min, all.min_of, all.max, all.max_of);
    }
    if (all.max < INT64_MAX) ranges[symbol] = {.min = all.min, .max = all.max};
  }
  return ranges;
}

}  // namespace tenon::internal
