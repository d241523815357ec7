#include "testing/random_graph.h"

#include "base/check.h"
#include "graph/bodies.h"
#include "ops/control_flow.h"
#include "ops/extents.h"
#include "ops/list.h"
#include "testing/op_cases.h"
#include "testing/random_tensor.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr std::array<std::string_view, 2> kSymbols = {"N", "M"};
constexpr int64_t kMaxExtent = 4;
constexpr int64_t kMaxElements = 4096;

// Names that a text form must quote.
constexpr std::array<std::string_view, 6> kOddNames = {"a b",         "quote\"d", "line\nbreak",
                                                       "back\\slash", "\xff\x01", "größe:0"};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // In [0, bound).
  size_t below(size_t bound) { return engine_() % bound; }
  bool chance(size_t one_in) { return below(one_in) == 0; }
  template <class List>
  auto& pick(List&& list) {
    return list[below(list.size())];
  }
  uint64_t seed() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

class Generator {
 public:
  Generator(uint64_t seed, int nodes) : random_(seed), nodes_(nodes) {}

  Graph run() {
    for (int i = 0; i < 2; ++i) {
      add_input(DataType::kFloat32, random_symbolic_shape());
    }
    constexpr std::array kSteps = {&Generator::add_case,          &Generator::add_case,
                                   &Generator::add_unary,         &Generator::add_binary,
                                   &Generator::add_cast,          &Generator::add_transpose,
                                   &Generator::add_view,          &Generator::add_view,
                                   &Generator::add_shape_reshape, &Generator::add_shape_of_shape,
                                   &Generator::add_slice,         &Generator::add_concat,
                                   &Generator::add_expand,        &Generator::add_duplicate,
                                   &Generator::add_constant_node, &Generator::add_if};
    for (int attempt = 0; attempt < 20 * nodes_ && std::ssize(graph_.order()) < nodes_; ++attempt) {
      (this->*random_.pick(kSteps))();
    }
    add_outputs();
    return std::move(graph_);
  }

 private:
  const ValueInfo& info(ValueId id) const { return graph_.value(id).info; }

  // Some names are taken from kOddNames, the others are left to the graph.
  std::string odd_name() {
    if (!random_.chance(8)) return {};
    const std::string name(random_.pick(kOddNames));
    return graph_.find_value(name).valid() ? std::string() : name;
  }

  SymbolicShape random_symbolic_shape() {
    const std::array<Dim, 8> dims = {Dim::symbol(kSymbols[0]),
                                     Dim::symbol(kSymbols[0]),
                                     Dim::symbol(kSymbols[1]),
                                     0,
                                     1,
                                     2,
                                     3,
                                     4};
    SymbolicShape shape;
    for (size_t rank = random_.below(5); rank > 0; --rank) shape.push_back(random_.pick(dims));
    return shape;
  }

  ValueId add_input(DataType type, SymbolicShape shape) {
    std::string name = odd_name();
    if (name.empty()) name = graph_.fresh_name("input");
    auto id = graph_.add_input(std::move(name), {type, std::move(shape), std::nullopt});
    TENON_CHECK(id.ok(), "{}", id.error().to_string());
    values_.push_back(*id);
    return *id;
  }

  ValueId add_constant(HostTensor tensor) {
    auto id = graph_.add_constant(odd_name(), std::move(tensor));
    TENON_CHECK(id.ok(), "{}", id.error().to_string());
    return *id;
  }

  ValueId ints(const std::vector<int64_t>& values) {
    auto tensor = HostTensor::of_int64({std::ssize(values)}, values);
    TENON_CHECK(tensor.ok(), "{}", tensor.error().to_string());
    return add_constant(*std::move(tensor));
  }

  // Output 0 of a new node, or an invalid id where the op does not take the operands or the results
  // grow too large.
  ValueId add(const OpDef& op, Attrs attrs, std::vector<ValueId> inputs) {
    std::vector<ValueInfo> operands;
    for (const ValueId id : inputs) operands.push_back(id.valid() ? info(id) : ValueInfo{});
    if (op.bodies > 0) return {};
    if (has_stem(op)) attrs = with_stem(attrs, graph_.unused_stem(op.name));
    const auto inferred = infer_outputs(op, attrs, operands);
    const auto runs = [this](const ValueInfo& value) { return is_small(value) && is_bound(value); };
    if (!inferred.ok() || !std::ranges::all_of(*inferred, runs)) return {};
    auto node = graph_.add_node(op, std::move(attrs), std::move(inputs), odd_name(), {odd_name()});
    TENON_CHECK(node.ok(), "{}", node.error().to_string());
    const std::vector<ValueId>& outputs = graph_.node(*node).outputs;
    values_.insert(values_.end(), outputs.begin(), outputs.end());
    return outputs.front();
  }

