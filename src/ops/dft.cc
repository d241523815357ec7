#include "ops/dft.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kDftHostInputs = 0b10;
constexpr OperandMask kStftHostInputs = 0b1010;

enum StftOperand : size_t { kSignal, kStep, kWindow, kLength };

Result<Dim> scalar_operand(const ValueInfo& operand, std::string_view what) {
  const std::vector<Dim> values = TRY(list_operand(operand, what));
  if (values.size() == 1) return values[0];
  return invalid_argument("the {} is {}, it must be a scalar", what, to_string(operand));
}

Status check_positive(const Dim& value, std::string_view what) {
  if (!value.is_constant() || value.constant() > 0) return ok_status();
  return invalid_argument("the {} is {}, it must be positive", what, value.constant());
}

Status check_parts(const ValueInfo& x) {
  const Dim& parts = x.shape.back();
  if (!parts.is_constant() || parts.constant() == 1 || parts.constant() == 2) return ok_status();
  return invalid_argument("{} has {} numbers for an element; it must have 1 or 2", to_string(x),
                          parts.constant());
}

Dim bins(const Dim& length, bool onesided) {
  return onesided ? Dim::floor_div(length, 2) + 1 : length;
}

Result<size_t> signal_axis(const DftAttrs& attrs, size_t rank) {
  const size_t axis = TRY(normalize_axis(attrs.axis, rank));
  if (axis + 1 < rank) return axis;
  return invalid_argument("axis {} holds real and imaginary parts, not a signal", attrs.axis);
}

Result<Dim> dft_length(const DftAttrs& attrs, std::span<const ValueInfo> in, size_t axis) {
  const Dim& extent = in[0].shape[axis];
  Dim length = attrs.inverse && attrs.onesided ? (extent - 1) * 2 : extent;
  if (has_operand(in, 1)) length = TRY(scalar_operand(in[1], "length of the transform"));
  TRY_STATUS(check_positive(length, "length of the transform"));
  return length;
}

Result<std::vector<ValueInfo>> infer_dft(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<DftAttrs>();
  TRY_STATUS(require_floating(in[0].type));
  ValueInfo out{in[0].type, in[0].shape, {}};
  const size_t axis = TRY(signal_axis(attrs, out.shape.size()));
  TRY_STATUS(check_parts(in[0]));
  const Dim length = TRY(dft_length(attrs, in, axis));
  out.shape[axis] = bins(length, attrs.onesided && !attrs.inverse);
  out.shape.back() = attrs.onesided && attrs.inverse ? 1 : 2;
  return std::vector{std::move(out)};
}

Result<Dim> frame_length(std::span<const ValueInfo> in) {
  const bool has_window = has_operand(in, kWindow);
  if (has_window && in[kWindow].shape.size() != 1) {
    return invalid_argument("the window is {}, it must be a vector", to_string(in[kWindow]));
  }
  if (!has_operand(in, kLength)) {
    return has_window ? in[kWindow].shape[0] : in[kSignal].shape[1];
  }
  const Dim length = TRY(scalar_operand(in[kLength], "length of a frame"));
  if (has_window && certainly_differ(length, in[kWindow].shape[0])) {
    return invalid_argument("the window is {} where frames have {} elements",
                            to_string(in[kWindow]), length.to_string());
  }
  return length;
}

