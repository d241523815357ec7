#include "passes/merge_projections.h"

#include "base/try.h"
#include "ops/attention.h"
#include "ops/list.h"
#include "passes/channel_affine.h"
#include "passes/slices.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// x * weights + bias
struct Projection {
  ValueId x;
  NodeId product;
  ValueId weights;
  // Both invalid: none.
  NodeId add;
  ValueId bias;
  ValueId result;
};

class Merger {
 public:
  explicit Merger(const Graph& graph)
      : graph_(graph), uses_(graph.uses()), places_(graph.node_capacity()), patch_(graph) {
    for (size_t i = 0; i < graph.order().size(); ++i) places_[graph.order()[i].index] = i;
  }

  Result<Patch> run() && {
    for (const NodeId id : graph_.order()) {
      if (graph_.node(id).op->name == "Attention") TRY_STATUS(merge(id));
    }
    return std::move(patch_);
  }

 private:
  static constexpr size_t kParts = 3;
  using Projections = std::array<Projection, kParts>;

  Status merge(NodeId attention) {
    Projections parts;
    for (size_t i = 0; i < kParts; ++i) {
      const auto part = projection(attention, graph_.node(attention).inputs[i]);
      if (!part) return {};
      parts[i] = *part;
      const bool alike = part->x == parts[0].x && part->bias.valid() == parts[0].bias.valid();
      if (!alike || (i > 0 && part->product == parts[i - 1].product)) return {};
    }
    const auto place = [&](const Projection& part) { return places_[part.product.index]; };
    const NodeId before = std::ranges::min_element(parts, {}, place)->product;
    const std::string& name = graph_.node(parts[0].product).name;
    const ValueId weights =
        patch_.add_constant(TRY(side_by_side(parts, &Projection::weights)), "weights");
    ValueId result = TRY(add(before, "MatMul", {parts[0].x, weights}, name));
    if (parts[0].bias.valid()) {
      const ValueId bias = patch_.add_constant(TRY(side_by_side(parts, &Projection::bias)), "bias");
      result = TRY(add(before, "Add", {result, bias}, name));
    }
    int64_t column = 0;
    for (const Projection& part : parts) {
      const SymbolicShape& shape = graph_.value(part.result).info.shape;
      const AxisRange range{shape.size() - 1, column, shape.back().constant()};
      column += range.count;
      patch_.replace(part.result, TRY(add_slice(patch_, before, result, range, name)));
      patch_.remove(part.product);
      if (part.add.valid()) patch_.remove(part.add);
    }
    return {};
  }

  // The one that computes a value for this user alone.
  std::optional<Projection> projection(NodeId user, ValueId value) const {
    Projection part;
    part.result = value;
    if (only_user(graph_, uses_, value) != user) return std::nullopt;
    NodeId producer = graph_.value(value).producer;
    if (producer.valid() && graph_.node(producer).op->name == "Add") {
      part.add = producer;
      const std::vector<ValueId>& inputs = graph_.node(producer).inputs;
      const size_t at = graph_.value(inputs[0]).constant ? 0 : 1;
      part.bias = inputs[at];
      if (!is_constant(part.bias, 1)) return std::nullopt;
      producer = graph_.value(inputs[1 - at]).producer;
      if (only_user(graph_, uses_, inputs[1 - at]) != part.add) return std::nullopt;
    }
    if (!producer.valid() || graph_.node(producer).op->name != "MatMul") return std::nullopt;
    part.product = producer;
    part.x = graph_.node(producer).inputs[0];
    part.weights = graph_.node(producer).inputs[1];
    const bool known = is_constant(part.weights, 2) && graph_.value(part.x).info.shape.size() == 3;
    if (!known) return std::nullopt;
    const bool fits = !part.bias.valid() || columns(part.bias) == columns(part.weights);
    return fits ? std::optional(part) : std::nullopt;
  }

  bool is_constant(ValueId id, size_t rank) const {
    const auto& constant = graph_.value(id).constant;
    return constant && constant->type() == DataType::kFloat32 && constant->shape().size() == rank;
  }

  int64_t columns(ValueId constant) const {
    return graph_.value(constant).constant->shape().back();
  }

  // The columns of constants of as many rows one behind the other.
  Result<HostTensor> side_by_side(const Projections& parts, ValueId Projection::*which) const {
    Shape shape = graph_.value(parts[0].*which).constant->shape();
    shape.back() = 0;
    for (const Projection& part : parts) shape.back() += columns(part.*which);
    return HostTensor::make(DataType::kFloat32, shape, [&](std::span<std::byte> bytes) {
      const size_t pitch = static_cast<size_t>(shape.back()) * sizeof(float);
      size_t offset = 0;
      for (const Projection& part : parts) {
        const std::span<const std::byte> from = graph_.value(part.*which).constant->bytes();
        const size_t row = static_cast<size_t>(columns(part.*which)) * sizeof(float);
        for (size_t i = 0; row > 0 && i < from.size() / row; ++i) {
          std::memcpy(bytes.data() + i * pitch + offset, from.data() + i * row, row);
        }
        offset += row;
      }
    });
  }

  Result<ValueId> add(NodeId before, std::string_view op, std::vector<ValueId> operands,
                      const std::string& name) {
    return TRY(patch_.add_node(before, *find_op(op), Attrs(), std::move(operands), name)).front();
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  // In the order of the graph, by node index.
  std::vector<size_t> places_;
  Patch patch_;
};

}  // namespace

Result<Patch> merge_projections(const Graph& graph) { return Merger(graph).run(); }

}  // namespace tenon::internal
