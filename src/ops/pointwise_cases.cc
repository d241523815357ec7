#include "ops/pointwise.h"
#include "testing/op_cases.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace tenon::internal::testing {
namespace {

using Values = std::vector<double>;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

CaseInput literal(DataType type, Values values) {
  const auto count = static_cast<int64_t>(values.size());
  return {.type = type, .shape = {count}, .values = std::move(values)};
}

CaseInput random(DataType type, Shape shape, double low = -2, double high = 2) {
  return {.type = type, .shape = std::move(shape), .values = {}, .low = low, .high = high};
}

OpCase with_expected(std::string name, std::string op, std::vector<CaseInput> inputs,
                     Values expected, AttributeMap attributes = {}) {
  return {.name = std::move(name),
          .op = std::move(op),
          .attributes = std::move(attributes),
          .inputs = std::move(inputs),
          .expected = {std::move(expected)}};
}

OpCase without_expected(std::string name, std::string op, std::vector<CaseInput> inputs,
                        AttributeMap attributes = {}) {
  return {.name = std::move(name),
          .op = std::move(op),
          .attributes = std::move(attributes),
          .inputs = std::move(inputs),
          .expected = {}};
}

// f32 values of functions of one variable, computed by onnxruntime.
std::vector<OpCase> unary_cases() {
  const auto unary = [](std::string op, Values x, Values y, AttributeMap attributes = {}) {
    std::string name = attributes.empty() ? "values" : "values_with_attributes";
    return with_expected(std::move(name), std::move(op),
                         {literal(DataType::kFloat32, std::move(x))}, std::move(y),
                         std::move(attributes));
  };
  const Values around_zero = {-3, -1.5, -0.5, 0, 0.25, 1, 2.5};
  const Values positive = {0.0625, 0.5, 1, 2.25, 9, 100, 1000};
  const Values unit = {-1, -0.75, -0.5, 0, 0.25, 0.5, 1};
  const Values specials = {-kInf, kNan, 0, 1.5, kInf};
  const Values halves = {-2.5, -1.5, -0.5, 0.4, 0.5, 1.5, 2.5};
  return {
      unary("Identity", around_zero, around_zero),
      unary("Abs", around_zero, {3, 1.5, 0.5, 0, 0.25, 1, 2.5}),
      unary("Neg", around_zero, {3, 1.5, 0.5, -0.0, -0.25, -1, -2.5}),
      unary("Sign", around_zero, {-1, -1, -1, 0, 1, 1, 1}),
      unary("Reciprocal", {-4, -0.5, 0.25, 1, 3, 10, 1000},
            {-0.25, -2, 4, 1, 0.33333334, 0.1, 0.001}),
      unary("Sqrt", positive, {0.25, 0.70710677, 1, 1.5, 3, 10, 31.622776}),
      unary("Exp", around_zero,
            {0.049787067, 0.22313017, 0.60653067, 1, 1.2840254, 2.7182817, 12.182494}),
      unary("Log", positive,
            {-2.7725887, -0.6931472, 0, 0.8109302, 2.1972246, 4.6051702, 6.9077554}),
      unary("Sin", around_zero,
            {-0.14112, -0.997495, -0.47942555, 0, 0.24740396, 0.84147096, 0.5984721}),
      unary("Cos", around_zero,
            {-0.9899925, 0.0707372, 0.87758255, 1, 0.9689124, 0.5403023, -0.8011436}),
      unary("Tanh", around_zero,
            {-0.9950547, -0.9051482, -0.46211717, 0, 0.24491866, 0.7615942, 0.98661435}),
      unary("Erf", around_zero,
            {-0.9999779, -0.96610516, -0.5204999, 0, 0.2763264, 0.8427008, 0.9995931}),
      unary("Floor", halves, {-3, -2, -1, 0, 0, 1, 2}),
      unary("Ceil", halves, {-2, -1, -0.0, 1, 1, 2, 3}),
      unary("Round", halves, {-2, -2, -0.0, 0, 0, 2, 2}),
      unary("Relu", around_zero, {0, 0, 0, 0, 0.25, 1, 2.5}),
      unary("Clip", around_zero, around_zero),
      unary("Clip", around_zero, {-0.5, -0.5, -0.5, 0, 0.25, 1, 1}, {{"min", -0.5}, {"max", 1.0}}),
      with_expected("only_a_minimum", "Clip", {literal(DataType::kFloat16, {-kInf, -1, 0, kInf})},
                    {-0.5, -0.5, 0, kInf}, {{"min", -0.5}}),
      with_expected("only_a_maximum", "Clip", {literal(DataType::kFloat64, {-kInf, -1, 0, kInf})},
                    {-kInf, -1, -0.5, -0.5}, {{"max", -0.5}}),
      with_expected("bounds_that_cross", "Clip", {literal(DataType::kFloat32, {-1, 0.5, 3})},
                    {0, 0, 0}, {{"min", 1.0}, {"max", 0.0}}),
      with_expected("nan", "Clip", {literal(DataType::kFloat32, {kNan, 2})}, {kNan, 1},
                    {{"min", 0.0}, {"max", 1.0}}),
      unary("Sigmoid", around_zero,
            {0.047425866, 0.18242556, 0.3775407, 0.5, 0.56217647, 0.7310586, 0.9241418}),
      unary("HardSigmoid", around_zero, {0, 0.2, 0.4, 0.5, 0.55, 0.7, 1}),
      unary("HardSigmoid", around_zero, {0, 0, 0, 0.25, 0.375, 0.75, 1},
            {{"alpha", 0.5}, {"beta", 0.25}}),
      unary("HardSwish", {-4, -3, -1, 0, 1, 3, 4}, {-0.0, -0.0, -0.33333334, 0, 0.6666667, 3, 4}),
      unary("LeakyRelu", around_zero, {-0.03, -0.015, -0.005, 0, 0.25, 1, 2.5}),
      unary("LeakyRelu", around_zero, {-0.75, -0.375, -0.125, 0, 0.25, 1, 2.5}, {{"alpha", 0.25}}),
      unary("Elu", around_zero, {-0.95021296, -0.77686983, -0.39346933, 0, 0.25, 1, 2.5}),
      unary("Elu", around_zero, {-1.9004259, -1.5537397, -0.78693867, 0, 0.25, 1, 2.5},
            {{"alpha", 2.0}}),
      unary("Tan", around_zero,
            {0.14254655, -14.10142, -0.5463025, 0, 0.25534192, 1.5574077, -0.74702233}),
      unary("Asin", unit,
            {-1.5707964, -0.84806216, -0.52359873, 0, 0.25268024, 0.52359879, 1.5707964}),
      unary("Acos", unit, {3.1415927, 2.4188585, 2.0943952, 1.5707964, 1.3181161, 1.0471976, 0}),
      unary("Atan", around_zero,
            {-1.2490458, -0.98279381, -0.46364754, 0, 0.24497867, 0.78539819, 1.19029}),
      unary("Sinh", around_zero,
            {-10.017875, -2.1292794, -0.52109528, 0, 0.25261232, 1.1752012, 6.0502048}),
      unary("Cosh", around_zero,
            {10.067662, 2.3524096, 1.1276259, 1, 1.0314131, 1.5430806, 6.1322894}),
      unary("Asinh", around_zero,
            {-1.8184465, -1.1947632, -0.48121184, 0, 0.24746647, 0.88137358, 1.6472312}),
      unary("Acosh", {1, 1.25, 2, 10, 1000, 0.5},
            {0, 0.69314718, 1.316958, 2.993223, 7.6009021, kNan}),
      unary("Atanh", unit, {-kInf, -0.97295511, -0.54930615, 0, 0.25541282, 0.54930615, kInf}),
      unary("Swish", around_zero,
            {-0.1422776, -0.27363834, -0.18877035, 0, 0.14054412, 0.7310586, 2.3103545}),
      unary("Swish", around_zero,
            {-0.0074179173, -0.071138799, -0.13447072, 0, 0.15561482, 0.88079709, 2.4832678},
            {{"alpha", 2.0}}),
      unary("Gelu", around_zero,
            {-0.0040496886, -0.10021082, -0.15426877, 0, 0.14967658, 0.84134471, 2.4844761}),
      unary("Gelu", around_zero,
            {-0.0036375225, -0.10042843, -0.154286, 0, 0.14967535, 0.84119201, 2.4849157},
            {{"tanh", int64_t{1}}}),
      unary("Mish", {-80, -20, -1.5, -0.5, 0, 0.25, 1, 12, 44, 100},
            {-1.4438811e-33, -4.1223072e-08, -0.29809974, -0.22074377, 0, 0.16957241, 0.86509839,
             12, 44, 100}),
      unary("Selu", around_zero,
            {-1.6705687, -1.3658143, -0.69175816, 0, 0.26267526, 1.050701, 2.6267526}),
      unary("Selu", around_zero, {-0.95021296, -0.77686983, -0.39346933, 0, 0.125, 0.5, 1.25},
            {{"alpha", 2.0}, {"gamma", 0.5}}),
      unary("Celu", around_zero, {-0.95021296, -0.77686983, -0.39346933, 0, 0.25, 1, 2.5}),
      unary("Celu", around_zero, {-0.49876061, -0.47510648, -0.31606027, 0, 0.25, 1, 2.5},
            {{"alpha", 0.5}}),
      with_expected("negative_alpha", "Celu", {literal(DataType::kFloat32, {-1, 0, 2})},
                    {-0.5 * 6.3890561, 0, 2}, {{"alpha", -0.5}}),
      unary("ThresholdedRelu", around_zero, {0, 0, 0, 0, 0, 0, 2.5}),
      unary("ThresholdedRelu", around_zero, {0, 0, 0, 0, 0, 1, 2.5}, {{"alpha", 0.25}}),
      unary("Shrink", around_zero, {-3, -1.5, 0, 0, 0, 1, 2.5}),
      unary("Shrink", around_zero, {-2.75, -1.25, 0, 0, 0, 0, 2.25},
            {{"bias", 0.25}, {"lambd", 1.0}}),
      unary("Softsign", around_zero, {-0.75, -0.6, -0.33333334, 0, 0.2, 0.5, 0.71428573}),
      unary("IsNaN", specials, {0, 1, 0, 0, 0}),
      unary("IsInf", specials, {1, 0, 0, 0, 1}),
      unary("IsInf", specials, {0, 0, 0, 0, 1}, {{"detect_negative", int64_t{0}}}),
      with_expected("below_only", "IsInf", {literal(DataType::kFloat64, specials)}, {1, 0, 0, 0, 0},
                    {{"detect_positive", int64_t{0}}}),
      with_expected("of_no_sign", "IsInf", {literal(DataType::kFloat16, specials)}, {0, 0, 0, 0, 0},
                    {{"detect_negative", int64_t{0}}, {"detect_positive", int64_t{0}}}),
      unary("Softplus", {-100, -1, 0, 0.5, 1, 20, 100},
            {3.8e-44, 0.3132617, 0.6931472, 0.974077, 1.3132617, 20, 100}),
      with_expected("truth_table", "Not", {literal(DataType::kBool, {0, 1})}, {1, 0}),
  };
}

std::vector<OpCase> arithmetic_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI32 = DataType::kInt32;
  constexpr DataType kI64 = DataType::kInt64;
  const auto binary = [](std::string op, DataType type, Values x, Values y, Values expected) {
    return with_expected(fmt::format("values_{}", to_string(type)), std::move(op),
                         {literal(type, std::move(x)), literal(type, std::move(y))},
                         std::move(expected));
  };
  return {
      binary("Add", kF32, {1, -2, 0.5}, {0.25, 2, 8}, {1.25, 0, 8.5}),
      binary("Add", DataType::kInt8, {100, -100, 3}, {100, -100, 4}, {-56, 56, 7}),
      binary("Sub", kF32, {1, -2, 0.5}, {0.25, 2, 8}, {0.75, -4, -7.5}),
      binary("Sub", DataType::kUInt8, {3, 200}, {5, 100}, {254, 100}),
      binary("Mul", kF32, {1, -2, 0.5}, {0.25, 2, 8}, {0.25, -4, 4}),
      binary("Mul", DataType::kInt16, {300, -7}, {300, 6}, {24464, -42}),
      binary("Div", kF32, {1, -2, 1}, {4, 2, 3}, {0.25, -1, 0.33333334}),
      binary("Div", kI32, {7, -7, 7, -7, 6, 5, -2147483648.0}, {2, 2, -2, -2, 3, 0, -1},
             {3, -3, -3, 3, 2, 0, -2147483648.0}),
      binary("Pow", kF32, {2, 3, 4, 0.25, -2}, {3, 2, 0.5, -0.5, 3}, {8, 9, 2, 2, -8}),
      binary("Pow", kI32, {2, -3, 1, -1, 7, 0, 10}, {10, 3, -5, -3, -1, -2, 10},
             {1024, -27, 1, -1, 0, 0, 1410065408}),
      with_expected("f32_to_the_i64", "Pow",
                    {literal(kF32, {2, 3, 4, -2}), literal(kI64, {3, -1, 0, 3})},
                    {8, 0.33333334, 1, -8}),
      with_expected("i32_to_the_f32", "Pow",
                    {literal(kI32, {2, 3, 4, -2}), literal(kF32, {3, 0, 0.5, 3})}, {8, 1, 2, -8}),
      with_expected("i64_to_the_i32", "Pow",
                    {literal(kI64, {2, 3, -4, 7}), literal(kI32, {10, 2, 3, 0})},
                    {1024, 9, -64, 1}),
      binary("Mod", kI32, {7, -7, 7, -7, 6, 5, -2147483648.0}, {3, 3, -3, -3, 3, 0, -1},
             {1, 2, -2, -1, 0, 0, 0}),
      binary("Mod", kF32, {7.5, -7.5, 7.5, -7.5}, {2, 2, -2, -2}, {1.5, 0.5, -0.5, -1.5}),
      with_expected("fmod_i64", "Mod",
                    {literal(kI64, {7, -7, 7, -7, 6}), literal(kI64, {3, 3, -3, -3, 3})},
                    {1, -1, 1, -1, 0}, {{"fmod", int64_t{1}}}),
      with_expected("fmod_f32", "Mod",
                    {literal(kF32, {7.5, -7.5, 7.5, -7.5}), literal(kF32, {2, 2, -2, -2})},
                    {1.5, -1.5, 1.5, -1.5}, {{"fmod", int64_t{1}}}),
      binary("PRelu", kF32, {1, -2, 0.5, -4}, {0.25, 2, 8, -0.5}, {1, -4, 0.5, 2}),
      binary("PRelu", kI32, {1, -2, 7}, {5, 6, 7}, {1, -12, 7}),
      with_expected("slope_for_each_channel", "PRelu",
                    {{.type = kF32, .shape = {1, 2, 2}, .values = {-1, 2, -3, 4}},
                     {.type = kF32, .shape = {2, 1}, .values = {0.5, 0.25}}},
                    {-0.5, 2, -0.75, 4}),
      binary("Min", kF32, {1, -2, 3}, {2, -3, 3}, {1, -3, 3}),
      binary("Max", kF32, {1, -2, 3}, {2, -3, 3}, {2, -2, 3}),
      with_expected("three_operands", "Min",
                    {literal(kI32, {5, 1, 9}), literal(kI32, {4}), literal(kI32, {7, 3, 2})},
                    {4, 1, 2}),
      with_expected("three_operands", "Max",
                    {literal(kI32, {5, 1, 9}), literal(kI32, {4}), literal(kI32, {7, 3, 2})},
                    {7, 4, 9}),
      with_expected("one_operand", "Min", {literal(kF32, {5, 1})}, {5, 1}),
      with_expected("one_operand", "Max", {literal(kF32, {5, 1})}, {5, 1}),
      with_expected("i64", "Sign", {literal(kI64, {-5, 0, 9})}, {-1, 0, 1}),
      with_expected("lowest_i8", "Abs", {literal(DataType::kInt8, {-128, -3})}, {-128, 3}),
      with_expected("lowest_i8", "Neg", {literal(DataType::kInt8, {-128, -3})}, {-128, 3}),
  };
}

