// A transposed convolution with strides s is, along each axis, s convolutions without strides:
// output o takes the taps k that equal (o + pad) modulo s, and reads input (o + pad - k) / s. The
// outputs of one remainder along every axis are a phase, computed as one product. A phase without
// taps, which a kernel shorter than its stride leaves, is a product with one zero.
#include "ops/conv_transpose.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/product/window_rows.h"
#include "devices/cpu/tactics/anchored.h"
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

// Positions of the anchor's operands.
constexpr size_t kInput = 0;
constexpr size_t kWeights = 1;
constexpr size_t kBias = 2;

using Triple = std::array<int64_t, kMaxSpatialRank>;
using Axes = std::array<WindowAxis, kMaxSpatialRank>;

struct TransposePlan {
  AnchoredProblem problem;
  ConvTransposeAttrs attrs;
  // [C, M / group, K...]
  Shape weights;
  bool bias = false;
  // With axes of extent 1 in front.
  Triple kernel = {1, 1, 1};
  Triple strides = {1, 1, 1};
  // Of each phase, made with the kernel.
  std::vector<Product> products = {};

  int64_t phases() const { return strides[0] * strides[1] * strides[2]; }
  // The remainders of a phase.
  Triple remainders(int64_t phase) const {
    return {phase / (strides[1] * strides[2]), phase / strides[2] % strides[1], phase % strides[2]};
  }
  // Whether no tap adds to the outputs of a phase.
  bool is_empty(int64_t phase) const {
    const Triple remainder = remainders(phase);
    bool any = false;
    for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
      any = any || remainder[axis] >= kernel[axis];
    }
    return any;
  }
  // Taps of a phase along each axis; one, outside of the input, in an empty one.
  Triple taps(int64_t phase) const {
    Triple taps = {1, 1, 1};
    if (is_empty(phase)) return taps;
    const Triple remainder = remainders(phase);
    for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
      taps[axis] = ceil_div(kernel[axis] - remainder[axis], strides[axis]);
    }
    return taps;
  }
  ProductSize size(int64_t phase) const {
    const Triple along = taps(phase);
    return {.groups = attrs.group,
            .columns = weights[1],
            .taps = along[0] * along[1] * along[2],
            .depth = is_empty(phase) ? 1 : weights[0] / attrs.group};
  }
  int64_t output_channels() const { return attrs.group * weights[1]; }
};

Result<TransposePlan> plan_transpose(const Problem& problem) {
  TransposePlan plan;
  plan.problem = TRY(anchored_problem(problem, "ConvTranspose", /*column_axis=*/1));
  TRY_STATUS(require_stored_as_read(plan.problem));
  TRY_STATUS(require_channels_last(problem.inputs[kInput], "input"));
  TRY_STATUS(require_channels_last(problem.outputs[0], "output"));
  plan.attrs = plan.problem.parts.anchor_attrs.as<ConvTransposeAttrs>();
  plan.bias = plan.problem.operand(kBias) != nullptr;
  if (!in_mask(problem.constants, kWeights)) return unsupported("the weights are computed");
  plan.weights = TRY_CONTEXT(evaluate(plan.problem.operand(kWeights)->shape, {}), "of the weights");
  const WindowAttrs& window = plan.attrs.window;
  const auto is_one = [](int64_t value) { return value == 1; };
  if (!std::ranges::all_of(window.dilations, is_one)) return unsupported("it is dilated");
  const size_t axes = plan.weights.size() - 2;
  for (size_t axis = 0; axis < axes; ++axis) {
    const size_t at = kMaxSpatialRank - axes + axis;
    plan.kernel[at] = plan.weights[2 + axis];
    if (!window.strides.empty()) plan.strides[at] = window.strides[axis];
  }
  if (plan.weights[0] < 1 || plan.weights[0] > kMaxPaddedChannels || plan.weights[1] < 1 ||
      plan.size(0).taps > kMaxTaps) {
    return unsupported("its weights of shape {} are out of range", tenon::to_string(plan.weights));
  }
  return plan;
}

// Elements of the packed weights of the phases before `phase`.
int64_t packed_before(const TransposePlan& plan, int64_t phase, Isa isa) {
  int64_t elements = 0;
  for (int64_t i = 0; i < phase; ++i) elements += packed_elements(plan.size(i), isa);
  return elements;
}

// One phase at concrete shapes.
struct Phase {
  WindowRows rows;
  // Its outputs along each axis: the first, and how many.
  Triple first = {};
  Triple count = {};
};

