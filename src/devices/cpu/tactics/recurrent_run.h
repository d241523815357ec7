// A recurrent layer at concrete shapes. The steps of a direction are taken in blocks: one product
// gives what the inputs of all steps of a block do to their gates, and each step then adds the
// product of the state and applies the gates. Sums do not depend on blocks, threads or neighbours.
#pragma once

#include "devices/cpu/jit/code_set.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/recurrent_gates.h"
#include "devices/cpu/tactics/recurrent_plan.h"
#include "tensor/dim.h"

#include <tenon/error.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {

// What a kernel is made of.
struct RecurrentCode {
  RecurrentPlan plan;
  Isa isa = Isa::kAvx2;
  // Of each direction.
  std::vector<GateLoops> loops = {};
  // What the inputs of a block of steps do to their gates.
  std::optional<Product> inputs = std::nullopt;
  // As RecurrentPlan::step_products.
  std::vector<Product> steps = {};
  // RecurrentPlan::packed_elements of each packed operand, and those of the first step product.
  std::array<int64_t, RecurrentOperand::kB + 1> packed = {};
  int64_t first_step_packed = 0;

  // All code for such extents. Errors: those of CodeSet::get().
  static Result<RecurrentCode> make(RecurrentPlan plan, Isa isa, const Dim& steps, const Dim& batch,
                                    CodeSet& code);
};

struct RecurrentExtents {
  int64_t steps = 0;
  int64_t batch = 0;
};

// Immutable: any thread.
class RecurrentRun {
 public:
  RecurrentRun(std::shared_ptr<const RecurrentCode> code, const RecurrentExtents& extents);

  // Bytes of workspace that a run needs.
  static Dim workspace(const RecurrentPlan& plan, Isa isa, const Dim& steps, const Dim& batch);

  // Errors: InvalidArgument for lengths of sequences that are out of range. Allocates nothing.
  Status operator()(const Operands& operands) const;

 private:
  friend class RecurrentWalk;

  const RecurrentPlan& plan() const { return code_->plan; }

  std::shared_ptr<const RecurrentCode> code_;
  RecurrentExtents extents_;
  // Steps of a block; the last one may have fewer.
  int64_t block_steps_;
};

}  // namespace tenon::internal