Result<std::vector<ValueInfo>> infer_stft(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[kSignal].type));
  const SymbolicShape& signal = in[kSignal].shape;
  if (signal.size() != 3) {
    return invalid_argument("the signal is {}, it must have rank 3", to_string(signal));
  }
  TRY_STATUS(check_parts(in[kSignal]));
  if (has_operand(in, kWindow) && in[kWindow].type != in[kSignal].type) {
    return invalid_argument("the window is {}, its elements must be {}", to_string(in[kWindow]),
                            to_string(in[kSignal].type));
  }
  const Dim step = TRY(scalar_operand(in[kStep], "step from frame to frame"));
  TRY_STATUS(check_positive(step, "step from frame to frame"));
  const Dim length = TRY(frame_length(in));
  TRY_STATUS(check_positive(length, "length of a frame"));
  const Dim travel = signal[1] - length;
  if (travel.is_constant() && travel.constant() < 0) {
    return invalid_argument("frames of {} elements are longer than the signal {}",
                            length.to_string(), to_string(signal));
  }
  const Dim frames = Dim::floor_div(travel, step) + 1;
  const bool onesided = attrs.as<StftAttrs>().onesided;
  return std::vector{
      ValueInfo{in[kSignal].type, {signal[0], frames, bins(length, onesided), 2}, {}}};
}

struct Complex {
  double re = 0;
  double im = 0;
};

// X[k] = sum of x[t] * exp(-2 pi i k t / n) over t; the inverse has the other sign, and 1 / n.
class Fourier {
 public:
  Fourier(int64_t length, bool inverse) : scale_(inverse ? 1 / static_cast<double>(length) : 1) {
    const double turn = (inverse ? 2 : -2) * std::numbers::pi / static_cast<double>(length);
    roots_.reserve(static_cast<size_t>(length));
    for (int64_t k = 0; k < length; ++k) {
      const double angle = turn * static_cast<double>(k);
      roots_.push_back({std::cos(angle), std::sin(angle)});
    }
  }

  // One for each root of unity.
  Complex bin(size_t k, std::span<const Complex> x) const {
    Complex sum;
    size_t at = 0;
    for (const Complex& value : x) {
      const Complex& root = roots_[at];
      sum.re += value.re * root.re - value.im * root.im;
      sum.im += value.re * root.im + value.im * root.re;
      at += k;
      if (at >= roots_.size()) at -= roots_.size();
    }
    return {sum.re * scale_, sum.im * scale_};
  }

 private:
  std::vector<Complex> roots_;
  double scale_;
};

// An element of `parts` numbers.
template <class T>
Complex load_complex(const T* from, int64_t parts) {
  return {static_cast<double>(load(from[0])), parts == 2 ? static_cast<double>(load(from[1])) : 0};
}

template <class T>
void store_complex(const Complex& value, T* to, int64_t parts) {
  to[0] = store<T>(static_cast<ComputeType<T>>(value.re));
  if (parts == 2) to[1] = store<T>(static_cast<ComputeType<T>>(value.im));
}

// The second half of the spectrum of a real signal, from its first.
void mirror(std::span<Complex> spectrum) {
  const size_t n = spectrum.size();
  spectrum[0].im = 0;
  if (n % 2 == 0) spectrum[n / 2].im = 0;
  for (size_t k = 1; k < n - k; ++k) spectrum[n - k] = {spectrum[k].re, -spectrum[k].im};
}

template <class T>
void dft(const DftAttrs& attrs, const ConstTensorView& x, const TensorView& out, size_t axis,
         int64_t length, ThreadPool& pool) {
  const auto signals = [axis](const Shape& shape) {
    return AxisVectors(std::span(shape).first(shape.size() - 1), axis);
  };
  const AxisVectors from = signals(x.shape);
  const AxisVectors to = signals(out.shape);
  const int64_t parts_in = x.shape.back();
  const int64_t parts_out = out.shape.back();
  const bool mirrored = attrs.inverse && attrs.onesided;
  const int64_t count = std::min(from.count, mirrored ? length / 2 + 1 : length);
  const Fourier fourier(length, attrs.inverse);
  pool.parallel_for(to.outer * to.inner, [&](int64_t begin, int64_t end) {
    std::vector<Complex> signal(static_cast<size_t>(length));
    for (int64_t index = begin; index < end; ++index) {
      const int64_t outer = index / to.inner;
      const int64_t inner = index % to.inner;
      std::ranges::fill(signal, Complex());
      for (int64_t t = 0; t < count; ++t) {
        const int64_t at = (outer * from.count + t) * from.inner + inner;
        signal[static_cast<size_t>(t)] =
            load_complex(elements_of<T>(x).data() + at * parts_in, parts_in);
      }
      if (mirrored) mirror(signal);
      for (int64_t k = 0; k < to.count; ++k) {
        const int64_t at = (outer * to.count + k) * to.inner + inner;
        store_complex(fourier.bin(static_cast<size_t>(k), signal),
                      elements_of<T>(out).data() + at * parts_out, parts_out);
      }
    }
  });
}