// `axes`: of the convolution that is transposed; `stride`: elements from one position of its input
// to the next.
Phase phase_at(const TransposePlan& plan, int64_t phase, const Axes& axes, int64_t batch,
               int64_t stride) {
  const Triple remainders = plan.remainders(phase);
  const Triple taps = plan.taps(phase);
  Axes windows{};
  Triple first{};
  Triple count{};
  for (size_t i = 0; i < kMaxSpatialRank; ++i) {
    const WindowAxis& axis = axes[i];
    const int64_t step = axis.stride;
    first[i] = ((remainders[i] - axis.pad_begin) % step + step) % step;
    count[i] = std::max<int64_t>(0, ceil_div(axis.input - first[i], step));
    if (plan.is_empty(phase)) {
      windows[i] = {.input = 0, .output = count[i]};
      continue;
    }
    // The first output reads inputs up to this one, with its first tap.
    const int64_t last_read = (first[i] + axis.pad_begin - remainders[i]) / step;
    windows[i] = {.input = axis.output,
                  .output = count[i],
                  .kernel = taps[i],
                  .pad_begin = taps[i] - 1 - last_read};
  }
  return {.rows = WindowRows(windows, batch, stride, WindowPadding::kZeros, /*lines_apart=*/true),
          .first = first,
          .count = count};
}

// `input`, `output`: extents without batch and channels.
Axes axes_of(const TransposePlan& plan, std::span<const int64_t> input,
             std::span<const int64_t> output) {
  return transposed_axes(plan.attrs, input, std::span(plan.weights).subspan(2), output);
}

// One run.
struct TransposedConv {
  std::shared_ptr<const TransposePlan> plan;
  std::vector<Phase> phases;
  // Of the output; elements from one position to the next.
  Triple extents;
  int64_t stride;

  void operator()(const Operands& operands) const {
    const auto* input = operands.input<float>(kInput);
    auto* output = static_cast<float*>(operands.pointers.back());
    std::array<const float*, kMaxTileExtras> extras{};
    const size_t extra_count = extra_pointers(plan->problem, operands, extras);
    const float* packed = operands.input<float>(kWeights);
    for (size_t i = 0; i < phases.size(); ++i) {
      const Phase& phase = phases[i];
      const Product& product = plan->products[i];
      const auto rows_of_a = [&](int64_t first, int64_t count, const float** a) {
        return phase.rows.addresses(input, first, count, a);
      };
      const auto rows_of_c = [&](int64_t first, int64_t count, float** c) {
        for (int64_t row = 0; row < count; ++row) c[row] = output + offset(phase, first + row);
      };
      product.run(phase.rows.positions(),
                  {.rows = {.rows_of_a = rows_of_a,
                            .rows_of_c = rows_of_c,
                            .a_stride = phase.rows.stride(),
                            .c_stride = plan->strides.back() * stride},
                   .packed = packed,
                   .bias = plan->bias ? operands.input<float>(kBias) : nullptr,
                   .extras = std::span(extras).first(extra_count),
                   .c = output},
                  operands.pool);
      packed += packed_elements(plan->size(static_cast<int64_t>(i)), product.isa());
    }
  }

  // Elements before the output that is number `row` of a phase.
  int64_t offset(const Phase& phase, int64_t row) const {
    Triple at{};
    for (size_t axis = kMaxSpatialRank; axis-- > 0;) {
      at[axis] = phase.first[axis] + row % phase.count[axis] * plan->strides[axis];
      row /= phase.count[axis];
    }
    int64_t position = row;
    for (size_t axis = 0; axis < kMaxSpatialRank; ++axis) {
      position = position * extents[axis] + at[axis];
    }
    return position * stride;
  }
};

Result<BoundFunction> bind_transpose(const std::shared_ptr<const TransposePlan>& plan,
                                     std::span<const BoundOperand> inputs,
                                     std::span<const BoundOperand> outputs) {
  const BoundOperand& input = inputs[kInput];
  const Axes axes =
      axes_of(*plan, std::span(input.shape).subspan(2), std::span(outputs[0].shape).subspan(2));
  std::vector<Phase> phases;
  for (int64_t phase = 0; phase < plan->phases(); ++phase) {
    phases.push_back(
        phase_at(*plan, phase, axes, input.shape[0], row_stride(input, plan->weights[0])));
  }
  const Triple extents = {axes[0].input, axes[1].input, axes[2].input};
  return BoundFunction(TransposedConv{plan, std::move(phases), extents,
                                      row_stride(outputs[0], plan->output_channels())});
}

