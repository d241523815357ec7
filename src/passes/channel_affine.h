// Arithmetic with a constant number for each channel, x * scale + shift, and how it becomes part of
// the weights before it: what fold-batch-norm and fold-scale share.
#pragma once

#include "graph/patch.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tenon::internal {

// One number each for every channel, all finite.
struct ChannelAffine {
  std::vector<double> scale;
  std::vector<double> shift;

  bool has_scale() const;
  bool has_shift() const;
  // What this and then `next` do.
  ChannelAffine then(const ChannelAffine& next) const;
};

// What a node computes from its operand `x`, whose channels lie along `axis`: a Mul, Div, Add or
// Sub with a constant, or a BatchNormalization with constant parameters. nullopt for all else, also
// where the numbers are not finite or would change the shape.
std::optional<ChannelAffine> affine_of(const Graph& graph, const Node& node, ValueId x, size_t axis,
                                       int64_t channels);

// A Conv or ConvTranspose with constant weights and no bias or a constant one, or a MatMul whose
// second operand is a constant: its result has a channel for each column of the weights.
struct LinearNode {
  NodeId id;
  ValueId weights;
  // Of the result.
  size_t axis = 0;
  int64_t channels = 0;
};
std::optional<LinearNode> linear_node(const Graph& graph, NodeId id);

// The numbers as a constant; nullopt where one is not finite in the type. Errors: OutOfMemory.
Result<std::optional<HostTensor>> finite_vector(DataType type, std::span<const double> numbers);

// The only user of a value that is no output of the graph; invalid if there is none or there are
// several. `uses` are those of graph.uses().
NodeId only_user(const Graph& graph, std::span<const std::vector<Use>> uses, ValueId value);

// The nodes behind a value that are arithmetic on its channels, and what they do together: each is
// the only user of the one before.
struct AffineChain {
  std::vector<NodeId> nodes;
  // Empty where there is no node.
  ChannelAffine affine;
  // Of the last node; the value itself where there is none.
  ValueId result;
};
AffineChain affine_behind(const Graph& graph, std::span<const std::vector<Use>> uses, ValueId value,
                          size_t axis, int64_t channels);

// Replaces the value `result`, which is `affine` over what the node gives, by a node with other
// weights and a bias, before the node that computed `result`; a product gets an Add. False, and
// nothing is recorded, where others use the weights that would change, or the new numbers are not
// finite in their type, or the weights of a channel would fall below its normal numbers, where
// digits get lost. The replaced nodes are left to the caller. Errors: as Patch::add_node.
Result<bool> fold_into_weights(Patch& patch, const Graph& graph,
                               std::span<const std::vector<Use>> uses, const LinearNode& node,
                               const ChannelAffine& affine, ValueId result);

}  // namespace tenon::internal
