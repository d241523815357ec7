// Element types as C++ types, and dispatch from a DataType to them: references write a loop once,
// as a template, and run it for every type.
//
//   return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
//     for (const T value : elements_of<T>(in[0])) sum += load(value);
//   });
//
// f16, bf16 and fp8 are computed in float: load() widens, store<T>() rounds to nearest even. A bool
// is one byte, true for any byte but 0.
#pragma once

#include "base/errors.h"
#include "base/number_formats.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace tenon::internal {

// Elements whose bytes are not a C++ number.
struct Float16 {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};
struct Float8E4M3FN {
  uint8_t bits;
};
struct Float8E4M3FNUZ {
  uint8_t bits;
};
struct Float8E5M2 {
  uint8_t bits;
};
struct Float8E5M2FNUZ {
  uint8_t bits;
};
struct Bool {
  uint8_t byte;
};

// What a type stands for and what it is computed in.
template <class T>
struct ElementTraits;
template <DataType type, class T>
struct ElementTraitsOf {
  static constexpr DataType kType = type;
  using Compute = T;
};
// clang-format off
template <> struct ElementTraits<float> : ElementTraitsOf<DataType::kFloat32, float> {};
template <> struct ElementTraits<double> : ElementTraitsOf<DataType::kFloat64, double> {};
template <> struct ElementTraits<Float16> : ElementTraitsOf<DataType::kFloat16, float> {};
template <> struct ElementTraits<BFloat16> : ElementTraitsOf<DataType::kBFloat16, float> {};
template <> struct ElementTraits<Float8E4M3FN> : ElementTraitsOf<DataType::kFloat8E4M3FN, float> {};
template <> struct ElementTraits<Float8E4M3FNUZ> : ElementTraitsOf<DataType::kFloat8E4M3FNUZ, float> {};
template <> struct ElementTraits<Float8E5M2> : ElementTraitsOf<DataType::kFloat8E5M2, float> {};
template <> struct ElementTraits<Float8E5M2FNUZ> : ElementTraitsOf<DataType::kFloat8E5M2FNUZ, float> {};
template <> struct ElementTraits<int8_t> : ElementTraitsOf<DataType::kInt8, int8_t> {};
template <> struct ElementTraits<uint8_t> : ElementTraitsOf<DataType::kUInt8, uint8_t> {};
template <> struct ElementTraits<int16_t> : ElementTraitsOf<DataType::kInt16, int16_t> {};
template <> struct ElementTraits<uint16_t> : ElementTraitsOf<DataType::kUInt16, uint16_t> {};
template <> struct ElementTraits<int32_t> : ElementTraitsOf<DataType::kInt32, int32_t> {};
template <> struct ElementTraits<uint32_t> : ElementTraitsOf<DataType::kUInt32, uint32_t> {};
template <> struct ElementTraits<int64_t> : ElementTraitsOf<DataType::kInt64, int64_t> {};
template <> struct ElementTraits<uint64_t> : ElementTraitsOf<DataType::kUInt64, uint64_t> {};
template <> struct ElementTraits<Bool> : ElementTraitsOf<DataType::kBool, bool> {};
// clang-format on

template <class T>
using ComputeType = typename ElementTraits<T>::Compute;

template <class... T>
struct TypeList {};
using FloatingTypes = TypeList<float, double, Float16, BFloat16>;
using IntegerTypes =
    TypeList<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t>;
using NumericTypes = TypeList<float, double, Float16, BFloat16, int8_t, uint8_t, int16_t, uint16_t,
                              int32_t, uint32_t, int64_t, uint64_t>;
using NumericOrBoolTypes = TypeList<float, double, Float16, BFloat16, int8_t, uint8_t, int16_t,
                                    uint16_t, int32_t, uint32_t, int64_t, uint64_t, Bool>;
// All but the four-bit types, which have no address.
using ByteTypes = TypeList<float, double, Float16, BFloat16, Float8E4M3FN, Float8E4M3FNUZ,
                           Float8E5M2, Float8E5M2FNUZ, int8_t, uint8_t, int16_t, uint16_t, int32_t,
                           uint32_t, int64_t, uint64_t, Bool>;

