#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/text_tokens.h"
#include "base/try.h"
#include "graph/bodies.h"
#include "graph/text.h"
#include "graph/text_literals.h"
#include "ops/control_flow.h"
#include "ops/extents.h"
#include "ops/list.h"
#include "tensor/attribute_text.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace tenon::internal {
namespace {

// Deeper than any exporter nests bodies.
constexpr int kMaxBodyDepth = 64;

// The left side of a node: one of the values that it computes.
struct NodeOutput {
  std::string name;
  size_t offset = 0;
  // Not present where the text leaves the type to inference.
  ValueInfo stated;
};

class GraphParser {
 public:
  explicit GraphParser(std::string_view text) : tokens_(text) {}

  Result<Graph> parse_graph() {
    TRY_STATUS(tokens_.expect("graph"));
    graph_ = Graph(TRY(tokens_.expect_string("the name of the graph in quotes")));
    TRY_STATUS(tokens_.expect("{"));
    TRY_STATUS(parse_statements());
    TRY_STATUS(expect_end());
    return std::move(graph_);
  }

  Result<ValueInfo> parse_type() {
    const Token word = TRY(tokens_.expect(Token::Kind::kWord, "an element type"));
    ValueInfo info;
    info.type = TRY(tokens_.located(parse_data_type(word.text), word.offset));
    TRY_STATUS(tokens_.expect("["));
    if (tokens_.take("]")) return info;
    do {
      const size_t offset = tokens_.peek().offset;
      info.shape.push_back(TRY(tokens_.located(Dim::parse(tokens_.take_expression()), offset)));
      if (info.shape.size() > kMaxRank) {
        return tokens_.error_at(offset, fmt::format("more than {} dims", kMaxRank));
      }
    } while (tokens_.take(","));
    TRY_STATUS(tokens_.expect("]"));
    return info;
  }

  Status expect_end() const { return tokens_.expect_end(); }

 private:
  // Up to the brace that ends them.
  Status parse_statements() {
    while (!tokens_.take("}")) {
      if (depth_ == 0 && tokens_.take("input")) {
        TRY_STATUS(parse_input());
      } else if (tokens_.take("const")) {
        TRY_STATUS(parse_constant());
      } else if (tokens_.take("output")) {
        TRY_STATUS(parse_output());
      } else if (tokens_.peek().kind == Token::Kind::kValue) {
        TRY_STATUS(parse_node());
      } else {
        return tokens_.expected("input, const, output, a value or '}'");
      }
    }
    return {};
  }

  // The bodies of a node with such operands.
  Result<Bodies> parse_bodies(const OpDef& op, const Attrs& attrs,
                              std::span<const ValueId> operands) {
    Bodies bodies;
    if (!tokens_.at("body")) return bodies;
    if (op.bodies == 0) return tokens_.error_at(tokens_.peek().offset, "the op has no body");
    const std::vector<ValueInfo> infos = infos_of(graph_, operands);
    while (tokens_.at("body")) {
      const size_t offset = tokens_.peek().offset;
      TRY_STATUS(tokens_.expect("body"));
      if (depth_ == kMaxBodyDepth) {
        return tokens_.error_at(offset,
                                fmt::format("bodies nest more than {} deep", kMaxBodyDepth));
      }
      if (infos.size() < first_capture(op, attrs)) {
        return tokens_.error_at(offset, fmt::format("the op takes at least {}",
                                                    counted(first_capture(op, attrs), "operand")));
      }
      Graph around = std::exchange(
          graph_, Graph(TRY(tokens_.expect_string("the name of the body in quotes"))));
      ++depth_;
      TRY_STATUS(parse_body_inputs(body_inputs(op, attrs, infos), stem_of(attrs)));
      TRY_STATUS(tokens_.expect("{"));
      TRY_STATUS(parse_statements());
      --depth_;
      bodies.push_back(std::make_shared<const Graph>(std::exchange(graph_, std::move(around))));
    }
    return bodies;
  }

