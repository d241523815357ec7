#pragma once

// Integer arithmetic that notices overflow. Sizes that come from a file or a caller go through it.

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

namespace tenon::internal {

template <std::integral T>
constexpr std::optional<T> checked_add(T a, T b) noexcept {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
constexpr std::optional<T> checked_sub(T a, T b) noexcept {
  T difference{};
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

template <std::integral T>
constexpr std::optional<T> checked_mul(T a, T b) noexcept {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// The product of all factors; 1 for none. A zero factor gives 0 whatever the others are.
template <std::integral T>
constexpr std::optional<T> checked_product(std::span<const T> factors) noexcept {
  T product = 1;
  bool overflow = false;
  for (const T factor : factors) {
    if (factor == 0) return T{0};
    overflow = overflow || __builtin_mul_overflow(product, factor, &product);
  }
  if (overflow) return std::nullopt;
  return product;
}

// The least multiple of `alignment` that is not below `value`. value >= 0; alignment > 0, any
// number.
template <std::integral T>
constexpr std::optional<T> align_up(T value, T alignment) noexcept {
  const T rest = static_cast<T>(value % alignment);
  return rest == 0 ? std::optional<T>(value) : checked_add(value, static_cast<T>(alignment - rest));
}

// The quotient rounded up, of any sign. divisor > 0.
template <std::integral T>
constexpr T ceil_div(T value, T divisor) noexcept {
  return static_cast<T>(value / divisor + (value % divisor > 0 ? 1 : 0));
}

}  // namespace tenon::internal
