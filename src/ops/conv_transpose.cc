#include "ops/conv_transpose.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/block_product.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/work.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tenon::internal {
namespace {

Status check_channels(const ConvTransposeAttrs& attrs, std::span<const ValueInfo> in) {
  const SymbolicShape& x = in[0].shape;
  const SymbolicShape& weights = in[1].shape;
  if (attrs.group < 1) return invalid_argument("group={} must be 1 or more", attrs.group);
  if (certainly_differ(x[1], weights[0])) {
    return invalid_argument(
        "x {} and weights {} do not fit: the number of channels is {}, the weights take {}",
        to_string(x), to_string(weights), x[1].to_string(), weights[0].to_string());
  }
  if (weights[0].is_constant() && weights[0].constant() % attrs.group != 0) {
    return invalid_argument("the {} input channels of weights {} do not divide into group={}",
                            weights[0].to_string(), to_string(weights), attrs.group);
  }
  return check_bias(in, 2, weights[1] * attrs.group);
}

Dim output_extent(const ConvTransposeAttrs& attrs, size_t axis, const Dim& input,
                  const Dim& kernel) {
  const WindowAttrs& window = attrs.window;
  if (!attrs.output_shape.empty()) return attrs.output_shape[axis];
  const Dim stride = value_or(window.strides, axis, 1);
  if (is_same(window.auto_pad)) return input * stride;
  const Dim reach = (kernel - 1) * value_or(window.dilations, axis, 1) + 1;
  const Dim pads =
      Dim(value_or(window.pads, axis, 0)) + value_or(window.pads, axis + window.pads.size() / 2, 0);
  return (input - 1) * stride + value_or(attrs.output_padding, axis, 0) + reach - pads;
}

Result<std::vector<ValueInfo>> infer_conv_transpose(const Attrs& erased,
                                                    std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<ConvTransposeAttrs>();
  TRY_STATUS(require_floating(in[0].type));
  TRY_STATUS(require_same_types(in));
  const SymbolicShape& x = in[0].shape;
  const SymbolicShape& weights = in[1].shape;
  if (x.size() < 3 || weights.size() != x.size()) {
    return invalid_argument("x {} and weights {} must have the same rank, 3 or more", to_string(x),
                            to_string(weights));
  }
  TRY_STATUS(check_channels(attrs, in));
  const auto kernel = std::span(weights).subspan(2);
  TRY_STATUS(check_window(attrs.window, kernel));
  TRY_STATUS(check_axis_values("output_padding", attrs.output_padding, kernel.size(), 0));
  TRY_STATUS(check_axis_values("output_shape", attrs.output_shape, kernel.size(), 0));
  ValueInfo out{in[0].type, {x[0], weights[1] * attrs.group}, {}};
  for (size_t axis = 0; axis < kernel.size(); ++axis) {
    out.shape.push_back(output_extent(attrs, axis, x[axis + 2], kernel[axis]));
  }
  return std::vector{std::move(out)};
}

// The outputs along one axis whose positions have one remainder by the stride: neighbours among
// them read neighbouring inputs, through the same taps.
struct Phase {
  struct Tap {
    // In the kernel.
    int64_t index;
    // Of the input that the first output reads through it; may lie outside.
    int64_t position;
  };
  int64_t first = 0;
  int64_t count = 0;
  std::vector<Tap> taps;
};

std::vector<Phase> phases_of(const WindowAxis& axis) {
  std::vector<Phase> phases;
  for (int64_t first = 0; first < std::min(axis.stride, axis.input); ++first) {
    Phase phase = {first, (axis.input - first - 1) / axis.stride + 1, {}};
    for (int64_t tap = 0; tap < axis.kernel; ++tap) {
      const int64_t distance = first - axis.origin(0) - tap * axis.dilation;
      if (distance % axis.stride == 0) phase.taps.push_back({tap, distance / axis.stride});
    }
    phases.push_back(std::move(phase));
  }
  return phases;
}

using Axes = std::array<WindowAxis, kMaxSpatialRank>;
using Phases = std::array<const Phase*, kMaxSpatialRank>;

// A transposed convolution as a product for each image, group and combination of phases: filters x
// taps by taps x outputs, a tap being a channel and a position in the kernel. Row-major operands as
// in conv_transpose.h.
template <class T>
class TransposedConvolution {
 public:
  TransposedConvolution(const ConvTransposeAttrs& attrs, std::span<const ConstTensorView> in,
                        const TensorView& out)
      : x_(elements_of<T>(in[0]).data()),
        weights_(elements_of<T>(in[1]).data()),
        bias_(has_operand(in, 2) ? elements_of<T>(in[2]).data() : nullptr),
        out_(elements_of<T>(out).data()),
        images_(in[0].shape[0]),
        group_(attrs.group),
        channels_(in[1].shape[0] / attrs.group),
        filters_(in[1].shape[1]),
        axes_(transposed_axes(attrs, std::span(in[0].shape).subspan(2),
                              std::span(in[1].shape).subspan(2), std::span(out.shape).subspan(2))) {
  }

