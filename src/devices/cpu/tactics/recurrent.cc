// LSTM, GRU and RNN. Constant weights and biases lie packed in the plan; others are packed at each
// run.

#include "base/try.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/recurrent_plan.h"
#include "devices/cpu/tactics/recurrent_run.h"
#include "devices/cpu/tactics/tactics.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

class RecurrentInvocation final : public Invocation {
 public:
  RecurrentInvocation(RecurrentRun run, ThreadPool& pool) : run_(std::move(run)), pool_(pool) {}

  Status enqueue(Stream& stream, std::span<void* const> pointers, void* workspace) override {
    static_cast<void>(stream);
    return run_(
        {.pointers = pointers, .workspace = static_cast<std::byte*>(workspace), .pool = pool_});
  }

 private:
  RecurrentRun run_;
  ThreadPool& pool_;
};

class RecurrentKernel final : public Kernel {
 public:
  // `pieces`: those of Kernel::code().
  RecurrentKernel(std::shared_ptr<const RecurrentCode> code, std::vector<CodePiece> pieces,
                  CpuDevice& device)
      : code_(std::move(code)), pieces_(std::move(pieces)), device_(device) {}

  std::vector<CodePiece> code() const override { return pieces_; }

  Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                           std::span<const BoundOperand> outputs) const override {
    static_cast<void>(outputs);
    const Shape& x = inputs[RecurrentOperand::kX].shape;
    RecurrentExtents extents{.steps = x[0], .batch = x[1]};
    if (code_->plan.form.batch_first()) std::swap(extents.steps, extents.batch);
    return std::unique_ptr<Invocation>(
        std::make_unique<RecurrentInvocation>(RecurrentRun(code_, extents), device_.pool()));
  }

 private:
  std::shared_ptr<const RecurrentCode> code_;
  std::vector<CodePiece> pieces_;
  CpuDevice& device_;
};

template <Isa kIsa>
std::string rejects_recurrent(const Problem& problem, const DeviceInfo& device) {
  return isa_of(device) < kIsa ? needs_isa(kIsa) : reason_of(plan_recurrent(problem));
}

std::pair<Dim, Dim> steps_and_batch(const Problem& problem, const RecurrentPlan& plan) {
  const SymbolicShape& x = problem.inputs[RecurrentOperand::kX].shape;
  const size_t batch_axis = plan.form.batch_first() ? 0 : 1;
  return {x[1 - batch_axis], x[batch_axis]};
}

template <Isa kIsa>
Dim recurrent_workspace(const Problem& problem) {
  const RecurrentPlan plan = plan_recurrent(problem).value();
  const auto [steps, batch] = steps_and_batch(problem, plan);
  return RecurrentRun::workspace(plan, kIsa, steps, batch);
}

template <Isa kIsa>
std::vector<Packing> recurrent_packings(const Problem& problem) {
  const RecurrentPlan plan = plan_recurrent(problem).value();
  std::vector<Packing> wanted;
  for (const size_t operand : RecurrentPlan::kPacked) {
    if (!plan.has(operand) || !in_mask(plan.constants, operand)) continue;
    const int64_t elements = plan.form.directions() * plan.packed_elements(operand, kIsa);
    wanted.push_back({operand, elements * static_cast<int64_t>(sizeof(float))});
  }
  return wanted;
}

template <Isa kIsa>
Status pack_recurrent(const Problem& problem, size_t operand, const ConstTensorView& constant,
                      std::span<std::byte> packed) {
  TRY(plan_recurrent(problem))
      .pack(operand, kIsa, static_cast<const float*>(constant.data), floats_of(packed));
  return {};
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_recurrent(const Problem& problem, Device& device) {
  auto& cpu = static_cast<CpuDevice&>(device);
  RecurrentPlan plan = TRY(plan_recurrent(problem));
  const auto [steps, batch] = steps_and_batch(problem, plan);
  CodeSet code(cpu);
  auto made = std::make_shared<const RecurrentCode>(
      TRY(RecurrentCode::make(std::move(plan), kIsa, steps, batch, code)));
  return std::unique_ptr<Kernel>(
      std::make_unique<RecurrentKernel>(std::move(made), code.pieces(), cpu));
}

template <Isa kIsa>
constexpr Tactic recurrent_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc =
              "LSTM, GRU and RNN of f32: products over packed weights, and generated loops for "
              "gates and cells.",
          .rejects = rejects_recurrent<kIsa>,
          .workspace = recurrent_workspace<kIsa>,
          .make = make_recurrent<kIsa>,
          .packings = recurrent_packings<kIsa>,
          .pack = pack_recurrent<kIsa>};
}

constexpr std::array kTactics = {recurrent_tactic<Isa::kAvx512>("recurrent_avx512"),
                                 recurrent_tactic<Isa::kAvx2>("recurrent_avx2")};

}  // namespace

std::span<const Tactic> recurrent_tactics() { return kTactics; }

}  // namespace tenon::internal
