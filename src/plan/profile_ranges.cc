#include "plan/profile_ranges.h"

#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
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

using SharedRanges = std::map<std::string, SharedRange, std::less<>>;

// Of the symbols that stand bare in inputs of the profile.
Result<SharedRanges> shared_ranges(std::span<const ProfiledInput> inputs, const Profile& profile) {
  for (const auto& [name, range] : profile.inputs) {
    if (std::ranges::find(inputs, name, &ProfiledInput::name) == inputs.end()) {
      return not_found("the profile names input '{}', which the network does not have", name);
    }
  }
  SharedRanges shared;
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
  for (const auto& [symbol, all] : shared) {
    if (all.min <= all.max) continue;
    return invalid_argument(
        "the profile gives dim {} at least {} in input '{}' and at most {} in input '{}': no "
        "shape has both",
        symbol, all.min, all.min_of, all.max, all.max_of);
  }
  return shared;
}

SymbolRanges with_all_symbols(std::span<const ProfiledInput> inputs, const SharedRanges& shared) {
  std::set<std::string> symbols;
  for (const ProfiledInput& input : inputs) {
    for (const Dim& dim : input.shape) dim.collect_symbols(symbols);
  }
  SymbolRanges ranges;
  for (const std::string& symbol : symbols) {
    const auto found = shared.find(symbol);
    const SharedRange all = found == shared.end() ? SharedRange() : found->second;
    ranges[symbol] = {all.min, std::max(all.min, std::min(all.max, kMaxSymbol))};
  }
  return ranges;
}

// A dim that is an expression of symbols has the range that these leave it.
Status check_expressions(std::span<const ProfiledInput> inputs, const Profile& profile,
                         const SymbolRanges& possible) {
  for (const ProfiledInput& input : inputs) {
    const auto found = profile.inputs.find(std::string(input.name));
    if (found == profile.inputs.end()) continue;
    for (size_t axis = 0; axis < input.shape.size(); ++axis) {
      const DimRange here = TRY(axis_range(input, axis, found->second));
      const std::optional<DimRange> bounds = input.shape[axis].range(possible);
      if (!bounds || (bounds->min <= here.max && here.min <= bounds->max)) continue;
      return invalid_argument(
          "the profile gives axis {} of input '{}' {}, and with the other dims {} is {}: no shape "
          "has both",
          axis, input.name, to_string(here), input.shape[axis].to_string(), to_string(*bounds));
    }
  }
  return {};
}

}  // namespace

std::string to_string(const DimRange& range) {
  if (range.min == range.max) return std::to_string(range.min);
  if (range.max >= kMaxSymbol) return fmt::format("at least {}", range.min);
  return fmt::format("{} to {}", range.min, range.max);
}

Result<SymbolRanges> profile_ranges(std::span<const ProfiledInput> inputs, const Profile& profile) {
  const SharedRanges shared = TRY(shared_ranges(inputs, profile));
  TRY_STATUS(check_expressions(inputs, profile, with_all_symbols(inputs, shared)));
  SymbolRanges ranges;
  for (const auto& [symbol, all] : shared) {
    if (all.max < INT64_MAX) ranges[symbol] = {.min = all.min, .max = all.max};
  }
  return ranges;
}

Result<SymbolRanges> possible_ranges(std::span<const ProfiledInput> inputs,
                                     const Profile& profile) {
  TRY(profile_ranges(inputs, profile));
  return with_all_symbols(inputs, TRY(shared_ranges(inputs, profile)));
}

}  // namespace tenon::internal