// The weights of a phase as [tap][channel][column], in the order in which its windows read: from
// the last tap to the first.
std::vector<float> phase_weights(const TransposePlan& plan, int64_t phase, const float* weights) {
  const Triple remainders = plan.remainders(phase);
  const Triple taps = plan.taps(phase);
  const int64_t columns = plan.weights[1];
  const int64_t kernel = plan.kernel[0] * plan.kernel[1] * plan.kernel[2];
  std::vector<float> turned;
  const ProductSize size = plan.size(phase);
  const auto elements = static_cast<size_t>(size.groups * columns * size.taps * size.depth);
  if (plan.is_empty(phase)) return std::vector<float>(elements, 0.0F);
  turned.reserve(elements);
  for (int64_t tap = 0; tap < taps[0] * taps[1] * taps[2]; ++tap) {
    const Triple at = {tap / (taps[1] * taps[2]), tap / taps[2] % taps[1], tap % taps[2]};
    int64_t position = 0;
    for (size_t i = 0; i < kMaxSpatialRank; ++i) {
      const int64_t k = remainders[i] + plan.strides[i] * (taps[i] - 1 - at[i]);
      position = position * plan.kernel[i] + k;
    }
    for (int64_t channel = 0; channel < plan.weights[0]; ++channel) {
      for (int64_t column = 0; column < columns; ++column) {
        turned.push_back(weights[(channel * columns + column) * kernel + position]);
      }
    }
  }
  return turned;
}

template <Isa kIsa>
std::string rejects_transpose(const Problem& problem, const DeviceInfo& device) {
  return isa_of(device) < kIsa ? needs_isa(kIsa) : reason_of(plan_transpose(problem));
}

template <Isa kIsa>
std::vector<Packing> transpose_packings(const Problem& problem) {
  const TransposePlan plan = plan_transpose(problem).value();
  return {
      {kWeights, packed_before(plan, plan.phases(), kIsa) * static_cast<int64_t>(sizeof(float))}};
}

template <Isa kIsa>
Status pack_transpose(const Problem& problem, size_t operand, const ConstTensorView& constant,
                      std::span<std::byte> packed) {
  static_cast<void>(operand);
  const TransposePlan plan = TRY(plan_transpose(problem));
  std::span<float> rest = floats_of(packed);
  for (int64_t phase = 0; phase < plan.phases(); ++phase) {
    const ProductSize size = plan.size(phase);
    const std::vector<float> weights =
        phase_weights(plan, phase, static_cast<const float*>(constant.data));
    const MatrixStrides strides{.group = size.depth * size.columns,
                                .tap = size.groups * size.depth * size.columns,
                                .depth = size.columns,
                                .column = 1};
    const auto elements = static_cast<size_t>(packed_elements(size, kIsa));
    pack_panels(size, kIsa, weights.data(), strides, rest.first(elements));
    rest = rest.subspan(elements);
  }
  return {};
}

bool transpose_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  return takes_image_pitches(problem, plan_transpose(problem).value().problem, kInput, pitches);
}

PossibleRows possible_outputs(const Problem& problem, const TransposePlan& plan, int64_t phase) {
  const SymbolicShape& in = problem.inputs[kInput].shape;
  const SymbolicShape& out = problem.outputs[0].shape;
  const std::optional<Shape> input = constant_shape({in.begin() + 2, in.end()});
  const std::optional<Shape> output = constant_shape({out.begin() + 2, out.end()});
  // Each phase has a part of the result that depends on the padding: any number.
  if (!input || !output) return {.number = {Dim::symbol("positions")}};
  const Phase image = phase_at(plan, phase, axes_of(plan, *input, *output), 1, 1);
  return {.number = {out[0], image.rows.positions()}, .forms = image.rows.forms()};
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_transpose(const Problem& problem, Device& device) {
  TransposePlan plan = TRY(plan_transpose(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  for (int64_t phase = 0; phase < plan.phases(); ++phase) {
    plan.products.push_back(
        TRY(Product::create(plan.size(phase), possible_outputs(problem, plan, phase),
                            plan.problem.epilogue(plan.bias), kIsa, code)));
  }
  return planned_kernel(std::move(plan), device, code, bind_transpose);
}

template <Isa kIsa>
constexpr Tactic transpose_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Transposed convolution of channels_last tensors, a product for each phase.",
          .rejects = rejects_transpose<kIsa>,
          .workspace = no_workspace,
          .make = make_transpose<kIsa>,
          .packings = transpose_packings<kIsa>,
          .pack = pack_transpose<kIsa>,
          .takes_pitches = transpose_takes_pitches};
}

constexpr std::array kTactics = {transpose_tactic<Isa::kAvx512>("conv_transpose_avx512"),
                                 transpose_tactic<Isa::kAvx2>("conv_transpose_avx2")};

}  // namespace

std::span<const Tactic> conv_transpose_tactics() { return kTactics; }

}  // namespace tenon::internal
