#include "ops/pool.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/work.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using MaxPoolTypes = TypeList<float, double, Float16, BFloat16, int8_t, uint8_t>;

Result<std::vector<ValueInfo>> infer_pool(const WindowAttrs& window, bool ceil_mode,
                                          const ValueInfo& in) {
  const SymbolicShape& x = in.shape;
  if (x.size() < 3) {
    return invalid_argument("x {} must have rank 3 or more: batch, channels, spatial axes",
                            to_string(x));
  }
  if (window.kernel_shape.size() != x.size() - 2) {
    return invalid_argument(
        "kernel_shape={} must have {} values, one for each spatial axis of x {}",
        to_string(to_symbolic(window.kernel_shape)), x.size() - 2, to_string(x));
  }
  const SymbolicShape kernel = to_symbolic(window.kernel_shape);
  const SymbolicShape counts =
      TRY(window_counts(window, std::span(x).subspan(2), kernel, ceil_mode));
  ValueInfo out{in.type, {x[0], x[1]}, {}};
  out.shape.insert(out.shape.end(), counts.begin(), counts.end());
  return std::vector{std::move(out)};
}

Result<std::vector<ValueInfo>> infer_max_pool(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<MaxPoolAttrs>();
  if (in[0].type != DataType::kInt8 && in[0].type != DataType::kUInt8 &&
      !require_floating(in[0].type).ok()) {
    return invalid_argument("elements are {}; they must be f32, f64, f16, bf16, i8 or u8",
                            to_string(in[0].type));
  }
  if (attrs.storage_order != 0 && attrs.storage_order != 1) {
    return invalid_argument("storage_order={} must be 0 or 1", attrs.storage_order);
  }
  return infer_pool(attrs.window, attrs.ceil_mode, in[0]);
}

Result<std::vector<ValueInfo>> infer_max_pool_indices(const Attrs& erased,
                                                      std::span<const ValueInfo> in) {
  std::vector<ValueInfo> out = TRY(infer_max_pool(erased, in));
  out[0].type = DataType::kInt64;
  return out;
}

Result<std::vector<ValueInfo>> infer_lp_pool(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<LpPoolAttrs>();
  TRY_STATUS(require_floating(in[0].type));
  if (attrs.p < 1) return invalid_argument("p={} must be 1 or more", attrs.p);
  return infer_pool(attrs.window, attrs.ceil_mode, in[0]);
}

Result<std::vector<ValueInfo>> infer_average_pool(const Attrs& erased,
                                                  std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<AveragePoolAttrs>();
  TRY_STATUS(require_floating(in[0].type));
  return infer_pool(attrs.window, attrs.ceil_mode, in[0]);
}

// What the windows read along one axis, one entry a window.
struct AxisWindows {
  WindowAxis axis;
  std::vector<IndexRange> taps;
  // Number of taps in the input and its padding.
  std::vector<int64_t> padded_taps;

  explicit AxisWindows(const WindowAxis& of) : axis(of) {
    for (int64_t i = 0; i < axis.output; ++i) {
      taps.push_back(taps_between(axis, i, 0, axis.input));
      padded_taps.push_back(
          taps_between(axis, i, -axis.pad_begin, axis.input + axis.pad_end).size());
    }
  }

  // Calls read(position) for what window `index` reads of the input.
  template <class Read>
  void for_each(int64_t index, const Read& read) const {
    const IndexRange inside = taps[static_cast<size_t>(index)];
    int64_t position = axis.origin(index) + inside.begin * axis.dilation;
    for (int64_t tap = inside.begin; tap < inside.end; ++tap, position += axis.dilation) {
      read(position);
    }
  }
};

using Windows = std::array<AxisWindows, kMaxSpatialRank>;

Windows make_windows(const WindowAttrs& attrs, const Shape& in, const Shape& out) {
  const auto axes =
      window_axes(attrs, std::span(in).subspan(2), attrs.kernel_shape, std::span(out).subspan(2));
  return {AxisWindows(axes[0]), AxisWindows(axes[1]), AxisWindows(axes[2])};
}

