// One execution state of an engine: shapes, bindings, an arena, and an invocation for every step.
// Thread-safety: one thread at a time, a second one gets Busy; memory() and step_times() may be
// called from any thread.
#pragma once

#include "base/thread_pool.h"
#include "device/device.h"
#include "device/tactic.h"
#include "ops/work.h"
#include "plan/bind_plan.h"
#include "runtime/engine.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Gives memory for an output whose shape is known.
using OutputAllocator = std::function<Result<void*>(const Shape& shape, size_t bytes)>;

// Time that one step took over all runs so far.
struct StepTime {
  int64_t runs = 0;
  double total_us = 0;
  // At the shapes of the latest run: the shortest time, and what the step costs.
  double min_us = 0;
  Work work = {};
};

class Context {
 public:
  // Allocates the arena where the engine bounds it. `profile`: waits after each step to time it.
  static Result<std::unique_ptr<Context>> create(std::shared_ptr<const Engine> engine,
                                                 bool profile);

  const Engine& engine() const { return *engine_; }

  Status set_shape(std::string_view input, std::span<const int64_t> shape);
  // Of an input or output, at the shapes set so far; of an output that follows from data, that of
  // the last run.
  Result<Shape> shape(std::string_view name);

  Status bind_input(std::string_view name, const ConstTensorView& view);
  Status bind_output(std::string_view name, const TensorView& view);
  Status bind_output_allocator(std::string_view name, OutputAllocator allocator);

  Status run();

  MemoryReport memory() const;
  // One for each step; empty unless profiling.
  std::vector<StepTime> step_times() const;

 private:
  // A tensor that the caller bound. Outputs are never read through it, inputs never written.
  struct Binding {
    void* data = nullptr;
    DataType type = DataType::kUndefined;
    Shape shape;
    // Of an output: asked in place of the others.
    OutputAllocator allocator = {};
  };
  // A step at the prepared shapes: its invocation and the pointers it is enqueued with.
  struct PreparedStep {
    std::unique_ptr<Invocation> invocation;
    std::vector<void*> pointers;
    void* workspace = nullptr;
  };
  // What one epoch (plan/epochs.h) has made ready.
  struct EpochState {
    // At these values of its symbols; nothing where it has not begun.
    std::optional<std::vector<int64_t>> bound_at;
    ArenaMemory memory;
    std::unique_ptr<Buffer> arena;
    // addresses_ when the pointers of its steps were set; 0: never.
    uint64_t pointers_at = 0;
  };
  // Holds the right to use the context; empty if another thread has it.
  class Lock;

  Context(std::shared_ptr<const Engine> engine, bool profile);

  // Makes shapes, layout and invocations of epoch 0 current. Cheap where nothing changed.
  Status prepare();
  // The same as soon as all shapes are known, so that no run waits for it; an error is left for
  // run() to find again.
  void prepare_early();
  // The same for a later epoch, whose symbols are bound, with memory for its outputs.
  Status begin_epoch(uint32_t epoch);
  Status prepare_arena(uint32_t epoch);
  Status prepare_steps(uint32_t epoch);
  Status record_work(uint32_t epoch);
  Status allocate_arena(EpochState& state, int64_t bytes);
  void report_memory();
  // Asks the allocators of outputs that an epoch makes known.
  Status allocate_outputs(uint32_t epoch);
  Status check_binding(const Binding& binding, const PlanBinding& slot,
                       std::string_view kind) const;
  // No output may lie in memory that another tensor has.
  Status check_overlaps() const;
  Status check_bindings(uint32_t epoch) const;
  Status resolve_pointers(uint32_t epoch);
  bool has_begun(uint32_t value) const {
    return epochs_[engine_->epochs().of_value[value]].bound_at.has_value();
  }
  // Address of a value: of its window in its root.
  void* address(uint32_t value) const;
  void* storage_address(uint32_t root) const;

  // run_steps.cc
  Status run_steps(uint32_t begin, uint32_t end);
  Status run_step(uint32_t index);
  Status run_host_step(uint32_t index);
  Status compute_on_host(const OpDef& op, const Attrs& attrs,
                         std::span<const ConstTensorView> inputs, std::vector<TensorView>& outputs);
  // run_bodies.cc
  class LoopRun;
  Status run_if(uint32_t index);
  Status run_loop(uint32_t index);
  Result<int64_t> read_number(uint32_t value);
  Status write_bytes(uint32_t value, std::span<const std::byte> bytes);
  Status copy_bytes(void* to, const void* from, int64_t bytes);
  // Of one shape. Errors: InvalidArgument where they are not.
  Status copy_value(uint32_t to, uint32_t from);
  // What the host sees of a value: where it lies, or a copy in `staging`.
  Result<ConstTensorView> read_value(uint32_t value, std::vector<std::byte>& staging);

  std::shared_ptr<const Engine> engine_;
  bool profile_;
  std::atomic<bool> busy_{false};
  std::unique_ptr<Stream> stream_;
  // In the order of the plan's inputs; unset ones are empty.
  std::vector<std::optional<Shape>> input_shapes_;
  std::vector<Binding> input_bindings_;
  std::vector<Binding> output_bindings_;
  std::optional<ArenaMemory> fixed_arena_;
  std::vector<EpochState> epochs_;
  // Set while epoch 0 is prepared.
  std::optional<BoundPlan> bound_;
  std::vector<PreparedStep> steps_;
  // Counts up whenever memory is bound or moves.
  uint64_t addresses_ = 1;
  // For definitions of host steps; they are small.
  std::unique_ptr<ThreadPool> pool_;
  // What other threads may ask for while one runs.
  mutable std::mutex reports_mutex_;
  MemoryReport memory_;
  std::vector<StepTime> step_times_;
};

}  // namespace tenon::internal