std::vector<OpCase> bit_cases() {
  const auto binary = [](std::string op, DataType type, Values x, Values y, Values expected,
                         AttributeMap attributes = {}) {
    std::string name = fmt::format("values_{}", to_string(type));
    if (!attributes.empty()) name += "_with_attributes";
    return with_expected(std::move(name), std::move(op),
                         {literal(type, std::move(x)), literal(type, std::move(y))},
                         std::move(expected), std::move(attributes));
  };
  const AttributeMap left = {{"left", int64_t{1}}};
  return {
      with_expected("i8", "BitwiseNot", {literal(DataType::kInt8, {0, -1, 5})}, {-1, 0, -6}),
      with_expected("u16", "BitwiseNot", {literal(DataType::kUInt16, {0, 65535})}, {65535, 0}),
      binary("BitwiseAnd", DataType::kInt32, {12, -1, 7}, {10, 5, 0}, {8, 5, 0}),
      binary("BitwiseOr", DataType::kUInt8, {12, 128, 7}, {10, 1, 0}, {14, 129, 7}),
      binary("BitwiseXor", DataType::kInt64, {12, -1, 7}, {10, 5, 7}, {6, -6, 0}),
      binary("BitShift", DataType::kUInt8, {16, 255, 1, 9}, {1, 7, 8, 0}, {8, 1, 0, 9}),
      binary("BitShift", DataType::kUInt8, {16, 255, 1, 9}, {1, 7, 8, 0}, {32, 128, 0, 9}, left),
      binary("BitShift", DataType::kUInt32, {4294967295, 1}, {31, 32}, {1, 0}),
      binary("BitShift", DataType::kUInt64, {1, 3}, {52, 64}, {4503599627370496, 0}, left),
      binary("BitShift", DataType::kInt16, {-1, 256, 1}, {15, 4, -1}, {1, 16, 0}),
  };
}

