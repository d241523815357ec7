#include "devices/cpu/tactics/recurrent_plan.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/tactics/recurrent_gates.h"

#include <algorithm>
#include <optional>
#include <string>

namespace tenon::internal {

using Operand = RecurrentOperand;

std::vector<ProductSize> RecurrentPlan::step_products() const {
  const auto product = [&](int64_t gates) {
    return ProductSize{.columns = gates * hidden, .depth = hidden};
  };
  if (form.cell == RecurrentCell::kGru) return {product(2), product(1)};
  return {product(form.gates)};
}

int64_t RecurrentPlan::packed_elements(size_t operand, Isa isa) const {
  switch (operand) {
    case Operand::kW:
      return internal::packed_elements(input_product(), isa);
    case Operand::kR: {
      int64_t elements = 0;
      for (const ProductSize& product : step_products()) {
        elements += internal::packed_elements(product, isa);
      }
      return elements;
    }
    default:
      TENON_CHECK(operand == Operand::kB);
      return columns() + hidden;
  }
}

void RecurrentPlan::pack_bias(const float* stored, float* packed) const {
  const float* const recurrent = stored + columns();
  const int64_t added = columns() - (product_apart() ? hidden : 0);
  for (int64_t i = 0; i < columns(); ++i) {
    packed[i] = i < added ? stored[i] + recurrent[i] : stored[i];
  }
  std::copy_n(recurrent + columns() - hidden, hidden, packed + columns());
}

void RecurrentPlan::pack(size_t operand, Isa isa, const float* stored,
                         std::span<float> packed) const {
  float* to = packed.data();
  for (int64_t direction = 0; direction < form.directions(); ++direction) {
    if (operand == Operand::kB) {
      pack_bias(stored + direction * 2 * columns(), to);
      to += packed_elements(operand, isa);
      continue;
    }
    std::vector<ProductSize> products = {input_product()};
    if (operand == Operand::kR) products = step_products();
    for (const ProductSize& product : products) {
      const int64_t elements = internal::packed_elements(product, isa);
      pack_panels(product, isa, stored, {.depth = 1, .column = product.depth},
                  {to, static_cast<size_t>(elements)});
      stored += product.columns * product.depth;
      to += elements;
    }
  }
}

Result<RecurrentPlan> plan_recurrent(const Problem& problem) {
  RecurrentPlan plan{.form = TRY(recurrent_form(*problem.op, problem.attrs)),
                     .constants = problem.constants};
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const ValueInfo& input = problem.inputs[i];
    if (!input.present()) continue;
    add_to_mask(plan.given, i);
    if (i != Operand::kLengths && input.type != DataType::kFloat32) {
      return unsupported("its operands are not f32");
    }
    if (input.layout != Layout::kPlain) return unsupported("an operand is not plain");
  }
  for (const ValueInfo& output : problem.outputs) {
    if (output.layout != Layout::kPlain) return unsupported("a result is not plain");
  }
  const std::optional<int64_t> inputs = problem.inputs[Operand::kW].shape[2].as_constant();
  const std::optional<int64_t> hidden = problem.inputs[Operand::kR].shape[2].as_constant();
  if (!inputs || !hidden) return unsupported("the size of its weights is open");
  if (*inputs < 1 || *hidden < 1) return unsupported("its weights are empty");
  plan.inputs = *inputs;
  plan.hidden = *hidden;
  const std::string reason = GateLoops::rejects(plan.form);
  if (!reason.empty()) return unsupported("{}", reason);
  return plan;
}

}  // namespace tenon::internal
