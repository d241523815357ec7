// Pointwise ops, as generated loops over rows: the innermost axes over which every operand either
// advances evenly or repeats one element.
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
#include "ops/region_parts.h"

#include <algorithm>
#include <array>
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

// How rows lie in the operands.
struct RowForm {
  // The output's axes as they are stored.
  std::vector<size_t> order;
  // From this one on, counted as stored, they are a row; those before it are loops.
  size_t first_axis = 0;
  // Whether each input repeats one element along a row.
  std::vector<bool> repeats;
};

// Which inputs repeat along an axis of the output that is not 1.
std::vector<bool> repeated_inputs(std::span<const BoundOperand> inputs, const Shape& out,
                                  size_t axis) {
  std::vector<bool> repeated;
  for (const BoundOperand& input : inputs) {
    repeated.push_back(aligned_extent(input.shape, out.size(), axis) == 1);
  }
  return repeated;
}

RowForm row_form(std::span<const BoundOperand> inputs, const Shape& out, Layout layout) {
  RowForm form{stored_axes(layout, out.size()), out.size(),
               std::vector<bool>(inputs.size(), false)};
  bool is_empty = true;
  while (form.first_axis > 0) {
    const size_t axis = form.order[form.first_axis - 1];
    if (out[axis] != 1) {
      std::vector<bool> repeats = repeated_inputs(inputs, out, axis);
      if (!is_empty && repeats != form.repeats) break;
      form.repeats = std::move(repeats);
      is_empty = false;
    }
    --form.first_axis;
  }
  return form;
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

Result<PointwiseLoop> make_loop(CpuDevice& device, const PointwiseProgram& program,
                                const RowForm& form) {
  std::array<bool, kMaxTensors> repeats = {};
  std::ranges::copy(form.repeats, repeats.begin());
  return PointwiseLoop::create(device, program, std::span(repeats).first(form.repeats.size()));
}

// The shape with open dims that are not 1, as most of them will be.
Shape usual_shape(const SymbolicShape& shape) {
  Shape usual;
  for (const Dim& dim : shape) usual.push_back(dim.as_constant().value_or(2));
  return usual;
}

RowForm usual_form(const Problem& problem) {
  std::vector<BoundOperand> inputs;
  for (const ValueInfo& input : problem.inputs) {
    inputs.push_back({.type = input.type, .shape = usual_shape(input.shape), .host_bytes = {}});
  }
  const ValueInfo& output = problem.outputs[0];
  return row_form(inputs, usual_shape(output.shape), output.layout);
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  const PointwiseProgram program = TRY(program_of_problem(problem));
  auto& cpu = static_cast<CpuDevice&>(device);
  const Layout layout = problem.outputs[0].layout;
  // Kept so that binding finds it made.
  const PointwiseLoop usual = TRY(make_loop(cpu, program, usual_form(problem)));
  return function_kernel(
      device,
      [program, layout, usual, &cpu](
          std::span<const BoundOperand> inputs,
          std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
        // Open dims may turn out to be 1, and then other operands repeat along rows.
        const RowForm form = row_form(inputs, outputs[0].shape, layout);
        PointwiseLoop loop = TRY(make_loop(cpu, program, form));
        std::vector<BoundOperand> tensors(inputs.begin(), inputs.end());
        tensors.push_back(outputs[0]);
        return BoundFunction(TRY(PointwiseRun::create(std::move(loop), form, tensors)));
      });
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
