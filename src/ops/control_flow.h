// If and Loop: ops whose nodes have bodies, graphs that run or do not. What a body computes is
// known above the ops (graph/bodies.h); here is what follows from it for the node. What bodies read
// from outside are operands, the captures, behind those that the op itself takes.
#pragma once

#include "ops/op_def.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tenon::internal {

inline constexpr std::string_view kIfName = "If";
inline constexpr std::string_view kLoopName = "Loop";

struct IfAttrs {
  // How many values each body computes.
  int64_t outputs = 1;
  std::string extent;
  bool operator==(const IfAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("outputs", self.outputs);
    field("extent", self.extent);
  }
};

struct LoopAttrs {
  // Values that an iteration takes from the one before.
  int64_t carried = 0;
  // Values of which the results of all iterations are stacked along a new first axis.
  int64_t scans = 0;
  // The condition never ends it: it runs as often as operand 0 says.
  bool counted = false;
  std::string extent;
  bool operator==(const LoopAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("carried", self.carried);
    field("scans", self.scans);
    field("counted", self.counted);
    field("extent", self.extent);
  }
};

// Where the captures begin among the operands, and how many inputs of a body stand before them.
size_t first_capture(const OpDef& op, const Attrs& attrs);
size_t own_body_inputs(const OpDef& op, const Attrs& attrs);

// The name of an extent that a Loop tells before each iteration: of dim `index` of what is carried.
std::string carried_extent_name(std::string_view stem, size_t index);

// A node with bodies tells all dims of its results, counted through, and a Loop all dims of what it
// carries: binds them.
void bind_result_extents(std::string_view stem, std::span<const Shape> results,
                         SymbolBindings& bindings);
void bind_carried_extents(std::string_view stem, std::span<const Shape> carried,
                          SymbolBindings& bindings);

// A dim that nobody outside of a body knows.
Dim unknown_dim(size_t body);

// If: operand 0 is the condition, a single truth; the bodies, for true and for false, take the
// captures. Loop: operands are the most iterations, an i64; the condition to begin; what is
// carried. Its body takes the number of the iteration, the condition and what is carried, and
// gives the condition to go on, what is carried on, and what is stacked.
//
// Inference gets the results of the bodies behind the operands. Where those of two bodies, or of
// the first and a later iteration, have different extents, the result has open ones.
std::span<const OpDef* const> control_flow_ops();

}  // namespace tenon::internal
