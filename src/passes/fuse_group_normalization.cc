#include "passes/fuse_group_normalization.h"

#include "base/try.h"
#include "ops/element_types.h"
#include "ops/list.h"
#include "ops/normalization.h"
#include "passes/channel_affine.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

struct Match {
  ValueId x;
  int64_t channels = 0;
  int64_t groups = 0;
  float epsilon = 0;
  // A number for each channel.
  std::vector<double> scale;
  std::vector<double> bias;
  ValueId result;
  // What it replaces; the first one gives it its place.
  std::vector<NodeId> nodes;
};

std::optional<int64_t> extent(const Dim& dim) {
  if (!dim.is_constant() || dim.constant() <= 0) return std::nullopt;
  return dim.constant();
}

// The numbers of a constant of groups, one for each of their channels.
std::optional<std::vector<double>> of_channels(const Graph& graph, ValueId id, int64_t channels) {
  const auto& constant = graph.value(id).constant;
  if (!constant) return std::nullopt;
  const int64_t channels_of_group = channels / constant->elements();
  std::vector<double> numbers;
  for (int64_t channel = 0; channel < channels; ++channel) {
    numbers.push_back(element_as_double(constant->view(), channel / channels_of_group));
  }
  return numbers;
}

// The instance normalization of a value that only this node reads, between two views.
std::optional<Match> match_views(const Graph& graph, std::span<const std::vector<Use>> uses,
                                 NodeId id) {
  const Node& node = graph.node(id);
  const ValueId view = node.inputs[0];
  const NodeId before = graph.value(view).producer;
  const NodeId after = only_user(graph, uses, node.outputs[0]);
  const auto is_view = [&](NodeId other) {
    return other.valid() && graph.node(other).op->name == "Reshape";
  };
  if (!is_view(before) || !is_view(after) || only_user(graph, uses, view) != id) {
    return std::nullopt;
  }
  Match match;
  match.x = graph.node(before).inputs[0];
  match.result = graph.node(after).outputs[0];
  const SymbolicShape& shape = graph.value(match.x).info.shape;
  const SymbolicShape& grouped = graph.value(view).info.shape;
  if (shape.size() < 2 || graph.value(match.result).info.shape != shape || grouped[0] != shape[0]) {
    return std::nullopt;
  }
  const auto channels = extent(shape[1]);
  const auto groups = extent(grouped[1]);
  if (!channels || !groups || *channels % *groups != 0) return std::nullopt;
  match.channels = *channels;
  match.groups = *groups;
  match.epsilon = node.attrs.as<InstanceNormalizationAttrs>().epsilon;
  match.nodes = {id, before, after};
  return match;
}

std::optional<Match> match_group(const Graph& graph, std::span<const std::vector<Use>> uses,
                                 NodeId id) {
  const Node& node = graph.node(id);
  if (node.op->name != "InstanceNormalization") return std::nullopt;
  std::optional<Match> match = match_views(graph, uses, id);
  if (!match) return std::nullopt;
  const auto scale = of_channels(graph, node.inputs[1], match->channels);
  const auto bias = of_channels(graph, node.inputs[2], match->channels);
  if (!scale || !bias) return std::nullopt;
  ChannelAffine affine{.scale = *scale, .shift = *bias};
  const AffineChain chain = affine_behind(graph, uses, match->result, 1, match->channels);
  if (!chain.nodes.empty()) affine = affine.then(chain.affine);
  match->scale = std::move(affine.scale);
  match->bias = std::move(affine.shift);
  match->result = chain.result;
  match->nodes.insert(match->nodes.end(), chain.nodes.begin(), chain.nodes.end());
  return match;
}

Status replace(const Graph& graph, const Match& match, Patch& patch) {
  const NodeId place = match.nodes.front();
  const DataType type = graph.value(match.x).info.type;
  std::optional<HostTensor> scale = TRY(finite_vector(type, match.scale));
  std::optional<HostTensor> bias = TRY(finite_vector(type, match.bias));
  if (!scale || !bias) return {};
  std::vector<ValueId> operands = {match.x, patch.add_constant(*std::move(scale), "scale"),
                                   patch.add_constant(*std::move(bias), "bias")};
  Attrs attrs =
      Attrs::of(GroupNormalizationAttrs{.epsilon = match.epsilon, .num_groups = match.groups});
  const std::vector<ValueId> outputs =
      TRY(patch.add_node(place, *find_op("GroupNormalization"), std::move(attrs),
                         std::move(operands), graph.node(place).name));
  patch.replace(match.result, outputs[0]);
  for (const NodeId node : match.nodes) patch.remove(node);
  return {};
}

}  // namespace

Result<Patch> fuse_group_normalization(const Graph& graph) {
  const std::vector<std::vector<Use>> uses = graph.uses();
  Patch patch(graph);
  for (const NodeId id : graph.order()) {
    const std::optional<Match> match = match_group(graph, uses, id);
    if (match) TRY_STATUS(replace(graph, *match, patch));
  }
  return patch;
}

}  // namespace tenon::internal
