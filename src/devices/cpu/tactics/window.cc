#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "devices/cpu/product/window_pass.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/conv.h"
#include "ops/operands.h"
#include "ops/pool.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace tenon::internal {
namespace {

constexpr std::array<std::string_view, 5> kAnchors = {"AveragePool", "Conv", "GlobalAveragePool",
                                                      "GlobalMaxPool", "MaxPool"};

// Positions of the anchor's operands.
constexpr size_t kInput = 0;
constexpr size_t kWeights = 1;
constexpr size_t kBias = 2;

struct WindowPlan {
  AnchoredProblem problem;
  WindowSpec spec;
  WindowAttrs window;
  // Extents of a window.
  Shape kernel;
  bool bias = false;
  // Made with the kernel.
  std::optional<WindowPass> pass = std::nullopt;
};

Result<WindowPlan> plan_depthwise(const Problem& problem) {
  WindowPlan plan;
  plan.problem = TRY(anchored_problem(problem, "Conv", /*column_axis=*/1));
  const ConvAttrs& attrs = plan.problem.parts.anchor_attrs.as<ConvAttrs>();
  plan.window = attrs.window;
  if (!in_mask(problem.constants, kWeights)) return unsupported("the weights are computed");
  const Shape weights =
      TRY_CONTEXT(evaluate(plan.problem.operand(kWeights)->shape, {}), "of the weights");
  if (weights[1] != 1 || weights[0] != attrs.group) {
    return unsupported("channels are not convolved each by itself");
  }
  plan.kernel.assign(weights.begin() + 2, weights.end());
  plan.spec = {.kind = WindowKind::kWeighted, .channels = attrs.group};
  plan.bias = plan.problem.operand(kBias) != nullptr;
  return plan;
}

Result<WindowPlan> plan_pool(const Problem& problem, std::string_view anchor) {
  WindowPlan plan;
  bool is_global = false;
  plan.problem = TRY(anchored_problem(problem, anchor, /*column_axis=*/1));
  const Attrs& attrs = plan.problem.parts.anchor_attrs;
  if (anchor == "MaxPool") {
    plan.window = attrs.as<MaxPoolAttrs>().window;
    plan.spec.kind = WindowKind::kMax;
  } else if (anchor == "AveragePool") {
    const AveragePoolAttrs& average = attrs.as<AveragePoolAttrs>();
    plan.window = average.window;
    plan.spec = {.kind = WindowKind::kScaledSum, .count_padding = average.count_include_pad};
  } else {
    is_global = true;
    plan.spec.kind = anchor == "GlobalMaxPool" ? WindowKind::kMax : WindowKind::kScaledSum;
  }
  const SymbolicShape& input = plan.problem.operand(kInput)->shape;
  if (input.size() < 3 || input.size() > 2 + kMaxSpatialRank) {
    return unsupported("its input has {}", counted(input.size(), "axis", "axes"));
  }
  if (is_global) {
    // The window is all of the input; over nothing it has one tap, outside.
    const std::optional<Shape> extents = constant_shape({input.begin() + 2, input.end()});
    if (!extents) return unsupported("the size of its windows is open");
    for (const int64_t extent : *extents) plan.kernel.push_back(std::max<int64_t>(extent, 1));
  } else {
    plan.kernel = plan.window.kernel_shape;
  }
  const std::optional<int64_t> channels = input[1].as_constant();
  if (!channels) return unsupported("the number of channels is open");
  plan.spec.channels = *channels;
  return plan;
}

Result<WindowPlan> plan_window(const Problem& problem) {
  const std::string_view anchor = anchor_name(problem);
  if (std::ranges::find(kAnchors, anchor) == kAnchors.end()) {
    return unsupported("it has no windows over channels");
  }
  WindowPlan plan = TRY(anchor == "Conv" ? plan_depthwise(problem) : plan_pool(problem, anchor));
  TRY_STATUS(require_stored_as_read(plan.problem));
  TRY_STATUS(require_channels_last(problem.inputs[kInput], "input"));
  TRY_STATUS(require_channels_last(problem.outputs[0], "output"));
  if (plan.spec.channels < 1 || plan.spec.channels > kMaxPaddedChannels) {
    return unsupported("{} channels; 1 to {} are possible", plan.spec.channels, kMaxPaddedChannels);
  }
  plan.spec.taps = tenon::element_count(plan.kernel);
  if (plan.spec.taps < 1 || plan.spec.taps > kMaxTaps) {
    return unsupported("its windows have {} positions; kernels are for 1 to {}", plan.spec.taps,
                       kMaxTaps);
  }
  return plan;
}

Result<BoundFunction> bind_window(const std::shared_ptr<const WindowPlan>& plan,
                                  std::span<const BoundOperand> inputs,
                                  std::span<const BoundOperand> outputs) {
  const std::span<const int64_t> input(inputs[kInput].shape);
  const std::span<const int64_t> output(outputs[0].shape);
  const bool weighted = plan->spec.kind == WindowKind::kWeighted;
  const WindowPadding padding =
      plan->spec.kind == WindowKind::kMax ? WindowPadding::kRepeat : WindowPadding::kZeros;
  WindowRows rows(window_axes(plan->window, input.subspan(2), plan->kernel, output.subspan(2)),
                  input[0], row_stride(inputs[kInput], plan->spec.channels), padding);
  const int64_t stride = row_stride(outputs[0], plan->spec.channels);
  return BoundFunction([plan, weighted, stride, rows = std::move(rows)](const Operands& operands) {
    std::array<const float*, kMaxTileExtras> extras{};
    const size_t count = extra_pointers(plan->problem, operands, extras);
    plan->pass->run(rows,
                    {.input = operands.input<float>(kInput),
                     .output = static_cast<float*>(operands.pointers.back()),
                     .output_stride = stride,
                     .weights = weighted ? operands.input<float>(kWeights) : nullptr,
                     .bias = plan->bias ? operands.input<float>(kBias) : nullptr,
                     .extras = std::span(extras).first(count)},
                    operands.pool);
  });
}

ProductSize weights_size(const WindowPlan& plan) {
  return {.columns = plan.spec.channels, .taps = plan.spec.taps, .depth = 1};
}

template <Isa kIsa>
std::string rejects_window(const Problem& problem, const DeviceInfo& device) {
  return isa_of(device) < kIsa ? needs_isa(kIsa) : reason_of(plan_window(problem));
}

template <Isa kIsa>
std::vector<Packing> window_packings(const Problem& problem) {
  const WindowPlan plan = plan_window(problem).value();
  if (plan.spec.kind != WindowKind::kWeighted) return {};
  return {{kWeights, packed_bytes(weights_size(plan), kIsa)}};
}

template <Isa kIsa>
Status pack_window(const Problem& problem, size_t operand, const ConstTensorView& constant,
                   std::span<std::byte> packed) {
  static_cast<void>(operand);
  const ProductSize size = weights_size(TRY(plan_window(problem)));
  // Weights are [channel][1][tap].
  const MatrixStrides strides{.tap = 1, .column = size.taps};
  pack_panels(size, kIsa, static_cast<const float*>(constant.data), strides, floats_of(packed));
  return {};
}

bool window_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  return takes_image_pitches(problem, plan_window(problem).value().problem, kInput, pitches);
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_window(const Problem& problem, Device& device) {
  WindowPlan plan = TRY(plan_window(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  const PossibleRows positions = possible_positions(
      plan.window, plan.kernel, problem.inputs[kInput].shape, problem.outputs[0].shape);
  plan.pass =
      TRY(WindowPass::create(plan.spec, positions, plan.problem.epilogue(plan.bias), kIsa, code));
  return planned_kernel(std::move(plan), device, code, bind_window);
}

template <Isa kIsa>
constexpr Tactic window_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Depthwise convolution and pooling of channels_last tensors.",
          .rejects = rejects_window<kIsa>,
          .workspace = no_workspace,
          .make = make_window<kIsa>,
          .packings = window_packings<kIsa>,
          .pack = pack_window<kIsa>,
          .takes_pitches = window_takes_pitches};
}

constexpr std::array kTactics = {window_tactic<Isa::kAvx512>("window_avx512"),
                                 window_tactic<Isa::kAvx2>("window_avx2")};

}  // namespace

std::span<const Tactic> window_tactics() { return kTactics; }

}  // namespace tenon::internal
