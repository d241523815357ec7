#include "passes/slices.h"

#include "base/try.h"
#include "ops/list.h"
#include "ops/slice.h"
#include "tensor/host_tensor.h"

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {

std::optional<AxisRange> range_of_slice(const Graph& graph, const Node& node) {
  if (node.op->name != "Slice") return std::nullopt;
  std::vector<ValueInfo> operands;
  for (const ValueId operand : node.inputs) {
    operands.push_back(operand.valid() ? graph.value(operand).info : ValueInfo());
  }
  const std::optional<SlicedRange> range = sliced_range(operands);
  if (!range || !range->start.is_constant()) return std::nullopt;
  const Dim& count = graph.value(node.outputs[0]).info.shape[range->axis];
  if (!count.is_constant()) return std::nullopt;
  return AxisRange{range->axis, range->start.constant(), count.constant()};
}

Result<ValueId> add_slice(Patch& patch, NodeId before, ValueId value, const AxisRange& range,
                          std::string_view name) {
  std::vector<ValueId> operands = {value};
  for (const int64_t number :
       {range.begin, range.begin + range.count, static_cast<int64_t>(range.axis)}) {
    operands.push_back(patch.add_constant(TRY(HostTensor::of_int64({1}, {&number, 1})), "bound"));
  }
  return TRY(patch.add_node(before, *find_op("Slice"), Attrs(), std::move(operands),
                            std::string(name)))
      .front();
}

}  // namespace tenon::internal
