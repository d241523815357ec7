#include "passes/channel_affine.h"

#include "base/data_types.h"
#include "base/function_ref.h"
#include "base/try.h"
#include "ops/batch_normalization.h"
#include "ops/element_types.h"
#include "ops/list.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

namespace tenon::internal {
namespace {

bool all_finite(const std::vector<double>& numbers) {
  return std::ranges::all_of(numbers, [](double number) { return std::isfinite(number); });
}

const HostTensor* constant_of(const Graph& graph, ValueId id) {
  if (!id.valid() || !graph.value(id).constant) return nullptr;
  return &*graph.value(id).constant;
}

// The numbers of a constant that broadcasts to a tensor of this rank along one axis only: one for
// each channel, or one for all.
std::optional<std::vector<double>> channel_numbers(const HostTensor& tensor, size_t rank,
                                                   size_t axis, int64_t channels) {
  const Shape& shape = tensor.shape();
  if (shape.size() > rank) return std::nullopt;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool is_channel_axis = rank - shape.size() + i == axis;
    if (shape[i] != 1 && !(is_channel_axis && shape[i] == channels)) return std::nullopt;
  }
  std::vector<double> numbers;
  for (int64_t i = 0; i < channels; ++i) {
    numbers.push_back(element_as_double(tensor.view(), tensor.elements() == 1 ? 0 : i));
  }
  return numbers;
}

std::optional<ChannelAffine> affine_of_normalization(const Graph& graph, const Node& node,
                                                     int64_t channels) {
  std::vector<std::vector<double>> parameters;
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const HostTensor* tensor = constant_of(graph, node.inputs[i]);
    if (tensor == nullptr || tensor->elements() != channels) return std::nullopt;
    parameters.push_back(*channel_numbers(*tensor, 1, 0, channels));
  }
  const auto epsilon = static_cast<double>(node.attrs.as<BatchNormalizationAttrs>().epsilon);
  ChannelAffine affine;
  for (size_t i = 0; i < static_cast<size_t>(channels); ++i) {
    affine.scale.push_back(parameters[0][i] / std::sqrt(parameters[3][i] + epsilon));
    affine.shift.push_back(parameters[1][i] - parameters[2][i] * affine.scale[i]);
  }
  return affine;
}

// `x` is operand `position` of a binary node, `numbers` the other one.
std::optional<ChannelAffine> affine_of_binary(std::string_view op, size_t position,
                                              std::vector<double> numbers) {
  const size_t count = numbers.size();
  const bool is_first = position == 0;
  if (op == "Mul") return ChannelAffine{std::move(numbers), std::vector<double>(count)};
  if (op == "Add") return ChannelAffine{std::vector<double>(count, 1), std::move(numbers)};
  if (op == "Sub") {
    if (is_first) std::ranges::transform(numbers, numbers.begin(), std::negate<>());
    return ChannelAffine{std::vector<double>(count, is_first ? 1 : -1), std::move(numbers)};
  }
  if (op == "Div" && is_first) {
    std::ranges::transform(numbers, numbers.begin(), [](double number) { return 1 / number; });
    return ChannelAffine{std::move(numbers), std::vector<double>(count)};
  }
  return std::nullopt;
}

// The least number of a type that has all of its digits.
template <class T>
constexpr double kLeastNormal = static_cast<double>(std::numeric_limits<ComputeType<T>>::min());
template <>
constexpr double kLeastNormal<Float16> = 0x1p-14;

// The factor of an element is that of its channel.
template <class T>
bool scale_elements(std::span<const T> from, const std::vector<double>& factors,
                    FunctionRef<int64_t(int64_t)> channel_of, T* to) {
  std::vector<double> before(factors.size());
  std::vector<double> after(factors.size());
  for (size_t i = 0; i < from.size(); ++i) {
    const auto channel = static_cast<size_t>(channel_of(static_cast<int64_t>(i)));
    const auto value = static_cast<double>(load(from[i]));
    to[i] = store<T>(static_cast<ComputeType<T>>(value * factors[channel]));
    const auto scaled = static_cast<double>(load(to[i]));
    if (!std::isfinite(scaled)) return false;
    before[channel] = std::max(before[channel], std::abs(value));
    after[channel] = std::max(after[channel], std::abs(scaled));
  }
  // What the others lose is little beside the greatest.
  for (size_t channel = 0; channel < factors.size(); ++channel) {
    const bool is_small = after[channel] < kLeastNormal<T> && factors[channel] != 0;
    if (is_small && before[channel] >= kLeastNormal<T>) return false;
  }
  return true;
}

