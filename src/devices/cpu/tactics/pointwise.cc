// Pointwise ops, as generated loops over rows: the innermost axes over which every operand either
// advances evenly or repeats one element.
#include "base/check.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/jit/pointwise_loop.h"
#include "devices/cpu/jit/program_emitter.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/loop_axes.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operand_checks.h"
#include "ops/region_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Operands and the output; more would need more than a few cache lines of pointers a row.
constexpr size_t kMaxTensors = 40;
// Elements that are worth another thread, and the longest piece of a row that one thread computes
// at a time.
constexpr int64_t kGrain = 16384;

// The program over the operands as they are stored. Errors: Unsupported with the reason.
Result<PointwiseProgram> program_of_problem(const Problem& problem) {
  RegionParts parts = TRY(region_parts(problem));
  if (parts.anchor != nullptr || parts.after.body.empty()) {
    return unsupported("it is not pointwise");
  }
  for (const OperandView& view : parts.views) {
    if (!view.is_identity()) return unsupported("it reads an operand in another order");
  }
  return std::move(parts.after);
}

// Axis `axis` of the output as an operand has it; 1 where the operand has fewer axes.
int64_t aligned_extent(const Shape& operand, size_t rank, size_t axis) {
  const size_t added = rank - std::min(rank, operand.size());
  return axis < added ? 1 : operand[axis - added];
}

// Whether each input repeats one element along a row.
using Repeats = std::vector<bool>;

// How rows lie in the operands.
struct RowForm {
  // The output's axes as they are stored.
  std::vector<size_t> order;
  // From this one on, counted as stored, they are a row; those before it are loops.
  size_t first_axis = 0;
  Repeats repeats;
};

// Which inputs repeat along an axis of the output that is not 1.
Repeats repeated_inputs(std::span<const BoundOperand> inputs, const Shape& out, size_t axis) {
  Repeats repeated;
  for (const BoundOperand& input : inputs) {
    repeated.push_back(aligned_extent(input.shape, out.size(), axis) == 1);
  }
  return repeated;
}

RowForm row_form(std::span<const BoundOperand> inputs, const Shape& out, Layout layout) {
  RowForm form{stored_axes(layout, out.size()), out.size(), Repeats(inputs.size(), false)};
  bool is_empty = true;
  while (form.first_axis > 0) {
    const size_t axis = form.order[form.first_axis - 1];
    if (out[axis] != 1) {
      Repeats repeats = repeated_inputs(inputs, out, axis);
      if (!is_empty && repeats != form.repeats) break;
      form.repeats = std::move(repeats);
      is_empty = false;
    }
    --form.first_axis;
  }
  return form;
}

// Which inputs may repeat along an axis of the output, where that is not 1, as far as the dims
// tell. Errors: Unsupported where that can be in too many ways.
Status add_possible_repeats(const Problem& problem, size_t axis, std::set<Repeats>& possible) {
  constexpr size_t kMaxUnknown = 4;
  const SymbolicShape& out = problem.outputs[0].shape;
  Repeats repeated;
  // Extents that may be 1, and the inputs that have each of them.
  std::vector<Dim> unknown;
  std::vector<std::vector<size_t>> inputs_of;
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const SymbolicShape& shape = problem.inputs[i].shape;
    const size_t added = out.size() - std::min(out.size(), shape.size());
    const Dim extent = axis < added ? Dim(1) : shape[axis - added];
    repeated.push_back(extent == Dim(1));
    if (extent == out[axis] || extent.is_constant() || certainly_differ(extent, Dim(1))) continue;
    const auto same = static_cast<size_t>(std::ranges::find(unknown, extent) - unknown.begin());
    if (same == unknown.size()) {
      unknown.push_back(extent);
      inputs_of.emplace_back();
    }
    inputs_of[same].push_back(i);
  }
  if (unknown.size() > kMaxUnknown) {
    return unsupported("more than {} extents of axis {} may be 1 or not", kMaxUnknown, axis);
  }
  for (size_t ones = 0; ones < size_t{1} << unknown.size(); ++ones) {
    for (size_t i = 0; i < unknown.size(); ++i) {
      for (const size_t input : inputs_of[i]) repeated[input] = (ones >> i & 1U) != 0;
    }
    possible.insert(repeated);
  }
  return {};
}