  // What the text says of types is checked when the node is added; extents that a Loop tells stand
  // there alone.
  Status parse_body_inputs(std::span<const ValueInfo> given, const std::string& stem) {
    TRY_STATUS(tokens_.expect("("));
    size_t count = 0;
    while (!tokens_.at(")")) {
      if (count > 0) TRY_STATUS(tokens_.expect(","));
      const size_t offset = tokens_.peek().offset;
      std::string name = TRY(parse_value_name());
      TRY_STATUS(tokens_.expect(":"));
      ValueInfo info = TRY(parse_type());
      if (count >= given.size() || info.type != given[count].type ||
          info.shape.size() != given[count].shape.size()) {
        return tokens_.error_at(offset, "the operand of the node for this input is another one");
      }
      for (size_t axis = 0; axis < info.shape.size(); ++axis) {
        const bool told = stem_of_symbol(info.shape[axis].as_symbol()) == stem;
        if (!told) info.shape[axis] = given[count].shape[axis];
      }
      info.elements = given[count].elements;
      TRY(tokens_.located(graph_.add_body_input(std::move(name), std::move(info)), offset));
      ++count;
    }
    return tokens_.expect(")");
  }

  Result<std::string> parse_value_name() {
    const Token token = TRY(tokens_.expect(Token::Kind::kValue, "a value such as %x"));
    const std::string_view name = token.text.substr(1);
    if (name.empty()) return tokens_.error_at(token.offset, "a value needs a name");
    if (name[0] != '"') return std::string(name);
    return tokens_.located(unquote(name), token.offset);
  }

  Result<ValueInfo> parse_type_and_layout() {
    ValueInfo info = TRY(parse_type());
    const size_t offset = tokens_.peek().offset;
    if (!tokens_.take(to_string(Layout::kChannelsLast))) return info;
    if (!has_channels_last(info.shape)) {
      return tokens_.error_at(offset, fmt::format("{} cannot be channels_last", to_string(info)));
    }
    info.layout = Layout::kChannelsLast;
    return info;
  }

  Status parse_input() {
    const size_t offset = tokens_.peek().offset;
    std::string name = TRY(parse_value_name());
    TRY_STATUS(tokens_.expect(":"));
    ValueInfo info = TRY(parse_type());
    TRY(tokens_.located(graph_.add_input(std::move(name), std::move(info)), offset));
    return {};
  }

  Status parse_constant() {
    const size_t offset = tokens_.peek().offset;
    std::string name = TRY(parse_value_name());
    TRY_STATUS(tokens_.expect(":"));
    const size_t type_offset = tokens_.peek().offset;
    const ValueInfo info = TRY(parse_type_and_layout());
    Shape shape;
    for (const Dim& dim : info.shape) {
      if (!dim.is_constant() || dim.constant() < 0) {
        return tokens_.error_at(type_offset, "the dims of a constant must be numbers from 0 up");
      }
      shape.push_back(dim.constant());
    }
    TRY_STATUS(tokens_.expect("="));
    HostTensor tensor = TRY(parse_elements(info.type, std::move(shape)));
    if (name.empty()) return tokens_.error_at(offset, "a value needs a name");
    const ValueId constant =
        TRY(tokens_.located(graph_.add_constant(std::move(name), std::move(tensor)), offset));
    graph_.set_layout(constant, info.layout);
    return {};
  }

  Result<HostTensor> parse_elements(DataType type, Shape shape) {
    const size_t offset = tokens_.peek().offset;
    if (tokens_.take("elided")) {
      return tokens_.error_at(offset, "the elements of this constant were left out of the text");
    }
    if (tokens_.take("base64")) {
      const Token token = TRY(tokens_.expect(Token::Kind::kString, "base64 in quotes"));
      if (token.text.size() < 2 || token.text.back() != '"') {
        return tokens_.error_at(token.offset, "no quote ends the base64");
      }
      const std::string_view encoded = token.text.substr(1, token.text.size() - 2);
      return tokens_.located(tensor_from_base64(type, std::move(shape), encoded), token.offset);
    }
    LiteralReader literals(type);
    TRY_STATUS(tokens_.expect("["));
    if (!tokens_.take("]")) {
      do {
        const Token token = TRY(tokens_.expect_scalar("an element"));
        TRY(tokens_.located(literals.add(token.text), token.offset));
      } while (tokens_.take(","));
      TRY_STATUS(tokens_.expect("]"));
    }
    return tokens_.located(std::move(literals).finish(std::move(shape)), offset);
  }

