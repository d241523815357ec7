#include "testing/random_network.h"

#include "base/check.h"
#include "testing/graph_builder.h"
#include "testing/random_graph.h"
#include "testing/random_tensor.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;

// The symbol of open channels, and the only value with which networks run.
constexpr std::string_view kOpenChannels = "C";
constexpr int64_t kChannels = 4;

class Generator {
 public:
  explicit Generator(uint64_t seed) : engine_(seed) {}

  Graph run() {
    constexpr std::array<std::string_view, 3> kImages = {"f32[N,4,6,6]", "f32[2,4,5,7]",
                                                         "f32[N,C,6,6]"};
    values_.push_back(b_.input("x", pick(kImages)));
    if (!chance(4)) values_.push_back(sequence_ = b_.input("sequence", "f32[N,6,8]"));
    if (chance(2)) values_.push_back(b_.input("rows", "f32[N,6]"));
    const size_t layers = 3 + below(8);
    for (size_t i = 0; i < layers; ++i) add_layer();
    b_.output("last", values_.back());
    if (chance(3)) b_.output("other", pick(values_));
    return b_.take();
  }

 private:
  size_t below(size_t bound) { return engine_() % bound; }
  bool chance(size_t one_in) { return below(one_in) == 0; }
  template <class List>
  const typename List::value_type& pick(const List& list) {
    return list[below(list.size())];
  }

  const SymbolicShape& shape(ValueId id) const { return b_.graph().value(id).info.shape; }
  size_t rank(ValueId id) const { return shape(id).size(); }
  // 0: open.
  int64_t extent(ValueId id, size_t axis) const {
    const Dim& dim = shape(id)[axis];
    return dim.as_symbol() == kOpenChannels ? kChannels : dim.as_constant().value_or(0);
  }

  ValueId constant(Shape shape, double low = -0.5, double high = 0.5) {
    return b_.constant(random_tensor(kF32, std::move(shape), engine_(), low, high));
  }
  ValueId scalar(double value) { return b_.constant(kF32, {}, {value}); }

  // Mostly the last value, so that chains form.
  ValueId operand() { return chance(4) ? pick(values_) : values_.back(); }

  void add_layer() {
    ValueId x = operand();
    x = anchor(x);
    if (has_open_channels(x) && chance(2)) x = stated(x);
    for (size_t i = below(4); i > 0; --i) x = arithmetic(x);
    if (chance(3)) x = split_and_joined(x);
    values_.push_back(x);
    if (chance(4)) values_.push_back(there_and_back(x));
  }

  bool has_open_channels(ValueId x) const {
    return rank(x) == 4 && shape(x)[1].as_symbol() == kOpenChannels;
  }

  // A view that says how many channels there are.
  ValueId stated(ValueId x) { return b_.node("Reshape", {x, b_.ints({0, kChannels, 0, 0})}); }

  ValueId anchor(ValueId x) {
    switch (below(13)) {
      case 0:
      case 1:
        return rank(x) == 4 ? convolution(x) : product(x);
      case 2:
      case 3:
        return product(x);
      case 4:
        if (rank(x) < 2) return x;
        return rank(x) > 2 && chance(2) ? group_normalization(x) : normalization(x);
      case 5:
        return attention(x);
      case 6:
        return b_.node(chance(2) ? "ReduceMean" : "ReduceMax", {x},
                       {{"axes", std::vector<int64_t>{-1}}});
      case 7:
        return rank(x) < 3 ? x : pool(x);
      case 8:
        return rank(x) == 0 ? x : layer_normalization(x);
      case 10:
      case 11:
      case 12:
        return heads(rank(x) == 3 || !sequence_.valid() ? x : sequence_);
      default:
        return rank(x) == 2 ? gemm(x) : b_.node("Softmax", {x});
    }
  }

  ValueId convolution(ValueId x) {
    const int64_t channels = extent(x, 1);
    if (channels == 0) return x;
    const bool grouped = channels % 2 == 0 && chance(3);
    std::vector<ValueId> operands = {
        x, constant({chance(2) ? channels : 6, grouped ? channels / 2 : channels, 3, 3})};
    if (chance(2))
      operands.push_back(constant({b_.graph().value(operands[1]).info.shape[0].constant()}));
    return b_.node(
        "Conv", std::move(operands),
        {{"pads", std::vector<int64_t>{1, 1, 1, 1}}, {"group", int64_t{grouped ? 2 : 1}}}, "conv");
  }

