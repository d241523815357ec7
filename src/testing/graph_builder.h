// Graphs for tests, written down in a few lines:
//
//   GraphBuilder b;
//   const ValueId x = b.input("x", "f32[N,4]");
//   const ValueId y = b.node("Reshape", {x, b.ints({-1})}, {{"allowzero", 0}});
//   const Graph graph = b.output("y", b.node("Relu", {y})).take();
//
// What cannot be built ends the test program and says why.
#pragma once

#include "graph/graph.h"

#include <tenon/types.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal::testing {

class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name = "test") : graph_(std::move(name)) {}

  // `type` as in the text form: "f32[N,3]".
  ValueId input(std::string name, std::string_view type);

  // Constants get names of their own.
  ValueId constant(HostTensor tensor, std::string name = {});
  ValueId constant(DataType type, Shape shape, std::initializer_list<double> values);
  // An i64 vector, as ops take shapes and axes.
  ValueId ints(std::initializer_list<int64_t> values);
  // An i64 scalar.
  ValueId scalar(int64_t value);

  // Output 0. The value's name is derived from the node's; an invalid id is an omitted operand.
  ValueId node(std::string_view op, std::vector<ValueId> inputs,
               const AttributeMap& attributes = {}, std::string name = {});

  GraphBuilder& output(std::string name, ValueId value);

  const Graph& graph() const { return graph_; }
  Graph take() { return std::move(graph_); }

 private:
  Graph graph_;
};

// Errors end the test program.
Graph graph_of_text(std::string_view text);

}  // namespace tenon::internal::testing
