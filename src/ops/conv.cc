#include "ops/conv.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/block_product.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/work.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using ConvTypes = TypeList<float, double, Float16, BFloat16, int32_t>;

Status check_channels(const ConvAttrs& attrs, std::span<const ValueInfo> in) {
  const SymbolicShape& x = in[0].shape;
  const SymbolicShape& weights = in[1].shape;
  if (attrs.group < 1) return invalid_argument("group={} must be 1 or more", attrs.group);
  const Dim channels = weights[1] * attrs.group;
  if (certainly_differ(x[1], channels)) {
    return invalid_argument(
        "x {} and weights {} with group={} do not fit: the number of channels is {}, the weights "
        "take {}",
        to_string(x), to_string(weights), attrs.group, x[1].to_string(), channels.to_string());
  }
  if (weights[0].is_constant() && weights[0].constant() % attrs.group != 0) {
    return invalid_argument("the {} output channels of weights {} do not divide into group={}",
                            weights[0].to_string(), to_string(weights), attrs.group);
  }
  return check_bias(in, 2, weights[0]);
}

Result<std::vector<ValueInfo>> infer_conv(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<ConvAttrs>();
  if (in[0].type != DataType::kInt32) TRY_STATUS(require_floating(in[0].type));
  TRY_STATUS(require_same_types(in));
  const SymbolicShape& x = in[0].shape;
  const SymbolicShape& weights = in[1].shape;
  if (x.size() < 3 || weights.size() != x.size()) {
    return invalid_argument("x {} and weights {} must have the same rank, 3 or more", to_string(x),
                            to_string(weights));
  }
  TRY_STATUS(check_channels(attrs, in));
  const auto kernel = std::span(weights).subspan(2);
  const SymbolicShape counts =
      TRY(window_counts(attrs.window, std::span(x).subspan(2), kernel, /*ceil_mode=*/false));
  ValueInfo out{in[0].type, {x[0], weights[0]}, {}};
  out.shape.insert(out.shape.end(), counts.begin(), counts.end());
  return std::vector{std::move(out)};
}

using Axes = std::array<WindowAxis, kMaxSpatialRank>;

// Where each window is one element and all lie side by side, an image is as good as one long row;
// short rows would cost more than their products.
Axes merge_pointwise(const Axes& axes) {
  WindowAxis row;
  for (const WindowAxis& axis : axes) {
    if (axis.kernel != 1 || axis.stride != 1 || axis.input != axis.output) return axes;
    row.input *= axis.input;
    row.output *= axis.output;
  }
  return {WindowAxis(), WindowAxis(), row};
}

// A convolution as one product for each image and group: filters x taps by taps x windows, a tap
// being a channel and a position in the kernel. Row-major operands as in conv.h.
template <class T>
class Convolution {
  using Sum = SumType<T>;

 public:
  Convolution(const ConvAttrs& attrs, std::span<const ConstTensorView> in, const TensorView& out)
      : x_(elements_of<T>(in[0]).data()),
        weights_(elements_of<T>(in[1]).data()),
        bias_(has_operand(in, 2) ? elements_of<T>(in[2]).data() : nullptr),
        out_(elements_of<T>(out).data()),
        group_(attrs.group),
        channels_(in[1].shape[1]),
        filters_(in[1].shape[0] / attrs.group),
        axes_(merge_pointwise(window_axes(attrs.window, std::span(in[0].shape).subspan(2),
                                          std::span(in[1].shape).subspan(2),
                                          std::span(out.shape).subspan(2)))) {
    for (size_t i = 0; i < kMaxSpatialRank; ++i) {
      windows_ *= axes_[i].output;
      // Without channels nothing bounds kernel and image, and nothing is read.
      if (channels_ == 0) continue;
      for (int64_t tap = 0; tap < axes_[i].kernel; ++tap) {
        inside_[i].push_back(windows_inside(axes_[i], tap));
      }
      taps_ *= axes_[i].kernel;
      image_ *= axes_[i].input;
    }
  }

  void run(int64_t images, ThreadPool& pool) const {
    block_product<Sum>(
        {.batches = images * group_,
         .rows = filters_,
         .columns = windows_,
         .depth = channels_ * taps_},
        pool,
        [this](int64_t batch, Extent rows, Extent depth, Sum* packed) {
          pack_weights(batch % group_, rows, depth, packed);
        },
        [this](int64_t batch, Extent depth, Extent columns, Sum* packed) {
          for (int64_t k = 0; k < depth.count; ++k) {
            pack_tap(batch, depth.begin + k, columns, packed + k * kBlockColumns);
          }
        },
        [this](int64_t batch, Extent rows, Extent columns, const Sum* sums) {
          store_block(batch, rows, columns, sums);
        });
  }