// Each element times the factor of its channel; nullopt where one is not finite in the tensor's
// type, or a channel that had all of its digits does not keep them.
Result<std::optional<HostTensor>> scaled(const HostTensor& tensor,
                                         const std::vector<double>& factors,
                                         FunctionRef<int64_t(int64_t)> channel_of) {
  bool kept = true;
  const auto fill = [&](std::span<std::byte> bytes) {
    const Status dispatched = dispatch_type<FloatingTypes>(tensor.type(), [&]<class T>() {
      kept =
          scale_elements(tensor.as<T>(), factors, channel_of, reinterpret_cast<T*>(bytes.data()));
    });
    kept = kept && dispatched.ok();
  };
  HostTensor result = TRY(HostTensor::make(tensor.type(), tensor.shape(), fill));
  return kept ? std::optional(std::move(result)) : std::nullopt;
}

bool is_transposed_convolution(const Node& node) { return node.op->name == "ConvTranspose"; }

int64_t group_of(const Node& node) {
  const AttributeMap attributes = node.attrs.to_map();
  const auto group = attributes.find("group");
  return group == attributes.end() ? 1 : std::get<int64_t>(group->second);
}

// The weights with those of each channel scaled.
Result<std::optional<HostTensor>> scale_weights(const Node& node, const HostTensor& weights,
                                                const std::vector<double>& scale) {
  const Shape& shape = weights.shape();
  if (node.op->name == "MatMul") {
    const int64_t columns = shape.back();
    return scaled(weights, scale, [&](int64_t index) { return index % columns; });
  }
  // Elements of one filter for one channel of x, or for all of them.
  const auto taps = tenon::element_count(std::span(shape).subspan(2));
  if (!is_transposed_convolution(node)) {
    const int64_t filter = shape[1] * taps;
    return scaled(weights, scale, [&](int64_t index) { return index / filter; });
  }
  const int64_t channels_of_x = shape[0] / group_of(node);
  return scaled(weights, scale, [&](int64_t index) {
    const int64_t group = index / (channels_of_x * shape[1] * taps);
    return group * shape[1] + index / taps % shape[1];
  });
}

std::vector<double> new_bias(const Graph& graph, const Node& node, const ChannelAffine& affine) {
  std::vector<double> bias = affine.shift;
  if (node.inputs.size() < 3) return bias;
  const ConstTensorView old = constant_of(graph, node.inputs[2])->view();
  for (size_t i = 0; i < bias.size(); ++i) {
    bias[i] += element_as_double(old, static_cast<int64_t>(i)) * affine.scale[i];
  }
  return bias;
}

}  // namespace

bool ChannelAffine::has_scale() const {
  return std::ranges::any_of(scale, [](double number) { return number != 1; });
}

bool ChannelAffine::has_shift() const {
  return std::ranges::any_of(shift, [](double number) { return number != 0; });
}

ChannelAffine ChannelAffine::then(const ChannelAffine& next) const {
  ChannelAffine both;
  for (size_t i = 0; i < scale.size(); ++i) {
    both.scale.push_back(scale[i] * next.scale[i]);
    both.shift.push_back(shift[i] * next.scale[i] + next.shift[i]);
  }
  return both;
}

std::optional<ChannelAffine> affine_of(const Graph& graph, const Node& node, ValueId x, size_t axis,
                                       int64_t channels) {
  const ValueInfo& info = graph.value(x).info;
  const ValueInfo& result = graph.value(node.outputs.front()).info;
  if (result.type != info.type || result.shape != info.shape) return std::nullopt;
  std::optional<ChannelAffine> affine;
  if (node.op->name == "BatchNormalization") {
    if (node.inputs[0] != x || axis != 1) return std::nullopt;
    affine = affine_of_normalization(graph, node, channels);
  } else {
    if (node.inputs.size() != 2) return std::nullopt;
    const size_t position = node.inputs[0] == x ? 0 : 1;
    const HostTensor* tensor = constant_of(graph, node.inputs[1 - position]);
    if (tensor == nullptr) return std::nullopt;
    auto numbers = channel_numbers(*tensor, info.shape.size(), axis, channels);
    if (numbers) affine = affine_of_binary(node.op->name, position, *std::move(numbers));
  }
  if (affine && all_finite(affine->scale) && all_finite(affine->shift)) return affine;
  return std::nullopt;
}

