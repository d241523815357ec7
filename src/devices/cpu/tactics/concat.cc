// Joins tensors of any type of whole bytes, in either layout: copies of what lies together in each.
#include "ops/concat.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace tenon::internal {
namespace {

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 64 * 1024;

std::string rejects_concat(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  if (problem.op->name != "Concat") return "it joins no tensors";
  if (bits_of(problem.outputs[0].type) % 8 != 0) return "its elements are no whole bytes";
  const Layout layout = problem.outputs[0].layout;
  const auto fits = [layout](const ValueInfo& input) {
    // One channel, or one position, lies the same in both.
    return input.layout == layout || !has_channels_last(input.shape);
  };
  return std::ranges::all_of(problem.inputs, fits) ? "" : "its operands differ in layout";
}

// One run: each row of the result is a piece of every operand in turn.
struct Join {
  int64_t rows = 1;
  // In bytes, one for each operand.
  std::vector<int64_t> pieces;
  int64_t row_bytes = 0;

  void operator()(const Operands& operands) const {
    if (row_bytes == 0) return;
    auto* output = operands.output<std::byte>(pieces.size());
    operands.pool.parallel_for(
        rows,
        [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) copy_row(operands, output, row);
        },
        std::max<int64_t>(1, kGrainBytes / row_bytes));
  }

  void copy_row(const Operands& operands, std::byte* output, int64_t row) const {
    std::byte* to = output + row * row_bytes;
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i] == 0) continue;
      std::memcpy(to, operands.input<std::byte>(i) + row * pieces[i],
                  static_cast<size_t>(pieces[i]));
      to += pieces[i];
    }
  }
};

Result<std::unique_ptr<Kernel>> make_concat(const Problem& problem, Device& device) {
  const size_t rank = problem.outputs[0].shape.size();
  const auto axis =
      static_cast<int64_t>(TRY(normalize_axis(problem.attrs.as<ConcatAttrs>().axis, rank)));
  return function_kernel(device,
                         [axis, order = storage_order(problem.outputs[0].layout, rank)](
                             std::span<const BoundOperand> inputs,
                             std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
                           const auto place = std::ranges::find(order, axis);
                           Join join;
                           for (auto outer = order.begin(); outer != place; ++outer) {
                             join.rows *= outputs[0].shape[static_cast<size_t>(*outer)];
                           }
                           for (const BoundOperand& input : inputs) {
                             int64_t piece = bits_of(input.type) / 8;
                             for (auto inner = place; inner != order.end(); ++inner) {
                               piece *= input.shape[static_cast<size_t>(*inner)];
                             }
                             join.pieces.push_back(piece);
                             join.row_bytes += piece;
                           }
                           return BoundFunction(std::move(join));
                         });
}

constexpr std::array kTactics = {Tactic{.source = "own",
                                        .name = "concat",
                                        .version = 1,
                                        .doc = "Copies of what lies together in each operand.",
                                        .rejects = rejects_concat,
                                        .workspace = no_workspace,
                                        .make = make_concat}};

}  // namespace

std::span<const Tactic> concat_tactics() { return kTactics; }

}  // namespace tenon::internal
