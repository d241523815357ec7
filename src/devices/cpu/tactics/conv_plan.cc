#include "devices/cpu/tactics/conv_plan.h"

#include "base/errors.h"
#include "base/try.h"

#include <array>
#include <span>

namespace tenon::internal {

Result<ConvPlan> plan_conv(const Problem& problem) {
  ConvPlan plan;
  plan.problem = TRY(anchored_problem(problem, "Conv", /*column_axis=*/1));
  TRY_STATUS(require_stored_as_read(plan.problem));
  plan.attrs = plan.problem.parts.anchor_attrs.as<ConvAttrs>();
  plan.bias = plan.problem.operand(kConvBias) != nullptr;
  plan.packed = in_mask(problem.constants, kConvWeights);
  plan.weights_layout = problem.inputs[kConvWeights].layout;
  plan.weights =
      TRY_CONTEXT(evaluate(plan.problem.operand(kConvWeights)->shape, {}), "of the weights");
  TRY_STATUS(require_channels_last(problem.outputs[0], "output"));
  const int64_t groups = plan.attrs.group;
  plan.size = {.groups = groups,
               .columns = plan.weights[0] / groups,
               .taps = tenon::element_count(std::span(plan.weights).subspan(2)),
               .depth = plan.weights[1]};
  if (plan.size.taps < 1 || plan.size.taps > kMaxTaps) {
    return unsupported("the window has {} positions, at most {} are possible", plan.size.taps,
                       kMaxTaps);
  }
  if (plan.size.depth < 1 || plan.size.columns < 1 || plan.input_channels() > kMaxPaddedChannels) {
    return unsupported("{} channels; 1 to {} are possible", plan.input_channels(),
                       kMaxPaddedChannels);
  }
  return plan;
}

void run_conv(const ConvPlan& plan, int64_t stride, const Operands& operands,
              const WindowRows& rows, const float* image, const float* packed) {
  auto* output = static_cast<float*>(operands.pointers.back());
  const auto rows_of_a = [&](int64_t first, int64_t count, const float** a) {
    return rows.addresses(image, first, count, a);
  };
  const auto rows_of_c = [&](int64_t first, int64_t count, float** c) {
    for (int64_t row = 0; row < count; ++row) {
      c[row] = output + (first + row) * stride;
    }
  };
  std::array<const float*, kMaxTileExtras> extras{};
  const size_t count = extra_pointers(plan.problem, operands, extras);
  plan.product->run(rows.positions(),
                    {.rows = {.rows_of_a = rows_of_a,
                              .rows_of_c = rows_of_c,
                              .a_stride = rows.stride(),
                              .c_stride = stride},
                     .packed = packed,
                     .bias = plan.bias ? operands.input<float>(kConvBias) : nullptr,
                     .extras = std::span(extras).first(count),
                     .c = output},
                    operands.pool);
}

}  // namespace tenon::internal
