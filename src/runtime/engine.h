// A plan loaded on a device: weights in place, a kernel for every step. Immutable and shared by its
// contexts. Thread-safety: any thread.
#pragma once

#include "device/device.h"
#include "device/tactic.h"
#include "plan/bind_plan.h"
#include "plan/epochs.h"
#include "plan/memory_planner.h"
#include "plan/plan.h"
#include "runtime/plan_kernels.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

class Engine {
 public:
  // `bytes` begin at a multiple of kWeightAlignment, so that the weights do, and `owner` keeps them
  // alive. `verify_weight_sums` reads all of them. Errors: CorruptData, VersionMismatch (format,
  // op, attribute, or a tactic that the device lacks: all are named), Unsupported for a plan of
  // another device kind, OutOfMemory.
  static Result<std::shared_ptr<const Engine>> load(std::span<const std::byte> bytes,
                                                    std::shared_ptr<const void> owner,
                                                    std::shared_ptr<Device> device,
                                                    bool verify_weight_sums);

  const Plan& plan() const { return plan_; }
  const PlanInfo& info() const { return info_; }
  Device& device() const { return *device_; }
  const std::shared_ptr<Device>& device_handle() const { return device_; }

  // Of a step of the device.
  const Kernel& kernel(size_t step) const { return *kernels_.of_step[step]; }
  // Attributes of a host step.
  const Attrs& host_attrs(size_t step) const { return kernels_.host_attrs.at(step); }
  const PlanEpochs& epochs() const { return epochs_; }
  const ArenaPlan& arena(uint32_t epoch) const { return arenas_[epoch]; }
  // Device address of a weight.
  const void* weight(uint32_t index) const;
  int64_t weight_bytes() const { return plan_.weight_bytes(); }
  // Machine code of all kernels. Contexts share it.
  int64_t code_bytes() const { return kernels_.code_bytes; }

  // Index of an input or output. Errors: NotFound with the names there are.
  Result<uint32_t> find_input(std::string_view name) const;
  Result<uint32_t> find_output(std::string_view name) const;

  // Shapes of all inputs in order from those that are named; fixed ones need not be. Errors:
  // InvalidArgument, NotFound.
  Result<std::vector<Shape>> complete_shapes(const InputShapes& shapes) const;

  // Of a fresh context, the engine's weights included: exact at these shapes, and the most that one
  // takes in total at shapes inside of a profile.
  Result<MemoryReport> memory(const InputShapes& shapes) const;
  Result<MemoryReport> memory(const Profile& profile) const;

  // Names of values in the arena whose sizes follow from data.
  std::vector<std::string> unbounded_values() const;

  // The layout that holds for every shape the plan is valid for: all dims fixed, or bounded by the
  // plan's profile. nullopt where the arena must follow the shapes.
  Result<std::optional<ArenaMemory>> fixed_arena() const;

 private:
  Engine() = default;
  MemoryReport report(const ArenaMemory& arena) const;

  Plan plan_;
  PlanInfo info_;
  std::shared_ptr<Device> device_;
  DeviceBytes weights_;
  PlanKernels kernels_;
  PlanEpochs epochs_;
  // One for each epoch.
  std::vector<ArenaPlan> arenas_;
};

}  // namespace tenon::internal