  // Some channels or columns by themselves, more computed from them, and all of it side by side.
  ValueId split_and_joined(ValueId x) {
    if (rank(x) < 2) return x;
    const size_t axis = chance(2) ? 1 : rank(x) - 1;
    const int64_t extent_of_axis = extent(x, axis);
    if (extent_of_axis < 2) return x;
    const auto cut = static_cast<int64_t>(1 + below(static_cast<size_t>(extent_of_axis - 1)));
    const auto along = static_cast<int64_t>(axis);
    const auto part = [&](int64_t begin, int64_t end) {
      return b_.node("Slice", {x, b_.ints({begin}), b_.ints({end}), b_.ints({along})});
    };
    std::vector<ValueId> parts = {part(0, cut), part(cut, extent_of_axis)};
    for (size_t i = below(4); i > 0; --i) {
      const ValueId last = chance(4) ? pick(parts) : parts.back();
      ValueId next = b_.node("Tanh", {last});
      if (axis + 1 == rank(x) && chance(2)) next = product(last);
      if (axis == 1 && rank(x) == 4 && chance(2)) next = convolution(last);
      parts.push_back(chance(3) ? residual(next) : next);
    }
    if (chance(4)) std::swap(parts[0], parts[below(parts.size())]);
    if (chance(4)) parts.push_back(pick(values_));
    std::erase_if(parts, [&](ValueId id) { return !joins(id, x, axis); });
    return b_.node("Concat", parts, {{"axis", along}}, "joined");
  }

  // Whether the values differ along that axis alone.
  bool joins(ValueId a, ValueId b, size_t axis) const {
    SymbolicShape like = shape(a);
    if (like.size() != rank(b)) return false;
    like[axis] = shape(b)[axis];
    return like == shape(b);
  }

  // With a number of columns that is known.
  ValueId product(ValueId x) {
    const int64_t depth = rank(x) == 0 ? 0 : extent(x, rank(x) - 1);
    if (depth == 0) return x;
    return b_.node("MatMul", {x, constant({depth, chance(2) ? depth : 5})}, {}, "product");
  }

  ValueId gemm(ValueId x) {
    const int64_t depth = extent(x, 1);
    if (depth == 0) return x;
    const bool transposed = chance(2);
    std::vector<ValueId> operands = {x, constant(transposed ? Shape{7, depth} : Shape{depth, 7})};
    if (chance(2)) operands.push_back(constant(chance(2) ? Shape{7} : Shape{1, 7}));
    return b_.node("Gemm", std::move(operands),
                   {{"transB", int64_t{transposed}},
                    {"alpha", chance(3) ? 0.5 : 1.0},
                    {"beta", chance(3) ? 2.0 : 1.0}},
                   "gemm");
  }

  ValueId normalization(ValueId x) {
    const int64_t channels = extent(x, 1);
    if (channels == 0) return x;
    return b_.node("BatchNormalization",
                   {x, constant({channels}, 0.5, 1.5), constant({channels}), constant({channels}),
                    constant({channels}, 0.5, 1.5)},
                   {}, "normalization");
  }

  // As an instance normalization of groups.
  ValueId group_normalization(ValueId x) {
    const int64_t channels = extent(x, 1);
    if (channels == 0) return x;
    const int64_t groups = channels % 2 == 0 ? channels / 2 : channels;
    const ValueId grouped = b_.node("Reshape", {x, b_.ints({0, groups, -1})});
    const ValueId normal =
        b_.node("InstanceNormalization", {grouped, constant({groups}), constant({groups})},
                {{"epsilon", 0.125}}, "normal");
    const ValueId result =
        b_.node("Reshape", {normal, b_.node("Shape", {x})}, {{"allowzero", int64_t{1}}});
    return chance(2) ? result : channel_arithmetic(result);
  }

  // Over the last axis, or without the mean, in arithmetic.
  ValueId layer_normalization(ValueId x) {
    const auto mean = [&](ValueId value) {
      return b_.node("ReduceMean", {value}, {{"axes", std::vector<int64_t>{-1}}});
    };
    const ValueId distance = chance(3) ? x : b_.node("Sub", {x, mean(x)});
    const ValueId square =
        chance(2) ? b_.node("Mul", {distance, distance}) : b_.node("Pow", {distance, scalar(2)});
    const ValueId root = b_.node("Sqrt", {b_.node("Add", {mean(square), scalar(0.125)})});
    const ValueId normal =
        chance(2) ? b_.node("Div", {distance, root})
                  : b_.node("Mul", {distance, b_.node("Reciprocal", {root})}, {}, "normal");
    return chance(2) ? normal : channel_arithmetic(normal);
  }