  void run(ThreadPool& pool) const {
    const std::vector<Phase> depth = phases_of(axes_[0]);
    const std::vector<Phase> height = phases_of(axes_[1]);
    const std::vector<Phase> width = phases_of(axes_[2]);
    for (const Phase& z : depth) {
      for (const Phase& y : height) {
        for (const Phase& x : width) run_phase({&z, &y, &x}, pool);
      }
    }
  }

 private:
  struct Tap {
    // Of its weight among those of a channel and filter.
    int64_t weight;
    std::array<int64_t, kMaxSpatialRank> position;
  };

  void run_phase(const Phases& phases, ThreadPool& pool) const {
    const auto [depth, height, width] = phases;
    std::vector<Tap> taps;
    for (const Phase::Tap& z : depth->taps) {
      for (const Phase::Tap& y : height->taps) {
        for (const Phase::Tap& x : width->taps) {
          taps.push_back({(z.index * axes_[1].kernel + y.index) * axes_[2].kernel + x.index,
                          {z.position, y.position, x.position}});
        }
      }
    }
    const auto count = static_cast<int64_t>(taps.size());
    block_product<double>(
        {.batches = images_ * group_,
         .rows = filters_,
         .columns = depth->count * height->count * width->count,
         .depth = channels_ * count},
        pool,
        [&](int64_t batch, Extent rows, Extent depth_block, double* packed) {
          pack_weights(batch % group_, taps, rows, depth_block, packed);
        },
        [&](int64_t batch, Extent depth_block, Extent columns, double* packed) {
          for (int64_t k = 0; k < depth_block.count; ++k) {
            const int64_t channel = (depth_block.begin + k) / count;
            const Tap& tap = taps[static_cast<size_t>((depth_block.begin + k) % count)];
            pack_tap(phases, batch * channels_ + channel, tap, columns, packed + k * kBlockColumns);
          }
        },
        [&](int64_t batch, Extent rows, Extent columns, const double* sums) {
          for (int64_t i = 0; i < rows.count; ++i) {
            store_row(phases, batch, rows.begin + i, columns, sums + i * kBlockColumns);
          }
        });
  }

  void pack_weights(int64_t group, std::span<const Tap> taps, Extent rows, Extent depth,
                    double* packed) const {
    const int64_t kernel = axes_[0].kernel * axes_[1].kernel * axes_[2].kernel;
    const auto count = static_cast<int64_t>(taps.size());
    for (int64_t k = 0; k < depth.count; ++k) {
      const int64_t channel = group * channels_ + (depth.begin + k) / count;
      const int64_t weight = taps[static_cast<size_t>((depth.begin + k) % count)].weight;
      for (int64_t i = 0; i < rows.count; ++i) {
        const int64_t filter = channel * filters_ + rows.begin + i;
        packed[i * kBlockDepth + k] = load(weights_[filter * kernel + weight]);
      }
    }
  }