  ValueId add(std::string_view name, std::vector<ValueId> inputs,
              const AttributeMap& attributes = {}) {
    const OpDef* op = find_op(name);
    TENON_CHECK(op != nullptr, "{}", name);
    auto attrs = Attrs::from_map(*op->attrs, attributes);
    TENON_CHECK(attrs.ok(), "{}", attrs.error().to_string());
    return add(*op, *std::move(attrs), std::move(inputs));
  }

  static bool is_small(const ValueInfo& value) {
    SymbolRanges extents;
    for (const std::string_view symbol : kSymbols) extents.emplace(symbol, DimRange{0, kMaxExtent});
    const auto range = element_count(value.shape).range(extents);
    return range && range->max <= kMaxElements;
  }

  // Whether the inputs give all symbols of the value a number.
  bool is_bound(const ValueInfo& value) const {
    std::set<std::string> symbols;
    for (const Dim& dim : value.shape) dim.collect_symbols(symbols);
    for (const Dim& dim : value.elements.value_or(std::vector<Dim>())) dim.collect_symbols(symbols);
    return std::ranges::includes(graph_.input_symbols(), symbols);
  }

  ValueId any_value() { return random_.pick(values_); }
  ValueId any_float() {
    ValueId id = any_value();
    for (int i = 0; i < 20 && info(id).type != DataType::kFloat32; ++i) id = any_value();
    return id;
  }

  // A case of the table, on constants, inputs and values that happen to fit.
  void add_case() {
    static const std::vector<OpCase> cases = all_op_cases();
    const OpCase& op_case = random_.pick(cases);
    const auto data = make_case(op_case);
    // Its regions are floating, and only the case knows which ones are in the image.
    if (!data.ok() || op_case.op == "MaxRoiPool") return;
    std::vector<ValueId> operands;
    const bool all_constant = random_.chance(4);
    for (size_t i = 0; i < data->inputs.size(); ++i) {
      const HostTensor& tensor = data->inputs[i];
      const bool on_host = in_mask(data->op->host_inputs, i);
      if (tensor.type() == DataType::kUndefined) {
        operands.emplace_back();
      } else if (on_host || all_constant) {
        operands.push_back(add_constant(tensor));
      } else {
        operands.push_back(fitting_value(tensor));
      }
    }
    add(*data->op, data->attrs, std::move(operands));
  }

  ValueId fitting_value(const HostTensor& tensor) {
    const SymbolicShape shape = to_symbolic(tensor.shape());
    std::vector<ValueId> fitting;
    std::ranges::copy_if(values_, std::back_inserter(fitting), [&](ValueId id) {
      return info(id).type == tensor.type() && info(id).shape == shape;
    });
    // Integer elements may be indices, which only the case knows to be in range.
    const bool is_float = tensor.type() == DataType::kFloat32;
    if (is_float && !fitting.empty() && !random_.chance(4)) return random_.pick(fitting);
    if (is_float && random_.chance(2)) return add_input(tensor.type(), shape);
    return add_constant(tensor);
  }

  void add_unary() {
    constexpr std::array<std::string_view, 6> kOps = {"Relu", "Neg",      "Tanh",
                                                      "Abs",  "Identity", "Identity"};
    add(random_.pick(kOps), {any_float()});
  }

  // Of values that broadcast whatever the symbols are.
  void add_binary() {
    constexpr std::array<std::string_view, 4> kOps = {"Add", "Sub", "Mul", "Max"};
    const ValueId a = any_float();
    ValueId b = any_float();
    if (info(a).shape != info(b).shape) b = add_constant(random_tensor(info(a).type, {1}, 1));
    add(random_.pick(kOps), {a, b});
  }

  void add_cast() {
    constexpr std::array<std::string_view, 4> kTypes = {"f32", "f32", "f64", "f16"};
    add("Cast", {any_float()}, {{"to", std::string(random_.pick(kTypes))}});
  }

