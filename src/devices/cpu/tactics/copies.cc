// Ops that put the elements of one tensor into another order.
#include "base/try.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/strided_transfer.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/expand.h"
#include "ops/slice.h"
#include "ops/transpose.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

// What an op of the table reads of its first operand. Errors: those of the op for such operands.
using OrderFn = Result<ReadOrder> (*)(const Attrs& attrs, std::span<const ConstTensorView> in,
                                      const Shape& out);

struct Row {
  std::string_view op;
  OrderFn order;
  // Whether the axes of the result are those of the operand, so that a layout means the same.
  bool keeps_axes;
};

constexpr std::array kRows = {
    Row{"Expand",
        [](const Attrs&, std::span<const ConstTensorView> in, const Shape& out) {
          return expand_order(in[0].shape, out);
        },
        true},
    Row{"Slice",
        [](const Attrs&, std::span<const ConstTensorView> in, const Shape&) {
          return slice_order(in);
        },
        true},
    Row{"Transpose",
        [](const Attrs& attrs, std::span<const ConstTensorView> in, const Shape&) {
          return transpose_order(attrs, in[0].shape);
        },
        false},
};

const Row* row_of(const Problem& problem) {
  const auto* const found = std::ranges::find(kRows, problem.op->name, &Row::op);
  return found == kRows.end() ? nullptr : found;
}

std::string rejects(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  const Row* const row = row_of(problem);
  if (row == nullptr) return "the op does more than put elements into another order";
  if (bits_of(problem.inputs[0].type) % 8 != 0) return "its elements are no whole bytes";
  // Such a copy can be made, but its readers would rather have the result in order.
  if (problem.outputs[0].layout != Layout::kPlain && !row->keeps_axes) {
    return "its result has other axes than its operand";
  }
  return {};
}

bool takes_all_pitches(const Problem& problem, std::span<const Dim> pitches) {
  static_cast<void>(problem);
  static_cast<void>(pitches);
  return true;
}

Result<BoundFunction> bind(const Problem& problem, std::span<const BoundOperand> inputs,
                           std::span<const BoundOperand> outputs) {
  std::vector<ConstTensorView> operands;
  for (const BoundOperand& input : inputs) {
    operands.emplace_back(input.host_bytes.data(), input.type, input.shape);
  }
  const ReadOrder order = TRY(row_of(problem)->order(problem.attrs, operands, outputs[0].shape));
  const StridedTransfer transfer(
      in_layout(order, inputs[0].shape, problem.inputs[0].layout, pitch_in_elements(inputs[0])),
      problem.outputs[0].layout, pitch_in_elements(outputs[0]),
      static_cast<size_t>(bits_of(inputs[0].type)) / 8);
  return BoundFunction([transfer, output = inputs.size()](const Operands& memory) {
    transfer.run(memory.input<std::byte>(0), memory.output<std::byte>(output), memory.pool);
  });
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  return function_kernel(device, [problem](std::span<const BoundOperand> inputs,
                                           std::span<const BoundOperand> outputs) {
    return bind(problem, inputs, outputs);
  });
}

}  // namespace

constinit const Tactic kCopyTactic = {
    .source = "own",
    .name = "copy",
    .version = 1,
    .doc = "Expand, Slice and Transpose as copies of blocks, or of tiles where axes change places.",
    .rejects = rejects,
    .workspace = no_workspace,
    .make = make,
    .takes_pitches = takes_all_pitches,
};

}  // namespace tenon::internal
