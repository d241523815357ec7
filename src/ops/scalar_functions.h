// The scalar functions of the rows of scalar_ops.inc, each a struct of its row's name. Arguments
// are of a type that is computed in (f16 and bf16 arrive as float); a function is only ever called
// with the types of its row. No function has undefined behaviour for any argument.
#pragma once

#include "ops/element_types.h"
#include "ops/pointwise.h"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <type_traits>

namespace tenon::internal::scalar {

// Parameters of the instruction; params[0] is called alpha in most rows.
struct Function {
  ScalarParams params;

  template <class T>
  T param(size_t index) const {
    return static_cast<T>(params[index]);
  }
};

// Unsigned, so that arithmetic wraps, and too wide for promotion to int.
template <class T>
using Unsigned = std::conditional_t<(sizeof(T) < 8), uint32_t, uint64_t>;

// f(x, y) for floating types, the same modulo 2^bits for integers.
template <class T, class F>
T wrapping(T x, T y, F f) {
  if constexpr (std::integral<T>) {
    return static_cast<T>(f(static_cast<Unsigned<T>>(x), static_cast<Unsigned<T>>(y)));
  } else {
    return f(x, y);
  }
}

template <class T>
bool is_nan(T x) {
  return x != x;
}

// x to the power n >= 0, modulo 2^bits.
template <std::integral T>
T integer_power(T x, T n) {
  return wrapping(x, n, [](auto factor, auto rest) {
    decltype(factor) power = 1;
    for (; rest != 0; rest >>= 1) {
      if ((rest & 1) != 0) power *= factor;
      factor *= factor;
    }
    return power;
  });
}

struct Identity : Function {
  auto operator()(auto x) const { return x; }
};

struct Neg : Function {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::integral<T>) {
      return wrapping(T{0}, x, std::minus<>());
    } else {
      return -x;
    }
  }
};

struct Abs : Function {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::unsigned_integral<T>) {
      return x;
    } else if constexpr (std::integral<T>) {
      return x < 0 ? Neg{}(x) : x;
    } else {
      return std::abs(x);
    }
  }
};

struct Sign : Function {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::unsigned_integral<T>) {
      return x > 0 ? T{1} : T{0};
    } else {
      const T sign = static_cast<T>((x > 0) - (x < 0));
      return is_nan(x) ? x : sign;
    }
  }
};

struct Reciprocal : Function {
  template <class T>
  T operator()(T x) const {
    return T{1} / x;
  }
};

struct Sqrt : Function {
  auto operator()(auto x) const { return std::sqrt(x); }
};
struct Exp : Function {
  auto operator()(auto x) const { return std::exp(x); }
};
struct Log : Function {
  auto operator()(auto x) const { return std::log(x); }
};
struct Sin : Function {
  auto operator()(auto x) const { return std::sin(x); }
};
struct Cos : Function {
  auto operator()(auto x) const { return std::cos(x); }
};
struct Tan : Function {
  auto operator()(auto x) const { return std::tan(x); }
};
struct Asin : Function {
  auto operator()(auto x) const { return std::asin(x); }
};
struct Acos : Function {
  auto operator()(auto x) const { return std::acos(x); }
};
struct Atan : Function {
  auto operator()(auto x) const { return std::atan(x); }
};
struct Sinh : Function {
  auto operator()(auto x) const { return std::sinh(x); }
};
struct Cosh : Function {
  auto operator()(auto x) const { return std::cosh(x); }
};
struct Tanh : Function {
  auto operator()(auto x) const { return std::tanh(x); }
};
struct Asinh : Function {
  auto operator()(auto x) const { return std::asinh(x); }
};
struct Acosh : Function {
  auto operator()(auto x) const { return std::acosh(x); }
};
struct Atanh : Function {
  auto operator()(auto x) const { return std::atanh(x); }
};
struct Erf : Function {
  auto operator()(auto x) const { return std::erf(x); }
};
struct Floor : Function {
  auto operator()(auto x) const { return std::floor(x); }
};
struct Ceil : Function {
  auto operator()(auto x) const { return std::ceil(x); }
};
// Halves go to even in the rounding mode that every thread starts with.
struct Round : Function {
  auto operator()(auto x) const { return std::nearbyint(x); }
};