inline float load(Float16 value) { return from_f16(value.bits); }
inline float load(BFloat16 value) { return from_bf16(value.bits); }
inline float load(Float8E4M3FN value) { return decode(kF8E4M3FN, value.bits); }
inline float load(Float8E4M3FNUZ value) { return decode(kF8E4M3FNUZ, value.bits); }
inline float load(Float8E5M2 value) { return decode(kF8E5M2, value.bits); }
inline float load(Float8E5M2FNUZ value) { return decode(kF8E5M2FNUZ, value.bits); }
inline bool load(Bool value) { return value.byte != 0; }
template <class T>
requires std::is_arithmetic_v<T> T load(T value) { return value; }

// The format of a narrow floating element.
template <class T>
constexpr FloatFormat format_of() {
  switch (ElementTraits<T>::kType) {
    case DataType::kFloat16:
      return kF16;
    case DataType::kBFloat16:
      return kBF16;
    case DataType::kFloat8E4M3FN:
      return kF8E4M3FN;
    case DataType::kFloat8E4M3FNUZ:
      return kF8E4M3FNUZ;
    case DataType::kFloat8E5M2:
      return kF8E5M2;
    default:
      return kF8E5M2FNUZ;
  }
}

// fp8 saturates.
template <class T>
T store(ComputeType<T> value) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return {encode(format_of<T>(), value, Overflow::kSpecial)};
  } else if constexpr (std::is_same_v<T, Bool>) {
    return {static_cast<uint8_t>(value)};
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value;
  } else {
    return {static_cast<uint8_t>(encode(format_of<T>(), value, Overflow::kSaturate))};
  }
}

// The larger and the smaller of two numbers that elements are computed in; NaN if one is, and the
// first where both are.
template <class T>
T larger(T x, T y) {
  return x > y || x != x ? x : y;
}
template <class T>
T smaller(T x, T y) {
  return x < y || x != x ? x : y;
}

// The elements of a dense tensor in host memory; T must be the type of its elements.
template <class T>
std::span<const T> elements_of(const ConstTensorView& tensor) {
  return {static_cast<const T*>(tensor.data),
          static_cast<size_t>(tenon::element_count(tensor.shape))};
}
template <class T>
std::span<T> elements_of(const TensorView& tensor) {
  return {static_cast<T*>(tensor.data), static_cast<size_t>(tenon::element_count(tensor.shape))};
}

template <class T, class F>
Status call_with_type(F& function) {
  if constexpr (std::is_void_v<decltype(function.template operator()<T>())>) {
    function.template operator()<T>();
    return ok_status();
  } else {
    return function.template operator()<T>();
  }
}

template <class... T, class F>
Status dispatch_in(TypeList<T...>, DataType type, F& function) {
  Status status;
  const bool found =
      ((type == ElementTraits<T>::kType ? (status = call_with_type<T>(function), true) : false) ||
       ...);
  if (!found)
    return unsupported("elements of type {} cannot be computed with here", to_string(type));
  return status;
}

// Calls function.operator()<T>() for the T of `type`. The function returns a Status or nothing.
// Errors: Unsupported if the type is not of the list.
template <class Types, class F>
Status dispatch_type(DataType type, F&& function) {
  return dispatch_in(Types{}, type, function);
}

// The same with an unsigned integer of the size of an element, for ops that only move elements.
// Errors: Unsupported for the four-bit types.
template <class F>
Status dispatch_size(DataType type, F&& function) {
  switch (bits_of(type)) {
    case 8:
      return call_with_type<uint8_t>(function);
    case 16:
      return call_with_type<uint16_t>(function);
    case 32:
      return call_with_type<uint32_t>(function);
    case 64:
      return call_with_type<uint64_t>(function);
    default:
      return unsupported("elements of type {} cannot be moved one by one", to_string(type));
  }
}

}  // namespace tenon::internal