Status reference_dft(const Attrs& erased, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_dft, erased, in, out, kDftHostInputs));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const auto& attrs = erased.as<DftAttrs>();
  const size_t axis = TRY(signal_axis(attrs, in[0].shape.size()));
  const Dim length = TRY(dft_length(attrs, TRY(operand_infos(in, kDftHostInputs)), axis));
  return dispatch_type<FloatingTypes>(
      in[0].type, [&]<class T>() { dft<T>(attrs, in[0], out[0], axis, length.constant(), pool); });
}

template <class T>
void stft(std::span<const ConstTensorView> in, const TensorView& out, int64_t step, int64_t length,
          ThreadPool& pool) {
  const Shape& shape = in[kSignal].shape;
  const int64_t parts = shape[2];
  const int64_t frames = out.shape[1];
  const int64_t bins = out.shape[2];
  const T* const window = has_operand(in, kWindow) ? elements_of<T>(in[kWindow]).data() : nullptr;
  const Fourier fourier(length, /*inverse=*/false);
  pool.parallel_for(out.shape[0] * frames, [&](int64_t begin, int64_t end) {
    std::vector<Complex> frame(static_cast<size_t>(length));
    for (int64_t index = begin; index < end; ++index) {
      const int64_t first = index / frames * shape[1] + index % frames * step;
      const T* read = elements_of<T>(in[kSignal]).data() + first * parts;
      for (int64_t t = 0; t < length; ++t) {
        const double weight = window == nullptr ? 1 : static_cast<double>(load(window[t]));
        const Complex value = load_complex(read + t * parts, parts);
        frame[static_cast<size_t>(t)] = {value.re * weight, value.im * weight};
      }
      T* write = elements_of<T>(out).data() + index * bins * 2;
      for (int64_t k = 0; k < bins; ++k) {
        store_complex(fourier.bin(static_cast<size_t>(k), frame), write + k * 2, 2);
      }
    }
  });
}

Status reference_stft(const Attrs& attrs, std::span<const ConstTensorView> in,
                      std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_stft, attrs, in, out, kStftHostInputs));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const std::vector<ValueInfo> operands = TRY(operand_infos(in, kStftHostInputs));
  const Dim step = TRY(scalar_operand(operands[kStep], "step from frame to frame"));
  const Dim length = TRY(frame_length(operands));
  return dispatch_type<FloatingTypes>(in[kSignal].type, [&]<class T>() {
    stft<T>(in, out[0], step.constant(), length.constant(), pool);
  });
}

constexpr OpDef kDft = {.name = "DFT",
                        .doc = "Discrete Fourier transform along an axis, or its inverse.",
                        .attrs = &attr_table<DftAttrs>,
                        .min_inputs = 1,
                        .max_inputs = 2,
                        .outputs = 1,
                        .infer = infer_dft,
                        .reference = reference_dft,
                        .host_inputs = kDftHostInputs};
constexpr OpDef kStft = {.name = "STFT",
                         .doc = "Discrete Fourier transforms of windows of a signal.",
                         .attrs = &attr_table<StftAttrs>,
                         .min_inputs = 2,
                         .max_inputs = 4,
                         .outputs = 1,
                         .infer = infer_stft,
                         .reference = reference_stft,
                         .host_inputs = kStftHostInputs};
constexpr const OpDef* kOps[] = {&kDft, &kStft};

}  // namespace

std::span<const OpDef* const> dft_ops() { return kOps; }

}  // namespace tenon::internal