std::vector<OpCase> logic_cases() {
  const auto truth_table = [](std::string op, Values expected) {
    return with_expected(
        "truth_table", std::move(op),
        {literal(DataType::kBool, {0, 0, 1, 1}), literal(DataType::kBool, {0, 1, 0, 1})},
        std::move(expected));
  };
  const auto comparison = [](std::string op, Values expected) {
    return with_expected(
        "values_f32", std::move(op),
        {literal(DataType::kFloat32, {1, 2, 3}), literal(DataType::kFloat32, {2, 2, 2})},
        std::move(expected));
  };
  return {
      truth_table("And", {0, 0, 0, 1}),
      truth_table("Or", {0, 1, 1, 1}),
      truth_table("Xor", {0, 1, 1, 0}),
      truth_table("Equal", {1, 0, 0, 1}),
      comparison("Equal", {0, 1, 0}),
      comparison("Less", {1, 0, 0}),
      comparison("LessOrEqual", {1, 1, 0}),
      comparison("Greater", {0, 0, 1}),
      comparison("GreaterOrEqual", {0, 1, 1}),
      with_expected("unsigned_above_the_signed_range", "Less",
                    {literal(DataType::kUInt8, {200, 1}), literal(DataType::kUInt8, {100, 255})},
                    {0, 1}),
      with_expected("values_f32", "Where",
                    {literal(DataType::kBool, {1, 0, 1}), literal(DataType::kFloat32, {1, 2, 3}),
                     literal(DataType::kFloat32, {9, 8, 7})},
                    {1, 8, 3}),
      without_expected("broadcasts_all_three", "Where",
                       {random(DataType::kBool, {2, 1, 1}), random(DataType::kFloat64, {3, 1}),
                        random(DataType::kFloat64, {5})}),
      without_expected("four_bits", "Where",
                       {random(DataType::kBool, {3, 5}), random(DataType::kInt4, {3, 5}, -8, 8),
                        random(DataType::kInt4, {5}, -8, 8)}),
      without_expected("bools", "Where",
                       {random(DataType::kBool, {3, 5}), random(DataType::kBool, {3, 5}),
                        random(DataType::kBool, {3, 5})}),
      without_expected("fp8", "Where",
                       {random(DataType::kBool, {7}), random(DataType::kFloat8E4M3FN, {7}),
                        random(DataType::kFloat8E4M3FN, {1})}),
      without_expected("empty", "Where",
                       {random(DataType::kBool, {0, 1}), random(DataType::kInt64, {1, 4}),
                        random(DataType::kInt64, {})}),
  };
}

