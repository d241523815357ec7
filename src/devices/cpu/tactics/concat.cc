// Joins tensors of any type of whole bytes, in either layout: copies of what lies together in each.
#include "ops/concat.h"
#include "base/checked_math.h"
#include "base/try.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <vector>

namespace tenon::internal {
namespace {

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 64 * 1024;

std::string rejects_concat(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  if (problem.op->name != "Concat") return "it joins no tensors";
  if (bits_of(problem.outputs[0].type) % 8 != 0) return "its elements are no whole bytes";
  return require_one_order(problem);
}

// One run: each row of the result is a part of every operand in turn. Parts are copied in pieces,
// so that a single row is work for several threads too.
class Join {
 public:
  Join(int64_t rows, std::span<const int64_t> part_bytes)
      : rows_(rows), output_(part_bytes.size()) {
    for (size_t i = 0; i < part_bytes.size(); ++i) {
      if (part_bytes[i] == 0) continue;
      parts_.push_back({i, part_bytes[i], row_bytes_, pieces_});
      row_bytes_ += part_bytes[i];
      pieces_ += ceil_div(part_bytes[i], kGrainBytes);
    }
  }

  void operator()(const Operands& operands) const {
    if (row_bytes_ == 0) return;
    operands.pool.parallel_for(
        rows_ * pieces_,
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) copy_piece(operands, i / pieces_, i % pieces_);
        },
        std::max<int64_t>(1, kGrainBytes * pieces_ / row_bytes_));
  }

 private:
  struct Part {
    size_t operand;
    int64_t bytes;
    int64_t offset;       // in a row of the result
    int64_t first_piece;  // counted over all parts of a row
  };

  void copy_piece(const Operands& operands, int64_t row, int64_t piece) const {
    const auto after = std::ranges::upper_bound(parts_, piece, {}, &Part::first_piece);
    const Part& part = *std::prev(after);
    const int64_t begin = (piece - part.first_piece) * kGrainBytes;
    std::memcpy(operands.output<std::byte>(output_) + row * row_bytes_ + part.offset + begin,
                operands.input<std::byte>(part.operand) + row * part.bytes + begin,
                static_cast<size_t>(std::min(kGrainBytes, part.bytes - begin)));
  }

  int64_t rows_;
  size_t output_;
  std::vector<Part> parts_;
  int64_t row_bytes_ = 0;
  int64_t pieces_ = 0;
};

Result<std::unique_ptr<Kernel>> make_concat(const Problem& problem, Device& device) {
  const size_t rank = problem.outputs[0].shape.size();
  const size_t axis = TRY(normalize_axis(problem.attrs.as<ConcatAttrs>().axis, rank));
  return function_kernel(device,
                         [axis, order = stored_axes(problem.outputs[0].layout, rank)](
                             std::span<const BoundOperand> inputs,
                             std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
                           const auto place = std::ranges::find(order, axis);
                           int64_t rows = 1;
                           for (auto outer = order.begin(); outer != place; ++outer)
                             rows *= outputs[0].shape[*outer];
                           std::vector<int64_t> part_bytes;
                           for (const BoundOperand& input : inputs) {
                             part_bytes.push_back(bits_of(input.type) / 8);
                             for (auto at = place; at != order.end(); ++at)
                               part_bytes.back() *= input.shape[*at];
                           }
                           return BoundFunction(Join(rows, part_bytes));
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
