// One execution state of an engine: shapes, bindings, an arena, and an invocation for every step.
// Thread-safety: one thread at a time, a second one gets Busy; memory() and step_times() may be
// called from any thread.
#pragma once

#include "device/device.h"
#include "device/tactic.h"
#include "ops/work.h"
#include "plan/bind_plan.h"
#include "runtime/engine.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

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
  // Of an input or output, at the shapes set so far.
  Result<Shape> shape(std::string_view name);

  Status bind_input(std::string_view name, const ConstTensorView& view);
  Status bind_output(std::string_view name, const TensorView& view);

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
  };
  // A step at the prepared shapes: its invocation and the pointers it is enqueued with.
  struct PreparedStep {
    std::unique_ptr<Invocation> invocation;
    std::vector<void*> pointers;
    void* workspace = nullptr;
  };
  // Holds the right to use the context; empty if another thread has it.
  class Lock;

  Context(std::shared_ptr<const Engine> engine, bool profile);

  // Makes shapes, layout and invocations current. Cheap where nothing changed.
  Status prepare();
  // The same as soon as all shapes are known, so that no run waits for it; an error is left for
  // run() to find again.
  void prepare_early();
  Status prepare_arena(const SymbolBindings& symbols);
  Status prepare_steps(const BoundPlan& bound);
  Status record_work(const BoundPlan& bound);
  Status allocate_arena(int64_t bytes);
  void report_memory();
  Status check_binding(const Binding& binding, const PlanBinding& slot,
                       std::string_view kind) const;
  // No output may lie in memory that another tensor has.
  Status check_overlaps() const;
  Status resolve_pointers();
  // Address of a value: of its window in its root.
  void* address(uint32_t value) const;
  void* storage_address(uint32_t root) const;
  Status enqueue_steps();

  std::shared_ptr<const Engine> engine_;
  bool profile_;
  std::atomic<bool> busy_{false};
  std::unique_ptr<Stream> stream_;
  // In the order of the plan's inputs; unset ones are empty.
  std::vector<std::optional<Shape>> input_shapes_;
  std::vector<Binding> input_bindings_;
  std::vector<Binding> output_bindings_;
  std::optional<ArenaMemory> fixed_arena_;
  // The one in use: fixed, or of the prepared shapes.
  ArenaMemory arena_memory_;
  std::unique_ptr<Buffer> arena_;
  // Set while prepared.
  std::optional<BoundPlan> bound_;
  std::vector<PreparedStep> steps_;
  bool pointers_current_ = false;
  // What other threads may ask for while one runs.
  mutable std::mutex reports_mutex_;
  MemoryReport memory_;
  std::vector<StepTime> step_times_;
};

}  // namespace tenon::internal
