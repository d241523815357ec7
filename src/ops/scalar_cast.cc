#include "base/data_types.h"
#include "base/number_formats.h"
#include "ops/element_types.h"
#include "ops/scalar_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>

namespace tenon::internal {
namespace {

// Types that C++ converts between by itself; all others go through float or double.
using PlainTypes = TypeList<float, double, int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t,
                            int64_t, uint64_t, Bool>;

// Elements that pass through a buffer of another type, at a time.
constexpr size_t kBlock = 256;

bool is_plain(DataType type) { return !is_floating(type) || bits_of(type) >= 32; }

DataType unpacked(DataType type) {
  if (type == DataType::kInt4) return DataType::kInt8;
  return type == DataType::kUInt4 ? DataType::kUInt8 : type;
}

// Truncated; the nearest integer beyond the range, 0 for NaN.
template <std::integral To, std::floating_point From>
To saturating(From value) {
  using Limits = std::numeric_limits<To>;
  // One beyond the largest integer is a power of two, so exact, and so is the lowest.
  constexpr To kHalf = Limits::max() / 2 + 1;
  constexpr From kEnd = static_cast<From>(kHalf) * 2;
  constexpr From kLowest = static_cast<From>(Limits::min());
  if (value >= kEnd) return Limits::max();
  if (value < kLowest) return Limits::min();
  return value != value ? To{0} : static_cast<To>(value);
}

template <class To, class From>
To convert_plain(From value) {
  if constexpr (std::is_same_v<To, Bool>) {
    return {static_cast<uint8_t>(load(value) != ComputeType<From>{0})};
  } else if constexpr (std::integral<To> && std::floating_point<From>) {
    return saturating<To>(value);
  } else {
    return static_cast<To>(load(value));
  }
}

template <class To, class From>
void convert_all(const void* from, void* to, size_t count) {
  const From* x = static_cast<const From*>(from);
  To* result = static_cast<To*>(to);
  for (size_t i = 0; i < count; ++i) result[i] = convert_plain<To>(x[i]);
}

// Both types are plain.
void cast_plain(DataType from_type, const void* from, DataType to_type, void* to, size_t count) {
  (void)dispatch_type<PlainTypes>(from_type, [&]<class From>() {
    (void)dispatch_type<PlainTypes>(to_type,
                                    [&]<class To>() { convert_all<To, From>(from, to, count); });
  });
}

// Floats of the narrow format `type`.
void widen(DataType type, const void* from, float* to, size_t count) {
  using NarrowTypes =
      TypeList<Float16, BFloat16, Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ>;
  (void)dispatch_type<NarrowTypes>(type, [&]<class T>() {
    const T* x = static_cast<const T*>(from);
    for (size_t i = 0; i < count; ++i) to[i] = load(x[i]);
  });
}

// Rounded to the narrow format `type`, which `saturate` does not concern unless it is an fp8 one.
void narrow(const double* from, DataType type, bool saturate, void* to, size_t count) {
  using NarrowTypes =
      TypeList<Float16, BFloat16, Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ>;
  (void)dispatch_type<NarrowTypes>(type, [&]<class T>() {
    const bool saturates = sizeof(T) == 1 && saturate;
    const Overflow overflow = saturates ? Overflow::kSaturate : Overflow::kSpecial;
    T* result = static_cast<T*>(to);
    for (size_t i = 0; i < count; ++i) {
      result[i].bits = static_cast<decltype(T::bits)>(encode(format_of<T>(), from[i], overflow));
    }
  });
}

// Doubles that round to narrow formats as the elements themselves would.
void to_doubles(DataType type, const void* from, double* to, size_t count) {
  (void)dispatch_type<PlainTypes>(type, [&]<class T>() {
    const T* x = static_cast<const T*>(from);
    for (size_t i = 0; i < count; ++i) {
      if constexpr (std::integral<T> && sizeof(T) == 8) {
        to[i] = round_to_odd(x[i]);
      } else {
        to[i] = static_cast<double>(load(x[i]));
      }
    }
  });
}

// Brings bytes into the range of a four-bit type: to its nearest end if they come from floating
// values, modulo 16 otherwise.
template <std::integral T>
void limit_to_four_bits(T* values, size_t count, bool saturate) {
  constexpr T kLowest = static_cast<T>(std::signed_integral<T> ? -8 : 0);
  constexpr T kHighest = std::signed_integral<T> ? 7 : 15;
  for (size_t i = 0; i < count; ++i) {
    const auto wrapped = static_cast<T>(((values[i] - kLowest) & 15) + kLowest);
    values[i] = saturate ? std::clamp(values[i], kLowest, kHighest) : wrapped;
  }
}

// At most kBlock elements.
void cast_block(const ScalarKernelArgs& args) {
  std::array<float, kBlock> floats;
  std::array<double, kBlock> doubles;
  DataType from_type = unpacked(args.from);
  const void* from = args.operands[0];
  if (!is_plain(from_type)) {
    widen(from_type, from, floats.data(), args.count);
    from_type = DataType::kFloat32;
    from = floats.data();
  }
  if (is_plain(args.to)) {
    cast_plain(from_type, from, unpacked(args.to), args.result, args.count);
  } else {
    to_doubles(from_type, from, doubles.data(), args.count);
    narrow(doubles.data(), args.to, args.params[0] != 0, args.result, args.count);
  }
  if (args.to == DataType::kInt4) {
    limit_to_four_bits(static_cast<int8_t*>(args.result), args.count, is_floating(args.from));
  } else if (args.to == DataType::kUInt4) {
    limit_to_four_bits(static_cast<uint8_t*>(args.result), args.count, is_floating(args.from));
  }
}

}  // namespace

void cast_elements(const ScalarKernelArgs& args) {
  // No conversion: NaNs keep their bits, and an infinity of an fp8 type does not saturate.
  if (args.from == args.to) {
    if (args.count == 0) return;
    std::memmove(args.result, args.operands[0], args.count * kernel_width(args.to));
    return;
  }
  for (size_t first = 0; first < args.count; first += kBlock) {
    ScalarKernelArgs block = args;
    block.operands[0] =
        static_cast<const std::byte*>(args.operands[0]) + first * kernel_width(args.from);
    block.result = static_cast<std::byte*>(args.result) + first * kernel_width(args.to);
    block.count = std::min(kBlock, args.count - first);
    cast_block(block);
  }
}

}  // namespace tenon::internal
