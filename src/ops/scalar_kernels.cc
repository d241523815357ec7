#include "ops/scalar_kernels.h"

#include "base/check.h"
#include "ops/element_types.h"
#include "ops/scalar_functions.h"

#include <type_traits>

namespace tenon::internal {
namespace {

using SignedTypes = TypeList<float, double, Float16, BFloat16, int8_t, int16_t, int32_t, int64_t>;

template <ScalarTypes>
struct TypesOf;
template <>
struct TypesOf<ScalarTypes::kNumeric> : std::type_identity<NumericTypes> {};
template <>
struct TypesOf<ScalarTypes::kSigned> : std::type_identity<SignedTypes> {};
template <>
struct TypesOf<ScalarTypes::kFloating> : std::type_identity<FloatingTypes> {};
template <>
struct TypesOf<ScalarTypes::kInteger> : std::type_identity<IntegerTypes> {};
template <>
struct TypesOf<ScalarTypes::kBool> : std::type_identity<TypeList<Bool>> {};
template <>
struct TypesOf<ScalarTypes::kNumericOrBool> : std::type_identity<NumericOrBoolTypes> {};

template <class T>
const T* operand(const ScalarKernelArgs& args, size_t index) {
  return static_cast<const T*>(args.operands[index]);
}

template <class F, class T, class R>
void run_unary(const ScalarKernelArgs& args) {
  const F f{{args.params}};
  const T* x = operand<T>(args, 0);
  R* result = static_cast<R*>(args.result);
  for (size_t i = 0; i < args.count; ++i) result[i] = store<R>(f(load(x[i])));
}

template <class F, class T, class R>
void run_binary(const ScalarKernelArgs& args) {
  const F f{{args.params}};
  const T* x = operand<T>(args, 0);
  const T* y = operand<T>(args, 1);
  R* result = static_cast<R*>(args.result);
  for (size_t i = 0; i < args.count; ++i) result[i] = store<R>(f(load(x[i]), load(y[i])));
}

// Of bytes: selection does not look at the elements.
template <class F, class T>
void run_selection(const ScalarKernelArgs& args) {
  const F f{{args.params}};
  const Bool* condition = operand<Bool>(args, 0);
  const T* x = operand<T>(args, 1);
  const T* y = operand<T>(args, 2);
  T* result = static_cast<T*>(args.result);
  for (size_t i = 0; i < args.count; ++i) result[i] = f(load(condition[i]), x[i], y[i]);
}

template <class F, int arity, class T, class R>
constexpr ScalarKernel kernel_for() {
  if constexpr (arity == 1) {
    return &run_unary<F, T, R>;
  } else {
    static_assert(arity == 2);
    return &run_binary<F, T, R>;
  }
}

template <class F, int arity, ScalarTypes types, ScalarSignature signature>
ScalarKernel find_kernel(DataType type) {
  ScalarKernel kernel = nullptr;
  if constexpr (signature == ScalarSignature::kConversion) {
    kernel = &cast_elements;
  } else if constexpr (types == ScalarTypes::kAny) {
    const DataType unpacked = bits_of(type) == 4 ? DataType::kUInt8 : type;
    (void)dispatch_size(unpacked, [&kernel]<class T>() {
      if constexpr (signature == ScalarSignature::kSelection) {
        static_assert(arity == 3);
        kernel = &run_selection<F, T>;
      } else {
        kernel = kernel_for<F, arity, T, T>();
      }
    });
  } else {
    (void)dispatch_type<typename TypesOf<types>::type>(type, [&kernel]<class T>() {
      constexpr bool compares = signature == ScalarSignature::kComparison;
      kernel = kernel_for<F, arity, T, std::conditional_t<compares, Bool, T>>();
    });
  }
  return kernel;
}

}  // namespace

ScalarKernel scalar_kernel(ScalarCode code, DataType type) {
  ScalarKernel kernel = nullptr;
  switch (code) {
#define TENON_SCALAR_OP(name, arity, types, signature, attributes, doc)                         \
  case ScalarCode::k##name:                                                                     \
    kernel =                                                                                    \
        find_kernel<scalar::name, arity, ScalarTypes::types, ScalarSignature::signature>(type); \
    break;
#include "ops/scalar_ops.inc"
#undef TENON_SCALAR_OP
  }
  TENON_CHECK(kernel != nullptr, "no loop of {} for {}", scalar_op(code).name, to_string(type));
  return kernel;
}

size_t kernel_width(DataType type) {
  const int bits = bits_of(type);
  return bits < 8 ? 1 : static_cast<size_t>(bits / 8);
}

}  // namespace tenon::internal
