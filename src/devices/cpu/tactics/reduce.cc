// Reductions and pooling over whole images, as generated folds; what follows them is computed while
// their results are in the cache.
#include "ops/reduce.h"
#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/jit/fold_kernel.h"
#include "devices/cpu/jit/pointwise_loop.h"
#include "devices/cpu/jit/program_emitter.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/fold_input.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/loop_axes.h"
#include "devices/cpu/tactics/tactics.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 16384;
// Neighbouring results that are computed at a time, at most.
constexpr int64_t kResults = 64;
// Elements, or rows of them, that are folded by themselves, so that sums of many stay exact.
constexpr int64_t kFoldedAlong = 32768;
constexpr int64_t kFoldedAcross = 512;

struct Row {
  std::string_view op;
  ScalarCode fold;
  bool is_mean;
  // Of no elements.
  float empty;
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

constexpr std::array kRows = {
    Row{"GlobalAveragePool", ScalarCode::kAdd, true, 0},
    Row{"GlobalMaxPool", ScalarCode::kMax, false, -kInfinity},
    Row{"ReduceMax", ScalarCode::kMax, false, -kInfinity},
    Row{"ReduceMean", ScalarCode::kAdd, true, kNan},
    Row{"ReduceMin", ScalarCode::kMin, false, kInfinity},
    Row{"ReduceProd", ScalarCode::kMul, false, 1},
    Row{"ReduceSum", ScalarCode::kAdd, false, 0},
};

// For each axis of the operand the one of the result that it is, if it is not reduced.
using KeptAxes = std::vector<std::optional<size_t>>;

KeptAxes kept_axes(const RegionParts& parts) {
  const size_t rank = parts.anchor_inputs[0].shape.size();
  std::vector<bool> reduced(rank, false);
  bool keeps_dims = true;
  if (parts.anchor->name.starts_with("Global")) {
    std::fill(reduced.begin() + 2, reduced.end(), true);
  } else {
    const ReduceAttrs& attrs = parts.anchor_attrs.as<ReduceAttrs>();
    for (const int64_t axis : *attrs.axes) reduced[static_cast<size_t>(axis)] = true;
    keeps_dims = attrs.keepdims;
  }
  KeptAxes kept(rank);
  size_t next = 0;
  for (size_t axis = 0; axis < rank; ++axis) {
    if (!reduced[axis]) kept[axis] = next;
    if (!reduced[axis] || keeps_dims) ++next;
  }
  return kept;
}

// Whether kept axes lie in the result in the order in which they lie in the operand.
bool keeps_order(const KeptAxes& kept, const ValueInfo& in, const ValueInfo& out) {
  const auto is_one = [&](size_t axis) { return out.shape[axis] == Dim(1); };
  std::vector<size_t> order;
  for (const size_t axis : stored_axes(in.layout, in.shape.size())) {
    if (kept[axis] && !is_one(*kept[axis])) order.push_back(*kept[axis]);
  }
  std::vector<size_t> stored = stored_axes(out.layout, out.shape.size());
  std::erase_if(stored, is_one);
  return order == stored;
}

struct ReducePlan {
  const Row* row = nullptr;
  FoldInput input;
  Layout layout = Layout::kPlain;
  KeptAxes kept;
  // Over the results. Its operands repeat one element or lie beside the results.
  PointwiseProgram after;
  size_t after_first = 0;
  std::vector<bool> repeats;
  // Made with the kernel: of elements, along and across; of two rows of results; and of what
  // follows, where there is anything.
  std::vector<FoldKernel> folds;
  std::optional<FoldKernel> join;
  std::optional<PointwiseLoop> after_code;
};

// Errors: Unsupported with the reason.
Status plan_after(const Problem& problem, const RegionParts& parts, ReducePlan& plan) {
  plan.after = parts.after;
  plan.after_first = parts.after_first;
  if (plan.after.is_empty()) return {};
  const std::string reason = ProgramEmitter::rejects(plan.after);
  if (!reason.empty()) return unsupported("{}", reason);
  const ValueInfo& out = problem.outputs[0];
  for (size_t i = 0; i < parts.after_inputs.size(); ++i) {
    const ValueInfo& extra = problem.inputs[parts.after_first + i];
    const bool repeats =
        std::ranges::all_of(extra.shape, [](const Dim& dim) { return dim == Dim(1); });
    const bool beside = extra.shape == out.shape && extra.layout == out.layout;
    if (!parts.views[parts.after_first + i].is_identity() || !(repeats || beside)) {
      return unsupported("operand {} does not lie beside the result", parts.after_first + i);
    }
    plan.repeats.push_back(repeats);
  }
  if (plan.repeats.size() > kMaxProgramInputs) {
    return unsupported("the program behind its anchor has more than {} operands",
                       kMaxProgramInputs);
  }
  return {};
}

// Errors: Unsupported with the reason.
Result<ReducePlan> plan_reduce(const Problem& problem) {
  const std::string_view anchor = anchor_name(problem);
  const auto* const row = std::ranges::find(kRows, anchor, &Row::op);
  if (row == kRows.end()) return unsupported("it reduces no axes");
  const RegionParts parts = TRY(region_parts(problem));
  ReducePlan plan;
  plan.row = row;
  plan.input = TRY(fold_input(problem, parts));
  const ValueInfo& in = problem.inputs[plan.input.position];
  plan.layout = in.layout;
  plan.kept = kept_axes(parts);
  if (!keeps_order(plan.kept, in, problem.outputs[0])) {
    return unsupported("its result is stored in another order than its operand");
  }
  TRY_STATUS(plan_after(problem, parts, plan));
  return plan;
}

Status make_code(ReducePlan& plan, CodeSet& code) {
  for (const FoldDirection direction : {FoldDirection::kAlong, FoldDirection::kAcross}) {
    FoldSpec spec = fold_of(plan.row->fold, direction);
    plan.input.apply_to(spec);
    plan.folds.push_back(TRY(FoldKernel::create(code, spec)));
  }
  plan.join = TRY(FoldKernel::create(code, fold_of(plan.row->fold, FoldDirection::kAcross)));
  if (plan.after.is_empty()) return {};
  std::array<bool, kMaxProgramInputs + 1> repeats = {};
  std::ranges::copy(plan.repeats, repeats.begin() + 1);
  plan.after_code = TRY(
      PointwiseLoop::create(code, plan.after, std::span(repeats).first(plan.repeats.size() + 1)));
  return {};
}

// The loops of a reduction at given shapes.
class ReduceRun {
 public:
  ReduceRun(std::shared_ptr<const ReducePlan> plan, const Shape& in, const Shape& out);