OpCase cast_case(std::string name, CaseInput input, DataType to, Values expected,
                 bool saturate = true) {
  return with_expected(std::move(name), "Cast", {std::move(input)}, std::move(expected),
                       {{"to", std::string(to_string(to))}, {"saturate", int64_t{saturate}}});
}

std::vector<OpCase> cast_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  std::vector<OpCase> cases = {
      cast_case("float_to_int_truncates", literal(kF32, {-1.9, -0.5, 0.5, 1.9}), DataType::kInt32,
                {-1, 0, 0, 1}),
      cast_case("float_to_int_saturates", literal(kF32, {-1e9, 300, 255.9}), DataType::kUInt8,
                {0, 255, 255}),
      cast_case("int_to_int_wraps", literal(DataType::kInt32, {300, -1, 128}), DataType::kInt8,
                {44, -1, -128}),
      cast_case("to_bool", literal(kF32, {-0.5, 0, -0.0, 2}), DataType::kBool, {1, 0, 0, 1}),
      cast_case("from_bool", literal(DataType::kBool, {0, 1}), kF32, {0, 1}),
      cast_case("fp8_saturates", literal(kF32, {1000, -1000, 17}), DataType::kFloat8E4M3FN,
                {448, -448, 16}),
      cast_case("int_to_four_bits_wraps", literal(DataType::kInt32, {7, 8, -9}), DataType::kInt4,
                {7, -8, 7}),
      cast_case("float_to_four_bits_saturates", literal(kF32, {7, 8, -9}), DataType::kInt4,
                {7, 7, -8}),
      cast_case("from_four_bits", literal(DataType::kUInt4, {0, 15, 7}), DataType::kFloat16,
                {0, 15, 7}),
      without_expected("fp8_overflows", "Cast", {random(kF32, {9}, -1e5, 1e5)},
                       {{"to", "f8e5m2"}, {"saturate", int64_t{0}}}),
      without_expected("to_the_same_type", "Cast", {random(kF32, {9})}, {{"to", "f32"}}),
      without_expected("empty", "Cast", {random(kF32, {3, 0})}, {{"to", "i64"}}),
      without_expected("scalar", "Cast", {random(DataType::kInt64, {})}, {{"to", "i32"}}),
  };
  for (const char* to : {"f16", "bf16", "f64", "i64", "u8"}) {
    cases.push_back(without_expected(fmt::format("many_f32_to_{}", to), "Cast",
                                     {random(kF32, {3, 1031}, 0, 100)}, {{"to", to}}));
  }
  return cases;
}

