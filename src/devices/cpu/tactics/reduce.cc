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
// Results that lie side by side and are computed at a time.
constexpr int64_t kColumns = 64;
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

// What the loops of a plan run, with the innermost axis reduced or kept.
struct ReduceCode {
  // Of elements.
  FoldKernel fold;
  // Of results of it: two rows, or two elements.
  FoldKernel join;
};

struct ReducePlan {
  const Row* row = nullptr;
  FoldInput input;
  Layout layout = Layout::kPlain;
  KeptAxes kept;
  // Over the results. Its operands repeat one element or lie beside the results.
  PointwiseProgram after;
  size_t after_first = 0;
  std::vector<bool> repeats;
  // Made with the kernel: along, across; and after, where there is one.
  std::vector<ReduceCode> code;
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

Status make_code(ReducePlan& plan, CpuDevice& device) {
  for (const FoldDirection direction : {FoldDirection::kAlong, FoldDirection::kAcross}) {
    FoldSpec spec = fold_of(plan.row->fold, direction);
    const FoldKernel join = TRY(FoldKernel::create(device, spec));
    plan.input.apply_to(spec);
    plan.code.push_back({.fold = TRY(FoldKernel::create(device, spec)), .join = join});
  }
  if (plan.after.is_empty()) return {};
  std::array<bool, kMaxProgramInputs + 1> repeats = {};
  std::ranges::copy(plan.repeats, repeats.begin() + 1);
  plan.after_code = TRY(
      PointwiseLoop::create(device, plan.after, std::span(repeats).first(plan.repeats.size() + 1)));
  return {};
}

// The loops of a reduction at given shapes.
class ReduceRun {
 public:
  ReduceRun(std::shared_ptr<const ReducePlan> plan, const Shape& in, const Shape& out);

  void operator()(const Operands& operands) const;

 private:
  // Neighbouring results, in the order in which they are stored.
  int64_t pieces_per_row() const { return ceil_div(columns_.extent, kColumns); }
  int64_t results_before(int64_t piece) const {
    return piece / pieces_per_row() * columns_.extent + piece % pieces_per_row() * kColumns;
  }
  void run(const Operands& operands, int64_t begin, int64_t end) const;
  void reduce(const Operands& operands, int64_t piece, float* to) const;
  void run_after(const Operands& operands, float* results, int64_t begin, int64_t end) const;

  std::shared_ptr<const ReducePlan> plan_;
  int64_t results_;
  // Elements for each.
  int64_t count_ = 1;
  // Strides are in elements of the operand.
  std::vector<LoopAxis> kept_;
  LoopAxis columns_ = {1, {1}};
  bool across_ = false;
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
  const auto is_one = [](const LoopAxis& axis) { return axis.extent == 1; };
  for (std::vector<LoopAxis>* axes : {&kept_, &reduced_}) {
    *axes = merge_axes(*axes);
    std::erase_if(*axes, is_one);
  }
  if (!kept_.empty() && kept_.back().strides[0] == 1) {
    across_ = true;
    columns_ = kept_.back();
    kept_.pop_back();
  }
  if (!reduced_.empty()) {
    folded_ = reduced_.back();
    reduced_.pop_back();
  }
}

void ReduceRun::operator()(const Operands& operands) const {
  if (results_ == 0) return;
  const int64_t elements = std::max<int64_t>(1, count_) * std::min(kColumns, columns_.extent);
  operands.pool.parallel_for(
      iterations(kept_) * pieces_per_row(),
      [&](int64_t begin, int64_t end) { run(operands, begin, end); },
      std::max<int64_t>(1, kGrain / elements));
}

void ReduceRun::run(const Operands& operands, int64_t begin, int64_t end) const {
  auto* const out = static_cast<float*>(operands.pointers.back());
  if (!plan_->after_code) {
    for (int64_t i = begin; i < end; ++i) reduce(operands, i, out + results_before(i));
    return;
  }
  // An operand of what follows may be the result's memory, so that is written last.
  std::array<float, kColumns> results;
  while (begin < end) {
    const int64_t stop = across_ ? begin + 1 : std::min(end, begin + kColumns);
    for (int64_t i = begin; i < stop; ++i) reduce(operands, i, results.data() + (i - begin));
    run_after(operands, results.data(), results_before(begin), results_before(stop));
    begin = stop;
  }
}

void ReduceRun::reduce(const Operands& operands, int64_t piece, float* to) const {
  const int64_t column = piece % pieces_per_row() * kColumns;
  const int64_t columns = std::min(kColumns, columns_.extent - column);
  if (count_ == 0) {
    std::fill_n(to, columns, plan_->row->empty);
    return;
  }
  std::array<int64_t, 1> start = {};
  offsets_at(kept_, piece / pieces_per_row(), start);
  const int64_t longest = across_ ? kFoldedAcross : kFoldedAlong;
  const int64_t parts = ceil_div(folded_.extent, longest);
  const int64_t folds = iterations(reduced_) * parts;
  const float scale = plan_->row->is_mean ? 1 / static_cast<float>(count_) : 1;
  const ReduceCode& code = plan_->code[across_ ? 1 : 0];
  // What is folded so far, and the next to join it.
  std::array<float, 2 * kColumns> rows;
  float* const next = rows.data() + (across_ ? kColumns : 1);
  for (int64_t fold = 0; fold < folds; ++fold) {
    std::array<int64_t, 1> offsets = {};
    offsets_at(reduced_, fold / parts, offsets);
    const int64_t first = fold % parts * longest;
    const int64_t offset = start[0] + column + offsets[0] + first * folded_.strides[0];
    const bool is_last = fold + 1 == folds;
    FoldCall call{.elements = operands.input<float>(plan_->input.position) + offset,
                  .results = folds == 1  ? to
                             : fold == 0 ? rows.data()
                                         : next,
                  .count = std::min(longest, folded_.extent - first),
                  .row_bytes = folded_.strides[0] * static_cast<int64_t>(sizeof(float)),
                  .columns = columns,
                  .scale = folds == 1 ? scale : 1};
    plan_->input.set_extras(call, operands, offset);
    code.fold.run(call);
    if (fold == 0) continue;
    code.join.run({.elements = rows.data(),
                   .results = is_last ? to : rows.data(),
                   .count = 2,
                   .row_bytes = kColumns * static_cast<int64_t>(sizeof(float)),
                   .columns = columns,
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

Result<BoundFunction> bind(const std::shared_ptr<const ReducePlan>& plan, Isa isa,
                           CpuDevice& device, std::span<const BoundOperand> inputs,
                           std::span<const BoundOperand> outputs) {
  static_cast<void>(isa);
  static_cast<void>(device);
  return BoundFunction(ReduceRun(plan, inputs[plan->input.position].shape, outputs[0].shape));
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  ReducePlan plan = TRY(plan_reduce(problem));
  TRY_STATUS(make_code(plan, static_cast<CpuDevice&>(device)));
  return planned_kernel(std::move(plan), isa_of(device.info()), device, bind);
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
