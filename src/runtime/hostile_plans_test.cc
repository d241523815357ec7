// Plans are not trusted, and tactics rely on what inference checks.
#include "ops/list.h"
#include "plan/format.h"
#include "runtime/engine.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsOk;
using testing::load_plan;
using testing::open_test_device;
using testing::plan_of;
using testing::written;

// A case of an op as a plan for the cpu; nullopt where there is nothing left to compute.
std::optional<PlanBytes> plan_of_case(const testing::OpCase& op_case, Device& device,
                                      std::vector<std::byte>& bytes) {
  const auto data = testing::make_case(op_case);
  if (!data.ok()) return std::nullopt;
  Graph graph;
  std::vector<ValueId> operands;
  for (size_t i = 0; i < data->inputs.size(); ++i) {
    const HostTensor& tensor = data->inputs[i];
    const ValueInfo info{tensor.type(), to_symbolic(tensor.shape()), std::nullopt};
    if (tensor.type() == DataType::kUndefined) {
      operands.emplace_back();
    } else if (in_mask(data->op->host_inputs, i)) {
      operands.push_back(graph.add_constant("", tensor).value());
    } else {
      operands.push_back(graph.add_input("x" + std::to_string(i), info).value());
    }
  }
  const auto node = graph.add_node(*data->op, data->attrs, std::move(operands));
  if (!node.ok()) return std::nullopt;
  EXPECT_THAT(graph.add_output("y", graph.node(*node).outputs[0]), IsOk());
  auto built = plan_of(graph, device);
  if (!built.ok()) return std::nullopt;
  bytes = *std::move(built);
  PlanBytes read = read_plan(bytes).value();
  if (read.plan.steps.empty()) return std::nullopt;
  return read;
}

TEST(HostilePlans, AreRefusedWhereOperandsAreNotWhatOpsTake) {
  const std::shared_ptr<Device> device = open_test_device("cpu:threads=1");
  int refused = 0;
  for (const testing::OpCase& op_case : testing::all_op_cases()) {
    SCOPED_TRACE(op_case.op + " " + op_case.name);
    std::vector<std::byte> bytes;
    const std::optional<PlanBytes> read = plan_of_case(op_case, *device, bytes);
    if (!read) continue;
    for (size_t step = 0; step < read->plan.steps.size(); ++step) {
      for (size_t i = 0; i < read->plan.steps[step].inputs.size(); ++i) {
        PlanBytes changed = *read;
        PlanStep& at = changed.plan.steps[step];
        const uint32_t operand = std::exchange(at.inputs[i], kNoIndex);
        const auto loaded = load_plan(written(changed), device);
        const bool needed = static_cast<int>(i) < find_op(at.op)->min_inputs;
        EXPECT_FALSE(needed && loaded.ok()) << at.op << ", operand " << i;
        refused += loaded.ok() ? 0 : 1;
        if (operand == kNoIndex || changed.plan.values[operand].info.shape.empty()) continue;
        at.inputs[i] = operand;
        changed.plan.values[operand].info.shape.pop_back();
        const auto flattened = load_plan(written(changed), device);
        refused += flattened.ok() ? 0 : 1;
      }
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace tenon::internal