  // x * transposed(x), scaled, softmaxed; often times x.
  ValueId attention(ValueId x) {
    if (rank(x) < 2) return x;
    std::vector<int64_t> perm(rank(x));
    for (size_t i = 0; i < perm.size(); ++i) perm[i] = static_cast<int64_t>(i);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    ValueId key = b_.node("Transpose", {x}, {{"perm", perm}});
    if (chance(2)) key = b_.node("Mul", {key, scalar(0.25)});
    ValueId scores = b_.node("MatMul", {x, key}, {}, "scores");
    if (chance(2)) scores = b_.node("Mul", {scores, scalar(0.125)});
    const ValueId shares = b_.node("Softmax", {scores}, {}, "softmax");
    return chance(3) ? shares : b_.node("MatMul", {shares, x}, {}, "context");
  }

  // Attention of two heads over a sequence, in the forms of exporters.
  ValueId heads(ValueId x) {
    if (rank(x) != 3 || extent(x, 2) == 0 || extent(x, 2) % 2 != 0) return x;
    switch (below(3)) {
      case 0:
        return attention_of_parts(x);
      case 1:
        return attention_of_products(x);
      default: {
        const AttributeMap counts = {
            {"q_num_heads", int64_t{2}}, {"kv_num_heads", int64_t{2}}, {"joins_heads", int64_t{1}}};
        const bool biased = chance(2);
        const ValueId q = projection(x, biased);
        const ValueId k = projection(x, biased);
        return b_.node("Attention", {q, k, projection(x, biased)}, counts, "attention");
      }
    }
  }

  ValueId projection(ValueId x, bool biased) {
    const int64_t width = extent(x, 2);
    const ValueId product = b_.node("MatMul", {x, constant({width, width})}, {}, "projection");
    return biased ? b_.node("Add", {product, constant({width})}) : product;
  }

  ValueId permuted(ValueId x, std::vector<int64_t> perm) {
    return b_.node("Transpose", {x}, {{"perm", std::move(perm)}});
  }

  // Of one product that is taken apart.
  ValueId attention_of_parts(ValueId x) {
    const int64_t width = extent(x, 2);
    const ValueId product = b_.node("MatMul", {x, constant({width, 3 * width})}, {}, "parts");
    const ValueId split = b_.node("Reshape", {product, b_.ints({0, 0, 3, 2, width / 2})});
    const ValueId parts = permuted(split, {2, 0, 3, 1, 4});
    const bool sliced = chance(2);
    const auto part = [&](int64_t index) {
      if (sliced) {
        const ValueId axis = b_.ints({0});
        const ValueId range =
            b_.node("Slice", {parts, b_.ints({index}), b_.ints({index + 1}), axis});
        return b_.node("Squeeze", {range, axis});
      }
      const ValueId number = b_.constant(DataType::kInt64, {}, {static_cast<double>(index)});
      return b_.node("Gather", {parts, number}, {{"axis", int64_t{0}}});
    };
    const ValueId q = part(0);
    const ValueId columns = permuted(part(1), {0, 1, 3, 2});
    return joined_heads(arithmetic_attention(q, columns, part(2), extent(x, 1)), width);
  }

  ValueId attention_of_products(ValueId x) {
    const int64_t width = extent(x, 2);
    const bool biased = chance(2);
    const auto part = [&](std::vector<int64_t> perm) {
      const ValueId product = projection(x, biased);
      return permuted(b_.node("Reshape", {product, b_.ints({0, 0, 2, width / 2})}),
                      std::move(perm));
    };
    const ValueId q = part({0, 2, 1, 3});
    if (chance(2)) {
      const ValueId k = part({0, 2, 1, 3});
      return joined_heads(b_.node("Attention", {q, k, part({0, 2, 1, 3})}, {}, "attention"), width);
    }
    const ValueId columns = part({0, 2, 3, 1});
    return joined_heads(arithmetic_attention(q, columns, part({0, 2, 1, 3}), extent(x, 1)), width);
  }

  // `keys`: how many there are; 0: open.
  ValueId arithmetic_attention(ValueId q, ValueId columns, ValueId v, int64_t keys) {
    ValueId scores = b_.node("MatMul", {q, columns}, {}, "scores");
    if (chance(2)) scores = b_.node("Div", {scores, scalar(2)});
    if (keys > 0 && chance(2)) scores = b_.node("Add", {scores, constant({1, 1, 1, keys})});
    return b_.node("MatMul", {b_.node("Softmax", {scores}, {}, "softmax"), v}, {}, "context");
  }