std::vector<DataType> types_of(ScalarTypes types) {
  const std::vector<DataType> floating = {DataType::kFloat32, DataType::kFloat64,
                                          DataType::kFloat16, DataType::kBFloat16};
  const std::vector<DataType> signed_integers = {DataType::kInt8, DataType::kInt16,
                                                 DataType::kInt32, DataType::kInt64};
  const std::vector<DataType> unsigned_integers = {DataType::kUInt8, DataType::kUInt16,
                                                   DataType::kUInt32, DataType::kUInt64};
  std::vector<DataType> result;
  const auto add = [&result](const std::vector<DataType>& more) {
    result.insert(result.end(), more.begin(), more.end());
  };
  if (types != ScalarTypes::kBool && types != ScalarTypes::kInteger) add(floating);
  if (types != ScalarTypes::kBool && types != ScalarTypes::kFloating) {
    add(signed_integers);
    if (types != ScalarTypes::kSigned) add(unsigned_integers);
  }
  if (types == ScalarTypes::kBool || types == ScalarTypes::kNumericOrBool ||
      types == ScalarTypes::kAny) {
    result.push_back(DataType::kBool);
  }
  return result;
}

// What every row of one or two operands of a type must do, on random elements from the domain of
// all.
std::vector<OpCase> general_cases(const ScalarOp& row) {
  const auto name = std::string(row.name);
  const auto operands = [&](DataType type, Shape x, Shape y) {
    std::vector<CaseInput> inputs = {random(type, std::move(x), 0.125, 4)};
    if (row.arity == 2) inputs.push_back(random(type, std::move(y), 0.125, 4));
    return inputs;
  };
  std::vector<OpCase> cases;
  for (const DataType type : types_of(row.types)) {
    cases.push_back(without_expected(fmt::format("random_{}", to_string(type)), name,
                                     operands(type, {3, 5}, {3, 5})));
  }
  const DataType type = types_of(row.types)[0];
  cases.push_back(without_expected("scalars", name, operands(type, {}, {})));
  cases.push_back(without_expected("one_element", name, operands(type, {1, 1}, {1})));
  cases.push_back(without_expected("empty", name, operands(type, {2, 0, 3}, {3})));
  cases.push_back(without_expected("many", name, operands(type, {3, 5, 1031}, {3, 5, 1031})));
  if (row.arity == 1) return cases;
  cases.push_back(without_expected("broadcast_both", name, operands(type, {4, 1, 3}, {5, 1})));
  cases.push_back(without_expected("broadcast_scalar", name, operands(type, {}, {7, 11})));
  cases.push_back(without_expected("broadcast_rows", name, operands(type, {9, 257}, {257})));
  cases.push_back(without_expected("broadcast_columns", name, operands(type, {9, 1}, {9, 257})));
  return cases;
}

