#include "base/check.h"
#include "ops/pointwise.h"

#include <type_traits>

namespace tenon::internal {
namespace {

// Puts the fields of an attribute struct into the parameters of an instruction.
struct ParamCollector {
  ScalarParams params = {};
  size_t count = 0;

  template <class T>
  void operator()(std::string_view, const T& field) {
    if constexpr (!std::is_same_v<T, DataType>) params[count++] = static_cast<float>(field);
  }
};

template <class T>
ScalarParams params_of(const Attrs& attrs) {
  ParamCollector collector;
  T::fields(attrs.as<T>(), collector);
  return collector.params;
}

constexpr std::array kRows = {
#define TENON_SCALAR_OP(name, arity, types, signature, attributes, doc) \
  ScalarOp{ScalarCode::k##name,                                         \
           #name,                                                       \
           doc,                                                         \
           arity,                                                       \
           ScalarTypes::types,                                          \
           ScalarSignature::signature,                                  \
           &attr_table<attributes>,                                     \
           &params_of<attributes>},
#include "ops/scalar_ops.inc"
#undef TENON_SCALAR_OP
};

}  // namespace

std::span<const ScalarOp> scalar_ops() { return kRows; }

const ScalarOp& scalar_op(ScalarCode code) {
  const auto index = static_cast<size_t>(code);
  TENON_CHECK(index < kRows.size());
  return kRows[index];
}

}  // namespace tenon::internal
