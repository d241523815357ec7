// A profile held against the inputs that it is for.
#pragma once

#include "tensor/dim.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <span>
#include <string>
#include <string_view>

namespace tenon::internal {

// An input as far as profiles go; views.
struct ProfiledInput {
  std::string_view name;
  std::span<const Dim> shape;
};

// For messages: "3", "2 to 8", "at least 2".
std::string to_string(const DimRange& range);

// Ranges of the symbols over a profile; symbols of inputs that are not in it, or have no max, have
// none. Errors: NotFound for an input that there is not; InvalidArgument naming the input for
// another rank, for bounds that do not rise from 0 or leave out a fixed dim, and, with both inputs
// named, for ranges of one symbol that do not meet; also for those of a dim that is an expression
// of other inputs' symbols.
Result<SymbolRanges> profile_ranges(std::span<const ProfiledInput> inputs, const Profile& profile);

// What every symbol of the inputs may be within the profile: where that says nothing, 0 to
// kMaxSymbol. Errors: as profile_ranges().
Result<SymbolRanges> possible_ranges(std::span<const ProfiledInput> inputs, const Profile& profile);

}  // namespace tenon::internal