// Images and volumes beside each operand that broadcasts to them.
std::vector<OpCase> image_cases() {
  std::vector<OpCase> cases;
  for (const Shape& image : {Shape{2, 4, 5}, Shape{2, 4, 3, 5}, Shape{2, 4, 3, 5, 2}}) {
    for (size_t rank = 1; rank <= image.size(); ++rank) {
      for (uint32_t repeated = 0; repeated < uint32_t{1} << rank; ++repeated) {
        Shape shape(image.end() - static_cast<std::ptrdiff_t>(rank), image.end());
        for (size_t axis = 0; axis < rank; ++axis) {
          if (in_mask(repeated, axis)) shape[axis] = 1;
        }
        cases.push_back(without_expected(
            fmt::format("image_{}_and_{}", fmt::join(image, "x"), fmt::join(shape, "x")), "Sub",
            {random(DataType::kFloat32, image), random(DataType::kFloat32, shape)}));
      }
    }
  }
  return cases;
}

}  // namespace

std::vector<OpCase> pointwise_cases() {
  std::vector<OpCase> all;
  const auto add = [&all](std::vector<OpCase> cases) {
    for (OpCase& op_case : cases) all.push_back(std::move(op_case));
  };
  add(unary_cases());
  add(arithmetic_cases());
  add(bit_cases());
  add(logic_cases());
  add(cast_cases());
  add(image_cases());
  for (const ScalarOp& row : scalar_ops()) {
    if (row.arity <= 2 && row.signature != ScalarSignature::kConversion) add(general_cases(row));
  }
  return all;
}

}  // namespace tenon::internal::testing