struct Relu : Function {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? T{0} : x;
  }
};

struct Clip : Function {
  template <class T>
  T operator()(T x) const {
    const T raised = x < param<T>(0) ? param<T>(0) : x;
    return raised > param<T>(1) ? param<T>(1) : raised;
  }
};

struct Sigmoid : Function {
  template <class T>
  T operator()(T x) const {
    return T{1} / (T{1} + std::exp(-x));
  }
};

// min(max(x, 0), 1); NaN stays.
template <class T>
T clamp_to_unit(T x) {
  const T positive = x < T{0} ? T{0} : x;
  return positive > T{1} ? T{1} : positive;
}

struct HardSigmoid : Function {
  template <class T>
  T operator()(T x) const {
    return clamp_to_unit(param<T>(0) * x + param<T>(1));
  }
};

struct HardSwish : Function {
  template <class T>
  T operator()(T x) const {
    return x * clamp_to_unit(x / T{6} + T{0.5});
  }
};

struct Swish : Function {
  template <class T>
  T operator()(T x) const {
    return x / (T{1} + std::exp(-param<T>(0) * x));
  }
};

// The error function's complement keeps the digits that 1 + erf() loses below 0.
struct Gelu : Function {
  template <class T>
  T operator()(T x) const {
    if (params[0] == 0) return x * T{0.5} * std::erfc(-x * std::numbers::sqrt2_v<T> / 2);
    constexpr T kRootOfTwoByPi = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
    const T inner = kRootOfTwoByPi * (x + static_cast<T>(0.044715) * x * x * x);
    return x * T{0.5} * (T{1} + std::tanh(inner));
  }
};

struct LeakyRelu : Function {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? param<T>(0) * x : x;
  }
};

struct Elu : Function {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? param<T>(0) * std::expm1(x) : x;
  }
};

struct Selu : Function {
  template <class T>
  T operator()(T x) const {
    return param<T>(1) * (x < T{0} ? param<T>(0) * std::expm1(x) : x);
  }
};

struct Celu : Function {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? param<T>(0) * std::expm1(x / param<T>(0)) : x;
  }
};

struct ThresholdedRelu : Function {
  template <class T>
  T operator()(T x) const {
    return x > param<T>(0) ? x : T{0};
  }
};

struct Shrink : Function {
  template <class T>
  T operator()(T x) const {
    if (x > param<T>(1)) return x - param<T>(0);
    return x < -param<T>(1) ? x + param<T>(0) : T{0};
  }
};

// The greater of 0 and x is taken out, so that exp() cannot overflow.
struct Softplus : Function {
  template <class T>
  T operator()(T x) const {
    return Relu{}(x) + std::log1p(std::exp(-std::abs(x)));
  }
};

struct Mish : Function {
  template <class T>
  T operator()(T x) const {
    return x * std::tanh(Softplus{}(x));
  }
};

struct Softsign : Function {
  template <class T>
  T operator()(T x) const {
    return x / (T{1} + std::abs(x));
  }
};

struct IsNaN : Function {
  bool operator()(auto x) const { return is_nan(x); }
};

struct IsInf : Function {
  template <class T>
  bool operator()(T x) const {
    constexpr T kInfinity = std::numeric_limits<T>::infinity();
    return (params[0] != 0 && x == -kInfinity) || (params[1] != 0 && x == kInfinity);
  }
};

struct Not : Function {
  bool operator()(bool x) const { return !x; }
};

struct BitwiseNot : Function {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(~static_cast<Unsigned<T>>(x));
  }
};

