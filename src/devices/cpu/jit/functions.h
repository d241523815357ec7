// Elementary functions over lanes, for vector programs: within 4 units in the last place of the
// exact value for all arguments, with the infinities and NaNs of the C library. A sigmoid below the
// smallest normal number may be 0.
#pragma once

#include "devices/cpu/jit/vector_builder.h"

namespace tenon::internal::lanes {

VectorOperand exp(VectorBuilder& b, VectorOperand x);
// exp(x) - 1 for x <= 0 or NaN; anything for other x.
VectorOperand expm1_negative(VectorBuilder& b, VectorOperand x);
VectorOperand sigmoid(VectorBuilder& b, VectorOperand x);
VectorOperand tanh(VectorBuilder& b, VectorOperand x);
VectorOperand erf(VectorBuilder& b, VectorOperand x);

VectorOperand log(VectorBuilder& b, VectorOperand x);
// log(1 + exp(x))
VectorOperand softplus(VectorBuilder& b, VectorOperand x);
VectorOperand pow(VectorBuilder& b, VectorOperand x, VectorOperand y);

VectorOperand sin(VectorBuilder& b, VectorOperand x);
VectorOperand cos(VectorBuilder& b, VectorOperand x);

// Parts of the above that several of them use.

// x * 2^n for integral n in [-250, 250], rounded once.
VectorOperand scale_by_power(VectorBuilder& b, VectorOperand x, VectorOperand n);

// x > 0 as (1 + fraction) * 2^exponent with 1 + fraction in [0.75, 1.5). On AVX-512 the exponent of
// 0 is -inf, that of inf is inf, the fraction of NaN and of negative numbers is NaN; on AVX2 such x
// give any finite numbers.
struct FloatParts {
  VectorOperand fraction;
  VectorOperand exponent;
};
FloatParts split_float(VectorBuilder& b, VectorOperand x);

}  // namespace tenon::internal::lanes
