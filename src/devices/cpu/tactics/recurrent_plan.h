// LSTM, GRU and RNN as products and loops: what is fixed when a kernel is made, and the packed form
// of their weights.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/product/panels.h"
#include "ops/problem.h"
#include "ops/recurrent.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

struct RecurrentPlan {
  RecurrentForm form;
  int64_t inputs = 0;
  int64_t hidden = 0;
  OperandMask given = 0;
  OperandMask constants = 0;

  bool has(size_t operand) const { return in_mask(given, operand); }
  // Values of the gates of a step.
  int64_t columns() const { return form.gates * hidden; }
  // x * W^T for one direction.
  ProductSize input_product() const { return {.columns = columns(), .depth = inputs}; }
  // h * R^T for one direction, one after another: of GRU that for h stands apart, as it comes
  // behind the reset or is reset itself.
  std::vector<ProductSize> step_products() const;
  // Whether the second of these is stored apart, and not added to the gates.
  bool product_apart() const { return form.linear_before_reset; }

  // Operands that are read packed, as far as they are given.
  static constexpr size_t kPacked[] = {RecurrentOperand::kW, RecurrentOperand::kR,
                                       RecurrentOperand::kB};
  // Of one direction. W and R are packed panels of the products above. B is [G * H], which is added
  // to x * W^T, and [H], which is added to the product that stands apart.
  int64_t packed_elements(size_t operand, Isa isa) const;
  // Writes all directions of a packed operand.
  void pack(size_t operand, Isa isa, const float* stored, std::span<float> packed) const;

 private:
  void pack_bias(const float* stored, float* packed) const;
};

// Errors: Unsupported with the reason.
Result<RecurrentPlan> plan_recurrent(const Problem& problem);

}  // namespace tenon::internal
