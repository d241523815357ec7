#include "devices/cpu/jit/vector_builder.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tenon::internal {
namespace {

using V = VectorOperand;

// The comparison with its operands exchanged.
Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return Comparison::kGreater;
    case Comparison::kLessOrEqual:
      return Comparison::kGreaterOrEqual;
    case Comparison::kGreater:
      return Comparison::kLess;
    case Comparison::kGreaterOrEqual:
      return Comparison::kLessOrEqual;
    case Comparison::kEqual:
    case Comparison::kNotEqual:
    case Comparison::kUnordered:
    case Comparison::kAlways:
      break;
  }
  return comparison;
}

}  // namespace

V VectorBuilder::append(VectorOp op, V a, V b, V c, uint32_t immediate) {
  program_.body.push_back({.op = op, .immediate = immediate, .operands = {a, b, c}});
  return V::value(program_.body.size() - 1);
}

V VectorBuilder::input(int number) {
  return append(VectorOp::kInput, {}, {}, {}, static_cast<uint32_t>(number));
}

V VectorBuilder::bits(uint32_t lane) {
  const auto found = std::ranges::find(program_.constants, lane);
  const auto index = static_cast<size_t>(found - program_.constants.begin());
  if (found == program_.constants.end()) program_.constants.push_back(lane);
  return V::constant(index);
}

V VectorBuilder::constant(float value) { return bits(std::bit_cast<uint32_t>(value)); }

uint32_t VectorBuilder::table(std::span<const float> entries) {
  const size_t offset = program_.tables.size() * sizeof(float);
  program_.tables.insert(program_.tables.end(), entries.begin(), entries.end());
  return static_cast<uint32_t>(offset);
}

V VectorBuilder::compare(V a, Comparison comparison, V b) {
  if (a.is_constant()) return compare(b, mirrored(comparison), a);
  return append(VectorOp::kCompare, a, b, {}, static_cast<uint32_t>(comparison));
}

V VectorBuilder::polynomial(V x, std::initializer_list<float> coefficients) {
  V sum = constant(*coefficients.begin());
  for (const float coefficient : std::span(coefficients).subspan(1)) {
    sum = fma(x, sum, constant(coefficient));
  }
  return sum;
}

V VectorBuilder::copy_sign(V magnitude, V sign) {
  if (isa_ == Isa::kAvx512) return select(bits(kSign), sign, magnitude);
  return bit_or(bit_and(magnitude, bits(~kSign)), bit_and(sign, bits(kSign)));
}

V VectorBuilder::select_negative(V x, V a, V b) {
  // vblendvps looks at the sign alone.
  return select(isa_ == Isa::kAvx512 ? shift_right_arithmetic(x, 31) : x, a, b);
}

V VectorBuilder::keep_nan(V a, V x) {
  if (isa_ == Isa::kAvx512) return append(VectorOp::kKeepNan, a, x, bits(kNanTable));
  return select(compare(x, Comparison::kUnordered, x), x, a);
}

V VectorBuilder::gather(V index, uint32_t table) {
  V mask;
  if (isa_ == Isa::kAvx2) mask = compare(index, Comparison::kAlways, index);
  return append(VectorOp::kGather, index, mask, {}, table);
}

VectorProgram VectorBuilder::finish(V output) && {
  TENON_CHECK(output.is_value(), "a vector program has a constant result");
  program_.output = output;
  return std::move(program_);
}

}  // namespace tenon::internal
