#include "testing/graph_builder.h"

#include "base/check.h"
#include "graph/text.h"
#include "ops/list.h"

#include <utility>

namespace tenon::internal::testing {
namespace {

template <class T>
T must(Result<T> result) {
  TENON_CHECK(result.ok(), "{}", result.error().to_string());
  return std::move(result).value();
}

}  // namespace

ValueId GraphBuilder::input(std::string name, std::string_view type) {
  return must(graph_.add_input(std::move(name), must(parse_value_info(type))));
}

ValueId GraphBuilder::constant(HostTensor tensor, std::string name) {
  return must(graph_.add_constant(std::move(name), std::move(tensor)));
}

ValueId GraphBuilder::constant(DataType type, Shape shape, std::initializer_list<double> values) {
  return constant(must(HostTensor::of(type, std::move(shape), {values.begin(), values.size()})));
}

ValueId GraphBuilder::ints(std::initializer_list<int64_t> values) {
  return constant(must(HostTensor::of_int64({static_cast<int64_t>(values.size())},
                                            {values.begin(), values.size()})));
}

ValueId GraphBuilder::scalar(int64_t value) {
  return constant(must(HostTensor::of_int64({}, {&value, 1})));
}

ValueId GraphBuilder::node(std::string_view op, std::vector<ValueId> inputs,
                           const AttributeMap& attributes, std::string name) {
  const OpDef* def = find_op(op);
  TENON_CHECK(def != nullptr, "there is no op {}", op);
  Attrs attrs = must(Attrs::from_map(*def->attrs, attributes));
  const NodeId id =
      must(graph_.add_node(*def, std::move(attrs), std::move(inputs), std::move(name)));
  return graph_.node(id).outputs.front();
}

GraphBuilder& GraphBuilder::output(std::string name, ValueId value) {
  const Status added = graph_.add_output(std::move(name), value);
  TENON_CHECK(added.ok(), "{}", added.error().to_string());
  return *this;
}

Graph graph_of_text(std::string_view text) { return must(parse_graph(text)); }

}  // namespace tenon::internal::testing
