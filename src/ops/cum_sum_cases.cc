#include "testing/op_cases.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

CaseInput axis(double value) { return {.type = DataType::kInt64, .values = {value}}; }

// Computed by onnxruntime.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "from_the_front",
       .op = "CumSum",
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {}, .values = {1}}},
       .expected = {{1, 3, 6, 4, 9, 15}}},

      {.name = "exclusive",
       .op = "CumSum",
       .attributes = {{"exclusive", int64_t{1}}},
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {}, .values = {1}}},
       .expected = {{0, 1, 3, 0, 4, 9}}},

      {.name = "reverse",
       .op = "CumSum",
       .attributes = {{"reverse", int64_t{1}}},
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {}, .values = {1}}},
       .expected = {{6, 5, 3, 15, 11, 6}}},

      {.name = "exclusive_reverse",
       .op = "CumSum",
       .attributes = {{"exclusive", int64_t{1}}, {"reverse", int64_t{1}}},
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {}, .values = {1}}},
       .expected = {{5, 3, 0, 11, 6, 0}}},

      {.name = "negative_axis",
       .op = "CumSum",
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt32, .shape = {}, .values = {-2}}},
       .expected = {{1, 2, 3, 5, 7, 9}}},

      {.name = "i32",
       .op = "CumSum",
       .inputs = {{.type = DataType::kInt32, .shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {1}, .values = {0}}},
       .expected = {{1, 2, 3, 5, 7, 9}}},

  };
}

std::vector<OpCase> other_cases() {
  return {

      {.name = "i8_wraps",
       .op = "CumSum",
       .inputs = {{.type = DataType::kInt8, .shape = {3}, .values = {100, 100, 1}}, axis(0)},
       .expected = {{100, -56, -55}}},
      {.name = "sums_in_double",
       .op = "CumSum",
       .inputs = {{.shape = {4}, .values = {16777216, 1, 1, -16777216}}, axis(0)},
       .expected = {{16777216, 16777216, 16777218, 2}}},
      {.name = "infinity_stays_nan",
       .op = "CumSum",
       .inputs = {{.shape = {3}, .values = {kInf, -kInf, 1}}, axis(0)},
       .expected = {{kInf, kNan, kNan}}},
      {.name = "one_element", .op = "CumSum", .inputs = {{.shape = {1}}, axis(0)}},
      {.name = "empty", .op = "CumSum", .inputs = {{.shape = {3, 0}}, axis(0)}, .expected = {{}}},
      {.name = "empty_axis",
       .op = "CumSum",
       .inputs = {{.shape = {3, 0}}, axis(1)},
       .expected = {{}}},
      {.name = "f16_first_axis",
       .op = "CumSum",
       .attributes = {{"reverse", int64_t{1}}},
       .inputs = {{.type = DataType::kFloat16, .shape = {7, 67}}, axis(0)}},
      {.name = "f64",
       .op = "CumSum",
       .inputs = {{.type = DataType::kFloat64, .shape = {5, 9}}, axis(1)}},
      {.name = "u64",
       .op = "CumSum",
       .inputs = {{.type = DataType::kUInt64, .shape = {5, 9}, .low = 0}, axis(1)}},
      {.name = "middle_axis",
       .op = "CumSum",
       .attributes = {{"exclusive", int64_t{1}}},
       .inputs = {{.shape = {9, 31, 131}}, axis(1)}},
  };
}

}  // namespace

std::vector<OpCase> cum_sum_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
