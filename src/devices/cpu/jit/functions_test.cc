// Every instruction of pointwise programs alone, over numbers of all magnitudes.
#include "devices/cpu/jit/emitted_program.h"
#include "ops/list.h"
#include "ops/pointwise.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace tenon::internal::testing {
namespace {

using Exact = std::function<double(double, double)>;

struct Function {
  std::string name;
  Exact exact;
  // In units in the last place of the result.
  double tolerance = 0;
  // What is nearer than this to the exact result is right.
  double absolute = 0;
  ScalarParams params = {};
};

double relu(double x) { return x < 0 ? 0 : x; }
double unit(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

std::vector<Function> unary_functions() {
  const auto of = [](double (*f)(double)) { return [f](double x, double) { return f(x); }; };
  return {
      {"Identity", [](double x, double) { return x; }},
      {"Abs", of(std::abs)},
      {"Neg", [](double x, double) { return -x; }},
      {"Sign", [](double x, double) { return std::isnan(x) ? x : (x > 0) - (x < 0); }},
      {"Reciprocal", [](double x, double) { return 1 / x; }, 0.501},
      {"Sqrt", of(std::sqrt), 0.501},
      {"Floor", of(std::floor)},
      {"Ceil", of(std::ceil)},
      {"Round", of(std::nearbyint)},
      {"Relu", of(relu)},
      {"Exp", of(std::exp), 2},
      {"Log", of(std::log), 2},
      {"Sin", of(std::sin), 4},
      {"Cos", of(std::cos), 4},
      {"Tanh", of(std::tanh), 4},
      {"Erf", of(std::erf), 4},
      {"Sigmoid", [](double x, double) { return 1 / (1 + std::exp(-x)); }, 4, 0x1p-126},
      {"Softplus", [](double x, double) { return relu(x) + std::log1p(std::exp(-std::abs(x))); },
       4},
      {"HardSwish", [](double x, double) { return x * unit(x / 6 + 0.5); }, 2, 1e-6},
      {"HardSigmoid", [](double x, double) { return unit(0.25 * x + 0.5); }, 1, 0, {0.25F, 0.5F}},
      {"LeakyRelu", [](double x, double) { return x < 0 ? 0.125 * x : x; }, 0.501, 0, {0.125F}},
      {"Elu", [](double x, double) { return x < 0 ? 0.75 * std::expm1(x) : x; }, 4, 0, {0.75F}},
  };
}

// One of very many.
constexpr uint32_t kStep = 6151;

// From -NaN to NaN, and numbers around which functions change.
std::vector<float> numbers_of_all_magnitudes(uint32_t step) {
  std::vector<float> numbers;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += step) {
    numbers.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  using Limits = std::numeric_limits<float>;
  for (const float x : {0.0F, Limits::denorm_min(), Limits::min(), 0.5F, 0.75F, 1.0F, 1.5F, 2.0F,
                        3.0F, 88.0F, 88.7228394F, 89.0F, 103.9F, 104.0F, 8388607.5F, 8388608.0F,
                        Limits::max(), Limits::infinity(), Limits::quiet_NaN()}) {
    for (const float signed_x : {x, -x}) {
      numbers.push_back(signed_x);
      numbers.push_back(std::nextafter(signed_x, Limits::infinity()));
      numbers.push_back(std::nextafter(signed_x, -Limits::infinity()));
    }
  }
  return numbers;
}

// Units in the last place of a float near `want` between the two; infinities count as 2^128.
double ulps(float got, double want, double absolute) {
  constexpr double kEnd = 0x1p128;
  if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want) ? 0 : kEnd;
  if (std::abs(got - want) <= absolute) return 0;
  const double finite_got = std::isinf(got) ? std::copysign(kEnd, got) : got;
  const double finite_want = std::abs(want) > kEnd ? std::copysign(kEnd, want) : want;
  int exponent = 0;
  std::frexp(finite_want, &exponent);
  return std::abs(finite_got - finite_want) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

PointwiseProgram program_of_function(const Function& function, size_t arity) {
  PointwiseProgram program;
  program.inputs.assign(arity, DataType::kFloat32);
  const OpDef* op = find_op(function.name);
  PointwiseProgram::Instruction instruction{
      .code = pointwise_row(*op)->code, .type = DataType::kFloat32, .params = function.params};
  for (size_t i = 0; i < arity; ++i) instruction.operands[i] = static_cast<int32_t>(i);
  program.body = {instruction};
  program.outputs = {static_cast<int32_t>(arity)};
  return program;
}

void check(Isa isa, const Function& function, const std::vector<float>& x,
           const std::vector<float>& y) {
  const size_t arity = y.empty() ? 1 : 2;
  const EmittedProgram program(isa, program_of_function(function, arity));
  std::vector<std::span<const float>> inputs = {x};
  if (arity == 2) inputs.emplace_back(y);
  std::vector<float> results(x.size());
  EXPECT_TRUE(program.run(inputs, results)) << function.name << " overwrites other registers";
  double worst = -1;
  size_t at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double want = function.exact(x[i], arity == 2 ? y[i] : 0);
    const double distance = ulps(results[i], want, function.absolute);
    if (distance <= worst) continue;
    worst = distance;
    at = i;
  }
  const double other = arity == 2 ? y[at] : 0;
  const std::string text =
      fmt::format("{:8} {:12} worst {:.3f} ulps at {} {}: got {}, want {}", to_string(isa),
                  function.name, worst, x[at], arity == 2 ? fmt::format("{}", other) : "",
                  results[at], function.exact(x[at], other));
  fmt::print("{}\n", text);
  EXPECT_LE(worst, function.tolerance) << function.name;
}

TEST(EmittedFunctions, UnaryOnesAreNearTheExactResult) {
  const std::vector<float> numbers = numbers_of_all_magnitudes(kStep);
  for (const Isa isa : generated_isas()) {
    for (const Function& function : unary_functions()) check(isa, function, numbers, {});
  }
}

double least(double x, double y) { return std::isnan(x) || x < y ? x : y; }
double greatest(double x, double y) { return std::isnan(x) || x > y ? x : y; }

std::vector<Function> binary_functions() {
  return {
      {"Add", std::plus<>(), 0.501},
      {"Sub", std::minus<>(), 0.501},
      {"Mul", std::multiplies<>(), 0.501},
      {"Div", std::divides<>(), 0.501},
      {"Min", least},
      {"Max", greatest},
      {"Pow", [](double x, double y) { return std::pow(x, y); }, 4},
  };
}

TEST(EmittedFunctions, BinaryOnesAreNearTheExactResult) {
  // Each number with each, and ordinary bases with powers up to the ends of the range.
  std::vector<float> x;
  std::vector<float> y;
  const std::vector<float> some = numbers_of_all_magnitudes(kStep << 11);
  for (const float any : some) {
    for (const float power : some) {
      x.push_back(any);
      y.push_back(power);
    }
    for (const float power : {-3.0F, -2.0F, -0.5F, 0.5F, 2.0F, 2.5F, 3.0F, 17.0F, 1e9F}) {
      x.push_back(any);
      y.push_back(power);
    }
  }
  float base = 0.01F;
  for (int i = 0; i < 1000; ++i, base *= 1.0093F) {
    for (int power = -54; power <= 54; ++power) {
      x.push_back(base);
      y.push_back(static_cast<float>(power) * 0.37F);
    }
  }
  for (const Isa isa : generated_isas()) {
    for (const Function& function : binary_functions()) check(isa, function, x, y);
  }
}

}  // namespace
}  // namespace tenon::internal::testing
