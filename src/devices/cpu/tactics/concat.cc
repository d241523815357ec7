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

Result<size_t> axis_of(const Problem& problem) {
  return normalize_axis(problem.attrs.as<ConcatAttrs>().axis, problem.outputs[0].shape.size());
}

// Rows must be those that are a pitch apart.
bool concat_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  const ValueInfo& out = problem.outputs[0];
  const Result<size_t> axis = axis_of(problem);
  if (!axis.ok() || stored_axes(out.layout, out.shape.size()).back() != *axis) return false;
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    if (pitches[i] != Dim(0) && problem.inputs[i].layout != out.layout) return false;
  }
  return true;
}

// What lies together of a tensor: the indices of the axis, with the axes stored behind it.
struct Rows {
  int64_t rows = 1;
  int64_t bytes = 0;
  // From a row to the next.
  int64_t stride = 0;
};

// `order`: of the axes of the result, as stored.
Rows rows_of(const BoundOperand& operand, std::span<const size_t> order, size_t axis) {
  Rows result{.bytes = bits_of(operand.type) / 8};
  bool before = true;
  for (const size_t at : order) {
    before = before && at != axis;
    (before ? result.rows : result.bytes) *= operand.shape[at];
  }
  result.stride = operand.pitch == 0 ? result.bytes : operand.pitch;
  return result;
}

// One run: each row of the result is a row of every operand in turn. Rows are copied in pieces, so
// that a single one is work for several threads too.
class Join {
 public:
  Join(std::span<const Rows> inputs, const Rows& output)
      : output_(output), output_position_(inputs.size()) {
    int64_t offset = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].bytes == 0) continue;
      parts_.push_back({i, inputs[i], offset, pieces_});
      offset += inputs[i].bytes;
      pieces_ += ceil_div(inputs[i].bytes, kGrainBytes);
    }
  }

  void operator()(const Operands& operands) const {
    if (output_.bytes == 0) return;
    operands.pool.parallel_for(
        output_.rows * pieces_,
        [&](int64_t begin, int64_t end) { copy_pieces(operands, begin, end); },
        std::max<int64_t>(1, kGrainBytes * pieces_ / output_.bytes));
  }

 private:
  struct Part {
    size_t operand;
    Rows rows;
    int64_t offset;       // in a row of the result
    int64_t first_piece;  // counted over all parts of a row
  };

  // Pieces [begin, end) of all rows. Most are short, so that they are walked over, not searched.
  void copy_pieces(const Operands& operands, int64_t begin, int64_t end) const {
    int64_t row = begin / pieces_;
    auto part =
        std::prev(std::ranges::upper_bound(parts_, begin % pieces_, {}, &Part::first_piece));
    int64_t at = (begin % pieces_ - part->first_piece) * kGrainBytes;
    for (; begin < end; ++begin) {
      const int64_t bytes = std::min(kGrainBytes, part->rows.bytes - at);
      std::byte* const to =
          operands.output<std::byte>(output_position_) + row * output_.stride + part->offset + at;
      const std::byte* const from =
          operands.input<std::byte>(part->operand) + row * part->rows.stride + at;
      // It may lie there already; a plan that is not ours may have it anywhere.
      if (from != to) std::memmove(to, from, static_cast<size_t>(bytes));
      at += bytes;
      if (at < part->rows.bytes) continue;
      at = 0;
      if (++part != parts_.end()) continue;
      part = parts_.begin();
      ++row;
    }
  }

  Rows output_;
  size_t output_position_;
  std::vector<Part> parts_;
  int64_t pieces_ = 0;
};

Result<std::unique_ptr<Kernel>> make_concat(const Problem& problem, Device& device) {
  const size_t rank = problem.outputs[0].shape.size();
  return function_kernel(
      device,
      [axis = TRY(axis_of(problem)), order = stored_axes(problem.outputs[0].layout, rank)](
          std::span<const BoundOperand> inputs,
          std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
        std::vector<Rows> rows;
        for (const BoundOperand& input : inputs) rows.push_back(rows_of(input, order, axis));
        return BoundFunction(Join(rows, rows_of(outputs[0], order, axis)));
      });
}

constexpr std::array kTactics = {Tactic{.source = "own",
                                        .name = "concat",
                                        .version = 1,
                                        .doc = "Copies of what lies together in each operand.",
                                        .rejects = rejects_concat,
                                        .workspace = no_workspace,
                                        .make = make_concat,
                                        .takes_pitches = concat_takes_pitches}};

}  // namespace

std::span<const Tactic> concat_tactics() { return kTactics; }

}  // namespace tenon::internal