struct Add : Function {
  template <class T>
  T operator()(T x, T y) const {
    return wrapping(x, y, std::plus<>());
  }
};
struct Sub : Function {
  template <class T>
  T operator()(T x, T y) const {
    return wrapping(x, y, std::minus<>());
  }
};
struct Mul : Function {
  template <class T>
  T operator()(T x, T y) const {
    return wrapping(x, y, std::multiplies<>());
  }
};

struct Div : Function {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::integral<T>) {
      if (y == 0) return 0;
      if constexpr (std::signed_integral<T>) {
        // The lowest integer has no negative.
        if (y == -1) return Neg{}(x);
      }
      return static_cast<T>(x / y);
    } else {
      return x / y;
    }
  }
};

// A negative power of an integer is that of a real number, truncated; 0 to a negative power is 0.
struct Pow : Function {
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::signed_integral<T>) {
      if (y >= 0) return integer_power(x, y);
      if (x == 1) return 1;
      if (x == -1) return static_cast<T>(y % 2 == 0 ? 1 : -1);
      return 0;
    } else if constexpr (std::integral<T>) {
      return integer_power(x, y);
    } else {
      return std::pow(x, y);
    }
  }
};

struct Mod : Function {
  template <class T>
  T operator()(T x, T y) const {
    const T rest = truncated(x, y);
    const bool of_dividend = params[0] != 0;
    // Truncation leaves the dividend's sign.
    if (of_dividend || rest == T{0} || (rest < T{0}) == (y < T{0})) return rest;
    return wrapping(rest, y, std::plus<>());
  }

 private:
  template <class T>
  static T truncated(T x, T y) {
    if constexpr (std::integral<T>) {
      if (y == 0) return 0;
      if constexpr (std::signed_integral<T>) {
        if (y == -1) return 0;
      }
      return static_cast<T>(x % y);
    } else {
      return std::fmod(x, y);
    }
  }
};

struct PRelu : Function {
  template <class T>
  T operator()(T x, T slope) const {
    return x < T{0} ? Mul{}(x, slope) : x;
  }
};

struct BitShift : Function {
  template <std::integral T>
  T operator()(T x, T places) const {
    using Bits = std::make_unsigned_t<T>;
    const Unsigned<T> bits = static_cast<Bits>(x);
    const auto count = static_cast<Bits>(places);
    if (count >= 8 * sizeof(T)) return 0;
    return static_cast<T>(params[0] != 0 ? bits << count : bits >> count);
  }
};

struct BitwiseAnd : Function {
  template <class T>
  T operator()(T x, T y) const {
    return wrapping(x, y, std::bit_and<>());
  }
};
struct BitwiseOr : Function {
  template <class T>
  T operator()(T x, T y) const {
    return wrapping(x, y, std::bit_or<>());
  }
};
struct BitwiseXor : Function {
  template <class T>
  T operator()(T x, T y) const {
    return wrapping(x, y, std::bit_xor<>());
  }
};

struct Min : Function {
  template <class T>
  T operator()(T x, T y) const {
    return smaller(x, y);
  }
};
struct Max : Function {
  template <class T>
  T operator()(T x, T y) const {
    return larger(x, y);
  }
};

struct Equal : Function {
  bool operator()(auto x, auto y) const { return x == y; }
};
struct Less : Function {
  bool operator()(auto x, auto y) const { return x < y; }
};
struct LessOrEqual : Function {
  bool operator()(auto x, auto y) const { return x <= y; }
};
struct Greater : Function {
  bool operator()(auto x, auto y) const { return x > y; }
};
struct GreaterOrEqual : Function {
  bool operator()(auto x, auto y) const { return x >= y; }
};

struct And : Function {
  bool operator()(bool x, bool y) const { return x && y; }
};
struct Or : Function {
  bool operator()(bool x, bool y) const { return x || y; }
};
struct Xor : Function {
  bool operator()(bool x, bool y) const { return x != y; }
};

struct Where : Function {
  template <class T>
  T operator()(bool condition, T x, T y) const {
    return condition ? x : y;
  }
};

// Depends on two element types at once: scalar_cast.cc.
struct Cast;

}  // namespace tenon::internal::scalar