 private:
  void pack_weights(int64_t group, Extent rows, Extent depth, Sum* packed) const {
    for (int64_t i = 0; i < rows.count; ++i) {
      const T* row = weights_ + (group * filters_ + rows.begin + i) * channels_ * taps_;
      for (int64_t k = 0; k < depth.count; ++k) {
        packed[i * kBlockDepth + k] = static_cast<Sum>(load(row[depth.begin + k]));
      }
    }
  }

  // What a tap reads in a range of windows: zeros in the padding.
  void pack_tap(int64_t batch, int64_t tap, Extent windows, Sum* packed) const {
    const T* image = x_ + (batch * channels_ + tap / taps_) * image_;
    const WindowAxis& depth = axes_[0];
    const WindowAxis& height = axes_[1];
    const WindowAxis& width = axes_[2];
    const int64_t tap_x = tap % width.kernel;
    const int64_t tap_y = tap / width.kernel % height.kernel;
    const int64_t tap_z = tap / (width.kernel * height.kernel) % depth.kernel;
    const IndexRange inside_x = inside_[2][static_cast<size_t>(tap_x)];
    const IndexRange inside_y = inside_[1][static_cast<size_t>(tap_y)];
    const IndexRange inside_z = inside_[0][static_cast<size_t>(tap_z)];
    for_each_line(
        windows, height.output, width.output, [&](int64_t z, int64_t y, int64_t x, int64_t count) {
          if (contains(inside_y, y) && contains(inside_z, z)) {
            const int64_t line = (depth.origin(z) + tap_z * depth.dilation) * height.input +
                                 height.origin(y) + tap_y * height.dilation;
            pack_line(image + line * width.input, tap_x, inside_x, {x, count}, packed);
          } else {
            std::fill_n(packed, count, Sum{0});
          }
          packed += count;
        });
  }

  void pack_line(const T* line, int64_t tap, IndexRange inside, Extent windows, Sum* packed) const {
    const WindowAxis& width = axes_[2];
    const int64_t begin = std::clamp(inside.begin - windows.begin, int64_t{0}, windows.count);
    const int64_t end = std::clamp(inside.end - windows.begin, begin, windows.count);
    std::fill_n(packed, begin, Sum{0});
    if (begin < end) {
      const T* read = line + width.origin(windows.begin + begin) + tap * width.dilation;
      for (int64_t i = begin; i < end; ++i, read += width.stride)
        packed[i] = static_cast<Sum>(load(*read));
    }
    std::fill_n(packed + end, windows.count - end, Sum{0});
  }

  void store_block(int64_t batch, Extent rows, Extent columns, const Sum* sums) const {
    for (int64_t i = 0; i < rows.count; ++i) {
      const int64_t filter = rows.begin + i;
      const Sum bias = bias_ == nullptr
                           ? Sum{0}
                           : static_cast<Sum>(load(bias_[batch % group_ * filters_ + filter]));
      T* write = out_ + (batch * filters_ + filter) * windows_ + columns.begin;
      for (int64_t j = 0; j < columns.count; ++j) {
        write[j] = store<T>(static_cast<ComputeType<T>>(sums[i * kBlockColumns + j] + bias));
      }
    }
  }

  static bool contains(IndexRange range, int64_t index) {
    return range.begin <= index && index < range.end;
  }

  const T* x_;
  const T* weights_;
  const T* bias_;
  T* out_;
  int64_t group_;
  // Of one group.
  int64_t channels_;
  int64_t filters_;
  Axes axes_;
  // For each axis and position in the kernel along it, the windows that read inside of the image.
  std::array<std::vector<IndexRange>, kMaxSpatialRank> inside_;
  int64_t taps_ = 1;
  int64_t image_ = 1;
  int64_t windows_ = 1;
};

Status reference_conv(const Attrs& attrs, std::span<const ConstTensorView> in,
                      std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_conv, attrs, in, out));
  return dispatch_type<ConvTypes>(in[0].type, [&]<class T>() {
    if (tenon::element_count(out[0].shape) == 0) return;
    Convolution<T>(attrs.as<ConvAttrs>(), in, out[0]).run(in[0].shape[0], pool);
  });
}

// Taps in the padding count too, and the bias is where sums start.
double conv_flops(const Attrs&, std::span<const ValueInfo> in, const ValueInfo& out) {
  return 2 * elements_in(out.shape) * elements_in(std::span(in[1].shape).subspan(1));
}

constexpr OpDef kConv = {
    .name = "Conv",
    .doc =
        "Convolution over one to three spatial axes, with groups, strides, dilations and padding.",
    .attrs = &attr_table<ConvAttrs>,
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_conv,
    .reference = reference_conv,
    .flops = conv_flops,
};

constexpr std::array<const OpDef*, 1> kOps = {&kConv};

}  // namespace

std::span<const OpDef* const> conv_ops() { return kOps; }

}  // namespace tenon::internal
