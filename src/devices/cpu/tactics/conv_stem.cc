// With few channels, sums over the channels of one window position are too short. Along the last
// axis, the positions of a window lie side by side in a channels_last tensor, so that a sum can run
// over all of them at once if the tensor holds its padding. The input, plain or not, is copied into
// such a tensor first.

#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/product/window_rows.h"
#include "devices/cpu/tactics/conv_plan.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr int64_t kMaxChannels = 8;

using Axes = std::array<WindowAxis, kMaxSpatialRank>;

struct StemPlan {
  ConvPlan conv;
  Layout layout = Layout::kPlain;
  // A tap for each line of the window, whose elements are the depth.
  ProductSize size;
};

Result<StemPlan> plan_stem(const Problem& problem) {
  StemPlan plan;
  plan.conv = TRY(plan_conv(problem));
  plan.layout = problem.inputs[kConvInput].layout;
  const ConvPlan& conv = plan.conv;
  if (!conv.packed) return unsupported("the weights are computed");
  if (conv.size.groups != 1) return unsupported("it has groups");
  if (conv.size.depth > kMaxChannels) {
    return unsupported("{} channels are enough for a product", conv.size.depth);
  }
  const WindowAttrs& window = conv.attrs.window;
  const bool known = window.auto_pad == AutoPad::kNotSet || window.auto_pad == AutoPad::kValid;
  if (!known) return unsupported("its padding depends on the size of the input");
  if (!window.dilations.empty() && window.dilations.back() != 1) {
    return unsupported("its windows have gaps along the last axis");
  }
  const int64_t line = conv.weights.back();
  plan.size = {
      .columns = conv.size.columns, .taps = conv.size.taps / line, .depth = line * conv.size.depth};
  return plan;
}

// Extents of the padded input.
int64_t padded(const WindowAxis& axis) { return axis.pad_begin + axis.input + axis.pad_end; }

// The windows as the padded input has them: no padding, and one tap a line.
Axes lines_of(const Axes& axes) {
  Axes lines = axes;
  for (WindowAxis& axis : lines) {
    axis.input = padded(axis);
    axis.pad_begin = 0;
    axis.pad_end = 0;
  }
  lines.back().kernel = 1;
  return lines;
}

// One run.
struct Stem {
  std::shared_ptr<const StemPlan> plan;
  Axes axes;
  int64_t batch;
  WindowRows rows;
  // From one position of the result to the next.
  int64_t stride;

  // Lines that are worth a thread of their own.
  static constexpr int64_t kLineGrain = 16;

  void operator()(const Operands& operands) const {
    const auto* input = operands.input<float>(kConvInput);
    auto* image = reinterpret_cast<float*>(operands.workspace);
    const int64_t lines = batch * padded(axes[0]) * padded(axes[1]);
    operands.pool.parallel_for(
        lines,
        [&](int64_t begin, int64_t end) {
          for (int64_t line = begin; line < end; ++line) copy_line(input, image, line);
        },
        kLineGrain);
    run_conv(plan->conv, stride, operands, rows, image, operands.input<float>(kConvWeights));
  }

  // Line `line` of the padded image, counted over batch and the first two axes.
  void copy_line(const float* input, float* image, int64_t line) const {
    const int64_t channels = plan->conv.size.depth;
    const WindowAxis& x = axes[2];
    float* to = image + line * padded(x) * channels;
    const int64_t y = line % padded(axes[1]) - axes[1].pad_begin;
    const int64_t z = line / padded(axes[1]) % padded(axes[0]) - axes[0].pad_begin;
    const int64_t n = line / (padded(axes[1]) * padded(axes[0]));
    if (y < 0 || y >= axes[1].input || z < 0 || z >= axes[0].input) {
      std::fill_n(to, padded(x) * channels, 0.0F);
      return;
    }
    to = std::fill_n(to, x.pad_begin * channels, 0.0F);
    const int64_t position = (z * axes[1].input + y) * x.input;
    const int64_t positions = axes[0].input * axes[1].input * x.input;
    const float* from = input + n * positions * channels;
    if (plan->layout == Layout::kChannelsLast) {
      std::copy_n(from + position * channels, x.input * channels, to);
    } else {
      for (int64_t channel = 0; channel < channels; ++channel) {
        const float* plane = from + channel * positions + position;
        for (int64_t i = 0; i < x.input; ++i) to[i * channels + channel] = plane[i];
      }
    }
    std::fill_n(to + x.input * channels, x.pad_end * channels, 0.0F);
  }
};

// `input`, `output`: extents without batch and channels.
Axes axes_of(const ConvPlan& conv, std::span<const int64_t> input,
             std::span<const int64_t> output) {
  return window_axes(conv.attrs.window, input, std::span(conv.weights).subspan(2), output);
}