  ValueId joined_heads(ValueId context, int64_t width) {
    return b_.node("Reshape", {permuted(context, {0, 2, 1, 3}), b_.ints({0, 0, width})});
  }

  ValueId pool(ValueId x) {
    constexpr std::array<std::string_view, 4> kOps = {"GlobalAveragePool", "GlobalMaxPool",
                                                      "AveragePool", "MaxPool"};
    const std::string_view op = pick(kOps);
    if (op.starts_with("Global")) return b_.node(op, {x});
    const size_t spatial = rank(x) - 2;
    return b_.node(op, {x},
                   {{"kernel_shape", std::vector<int64_t>(spatial, 3)},
                    {"pads", std::vector<int64_t>(2 * spatial, 1)}});
  }

  ValueId arithmetic(ValueId x) {
    switch (below(9)) {
      case 0:
      case 1:
        return channel_arithmetic(x);
      case 7:
        return gelu(x);
      case 2:
        return b_.node("Mul", {x, b_.node("Sigmoid", {x})});
      case 3:
        return residual(x);
      case 4:
        return b_.node("Min", {b_.node("Max", {x, scalar(-2)}), scalar(2)});
      case 5:
        return transposed(x);
      case 6:
        return b_.node("Pow", {x, scalar(chance(2) ? 2 : 3)});
      default: {
        constexpr std::array<std::string_view, 5> kOps = {"Relu", "Tanh", "HardSwish", "LeakyRelu",
                                                          "Softplus"};
        return b_.node(pick(kOps), {x});
      }
    }
  }

  ValueId gelu(ValueId x) {
    const ValueId share =
        b_.node("Add", {b_.node("Erf", {b_.node("Mul", {x, scalar(0.70710678)})}), scalar(1)});
    return chance(2) ? b_.node("Mul", {b_.node("Mul", {x, share}), scalar(0.5)})
                     : b_.node("Mul", {b_.node("Mul", {x, scalar(0.5)}), share});
  }

  // With a number for each channel of some axis, or one for all.
  ValueId channel_arithmetic(ValueId x) {
    constexpr std::array<std::string_view, 4> kOps = {"Add", "Sub", "Mul", "Div"};
    const std::string_view op = pick(kOps);
    Shape numbers;
    if (rank(x) > 0 && !chance(4)) {
      const size_t axis = chance(2) ? rank(x) - 1 : std::min<size_t>(1, rank(x) - 1);
      numbers.assign(rank(x) - axis, 1);
      if (extent(x, axis) > 0) numbers[0] = extent(x, axis);
    }
    const ValueId other = constant(std::move(numbers), 0.5, 1.5);
    return chance(4) && op != "Div" ? b_.node(op, {other, x}) : b_.node(op, {x, other});
  }

  ValueId residual(ValueId x) {
    std::vector<ValueId> like;
    for (const ValueId value : values_) {
      if (shape(value) == shape(x)) like.push_back(value);
    }
    if (like.empty()) return x;
    return b_.node("Add", {x, pick(like)});
  }

  std::vector<int64_t> random_perm(size_t count) {
    std::vector<int64_t> perm(count);
    for (size_t i = 0; i < count; ++i) {
      perm[i] = static_cast<int64_t>(i);
      std::swap(perm[i], perm[below(i + 1)]);
    }
    return perm;
  }

  ValueId transposed(ValueId x) {
    return b_.node("Transpose", {x}, {{"perm", random_perm(rank(x))}});
  }

  ValueId there_and_back(ValueId x) {
    const std::vector<int64_t> perm = random_perm(rank(x));
    std::vector<int64_t> back(perm.size());
    for (size_t i = 0; i < perm.size(); ++i) {
      back[static_cast<size_t>(perm[i])] = static_cast<int64_t>(i);
    }
    ValueId y = b_.node("Transpose", {x}, {{"perm", perm}});
    for (size_t i = below(3); i > 0; --i) y = arithmetic(y);
    if (rank(y) != back.size()) return y;
    return b_.node("Transpose", {y}, {{"perm", back}});
  }

  std::mt19937_64 engine_;
  GraphBuilder b_;
  std::vector<ValueId> values_;
  // Invalid: none.
  ValueId sequence_;
};

}  // namespace

Graph random_network(uint64_t seed) { return Generator(seed).run(); }

std::vector<HostTensor> random_network_inputs(const Graph& network, uint64_t seed) {
  return random_inputs(network, seed, {{std::string(kOpenChannels), kChannels}});
}

}  // namespace tenon::internal::testing
