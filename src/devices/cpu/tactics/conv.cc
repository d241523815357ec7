// Convolution as a product: a row for each output position, a tap for each position of the window.
// Constant weights lie packed in the plan; others are packed at each run, into the workspace.

#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/product/window_rows.h"
#include "devices/cpu/tactics/conv_plan.h"
#include "devices/cpu/tactics/tactics.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace tenon::internal {
namespace {

void pack_weights(const ConvPlan& plan, Isa isa, const float* weights, std::span<float> packed) {
  const ProductSize& size = plan.size;
  // Weights are [group][column][depth][tap], or channels_last [group][column][tap][depth].
  const bool channels_last = plan.weights_layout == Layout::kChannelsLast;
  const MatrixStrides strides{.group = size.columns * size.depth * size.taps,
                              .tap = channels_last ? size.depth : 1,
                              .depth = channels_last ? 1 : size.taps,
                              .column = size.depth * size.taps};
  pack_panels(size, isa, weights, strides, packed);
}

Result<BoundFunction> bind_conv(const std::shared_ptr<const ConvPlan>& plan,
                                std::span<const BoundOperand> inputs,
                                std::span<const BoundOperand> outputs) {
  const std::span<const int64_t> input(inputs[kConvInput].shape);
  const std::span<const int64_t> output(outputs[0].shape);
  const auto axes = window_axes(plan->attrs.window, input.subspan(2),
                                std::span(plan->weights).subspan(2), output.subspan(2));
  WindowRows rows(axes, input[0], row_stride(inputs[kConvInput], plan->input_channels()),
                  WindowPadding::kZeros);
  return BoundFunction(
      [plan, rows = std::move(rows),
       stride = row_stride(outputs[0], plan->output_channels())](const Operands& operands) {
        const auto* weights = operands.input<float>(kConvWeights);
        if (!plan->packed) {
          const Isa isa = plan->product->isa();
          auto* packed = reinterpret_cast<float*>(operands.workspace);
          const auto elements = static_cast<size_t>(packed_elements(plan->size, isa));
          pack_weights(*plan, isa, weights, {packed, elements});
          weights = packed;
        }
        const auto* image = operands.input<float>(kConvInput);
        run_conv(*plan, stride, operands, rows, image, weights);
      });
}

template <Isa kIsa>
std::string rejects_conv(const Problem& problem, const DeviceInfo& device) {
  if (isa_of(device) < kIsa) return needs_isa(kIsa);
  const Result<ConvPlan> plan = plan_conv(problem);
  if (!plan.ok()) return plan.error().message();
  const Status layout = require_channels_last(problem.inputs[kConvInput], "input");
  return reason_of(layout);
}

template <Isa kIsa>
Dim conv_workspace(const Problem& problem) {
  const ConvPlan plan = plan_conv(problem).value();
  return plan.packed ? 0 : packed_bytes(plan.size, kIsa);
}

template <Isa kIsa>
std::vector<Packing> conv_packings(const Problem& problem) {
  const ConvPlan plan = plan_conv(problem).value();
  if (!plan.packed) return {};
  return {{kConvWeights, packed_bytes(plan.size, kIsa)}};
}

template <Isa kIsa>
Status pack_conv(const Problem& problem, size_t operand, const ConstTensorView& constant,
                 std::span<std::byte> packed) {
  static_cast<void>(operand);
  pack_weights(TRY(plan_conv(problem)), kIsa, static_cast<const float*>(constant.data),
               floats_of(packed));
  return {};
}

bool conv_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  return takes_image_pitches(problem, plan_conv(problem).value().problem, kConvInput, pitches);
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_conv(const Problem& problem, Device& device) {
  ConvPlan plan = TRY(plan_conv(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  const PossibleRows rows =
      possible_positions(plan.attrs.window, std::span(plan.weights).subspan(2),
                         problem.inputs[kConvInput].shape, problem.outputs[0].shape);
  plan.product =
      TRY(Product::create(plan.size, rows, plan.problem.epilogue(plan.bias), kIsa, code));
  return planned_kernel(std::move(plan), device, code, bind_conv);
}

template <Isa kIsa>
constexpr Tactic conv_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Convolution of channels_last tensors as a product over pointers to windows.",
          .rejects = rejects_conv<kIsa>,
          .workspace = conv_workspace<kIsa>,
          .make = make_conv<kIsa>,
          .packings = conv_packings<kIsa>,
          .pack = pack_conv<kIsa>,
          .takes_pitches = conv_takes_pitches};
}

constexpr std::array kTactics = {conv_tactic<Isa::kAvx512>("conv_avx512"),
                                 conv_tactic<Isa::kAvx2>("conv_avx2")};

}  // namespace

std::span<const Tactic> conv_tactics() { return kTactics; }

}  // namespace tenon::internal
