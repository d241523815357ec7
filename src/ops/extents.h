// Open extents: numbers that only a run tells, and what names them. An op with open extents
// (OpDef::count) has an attribute `extent`, a stem from which the names of symbols are made, so
// that inference stays a function of attributes and operands; OpDef::count gives their numbers.
// No two nodes of a network have the same stem. Here too: Extents, which makes elements of a tensor
// such numbers.
#pragma once

#include "ops/op_def.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

inline constexpr std::string_view kExtentsName = "Extents";

// A stem has at most so many of the characters A-Z a-z 0-9 _.
inline constexpr size_t kMaxStem = 100;

// The attributes of an op whose only ones are these.
struct ExtentAttrs {
  std::string extent;
  bool operator==(const ExtentAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("extent", self.extent); }
};

// Whether nodes of the op have a stem: ops with open extents, and ops with bodies.
bool has_stem(const OpDef& def);

// The stem of attributes of such an op.
std::string stem_of(const Attrs& attrs);

// The same attributes with another stem.
Attrs with_stem(const Attrs& attrs, std::string stem);

// Any text as a stem. Different texts may meet.
std::string to_stem(std::string_view text);

// "stem.3": the open extent at an index.
std::string extent_name(std::string_view stem, size_t index);
// As a dim. Errors: InvalidArgument for what is no stem.
Result<Dim> extent_symbol(std::string_view stem, size_t index);

// The stem of a symbol that is an open extent, else "".
std::string_view stem_of_symbol(std::string_view symbol);

// How many open extents an op with OpDef::count has on such operands.
size_t extent_count(const OpDef& def, std::span<const ValueInfo> in);

// Asks an op for its open extents and binds them. Errors: those of OpDef::count; InvalidArgument
// for numbers that no extent has.
Status bind_extents(const OpDef& def, const Attrs& attrs, std::span<const ConstTensorView> in,
                    ThreadPool& pool, SymbolBindings& bindings);

// Extents: operand 0, a small tensor of i32 or i64 with a fixed shape, with its elements as open
// extents: from 0 to kMaxSymbol.
std::span<const OpDef* const> extents_ops();

}  // namespace tenon::internal
