#include "onnx/sort_nodes.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/messages.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>

namespace tenon::internal {
namespace {

using Producers = std::unordered_map<std::string_view, size_t>;

Result<Producers> find_producers(std::span<const NodeProto> nodes,
                                 const std::unordered_set<std::string_view>& given) {
  Producers producers;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view output : nodes[i].outputs) {
      if (output.empty()) continue;
      if (given.contains(output)) {
        return corrupt("{} computes {}, which is an input or an initializer", describe(nodes[i]),
                       name_text(output));
      }
      const auto [first, is_new] = producers.emplace(output, i);
      if (!is_new) {
        return corrupt("{} and {} both compute {}", describe(nodes[first->second]),
                       describe(nodes[i]), name_text(output));
      }
    }
  }
  return producers;
}

// One cycle among the nodes that are not done: each of them waits for another one of them.
Error describe_cycle(std::span<const NodeProto> nodes, const Producers& producers,
                     const std::vector<bool>& done) {
  constexpr size_t kShown = 8;
  std::vector<size_t> path;
  std::vector<bool> seen(nodes.size());
  size_t at = static_cast<size_t>(std::find(done.begin(), done.end(), false) - done.begin());
  while (!seen[at]) {
    seen[at] = true;
    path.push_back(at);
    for (const std::string_view input : names_read(nodes[at])) {
      const auto producer = producers.find(input);
      if (producer == producers.end() || done[producer->second]) continue;
      at = producer->second;
      break;
    }
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  const std::string more =
      path.size() > kShown ? fmt::format(" and {} more", path.size() - kShown) : "";
  path.resize(std::min(path.size(), kShown));
  std::reverse(path.begin(), path.end());
  return corrupt("the graph has a cycle: {}{}",
                 join(path, " -> ", [&](size_t node) { return describe(nodes[node]); }), more);
}

void add_free_names(const GraphProto& graph, std::vector<std::string_view>& names) {
  std::unordered_set<std::string_view> own;
  for (const ValueInfoProto& input : graph.inputs) own.insert(input.name);
  for (const TensorProto& tensor : graph.initializers) own.insert(tensor.name);
  for (const NodeProto& node : graph.nodes) own.insert(node.outputs.begin(), node.outputs.end());
  const auto add = [&](std::string_view name) {
    if (!name.empty() && !own.contains(name)) names.push_back(name);
  };
  for (const NodeProto& node : graph.nodes) {
    for (const std::string_view name : names_read(node)) add(name);
  }
  for (const ValueInfoProto& output : graph.outputs) add(output.name);
}

}  // namespace

std::vector<std::string_view> names_read(const NodeProto& node) {
  std::vector<std::string_view> names(node.inputs.begin(), node.inputs.end());
  for (const AttributeProto& attribute : node.attributes) {
    for (const GraphProto& graph : attribute.graphs) add_free_names(graph, names);
  }
  return names;
}

Result<std::vector<size_t>> topological_order(std::span<const NodeProto> nodes,
                                              const std::unordered_set<std::string_view>& given) {
  const Producers producers = TRY(find_producers(nodes, given));
  std::vector<std::vector<size_t>> readers(nodes.size());
  std::vector<size_t> waits_for(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view input : names_read(nodes[i])) {
      if (input.empty() || given.contains(input)) continue;
      const auto producer = producers.find(input);
      if (producer == producers.end()) {
        return corrupt(
            "{} reads {}, which is neither an input nor an initializer and which no node "
            "computes",
            describe(nodes[i]), name_text(input));
      }
      readers[producer->second].push_back(i);
      ++waits_for[i];
    }
  }

  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (waits_for[i] == 0) ready.push(i);
  }
  std::vector<size_t> order;
  std::vector<bool> done(nodes.size());
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    done[node] = true;
    for (const size_t reader : readers[node]) {
      if (--waits_for[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() != nodes.size()) return describe_cycle(nodes, producers, done);
  return order;
}

}  // namespace tenon::internal
