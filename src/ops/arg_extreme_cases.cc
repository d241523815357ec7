#include "testing/op_cases.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Computed by onnxruntime.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "first_axis",
       .op = "ArgMax",
       .inputs = {{.shape = {3, 4}, .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{0, 1, 0, 1}}},

      {.name = "last_axis_dropped",
       .op = "ArgMax",
       .attributes = {{"axis", int64_t{-1}}, {"keepdims", int64_t{0}}},
       .inputs = {{.shape = {3, 4}, .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{0, 1, 1}}},

      {.name = "last_of_equals",
       .op = "ArgMax",
       .attributes = {{"axis", int64_t{1}}, {"select_last_index", int64_t{1}}},
       .inputs = {{.shape = {3, 4}, .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{2, 3, 1}}},

      {.name = "i32",
       .op = "ArgMax",
       .attributes = {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}},
       .inputs = {{.type = DataType::kInt32,
                   .shape = {3, 4},
                   .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{0, 1, 1}}},

      {.name = "u8",
       .op = "ArgMax",
       .attributes = {{"axis", int64_t{0}}, {"select_last_index", int64_t{1}}},
       .inputs = {{.type = DataType::kUInt8,
                   .shape = {3, 4},
                   .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, 1, 2}}},
       .expected = {{2, 2, 0, 1}}},

      {.name = "first_axis",
       .op = "ArgMin",
       .inputs = {{.shape = {3, 4}, .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{1, 0, 2, 0}}},

      {.name = "last_axis_dropped",
       .op = "ArgMin",
       .attributes = {{"axis", int64_t{-1}}, {"keepdims", int64_t{0}}},
       .inputs = {{.shape = {3, 4}, .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{1, 0, 2}}},

      {.name = "last_of_equals",
       .op = "ArgMin",
       .attributes = {{"axis", int64_t{1}}, {"select_last_index", int64_t{1}}},
       .inputs = {{.shape = {3, 4}, .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{1, 2, 2}}},

      {.name = "i32",
       .op = "ArgMin",
       .attributes = {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}},
       .inputs = {{.type = DataType::kInt32,
                   .shape = {3, 4},
                   .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, -1, 2}}},
       .expected = {{1, 0, 2}}},

      {.name = "u8",
       .op = "ArgMin",
       .attributes = {{"axis", int64_t{0}}, {"select_last_index", int64_t{1}}},
       .inputs = {{.type = DataType::kUInt8,
                   .shape = {3, 4},
                   .values = {3, 1, 3, 2, 0, 5, 0, 5, 3, 5, 1, 2}}},
       .expected = {{1, 0, 1, 2}}},

  };
}

std::vector<OpCase> other_cases() {
  return {

      {.name = "nan_wins",
       .op = "ArgMax",
       .inputs = {{.shape = {5}, .values = {1, kNan, 3, kNan, kInf}}},
       .expected = {{1}}},
      {.name = "last_nan_wins",
       .op = "ArgMax",
       .attributes = {{"select_last_index", int64_t{1}}},
       .inputs = {{.shape = {5}, .values = {1, kNan, 3, kNan, kInf}}},
       .expected = {{3}}},
      {.name = "one_element", .op = "ArgMax", .inputs = {{.shape = {1, 1}}}, .expected = {{0}}},
      {.name = "no_vectors", .op = "ArgMax", .inputs = {{.shape = {3, 0}}}, .expected = {{}}},
      {.name = "f16_rows",
       .op = "ArgMax",
       .attributes = {{"axis", int64_t{1}}},
       .inputs = {{.type = DataType::kFloat16, .shape = {33, 517}}}},
      {.name = "f64_middle_axis",
       .op = "ArgMax",
       .attributes = {{"axis", int64_t{1}}},
       .inputs = {{.type = DataType::kFloat64, .shape = {5, 9, 131}}}},
      {.name = "i64",
       .op = "ArgMax",
       .inputs = {{.type = DataType::kInt64, .shape = {7, 3}, .low = -9, .high = 9}}},

      {.name = "nan_wins",
       .op = "ArgMin",
       .inputs = {{.shape = {5}, .values = {1, kNan, 3, kNan, kInf}}},
       .expected = {{1}}},
      {.name = "last_nan_wins",
       .op = "ArgMin",
       .attributes = {{"select_last_index", int64_t{1}}},
       .inputs = {{.shape = {5}, .values = {1, kNan, 3, kNan, kInf}}},
       .expected = {{3}}},
      {.name = "one_element", .op = "ArgMin", .inputs = {{.shape = {1, 1}}}, .expected = {{0}}},
      {.name = "no_vectors", .op = "ArgMin", .inputs = {{.shape = {3, 0}}}, .expected = {{}}},
      {.name = "f16_rows",
       .op = "ArgMin",
       .attributes = {{"axis", int64_t{1}}},
       .inputs = {{.type = DataType::kFloat16, .shape = {33, 517}}}},
      {.name = "f64_middle_axis",
       .op = "ArgMin",
       .attributes = {{"axis", int64_t{1}}},
       .inputs = {{.type = DataType::kFloat64, .shape = {5, 9, 131}}}},
      {.name = "i64",
       .op = "ArgMin",
       .inputs = {{.type = DataType::kInt64, .shape = {7, 3}, .low = -9, .high = 9}}},
  };
}

}  // namespace

std::vector<OpCase> arg_extreme_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