Result<BoundFunction> bind_stem(const std::shared_ptr<const StemPlan>& plan,
                                std::span<const BoundOperand> inputs,
                                std::span<const BoundOperand> outputs) {
  const ConvPlan& conv = plan->conv;
  const Axes axes = axes_of(conv, std::span(inputs[kConvInput].shape).subspan(2),
                            std::span(outputs[0].shape).subspan(2));
  const int64_t batch = inputs[kConvInput].shape[0];
  WindowRows rows(lines_of(axes), batch, conv.size.depth, WindowPadding::kZeros);
  return BoundFunction(
      Stem{plan, axes, batch, std::move(rows), row_stride(outputs[0], conv.output_channels())});
}

PossibleRows possible_lines(const Problem& problem, const ConvPlan& conv) {
  const SymbolicShape& out = problem.outputs[0].shape;
  PossibleRows rows{.number = {out.begin() + 2, out.end()}};
  rows.number.push_back(out[0]);
  const SymbolicShape& in = problem.inputs[kConvInput].shape;
  const std::optional<Shape> input = constant_shape({in.begin() + 2, in.end()});
  const std::optional<Shape> output = constant_shape({out.begin() + 2, out.end()});
  if (input && output) {
    const Axes lines = lines_of(axes_of(conv, *input, *output));
    rows.forms = WindowRows(lines, 1, 1, WindowPadding::kZeros).forms();
  }
  return rows;
}

template <Isa kIsa>
std::string rejects_stem(const Problem& problem, const DeviceInfo& device) {
  return isa_of(device) < kIsa ? needs_isa(kIsa) : reason_of(plan_stem(problem));
}

// The padded input.
Dim stem_workspace(const Problem& problem) {
  const StemPlan plan = plan_stem(problem).value();
  const SymbolicShape& input = problem.inputs[kConvInput].shape;
  const std::vector<int64_t>& pads = plan.conv.attrs.window.pads;
  const size_t axes = input.size() - 2;
  Dim elements = input[0] * input[1];
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t around = pads.empty() ? 0 : pads[axis] + pads[axes + axis];
    elements = elements * (input[2 + axis] + around);
  }
  return elements * static_cast<int64_t>(sizeof(float));
}

template <Isa kIsa>
std::vector<Packing> stem_packings(const Problem& problem) {
  const ProductSize size = plan_stem(problem).value().size;
  return {{kConvWeights, packed_bytes(size, kIsa)}};
}

template <Isa kIsa>
Status pack_stem(const Problem& problem, size_t operand, const ConstTensorView& constant,
                 std::span<std::byte> packed) {
  static_cast<void>(operand);
  const StemPlan plan = TRY(plan_stem(problem));
  const int64_t line = plan.conv.weights.back();
  const int64_t channels = plan.conv.size.depth;
  // From [column][channel][tap][position] to [column][tap][position][channel].
  const auto* weights = static_cast<const float*>(constant.data);
  std::vector<float> turned;
  turned.reserve(static_cast<size_t>(plan.size.columns * plan.size.taps * plan.size.depth));
  for (int64_t column = 0; column < plan.size.columns; ++column) {
    for (int64_t at = 0; at < plan.size.taps * line; ++at) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        turned.push_back(weights[(column * channels + channel) * plan.size.taps * line + at]);
      }
    }
  }
  const MatrixStrides strides{
      .tap = plan.size.depth, .depth = 1, .column = plan.size.taps * plan.size.depth};
  pack_panels(plan.size, kIsa, turned.data(), strides, floats_of(packed));
  return {};
}

bool stem_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  return takes_image_pitches(problem, plan_stem(problem).value().conv.problem, std::nullopt,
                             pitches);
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_stem(const Problem& problem, Device& device) {
  StemPlan plan = TRY(plan_stem(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  ConvPlan& conv = plan.conv;
  conv.product = TRY(Product::create(plan.size, possible_lines(problem, conv),
                                     conv.problem.epilogue(conv.bias), kIsa, code));
  return planned_kernel(std::move(plan), device, code, bind_stem);
}

template <Isa kIsa>
constexpr Tactic stem_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Convolution of few channels: lines of windows of a padded copy.",
          .rejects = rejects_stem<kIsa>,
          .workspace = stem_workspace,
          .make = make_stem<kIsa>,
          .packings = stem_packings<kIsa>,
          .pack = pack_stem<kIsa>,
          .takes_pitches = stem_takes_pitches};
}

constexpr std::array kTactics = {stem_tactic<Isa::kAvx512>("conv_stem_avx512"),
                                 stem_tactic<Isa::kAvx2>("conv_stem_avx2")};

}  // namespace

std::span<const Tactic> conv_stem_tactics() { return kTactics; }

}  // namespace tenon::internal
