// Softmax, as generated loops: the greatest element, then the exponentials and their sum, then the
// quotients.
#include "ops/softmax.h"
#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/jit/fold_kernel.h"
#include "devices/cpu/jit/pointwise_loop.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/fold_input.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements that are worth another thread: each costs an exponential.
constexpr int64_t kGrain = 4096;
// Neighbouring vectors that are computed together, at most.
constexpr int64_t kVectors = 128;

PointwiseProgram program(std::initializer_list<PointwiseProgram::Instruction> body) {
  PointwiseProgram program;
  program.inputs = {DataType::kFloat32, DataType::kFloat32};
  program.body = body;
  program.outputs = {static_cast<int32_t>(program.inputs.size() + program.body.size()) - 1};
  return program;
}

PointwiseProgram::Instruction instruction(ScalarCode code, int32_t a, int32_t b = -1) {
  return {.code = code, .type = DataType::kFloat32, .operands = {a, b, -1}};
}

// The loops of one direction.
struct SoftmaxCode {
  FoldKernel greatest;
  // exp(x - greatest), stored and added up; x is stored where a program made it.
  FoldKernel exponentials;
  // x * factor
  PointwiseLoop scale;

  static Result<SoftmaxCode> create(CodeSet& code, FoldDirection direction,
                                    const FoldInput& input) {
    FoldSpec greatest = fold_of(ScalarCode::kMax, direction);
    input.apply_to(greatest);
    greatest.stores = !input.map.is_empty();
    FoldSpec sum = fold_of(ScalarCode::kAdd, direction);
    sum.map = program({instruction(ScalarCode::kSub, 0, 1), instruction(ScalarCode::kExp, 2)});
    sum.extras = {FoldExtra::kResult};
    sum.stores = true;
    const std::array repeats = {false, direction == FoldDirection::kAlong};
    FoldKernel greatest_kernel = TRY(FoldKernel::create(code, greatest));
    FoldKernel sum_kernel = TRY(FoldKernel::create(code, sum));
    PointwiseLoop scale =
        TRY(PointwiseLoop::create(code, program({instruction(ScalarCode::kMul, 0, 1)}), repeats));
    return SoftmaxCode{.greatest = std::move(greatest_kernel),
                       .exponentials = std::move(sum_kernel),
                       .scale = std::move(scale)};
  }
};

struct SoftmaxPlan {
  size_t axis = 0;
  FoldInput input;
  Layout layout = Layout::kPlain;
  // Made with the kernel: along, across.
  std::vector<SoftmaxCode> code;
};

// A softmax of `count` elements that lie `inner` apart, for `outer` times `inner` vectors.
struct SoftmaxRun {
  std::shared_ptr<const SoftmaxPlan> plan;
  int64_t outer = 1;
  int64_t count = 1;
  int64_t inner = 1;

  void operator()(const Operands& operands) const {
    if (outer == 0 || count == 0 || inner == 0) return;
    // Vectors that lie side by side, or one behind the other, as many as stay in the cache.
    const bool along = inner == 1;
    const int64_t row = along ? outer : inner;
    const int64_t longest = std::clamp<int64_t>(kGrain / count, 1, kVectors);
    const int64_t piece = std::min(row, along ? longest : kVectors);
    const int64_t pieces = ceil_div(row, piece);
    operands.pool.parallel_for(
        along ? pieces : outer * pieces,
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            const int64_t first = i % pieces * piece;
            const int64_t offset = along ? first * count : i / pieces * count * inner + first;
            run(operands, offset, std::min(piece, row - first));
          }
        },
        std::max<int64_t>(1, kGrain / (count * piece)));
  }

 private:
  void run(const Operands& operands, int64_t offset, int64_t vectors) const {
    constexpr auto kBytes = static_cast<int64_t>(sizeof(float));
    const bool along = inner == 1;
    const SoftmaxCode& code = plan->code[along ? 0 : 1];
    std::array<float, kVectors> numbers;
    float* to = static_cast<float*>(operands.pointers.back()) + offset;
    FoldCall call{.elements = operands.input<float>(plan->input.position) + offset,
                  .mapped = to,
                  .results = numbers.data(),
                  .count = count,
                  .row_bytes = (along ? count : inner) * kBytes,
                  .number = vectors};
    plan->input.set_extras(call, operands, offset);
    code.greatest.run(call);
    if (!plan->input.map.is_empty()) call.elements = to;
    call.extras = {numbers.data()};
    code.exponentials.run(call);
    for (float& number : std::span(numbers).first(static_cast<size_t>(vectors))) {
      number = 1 / number;
    }
    auto* const bytes = reinterpret_cast<std::byte*>(to);
    auto* const factors = reinterpret_cast<std::byte*>(numbers.data());
    code.scale.run(std::array{bytes, factors, bytes},
                   std::array<int64_t, 3>{call.row_bytes, along ? kBytes : 0, call.row_bytes},
                   along ? vectors : count, along ? count : vectors);
  }
};

// Errors: Unsupported with the reason.
Result<SoftmaxPlan> plan_softmax(const Problem& problem) {
  if (anchor_name(problem) != "Softmax") return unsupported("its anchor is no Softmax");
  const RegionParts parts = TRY(region_parts(problem));
  if (!parts.after.is_empty()) return unsupported("a program stands behind its anchor");
  SoftmaxPlan plan;
  plan.input = TRY(fold_input(problem, parts));
  plan.layout = problem.outputs[0].layout;
  const ValueInfo& in = problem.inputs[plan.input.position];
  if (in.layout != plan.layout && has_channels_last(in.shape)) {
    return unsupported("its operand and its result differ in layout");
  }
  plan.axis =
      TRY(normalize_axis(parts.anchor_attrs.as<SoftmaxAttrs>().axis, parts.output.shape.size()));
  return plan;
}

std::string rejects(const Problem& problem, const DeviceInfo& device) {
  if (isa_of(device) == Isa::kPortable) return needs_isa(Isa::kAvx2);
  return reason_of(plan_softmax(problem));
}

Result<BoundFunction> bind(const std::shared_ptr<const SoftmaxPlan>& plan,
                           std::span<const BoundOperand> inputs,
                           std::span<const BoundOperand> outputs) {
  static_cast<void>(inputs);
  const Shape& shape = outputs[0].shape;
  SoftmaxRun run{.plan = plan, .count = shape[plan->axis]};
  bool behind = false;
  for (const size_t at : stored_axes(plan->layout, shape.size())) {
    if (at != plan->axis) (behind ? run.inner : run.outer) *= shape[at];
    behind = behind || at == plan->axis;
  }
  return BoundFunction(std::move(run));
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  SoftmaxPlan plan = TRY(plan_softmax(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  for (const FoldDirection direction : {FoldDirection::kAlong, FoldDirection::kAcross}) {
    plan.code.push_back(TRY(SoftmaxCode::create(code, direction, plan.input)));
  }
  return planned_kernel(std::move(plan), device, code, bind);
}

}  // namespace

constinit const Tactic kSoftmaxTactic = {
    .source = "own",
    .name = "softmax",
    .version = 1,
    .doc = "Softmax of f32 along any axis as generated loops, on AVX2 and AVX-512.",
    .rejects = rejects,
    .workspace = no_workspace,
    .make = make,
};

}  // namespace tenon::internal