  void operator()(const Operands& operands) const;

 private:
  // Pieces are neighbouring results along one axis, counted as results are stored.
  int64_t pieces_per_row() const { return ceil_div(row_.extent, piece_); }
  int64_t results_before(int64_t piece) const {
    return piece / pieces_per_row() * row_.extent + piece % pieces_per_row() * piece_;
  }
  void run(const Operands& operands, int64_t begin, int64_t end) const;
  void reduce(const Operands& operands, int64_t piece, float* to) const;
  void run_after(const Operands& operands, float* results, int64_t begin, int64_t end) const;

  std::shared_ptr<const ReducePlan> plan_;
  int64_t results_;
  // Elements for each.
  int64_t count_ = 1;
  // Axes that are kept; the innermost one is the row, which has a stride of 1 with across_. Strides
  // are in elements of the operand.
  std::vector<LoopAxis> kept_;
  LoopAxis row_ = {1, {1}};
  bool across_ = false;
  int64_t piece_ = kResults;
  // Axes that are reduced; the innermost one is what a kernel folds.
  std::vector<LoopAxis> reduced_;
  LoopAxis folded_ = {1, {1}};
};

ReduceRun::ReduceRun(std::shared_ptr<const ReducePlan> plan, const Shape& in, const Shape& out)
    : plan_(std::move(plan)), results_(tenon::element_count(out)) {
  if (results_ == 0) return;
  const std::vector<int64_t> strides = layout_strides(plan_->layout, in);
  for (const size_t axis : stored_axes(plan_->layout, in.size())) {
    (plan_->kept[axis] ? kept_ : reduced_).push_back({in[axis], {strides[axis]}});
    if (!plan_->kept[axis]) count_ *= in[axis];
  }
  const auto take_innermost = [](std::vector<LoopAxis>& axes, LoopAxis& innermost) {
    axes = merge_axes(axes);
    if (axes.back().extent > 1) innermost = axes.back();
    axes.pop_back();
  };
  take_innermost(kept_, row_);
  take_innermost(reduced_, folded_);
  across_ = row_.extent > 1 && row_.strides[0] == 1;
  if (!across_) piece_ = std::clamp<int64_t>(kGrain / std::max<int64_t>(1, count_), 1, kResults);
}

void ReduceRun::operator()(const Operands& operands) const {
  if (results_ == 0) return;
  const int64_t elements = std::max<int64_t>(1, count_) * std::min(piece_, row_.extent);
  operands.pool.parallel_for(
      iterations(kept_) * pieces_per_row(),
      [&](int64_t begin, int64_t end) { run(operands, begin, end); },
      std::max<int64_t>(1, kGrain / elements));
}

void ReduceRun::run(const Operands& operands, int64_t begin, int64_t end) const {
  auto* const out = static_cast<float*>(operands.pointers.back());
  for (int64_t piece = begin; piece < end; ++piece) {
    const int64_t first = results_before(piece);
    if (!plan_->after_code) {
      reduce(operands, piece, out + first);
    } else {
      // An operand of what follows may be the result's memory, so that is written last.
      std::array<float, kResults> results;
      reduce(operands, piece, results.data());
      run_after(operands, results.data(), first, results_before(piece + 1));
    }
  }
}

void ReduceRun::reduce(const Operands& operands, int64_t piece, float* to) const {
  const int64_t before = piece % pieces_per_row() * piece_;
  const int64_t number = std::min(piece_, row_.extent - before);
  if (count_ == 0) {
    std::fill_n(to, number, plan_->row->empty);
    return;
  }
  constexpr auto kBytes = static_cast<int64_t>(sizeof(float));
  const FoldKernel& kernel = plan_->folds[across_ ? 1 : 0];
  const int64_t longest = across_ ? kFoldedAcross : kFoldedAlong;
  const int64_t parts = ceil_div(folded_.extent, longest);
  const int64_t folds = iterations(reduced_) * parts;
  const float scale = plan_->row->is_mean ? 1 / static_cast<float>(count_) : 1;
  std::array<int64_t, 1> start = {};
  offsets_at(kept_, piece / pieces_per_row(), start);
  start[0] += before * row_.strides[0];
  // What is folded so far, and what joins it.
  std::array<float, 2 * kResults> rows;
  for (int64_t fold = 0; fold < folds; ++fold) {
    std::array<int64_t, 1> offsets = {};
    offsets_at(reduced_, fold / parts, offsets);
    const int64_t first = fold % parts * longest;
    const int64_t offset = start[0] + offsets[0] + first * folded_.strides[0];
    FoldCall call{.elements = operands.input<float>(plan_->input.position) + offset,
                  .results = folds == 1 ? to : rows.data() + (fold == 0 ? 0 : kResults),
                  .count = std::min(longest, folded_.extent - first),
                  .row_bytes = (across_ ? folded_ : row_).strides[0] * kBytes,
                  .number = number,
                  .scale = folds == 1 ? scale : 1};
    plan_->input.set_extras(call, operands, offset);
    kernel.run(call);
    if (fold == 0) continue;
    const bool is_last = fold + 1 == folds;
    plan_->join->run({.elements = rows.data(),
                      .results = is_last ? to : rows.data(),
                      .count = 2,
                      .row_bytes = kResults * kBytes,
                      .number = number,
                      .scale = is_last ? scale : 1});
  }
}

void ReduceRun::run_after(const Operands& operands, float* results, int64_t begin,
                          int64_t end) const {
  std::array<std::byte*, kMaxProgramInputs + 2> pointers = {};
  const std::array<int64_t, kMaxProgramInputs + 2> strides = {};
  size_t next = 0;
  pointers[next++] = reinterpret_cast<std::byte*>(results);
  for (size_t i = 0; i < plan_->repeats.size(); ++i) {
    auto* const extra = operands.output<float>(plan_->after_first + i);
    pointers[next++] = reinterpret_cast<std::byte*>(plan_->repeats[i] ? extra : extra + begin);
  }
  auto* const out = static_cast<float*>(operands.pointers.back()) + begin;
  pointers[next++] = reinterpret_cast<std::byte*>(out);
  plan_->after_code->run(std::span(pointers).first(next), strides, 1, end - begin);
}

std::string rejects(const Problem& problem, const DeviceInfo& device) {
  if (isa_of(device) == Isa::kPortable) return needs_isa(Isa::kAvx2);
  return reason_of(plan_reduce(problem));
}

Result<BoundFunction> bind(const std::shared_ptr<const ReducePlan>& plan,
                           std::span<const BoundOperand> inputs,
                           std::span<const BoundOperand> outputs) {
  return BoundFunction(ReduceRun(plan, inputs[plan->input.position].shape, outputs[0].shape));
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  ReducePlan plan = TRY(plan_reduce(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  TRY_STATUS(make_code(plan, code));
  return planned_kernel(std::move(plan), device, code, bind);
}

}  // namespace

constinit const Tactic kReduceTactic = {
    .source = "own",
    .name = "reduce",
    .version = 1,
    .doc = "Reductions and global pooling of f32 as generated loops, on AVX2 and AVX-512.",
    .rejects = rejects,
    .workspace = no_workspace,
    .make = make,
};

}  // namespace tenon::internal
