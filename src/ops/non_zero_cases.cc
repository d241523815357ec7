#include "testing/op_cases.h"

#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

OpCase non_zero(std::string name, CaseInput x, std::vector<std::vector<double>> expected = {}) {
  return {.name = std::move(name),
          .op = "NonZero",
          .attributes = {{"extent", std::string("K")}},
          .inputs = {std::move(x)},
          .expected = std::move(expected)};
}

}  // namespace

std::vector<OpCase> non_zero_cases() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  return {
      non_zero("matrix", {.shape = {2, 3}, .values = {1, 0, -2, 0, 0, 3}}, {{0, 0, 1, 0, 2, 2}}),
      non_zero("truths", {.type = DataType::kBool, .shape = {4}, .values = {0, 1, 1, 0}}, {{1, 2}}),
      non_zero("nan_and_minus_zero", {.shape = {3}, .values = {-0.0, kNan, 0}}, {{1}}),
      non_zero("none", {.type = DataType::kInt32, .shape = {2, 2}, .values = {0, 0, 0, 0}}, {{}}),
      non_zero("empty", {.shape = {0, 3}}, {{}}),
      non_zero("scalar", {.type = DataType::kInt64, .values = {5}}, {{}}),
      non_zero("three_axes", {.type = DataType::kUInt8, .shape = {2, 1, 2}, .values = {0, 1, 1, 1}},
               {{0, 1, 1, 0, 0, 0, 1, 0, 1}}),
      non_zero("f16", {.type = DataType::kFloat16, .shape = {1, 2}, .values = {0, 0.5}}, {{0, 1}}),
      non_zero("many", {.type = DataType::kInt8, .shape = {7, 5, 3}, .low = -1, .high = 2}),
  };
}

}  // namespace tenon::internal::testing
