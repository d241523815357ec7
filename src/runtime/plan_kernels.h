// The kernels of a plan: what an engine runs, and what the builder counts the code of.
#pragma once

#include "device/device.h"
#include "device/tactic.h"
#include "plan/plan.h"
#include "tensor/attributes.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace tenon::internal {

struct PlanKernels {
  // One for each step, nullptr for those of the host.
  std::vector<std::unique_ptr<Kernel>> of_step;
  // Attributes of the steps of the host.
  std::map<size_t, Attrs> host_attrs;
  // Machine code of all kernels. There is no more, whatever the shapes.
  int64_t code_bytes = 0;
};

// Of a plan that verify() accepts. The device outlives them. Errors: CorruptData for steps that no
// tactic would have so, VersionMismatch for an op, attributes or tactics (all are named) that there
// are not, Unsupported for a tactic that needs more instructions than the device has, OutOfMemory.
Result<PlanKernels> make_kernels(const Plan& plan, Device& device);

}  // namespace tenon::internal