  void add_transpose() {
    const ValueId x = any_value();
    std::vector<int64_t> perm(info(x).shape.size());
    for (size_t i = 0; i < perm.size(); ++i) {
      perm[i] = static_cast<int64_t>(i);
      if (!random_.chance(3)) std::swap(perm[i], perm[random_.below(i + 1)]);
    }
    add("Transpose", {x}, {{"perm", std::move(perm)}});
  }

  void add_view() {
    const ValueId x = any_value();
    const auto rank = static_cast<int64_t>(info(x).shape.size());
    const auto axis = static_cast<int64_t>(random_.below(static_cast<size_t>(rank) + 1));
    switch (random_.below(5)) {
      case 0:
        add("Flatten", {x}, {{"axis", axis}});
        break;
      case 1:
        add("Unsqueeze", {x, ints({axis})});
        break;
      case 2:
        if (axis < rank && info(x).shape[static_cast<size_t>(axis)] == Dim(1)) {
          add("Squeeze", {x, ints({axis})});
        }
        break;
      case 3:
        add("Reshape", {x, ints({-1})});
        break;
      default:
        if (rank > 0) add("Reshape", {x, ints({0, -1})});
        break;
    }
  }

  // What exporters write for x.reshape(x.shape[0], -1) and x.reshape(y.shape).
  void add_shape_reshape() {
    const ValueId x = any_value();
    const ValueId shape = add("Shape", {x});
    if (!shape.valid() || info(x).shape.empty()) return;
    if (random_.chance(3)) {
      // A dim of 0 is one, not a copy of the other operand's.
      add("Reshape", {any_value_like(x), shape}, {{"allowzero", int64_t{1}}});
      return;
    }
    const ValueId first = add("Slice", {shape, ints({0}), ints({1}), ints({0})});
    const ValueId target = add("Concat", {first, ints({-1})}, {{"axis", int64_t{0}}});
    add("Reshape", {x, target});
  }

  // One with as many elements.
  ValueId any_value_like(ValueId x) {
    const Dim count = element_count(info(x).shape);
    std::vector<ValueId> like;
    std::ranges::copy_if(values_, std::back_inserter(like),
                         [&](ValueId id) { return element_count(info(id).shape) == count; });
    return random_.pick(like);
  }

  void add_shape_of_shape() {
    const ValueId shape = add("Shape", {any_value()});
    if (shape.valid()) add(random_.chance(2) ? "Size" : "Shape", {shape});
  }

  void add_slice() {
    const ValueId x = any_value();
    const auto rank = info(x).shape.size();
    if (rank == 0) return;
    const auto axis = static_cast<int64_t>(random_.below(rank));
    constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
    const int64_t step = random_.chance(3) ? -1 : 1;
    const int64_t end = step < 0 ? -kAll : random_.chance(2) ? kAll : 1;
    add("Slice", {x, ints({step < 0 ? -1 : 0}), ints({end}), ints({axis}), ints({step})});
  }

  void add_concat() {
    const ValueId x = any_value();
    const auto rank = info(x).shape.size();
    if (rank == 0) return;
    std::vector<ValueId> parts(1 + random_.below(3), x);
    add("Concat", std::move(parts), {{"axis", static_cast<int64_t>(random_.below(rank))}});
  }

  void add_expand() {
    const ValueId x = any_value();
    const ValueId shape = add("Shape", {x});
    if (!shape.valid()) return;
    const ValueId one = add_constant(random_tensor(DataType::kFloat32, {1}, random_.seed()));
    add("Expand", {random_.chance(2) ? x : one, shape});
  }

  void add_duplicate() {
    if (graph_.order().empty()) return;
    const Node node = graph_.node(random_.pick(graph_.order()));
    add(*node.op, node.attrs, node.inputs);
  }

  void add_constant_node() {
    const ValueId x = add_constant(random_tensor(DataType::kFloat32, {2, 3}, random_.seed()));
    add(random_.chance(2) ? "Neg" : "Transpose", {x});
  }