  // What outputs of a phase read through a tap of an image's channel: zeros outside of the input.
  void pack_tap(const Phases& phases, int64_t plane, const Tap& tap, Extent outputs,
                double* packed) const {
    const int64_t depth = axes_[0].output;
    const int64_t height = axes_[1].output;
    const int64_t width = axes_[2].output;
    const T* image = x_ + plane * depth * height * width;
    for_each_line(
        outputs, phases[1]->count, phases[2]->count,
        [&](int64_t z, int64_t y, int64_t x, int64_t count) {
          const int64_t from_z = tap.position[0] + z;
          const int64_t from_y = tap.position[1] + y;
          const int64_t from_x = tap.position[2] + x;
          const bool inside = 0 <= from_z && from_z < depth && 0 <= from_y && from_y < height;
          const int64_t begin = inside ? std::clamp<int64_t>(-from_x, 0, count) : count;
          const int64_t end = inside ? std::clamp<int64_t>(width - from_x, begin, count) : count;
          const int64_t line = (from_z * height + from_y) * width + from_x;
          std::fill_n(packed, begin, 0.0);
          for (int64_t i = begin; i < end; ++i) packed[i] = load(image[line + i]);
          std::fill(packed + end, packed + count, 0.0);
          packed += count;
        });
  }

  void store_row(const Phases& phases, int64_t batch, int64_t filter, Extent outputs,
                 const double* sums) const {
    const WindowAxis& depth = axes_[0];
    const WindowAxis& height = axes_[1];
    const WindowAxis& width = axes_[2];
    const double bias = bias_ == nullptr
                            ? 0.0
                            : static_cast<double>(load(bias_[batch % group_ * filters_ + filter]));
    T* image = out_ + (batch * filters_ + filter) * depth.input * height.input * width.input;
    for_each_line(outputs, phases[1]->count, phases[2]->count,
                  [&](int64_t z, int64_t y, int64_t x, int64_t count) {
                    const int64_t to_z = phases[0]->first + z * depth.stride;
                    const int64_t to_y = phases[1]->first + y * height.stride;
                    const int64_t to_x = phases[2]->first + x * width.stride;
                    T* write = image + (to_z * height.input + to_y) * width.input + to_x;
                    for (int64_t i = 0; i < count; ++i) {
                      write[i * width.stride] =
                          store<T>(static_cast<ComputeType<T>>(*sums++ + bias));
                    }
                  });
  }

  const T* x_;
  const T* weights_;
  const T* bias_;
  T* out_;
  int64_t images_;
  int64_t group_;
  // Of one group.
  int64_t channels_;
  int64_t filters_;
  Axes axes_;
};

Status reference_conv_transpose(const Attrs& attrs, std::span<const ConstTensorView> in,
                                std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_conv_transpose, attrs, in, out));
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    if (tenon::element_count(out[0].shape) == 0) return;
    TransposedConvolution<T>(attrs.as<ConvTransposeAttrs>(), in, out[0]).run(pool);
  });
}

// Those of the convolution that is transposed.
double conv_transpose_flops(const Attrs&, std::span<const ValueInfo> in, const ValueInfo&) {
  return 2 * elements_in(in[0].shape) * elements_in(std::span(in[1].shape).subspan(1));
}

constexpr OpDef kConvTranspose = {
    .name = "ConvTranspose",
    .doc =
        "Transpose of a convolution over one to three spatial axes, with groups, strides, "
        "dilations "
        "and padding.",
    .attrs = &attr_table<ConvTransposeAttrs>,
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_conv_transpose,
    .reference = reference_conv_transpose,
    .flops = conv_transpose_flops,
};

constexpr std::array<const OpDef*, 1> kOps = {&kConvTranspose};

}  // namespace

std::array<WindowAxis, kMaxSpatialRank> transposed_axes(const ConvTransposeAttrs& attrs,
                                                        std::span<const int64_t> input,
                                                        std::span<const int64_t> kernel,
                                                        std::span<const int64_t> output) {
  Axes axes = window_axes(attrs.window, output, kernel, input);
  if (attrs.output_shape.empty() && !is_same(attrs.window.auto_pad)) return axes;
  for (size_t i = 0; i < input.size(); ++i) {
    WindowAxis& axis = axes[kMaxSpatialRank - input.size() + i];
    const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
    const int64_t whole =
        (axis.output - 1) * axis.stride + value_or(attrs.output_padding, i, 0) + reach;
    // An output that is larger than the whole has the rest at its end.
    const int64_t total = std::max<int64_t>(0, whole - axis.input);
    const bool upper = attrs.window.auto_pad == AutoPad::kSameUpper;
    axis.pad_begin = upper ? total / 2 : total - total / 2;
  }
  return axes;
}

std::span<const OpDef* const> conv_transpose_ops() { return kOps; }

}  // namespace tenon::internal