// What row_form() may find once shapes are known. Errors: those of add_possible_repeats().
Result<std::set<Repeats>> possible_repeats(const Problem& problem) {
  const ValueInfo& out = problem.outputs[0];
  std::set<Repeats> possible;
  std::vector<size_t> order = stored_axes(out.layout, out.shape.size());
  std::ranges::reverse(order);
  for (const size_t axis : order) {
    const Dim& extent = out.shape[axis];
    if (extent == Dim(1)) continue;
    TRY_STATUS(add_possible_repeats(problem, axis, possible));
    if (certainly_differ(extent, Dim(1))) return possible;
  }
  possible.insert(Repeats(problem.inputs.size(), false));
  return possible;
}

// A problem at given shapes.
class PointwiseRun {
 public:
  // `tensors`: inputs, then the output, of which the form is. Errors: InvalidArgument for inputs
  // that do not broadcast to it.
  static Result<PointwiseRun> create(PointwiseLoop loop, const RowForm& form,
                                     std::span<const BoundOperand> tensors);

  void operator()(const Operands& operands) const;

 private:
  using Pointers = std::array<std::byte*, kMaxTensors>;

  explicit PointwiseRun(PointwiseLoop loop) : loop_(std::move(loop)) {}

  // Rows [begin, end) of all.
  void run_rows(const Pointers& first, int64_t begin, int64_t end) const;
  // Pieces [begin, end) of rows that are cut into pieces of kGrain elements.
  void run_pieces(const Pointers& first, int64_t begin, int64_t end) const;
  // The kernel, where the first tensor is offset by plane and row.
  void call(const Pointers& first, int64_t plane, int64_t row, int64_t rows, int64_t begin,
            int64_t length) const;

  int64_t pieces_per_row() const { return (length_ + kGrain - 1) / kGrain; }

  PointwiseLoop loop_;
  size_t tensors_ = 0;
  // Strides are in bytes. Rows are the innermost loop.
  std::vector<LoopAxis> planes_;
  LoopAxis rows_;
  int64_t length_ = 1;
  // From an element of a row to the next.
  std::vector<int64_t> steps_;
};

int64_t width_of(DataType type) { return bits_of(type) / 8; }

// The axis of loops that an axis of the output is; `place` counts as stored, strides are in bytes.
// Errors: InvalidArgument.
Result<LoopAxis> loop_axis(std::span<const BoundOperand> tensors, const RowForm& form,
                           size_t place) {
  const Shape& out = tensors.back().shape;
  const size_t axis = form.order[place];
  LoopAxis loop{out[axis], {}};
  for (const BoundOperand& tensor : tensors) {
    const int64_t extent = aligned_extent(tensor.shape, out.size(), axis);
    if (extent != 1 && extent != out[axis]) {
      return invalid_argument("an operand of shape {} does not broadcast to {}",
                              tenon::to_string(tensor.shape), tenon::to_string(out));
    }
    // Where there is a pitch the innermost axis is no loop, and its rows are that far apart.
    int64_t stride = tensor.pitch == 0 ? width_of(tensor.type) : tensor.pitch;
    for (size_t inner = place + 1; inner < out.size(); ++inner) {
      if (tensor.pitch != 0 && inner + 1 == out.size()) continue;
      stride *= aligned_extent(tensor.shape, out.size(), form.order[inner]);
    }
    loop.strides.push_back(extent == 1 ? 0 : stride);
  }
  return loop;
}

Result<PointwiseRun> PointwiseRun::create(PointwiseLoop loop, const RowForm& form,
                                          std::span<const BoundOperand> tensors) {
  PointwiseRun run(std::move(loop));
  run.tensors_ = tensors.size();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const bool repeats = i < form.repeats.size() && form.repeats[i];
    run.steps_.push_back(repeats ? 0 : width_of(tensors[i].type));
  }
  std::vector<LoopAxis> outer;
  const size_t rank = tensors.back().shape.size();
  const bool pitched =
      std::ranges::any_of(tensors, [](const BoundOperand& tensor) { return tensor.pitch != 0; });
  const size_t first_axis = pitched ? rank - 1 : form.first_axis;
  for (size_t place = 0; place < rank; ++place) {
    LoopAxis loop_of_axis = TRY(loop_axis(tensors, form, place));
    if (place < first_axis) {
      outer.push_back(std::move(loop_of_axis));
    } else {
      run.length_ *= loop_of_axis.extent;
    }
  }
  run.planes_ = merge_axes(outer);
  run.rows_ = run.planes_.back();
  run.planes_.pop_back();
  run.rows_.strides.resize(tensors.size(), 0);
  return run;
}

