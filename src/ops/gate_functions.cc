#include "ops/gate_functions.h"

#include "base/errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace tenon::internal {
namespace {

using Kind = GateFunction::Kind;

struct Row {
  std::string_view name;
  Kind kind;
  // Defaults of the parameters that the function has.
  std::optional<double> alpha = std::nullopt;
  std::optional<double> beta = std::nullopt;
};

constexpr std::array kRows = {
    Row{"Affine", Kind::kAffine, 1.0, 0.0},
    Row{"Elu", Kind::kElu, 1.0},
    Row{"HardSigmoid", Kind::kHardSigmoid, 0.2, 0.5},
    Row{"LeakyRelu", Kind::kLeakyRelu, 0.01},
    Row{"Relu", Kind::kRelu},
    Row{"ScaledTanh", Kind::kScaledTanh, 1.0, 1.0},
    Row{"Sigmoid", Kind::kSigmoid},
    Row{"Softplus", Kind::kSoftplus},
    Row{"Softsign", Kind::kSoftsign},
    Row{"Tanh", Kind::kTanh},
    Row{"ThresholdedRelu", Kind::kThresholdedRelu, 1.0},
};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// The next value of the list for a function that has the parameter.
double take(std::optional<double> fallback, std::span<const float> values, size_t& taken) {
  if (!fallback) return 0;
  return taken < values.size() ? static_cast<double>(values[taken++]) : *fallback;
}

template <class F>
void map(std::span<double> values, double limit, const F& function) {
  for (double& value : values) value = function(std::clamp(value, -limit, limit));
}

}  // namespace

void GateFunction::apply(std::span<double> values, double limit) const {
  const double a = alpha;
  const double b = beta;
  switch (kind) {
    case Kind::kRelu:
      return map(values, limit, [](double x) { return x < 0 ? 0 : x; });
    case Kind::kTanh:
      return map(values, limit, [](double x) { return std::tanh(x); });
    case Kind::kSigmoid:
      return map(values, limit, [](double x) { return 1 / (1 + std::exp(-x)); });
    case Kind::kAffine:
      return map(values, limit, [=](double x) { return a * x + b; });
    case Kind::kLeakyRelu:
      return map(values, limit, [=](double x) { return x < 0 ? a * x : x; });
    case Kind::kThresholdedRelu:
      return map(values, limit, [=](double x) { return x < a ? 0 : x; });
    case Kind::kScaledTanh:
      return map(values, limit, [=](double x) { return a * std::tanh(b * x); });
    case Kind::kHardSigmoid:
      return map(values, limit, [=](double x) { return std::clamp(a * x + b, 0.0, 1.0); });
    case Kind::kElu:
      return map(values, limit, [=](double x) { return x < 0 ? a * std::expm1(x) : x; });
    case Kind::kSoftsign:
      return map(values, limit, [](double x) { return x / (1 + std::abs(x)); });
    case Kind::kSoftplus:
      return map(values, limit,
                 [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); });
  }
}

Result<std::vector<GateFunction>> gate_functions(std::span<const std::string> names,
                                                 std::span<const float> alphas,
                                                 std::span<const float> betas) {
  std::vector<GateFunction> functions;
  size_t alphas_taken = 0;
  size_t betas_taken = 0;
  for (const std::string& name : names) {
    const auto* row =
        std::ranges::find_if(kRows, [&](const Row& known) { return same_name(known.name, name); });
    if (row == kRows.end()) {
      return invalid_argument("there is no activation function \"{}\"", name);
    }
    functions.push_back({.kind = row->kind,
                         .alpha = take(row->alpha, alphas, alphas_taken),
                         .beta = take(row->beta, betas, betas_taken)});
  }
  return functions;
}

}  // namespace tenon::internal
