// The text form of graphs: for people, goldens and diffs; it parses back to an equal graph. Grammar
// in docs/formats/graph-text.md.
//
//   graph "net" {
//     input %x: f32[N,3,8,8]
//     const %w: f32[4,3,3,3] = base64"…"
//     const %b: f32[4] = [0.5, 1, -1, 0]
//     %y: f32[N,4,6,6] = Conv(%x, %w, %b) {dilations=[1,1], group=1} as "conv1"
//     output "y" = %y
//   }
//
// Constants of up to 16 elements are lists, larger ones base64. Names with other characters than
// letters, digits and _./- are quoted: %"a b". An omitted operand is `_`.
#pragma once

#include "graph/graph.h"

#include <tenon/error.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tenon::internal {

struct TextOptions {
  // Constants with more elements are printed as `elided`, which does not parse.
  size_t max_constant_elements = SIZE_MAX;
};

std::string to_text(const Graph& graph, const TextOptions& options = {});

// Infers all types; one that the text states otherwise is an error. Errors: CorruptData with line
// and column, "3:14: …". What it takes is bounded by the length of the text, also for hostile text.
Result<Graph> parse_graph(std::string_view text);

// "f32[N,3,8,8]", as to_string(ValueInfo) writes it. Errors: CorruptData as above.
Result<ValueInfo> parse_value_info(std::string_view text);

// Same name, inputs, constants, nodes, outputs and names in the same order; ids may differ, and
// constants without a use do not count.
bool same_graph(const Graph& a, const Graph& b);

// Lines of `before` and `after` that differ, with - and + in front, three lines of context.
std::string diff_lines(std::string_view before, std::string_view after);

}  // namespace tenon::internal