void PointwiseRun::operator()(const Operands& operands) const {
  const int64_t rows = iterations(planes_) * rows_.extent;
  if (rows == 0 || length_ == 0) return;
  Pointers first = {};
  for (size_t i = 0; i < tensors_; ++i) {
    first[i] = static_cast<std::byte*>(operands.pointers[i]);
  }
  if (length_ > kGrain) {
    operands.pool.parallel_for(rows * pieces_per_row(),
                               [&](int64_t begin, int64_t end) { run_pieces(first, begin, end); });
  } else {
    operands.pool.parallel_for(
        rows, [&](int64_t begin, int64_t end) { run_rows(first, begin, end); },
        std::max<int64_t>(1, kGrain / length_));
  }
}

void PointwiseRun::run_rows(const Pointers& first, int64_t begin, int64_t end) const {
  while (begin < end) {
    const int64_t row = begin % rows_.extent;
    const int64_t rows = std::min(end - begin, rows_.extent - row);
    call(first, begin / rows_.extent, row, rows, 0, length_);
    begin += rows;
  }
}

void PointwiseRun::run_pieces(const Pointers& first, int64_t begin, int64_t end) const {
  const int64_t pieces = pieces_per_row();
  for (int64_t piece = begin; piece < end; ++piece) {
    const int64_t row = piece / pieces;
    const int64_t element = piece % pieces * kGrain;
    call(first, row / rows_.extent, row % rows_.extent, 1, element,
         std::min(kGrain, length_ - element));
  }
}

void PointwiseRun::call(const Pointers& first, int64_t plane, int64_t row, int64_t rows,
                        int64_t begin, int64_t length) const {
  std::array<int64_t, kMaxTensors> offsets = {};
  offsets_at(planes_, plane, std::span(offsets).first(tensors_));
  Pointers pointers = {};
  for (size_t i = 0; i < tensors_; ++i) {
    pointers[i] = first[i] + offsets[i] + row * rows_.strides[i] + begin * steps_[i];
  }
  loop_.run(std::span(pointers).first(tensors_), rows_.strides, rows, length);
}

std::string rejects(const Problem& problem, const DeviceInfo& device) {
  if (isa_of(device) == Isa::kPortable) return needs_isa(Isa::kAvx2);
  if (problem.inputs.size() >= kMaxTensors) {
    return fmt::format("it has more than {} operands", kMaxTensors - 1);
  }
  std::string order = require_one_order(problem);
  if (!order.empty()) return order;
  const Result<PointwiseProgram> program = program_of_problem(problem);
  if (!program.ok()) return program.error().message();
  const Result<std::set<Repeats>> repeats = possible_repeats(problem);
  if (!repeats.ok()) return repeats.error().message();
  return ProgramEmitter::rejects(*program, ProgramEmitter::Bools::kAtTheEnds);
}

// Then a row is the innermost axis alone.
bool pointwise_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  const ValueInfo& out = problem.outputs[0];
  const int64_t innermost = storage_order(out.layout, out.shape.size()).back();
  if (out.shape[static_cast<size_t>(innermost)] == Dim(1)) return false;
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const ValueInfo& input = problem.inputs[i];
    if (pitches[i] == Dim(0)) continue;
    if (input.shape != out.shape || input.layout != out.layout) return false;
  }
  return true;
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  const PointwiseProgram program = TRY(program_of_problem(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  std::map<Repeats, PointwiseLoop> loops;
  for (const Repeats& repeated : TRY(possible_repeats(problem))) {
    std::array<bool, kMaxTensors> repeats = {};
    std::ranges::copy(repeated, repeats.begin());
    loops.emplace(repeated, TRY(PointwiseLoop::create(code, program,
                                                      std::span(repeats).first(repeated.size()))));
  }
  return function_kernel(
      device,
      [loops = std::move(loops), layout = problem.outputs[0].layout](
          std::span<const BoundOperand> inputs,
          std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
        const RowForm form = row_form(inputs, outputs[0].shape, layout);
        const auto loop = loops.find(form.repeats);
        TENON_CHECK(loop != loops.end());
        std::vector<BoundOperand> tensors(inputs.begin(), inputs.end());
        tensors.push_back(outputs[0]);
        return BoundFunction(TRY(PointwiseRun::create(loop->second, form, tensors)));
      },
      code.pieces());
}

}  // namespace

constinit const Tactic kPointwiseTactic = {
    .source = "own",
    .name = "pointwise",
    .version = 1,
    .doc = "Generated loops over f32 and bool, on AVX2 and AVX-512.",
    .rejects = rejects,
    .workspace = no_workspace,
    .make = make,
    .takes_pitches = pointwise_takes_pitches,
};

}  // namespace tenon::internal
