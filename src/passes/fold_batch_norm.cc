#include "passes/fold_batch_norm.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/pointwise.h"
#include "passes/channel_affine.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

class NormalizationFolder {
 public:
  explicit NormalizationFolder(const Graph& graph)
      : graph_(graph), uses_(graph.uses()), patch_(graph) {}

  Result<Patch> run() && {
    for (const NodeId id : graph_.order()) {
      if (graph_.node(id).op->name == "BatchNormalization") TRY_STATUS(fold(id));
    }
    return std::move(patch_);
  }

 private:
  Status fold(NodeId id) {
    const Node& node = graph_.node(id);
    const ValueId x = node.inputs[0];
    const HostTensor* scale = nullptr;
    if (const auto& constant = graph_.value(node.inputs[1]).constant) scale = &*constant;
    if (scale == nullptr) return {};
    const auto affine = affine_of(graph_, node, x, 1, scale->elements());
    if (!affine) return {};
    if (!TRY(fold_into_producer(id, *affine))) TRY_STATUS(make_arithmetic(id, *affine));
    patch_.remove(id);
    return {};
  }

  Result<bool> fold_into_producer(NodeId id, const ChannelAffine& affine) {
    const ValueId x = graph_.node(id).inputs[0];
    const NodeId producer = graph_.value(x).producer;
    if (!producer.valid() || only_user(graph_, uses_, x) != id) return false;
    const auto linear = linear_node(graph_, producer);
    if (!linear || linear->axis != 1) return false;
    const ValueId result = graph_.node(id).outputs.front();
    if (!TRY(fold_into_weights(patch_, graph_, uses_, *linear, affine, result))) return false;
    patch_.remove(producer);
    return true;
  }

  Result<ValueId> add(NodeId id, std::string_view op, Attrs attrs, std::vector<ValueId> operands) {
    return TRY(patch_.add_node(id, *find_op(op), std::move(attrs), std::move(operands),
                               graph_.node(id).name))
        .front();
  }

  Status make_arithmetic(NodeId id, const ChannelAffine& affine) {
    const Node& node = graph_.node(id);
    const ValueInfo& info = graph_.value(node.inputs[0]).info;
    const DataType type = bits_of(info.type) < 32 ? DataType::kFloat32 : info.type;
    // [C, 1, …], so that it broadcasts along the axes behind the channels; a vector is one channel.
    const size_t rank = info.shape.size();
    Shape shape(rank < 2 ? 0 : rank - 1, 1);
    if (!shape.empty()) shape[0] = static_cast<int64_t>(affine.scale.size());
    ValueId value = node.inputs[0];
    if (type != info.type) value = TRY(add(id, "Cast", Attrs::of(CastAttrs{.to = type}), {value}));
    const ValueId scale =
        patch_.add_constant(TRY(HostTensor::of(type, shape, affine.scale)), "scale");
    const ValueId shift =
        patch_.add_constant(TRY(HostTensor::of(type, shape, affine.shift)), "shift");
    value = TRY(add(id, "Mul", Attrs(), {value, scale}));
    value = TRY(add(id, "Add", Attrs(), {value, shift}));
    if (type != info.type) {
      value = TRY(add(id, "Cast", Attrs::of(CastAttrs{.to = info.type}), {value}));
    }
    patch_.replace(node.outputs.front(), value);
    return {};
  }

  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  Patch patch_;
};

}  // namespace

Result<Patch> fold_batch_norm(const Graph& graph) { return NormalizationFolder(graph).run(); }

}  // namespace tenon::internal