  Status parse_output() {
    const size_t offset = tokens_.peek().offset;
    std::string name = TRY(tokens_.expect_string("the name of an output in quotes"));
    TRY_STATUS(tokens_.expect("="));
    const ValueId value = TRY(parse_use());
    TRY(tokens_.located(graph_.add_output(std::move(name), value), offset));
    return {};
  }

  // A value that is there already.
  Result<ValueId> parse_use() {
    const size_t offset = tokens_.peek().offset;
    const std::string name = TRY(parse_value_name());
    const ValueId value = graph_.find_value(name);
    if (value.valid()) return value;
    return tokens_.error_at(offset, fmt::format("no value {} stands above", quote(name)));
  }

  Status parse_node() {
    std::vector<NodeOutput> outputs;
    do {
      NodeOutput& output = outputs.emplace_back();
      output.offset = tokens_.peek().offset;
      output.name = TRY(parse_value_name());
      if (output.name.empty()) return tokens_.error_at(output.offset, "a value needs a name");
      if (!tokens_.take(":")) continue;
      output.stated = TRY(parse_type_and_layout());
    } while (tokens_.take(","));
    TRY_STATUS(tokens_.expect("="));

    const Token op_name = TRY(tokens_.expect(Token::Kind::kWord, "an op"));
    const OpDef* op = find_op(op_name.text);
    if (op == nullptr) {
      std::vector<std::string_view> names;
      for (const OpDef* known : all_ops()) names.push_back(known->name);
      return tokens_.error_at(op_name.offset, fmt::format("there is no op {}{}", op_name.text,
                                                          did_you_mean(op_name.text, names)));
    }
    std::vector<ValueId> operands = TRY(parse_operands());
    Attrs attrs = TRY(parse_attrs(*op, op_name.offset));
    std::string node_name;
    if (tokens_.take("as"))
      node_name = TRY(tokens_.expect_string("the name of the node in quotes"));
    Bodies bodies = TRY(parse_bodies(*op, attrs, operands));

    std::vector<std::string> names;
    for (const NodeOutput& output : outputs) names.push_back(output.name);
    const NodeId id =
        TRY(tokens_.located(graph_.add_node(*op, std::move(attrs), std::move(operands),
                                            std::move(node_name), std::move(names), bodies),
                            op_name.offset));
    TRY_STATUS(check_types(graph_.node(id), outputs));
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].stated.present()) continue;
      graph_.set_layout(graph_.node(id).outputs[i], outputs[i].stated.layout);
    }
    return {};
  }

  Result<std::vector<ValueId>> parse_operands() {
    std::vector<ValueId> operands;
    TRY_STATUS(tokens_.expect("("));
    if (tokens_.take(")")) return operands;
    do {
      operands.push_back(tokens_.take("_") ? ValueId{} : TRY(parse_use()));
    } while (tokens_.take(","));
    TRY_STATUS(tokens_.expect(")"));
    return operands;
  }

  Status check_types(const Node& node, std::span<const NodeOutput> outputs) const {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const ValueInfo& inferred = graph_.value(node.outputs[i]).info;
      const ValueInfo& stated = outputs[i].stated;
      if (!stated.present()) continue;
      if (stated.type != inferred.type || stated.shape != inferred.shape) {
        return tokens_.error_at(
            outputs[i].offset,
            fmt::format("{} is stated to be {}, but {} infers {}", quote(outputs[i].name),
                        to_string(stated), node.op->name, to_string(inferred)));
      }
    }
    return {};
  }

  Result<Attrs> parse_attrs(const OpDef& op, size_t op_offset) {
    AttributeMap map;
    if (tokens_.at("{")) map = TRY(parse_attributes(tokens_));
    return tokens_.located(Attrs::from_map(*op.attrs, map), op_offset);
  }

  TokenReader tokens_;
  Graph graph_;
  // Bodies around what is parsed.
  int depth_ = 0;
};

}  // namespace

Result<Graph> parse_graph(std::string_view text) { return GraphParser(text).parse_graph(); }

Result<ValueInfo> parse_value_info(std::string_view text) {
  GraphParser parser(text);
  ValueInfo info = TRY(parser.parse_type());
  TRY_STATUS(parser.expect_end());
  return info;
}

}  // namespace tenon::internal