// The place of a window among those of its plane.
struct WindowPlace {
  int64_t z;
  int64_t y;
  int64_t x;
};

// For each window stores finish(fold, plane, place) after fold = add(fold, element, its position in
// the plane) over what it reads, from `start` on.
template <class T, class Y, class Fold, class Add, class Finish>
void fold_windows(const Windows& windows, const ConstTensorView& in, const TensorView& out,
                  ThreadPool& pool, Fold start, const Add& add, const Finish& finish) {
  const AxisWindows& depth = windows[0];
  const AxisWindows& height = windows[1];
  const AxisWindows& width = windows[2];
  const int64_t in_plane = depth.axis.input * height.axis.input * width.axis.input;
  const int64_t out_plane = depth.axis.output * height.axis.output * width.axis.output;
  const T* x = elements_of<T>(in).data();
  Y* y = elements_of<Y>(out).data();
  const auto fold_window = [&](const T* plane, const WindowPlace& place) {
    Fold fold = start;
    depth.for_each(place.z, [&](int64_t iz) {
      height.for_each(place.y, [&](int64_t iy) {
        const int64_t line = (iz * height.axis.input + iy) * width.axis.input;
        width.for_each(place.x,
                       [&](int64_t ix) { fold = add(fold, load(plane[line + ix]), line + ix); });
      });
    });
    return fold;
  };
  pool.parallel_for(out.shape[0] * out.shape[1], [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      Y* write = y + plane * out_plane;
      for (int64_t oz = 0; oz < depth.axis.output; ++oz) {
        for (int64_t oy = 0; oy < height.axis.output; ++oy) {
          for (int64_t ox = 0; ox < width.axis.output; ++ox) {
            const WindowPlace place = {oz, oy, ox};
            const Fold fold = fold_window(x + plane * in_plane, place);
            *write++ = finish(fold, plane, place);
          }
        }
      }
    }
  });
}

template <class Number>
constexpr Number least() {
  if constexpr (std::is_floating_point_v<Number>) return -std::numeric_limits<Number>::infinity();
  return std::numeric_limits<Number>::lowest();
}

Status reference_max_pool(const Attrs& erased, std::span<const ConstTensorView> in,
                          std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_max_pool, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<MaxPoolAttrs>();
  const Windows windows = make_windows(attrs.window, in[0].shape, out[0].shape);
  return dispatch_type<MaxPoolTypes>(in[0].type, [&]<class T>() {
    using Number = ComputeType<T>;
    fold_windows<T, T>(
        windows, in[0], out[0], pool, least<Number>(),
        [](Number most, Number value, int64_t) { return larger(most, value); },
        [](Number most, int64_t, const WindowPlace&) { return store<T>(most); });
  });
}

// A position in a plane, counted with the first axis innermost instead.
int64_t with_first_axis_innermost(const Windows& windows, int64_t position) {
  const int64_t depth = windows[0].axis.input;
  const int64_t height = windows[1].axis.input;
  const int64_t width = windows[2].axis.input;
  const int64_t x = position % width;
  const int64_t y = position / width % height;
  const int64_t z = position / (width * height);
  return (x * height + y) * depth + z;
}

Status reference_max_pool_indices(const Attrs& erased, std::span<const ConstTensorView> in,
                                  std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_max_pool_indices, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<MaxPoolAttrs>();
  const Windows windows = make_windows(attrs.window, in[0].shape, out[0].shape);
  const int64_t in_plane = tenon::element_count(std::span(in[0].shape).subspan(2));
  return dispatch_type<MaxPoolTypes>(in[0].type, [&]<class T>() {
    using Number = ComputeType<T>;
    struct Found {
      Number value = 0;
      int64_t position = -1;
    };
    fold_windows<T, int64_t>(
        windows, in[0], out[0], pool, Found(),
        [](const Found& best, Number value, int64_t position) {
          const bool is_nan = value != value && best.value == best.value;
          const bool better = best.position < 0 || value > best.value || is_nan;
          return better ? Found{value, position} : best;
        },
        [&](const Found& best, int64_t plane, const WindowPlace&) {
          if (best.position < 0) return best.position;
          const int64_t position = attrs.storage_order == 0
                                       ? best.position
                                       : with_first_axis_innermost(windows, best.position);
          return plane * in_plane + position;
        });
  });
}