std::optional<LinearNode> linear_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const bool is_product = node.op->name == "MatMul";
  if (!is_product && node.op->name != "Conv" && !is_transposed_convolution(node)) {
    return std::nullopt;
  }
  const HostTensor* weights = constant_of(graph, node.inputs[1]);
  if (weights == nullptr || !is_floating(weights->type()) || weights->shape().size() < 2) {
    return std::nullopt;
  }
  if (node.inputs.size() > 2 && constant_of(graph, node.inputs[2]) == nullptr) return std::nullopt;
  LinearNode linear{.id = id, .weights = node.inputs[1], .axis = 1, .channels = 0};
  const SymbolicShape& shape = graph.value(node.outputs.front()).info.shape;
  if (is_product) linear.axis = shape.size() - 1;
  linear.channels = weights->shape()[is_product ? weights->shape().size() - 1 : 0];
  if (is_transposed_convolution(node)) linear.channels = weights->shape()[1] * group_of(node);
  return linear;
}

Result<std::optional<HostTensor>> finite_vector(DataType type, std::span<const double> numbers) {
  HostTensor tensor = TRY(HostTensor::of(type, {static_cast<int64_t>(numbers.size())}, numbers));
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    if (!std::isfinite(element_as_double(tensor.view(), i))) return std::nullopt;
  }
  return std::optional(std::move(tensor));
}

NodeId only_user(const Graph& graph, std::span<const std::vector<Use>> uses, ValueId value) {
  const auto is_value = [value](const GraphOutput& output) { return output.value == value; };
  if (uses[value.index].size() != 1 || std::ranges::any_of(graph.outputs(), is_value)) return {};
  return uses[value.index].front().node;
}

AffineChain affine_behind(const Graph& graph, std::span<const std::vector<Use>> uses, ValueId value,
                          size_t axis, int64_t channels) {
  AffineChain chain;
  chain.result = value;
  for (;;) {
    const NodeId next = only_user(graph, uses, chain.result);
    if (!next.valid()) return chain;
    const auto affine = affine_of(graph, graph.node(next), chain.result, axis, channels);
    if (!affine) return chain;
    chain.affine = chain.nodes.empty() ? *affine : chain.affine.then(*affine);
    chain.nodes.push_back(next);
    chain.result = graph.node(next).outputs.front();
  }
}

Result<bool> fold_into_weights(Patch& patch, const Graph& graph,
                               std::span<const std::vector<Use>> uses, const LinearNode& linear,
                               const ChannelAffine& affine, ValueId result) {
  const Node& node = graph.node(linear.id);
  const HostTensor& weights = *constant_of(graph, linear.weights);
  std::vector<ValueId> operands = {node.inputs[0], linear.weights};
  std::optional<HostTensor> new_weights;
  if (affine.has_scale()) {
    if (only_user(graph, uses, linear.weights) != linear.id) return false;
    new_weights = TRY(scale_weights(node, weights, affine.scale));
    if (!new_weights) return false;
  }
  const std::vector<double> numbers = new_bias(graph, node, affine);
  // What is added to products may be as small as it likes: it loses no more than their sum does.
  const auto bias = TRY(finite_vector(weights.type(), numbers));
  if (!bias) return false;

  if (new_weights) {
    operands[1] = patch.add_constant(*std::move(new_weights), graph.value(linear.weights).name);
  }
  const NodeId before = graph.value(result).producer;
  const bool is_product = node.op->name == "MatMul";
  const bool has_bias = node.inputs.size() > 2 || affine.has_shift();
  const ValueId addend = has_bias ? patch.add_constant(*bias, "bias") : ValueId{};
  if (has_bias && !is_product) operands.push_back(addend);
  ValueId folded =
      TRY(patch.add_node(before, *node.op, node.attrs, std::move(operands), node.name)).front();
  if (has_bias && is_product) {
    folded =
        TRY(patch.add_node(before, *find_op("Add"), Attrs(), {folded, addend}, node.name)).front();
  }
  patch.replace(result, folded);
  return true;
}

}  // namespace tenon::internal