  // A body that computes a value of the shape of its first input.
  std::shared_ptr<const Graph> random_body(const ValueInfo& first, const ValueInfo& second,
                                           int depth) {
    Graph body("body");
    const auto input = [&](const ValueInfo& given) {
      auto id = body.add_body_input(body.fresh_name("input"), given);
      TENON_CHECK(id.ok(), "{}", id.error().to_string());
      return *id;
    };
    ValueId x = input(first);
    const ValueId y = input(second);
    const auto apply = [&](std::string_view op, std::vector<ValueId> inputs) {
      auto node = body.add_node(*find_op(op), Attrs(), std::move(inputs));
      TENON_CHECK(node.ok(), "{}", node.error().to_string());
      return body.node(*node).outputs.front();
    };
    constexpr std::array<std::string_view, 4> kUnary = {"Relu", "Neg", "Tanh", "Identity"};
    constexpr std::array<std::string_view, 3> kBinary = {"Add", "Sub", "Mul"};
    for (size_t i = random_.below(4); i > 0; --i) {
      ValueId other = x;
      if (random_.chance(3)) {
        auto constant = body.add_constant({}, random_tensor(first.type, {}, random_.seed()));
        TENON_CHECK(constant.ok(), "{}", constant.error().to_string());
        other = *constant;
      } else if (first.type == second.type && first.shape == second.shape && random_.chance(2)) {
        other = y;
      }
      x = random_.chance(2) ? apply(random_.pick(kUnary), {x})
                            : apply(random_.pick(kBinary), {x, other});
    }
    if (depth > 0 && random_.chance(2)) x = add_random_if(body, x, y, depth - 1);
    TENON_CHECK(body.add_output("result", x).ok(), "two results");
    return std::make_shared<const Graph>(std::move(body));
  }

  ValueId add_random_if(Graph& graph, ValueId x, ValueId y, int depth) {
    const std::vector<double> truth = {static_cast<double>(random_.below(2))};
    auto condition = graph.add_constant({}, HostTensor::of(DataType::kBool, {}, truth).value());
    TENON_CHECK(condition.ok(), "{}", condition.error().to_string());
    return add_random_if(graph, *condition, x, y, depth);
  }

  ValueId add_random_if(Graph& graph, ValueId condition, ValueId x, ValueId y, int depth) {
    Bodies bodies;
    const ValueInfo first = graph.value(x).info;
    const ValueInfo second = graph.value(y).info;
    for (int i = 0; i < 2; ++i) bodies.push_back(random_body(first, second, depth));
    const std::string stem = fmt::format("If_{}", stems_++);
    auto node = graph.add_node(*find_op("If"), Attrs::of(IfAttrs{.outputs = 1, .extent = stem}),
                               {condition, x, y}, {}, {}, bodies);
    TENON_CHECK(node.ok(), "{}", node.error().to_string());
    return graph.node(*node).outputs.front();
  }

  // The condition is an input, or known.
  void add_if() {
    const ValueId x = any_float();
    const ValueId y = any_value();
    if (info(x).type != DataType::kFloat32) return;
    if (random_.chance(2)) {
      values_.push_back(add_random_if(graph_, x, y, 2));
    } else {
      const ValueId condition = add_input(DataType::kBool, {});
      values_.push_back(add_random_if(graph_, condition, x, y, 2));
    }
  }

  // The last value and some others, so that some nodes are dead.
  void add_outputs() {
    std::vector<ValueId> outputs = {values_.back()};
    for (size_t i = random_.below(4); i > 0; --i) outputs.push_back(any_value());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Status added = graph_.add_output(fmt::format("output {}", i), outputs[i]);
      TENON_CHECK(added.ok(), "{}", added.error().to_string());
    }
  }

  Graph graph_{"random"};
  Random random_;
  int nodes_;
  int stems_ = 0;
  // Inputs and results; constants are made where they are needed.
  std::vector<ValueId> values_;
};

}  // namespace

Graph random_graph(uint64_t seed, int nodes) { return Generator(seed, nodes).run(); }

std::vector<HostTensor> random_inputs(const Graph& graph, uint64_t seed, SymbolBindings bindings) {
  Random random(seed);
  for (const std::string& symbol : graph.input_symbols()) {
    // Where all is empty little can go wrong.
    bindings.try_emplace(
        symbol, random.chance(6) ? 0 : 1 + static_cast<int64_t>(random.below(size_t{kMaxExtent})));
  }
  std::vector<HostTensor> inputs;
  for (const ValueId id : graph.inputs()) {
    const ValueInfo& info = graph.value(id).info;
    const auto shape = evaluate(info.shape, bindings);
    TENON_CHECK(shape.ok(), "{}", shape.error().to_string());
    inputs.push_back(random_tensor(info.type, *shape, random.seed()));
  }
  return inputs;
}

}  // namespace tenon::internal::testing
