#include "builder/choose_layouts.h"

#include "base/thread_pool.h"
#include "base/try.h"
#include "builder/node_layouts.h"
#include "ops/list.h"
#include "ops/reformat.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

class LayoutChooser {
 public:
  LayoutChooser(const Graph& graph, const Device& device)
      : graph_(graph), device_(device), result_(graph.name()) {}

  Result<Graph> run();

 private:
  Status copy_node(NodeId id);
  NodeLayouts choose(const Node& node) const;
  // The value in `layout`, by a Reformat where it has another.
  Result<ValueId> in_layout(ValueId value, Layout layout);
  Result<ValueId> add_reformat(ValueId value, Layout layout, const std::string& name);
  Result<ValueId> add_reordered(const HostTensor& constant, Layout layout, std::string name);

  const Graph& graph_;
  const Device& device_;
  Graph result_;
  // Of each value id of graph_: the value of result_ that stands for it.
  std::vector<ValueId> moved_;
  // Reformatted forms that exist, so that each is made once.
  struct Reformatted {
    ValueId from;
    Layout layout;
    ValueId to;
  };
  std::vector<Reformatted> reformatted_;
  // Made when it is needed.
  std::unique_ptr<ThreadPool> pool_;
};

NodeLayouts LayoutChooser::choose(const Node& node) const {
  std::vector<Layout> given;
  for (const ValueId id : node.inputs) {
    given.push_back(id.valid() ? result_.value(moved_[id.index]).info.layout : Layout::kPlain);
  }
  for (NodeLayouts& layouts : layout_candidates(graph_, node, given)) {
    if (has_fast_tactic(graph_, node, layouts, device_)) return std::move(layouts);
  }
  return {std::vector<Layout>(node.inputs.size(), Layout::kPlain),
          std::vector<Layout>(node.outputs.size(), Layout::kPlain)};
}

Result<ValueId> LayoutChooser::in_layout(ValueId value, Layout layout) {
  const ValueInfo& info = result_.value(value).info;
  if (info.layout == layout) return value;
  for (const Reformatted& made : reformatted_) {
    if (made.from == value && made.layout == layout) return made.to;
  }
  // A name that no value has or will get.
  std::string name =
      unused_name(fmt::format("{}_{}", result_.value(value).name, to_string(layout)),
                  [&](std::string_view taken) {
                    return graph_.find_value(taken).valid() || result_.find_value(taken).valid();
                  });
  const std::optional<HostTensor> constant = result_.value(value).constant;
  const ValueId made = constant ? TRY(add_reordered(*constant, layout, std::move(name)))
                                : TRY(add_reformat(value, layout, name));
  reformatted_.push_back({value, layout, made});
  return made;
}

Result<ValueId> LayoutChooser::add_reformat(ValueId value, Layout layout, const std::string& name) {
  const Attrs attrs =
      Attrs::of(ReformatAttrs{.from = result_.value(value).info.layout, .to = layout});
  const NodeId node = TRY(result_.add_node(*find_op("Reformat"), attrs, {value}, name, {name}));
  return result_.node(node).outputs[0];
}

// Constants that this did not make are plain.
Result<ValueId> LayoutChooser::add_reordered(const HostTensor& constant, Layout layout,
                                             std::string name) {
  const OpDef& reformat = *find_op("Reformat");
  const Attrs attrs = Attrs::of(ReformatAttrs{.from = Layout::kPlain, .to = layout});
  if (pool_ == nullptr) pool_ = TRY(ThreadPool::create({}));
  Status done;
  const auto reorder = [&](std::span<std::byte> bytes) {
    const ConstTensorView from = constant.view();
    const TensorView to = {bytes.data(), constant.type(), constant.shape()};
    done = reformat.reference(attrs, {&from, 1}, {&to, 1}, *pool_);
  };
  HostTensor reordered = TRY(HostTensor::make(constant.type(), constant.shape(), reorder));
  TRY_STATUS(std::move(done));
  const ValueId made = TRY(result_.add_constant(std::move(name), std::move(reordered)));
  result_.set_layout(made, layout);
  return made;
}

Status LayoutChooser::copy_node(NodeId id) {
  const Node& node = graph_.node(id);
  const NodeLayouts layouts = choose(node);
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId operand = node.inputs[i];
    inputs.push_back(operand.valid() ? TRY(in_layout(moved_[operand.index], layouts.inputs[i]))
                                     : ValueId{});
  }
  std::vector<std::string> names;
  for (const ValueId output : node.outputs) names.push_back(graph_.value(output).name);
  Bodies bodies;
  for (const auto& body : node.bodies) {
    bodies.push_back(std::make_shared<const Graph>(TRY(choose_layouts(*body, device_))));
  }
  const NodeId copy = TRY(result_.add_node(*node.op, node.attrs, std::move(inputs), node.name,
                                           std::move(names), bodies));
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId output = result_.node(copy).outputs[i];
    result_.set_layout(output, layouts.outputs[i]);
    moved_[node.outputs[i].index] = output;
  }
  return {};
}

Result<Graph> LayoutChooser::run() {
  moved_.assign(graph_.value_capacity(), ValueId{});
  for (const ValueId id : graph_.inputs()) {
    const Value& input = graph_.value(id);
    moved_[id.index] = TRY(result_.add_body_input(input.name, input.info));
  }
  for (const ValueId id : graph_.used_constants()) {
    const Value& constant = graph_.value(id);
    moved_[id.index] = TRY(result_.add_constant(constant.name, *constant.constant));
  }
  for (const NodeId id : graph_.order()) TRY_STATUS(copy_node(id));
  for (const GraphOutput& output : graph_.outputs()) {
    const ValueId plain = TRY(in_layout(moved_[output.value.index], Layout::kPlain));
    TRY_STATUS(result_.add_output(output.name, plain));
  }
  return std::move(result_);
}

}  // namespace

Result<Graph> choose_layouts(const Graph& graph, const Device& device) {
  return LayoutChooser(graph, device).run();
}

}  // namespace tenon::internal