Status reference_lp_pool(const Attrs& erased, std::span<const ConstTensorView> in,
                         std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_lp_pool, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<LpPoolAttrs>();
  const auto p = static_cast<double>(attrs.p);
  const Windows windows = make_windows(attrs.window, in[0].shape, out[0].shape);
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    using Number = ComputeType<T>;
    fold_windows<T, T>(
        windows, in[0], out[0], pool, 0.0,
        [&](double sum, Number value, int64_t) {
          return sum + std::pow(std::abs(static_cast<double>(value)), p);
        },
        [&](double sum, int64_t, const WindowPlace&) {
          return store<T>(static_cast<Number>(std::pow(sum, 1 / p)));
        });
  });
}

Status reference_average_pool(const Attrs& erased, std::span<const ConstTensorView> in,
                              std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_average_pool, erased, in, out));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<AveragePoolAttrs>();
  const Windows windows = make_windows(attrs.window, in[0].shape, out[0].shape);
  const auto taps = [&](size_t axis, int64_t index) {
    const auto window = static_cast<size_t>(index);
    return attrs.count_include_pad ? windows[axis].padded_taps[window]
                                   : windows[axis].taps[window].size();
  };
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    using Number = ComputeType<T>;
    fold_windows<T, T>(
        windows, in[0], out[0], pool, 0.0,
        [](double sum, Number value, int64_t) { return sum + static_cast<double>(value); },
        [&](double sum, int64_t, const WindowPlace& place) {
          const int64_t count = taps(0, place.z) * taps(1, place.y) * taps(2, place.x);
          const double average = count == 0 ? 0 : sum / static_cast<double>(count);
          return store<T>(static_cast<Number>(average));
        });
  });
}

template <class PoolAttrs>
double pool_flops(const Attrs& attrs, std::span<const ValueInfo>, const ValueInfo& out) {
  const std::vector<int64_t>& kernel = attrs.as<PoolAttrs>().window.kernel_shape;
  return elements_in(out.shape) * elements_in(to_symbolic(kernel));
}

constexpr OpDef kAveragePool = {
    .name = "AveragePool",
    .doc = "Average over sliding windows along one to three spatial axes.",
    .attrs = &attr_table<AveragePoolAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_average_pool,
    .reference = reference_average_pool,
    .flops = pool_flops<AveragePoolAttrs>,
};

constexpr OpDef kLpPool = {
    .name = "LpPool",
    .doc = "The p-norm of sliding windows along one to three spatial axes.",
    .attrs = &attr_table<LpPoolAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_lp_pool,
    .reference = reference_lp_pool,
    .flops = pool_flops<LpPoolAttrs>,
};

constexpr OpDef kMaxPool = {
    .name = "MaxPool",
    .doc = "Maximum over sliding windows along one to three spatial axes.",
    .attrs = &attr_table<MaxPoolAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_max_pool,
    .reference = reference_max_pool,
    .flops = pool_flops<MaxPoolAttrs>,
};

constexpr OpDef kMaxPoolIndices = {
    .name = "MaxPoolIndices",
    .doc = "Where the maxima of MaxPool are.",
    .attrs = &attr_table<MaxPoolAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_max_pool_indices,
    .reference = reference_max_pool_indices,
    .flops = pool_flops<MaxPoolAttrs>,
};

constexpr std::array<const OpDef*, 4> kOps = {&kAveragePool, &kLpPool, &kMaxPool, &kMaxPoolIndices};

}  // namespace

std::span<const OpDef* const> pool_ops() { return kOps; }

}  // namespace tenon::internal
