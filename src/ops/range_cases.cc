#include "testing/op_cases.h"

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

OpCase range(std::string name, DataType type, double start, double limit, double delta,
             std::vector<std::vector<double>> expected = {}) {
  return {.name = std::move(name),
          .op = "Range",
          .inputs = {{.type = type, .values = {start}},
                     {.type = type, .values = {limit}},
                     {.type = type, .values = {delta}}},
          .expected = std::move(expected)};
}

}  // namespace

std::vector<OpCase> range_cases() {
  constexpr DataType kI32 = DataType::kInt32;
  constexpr DataType kI64 = DataType::kInt64;
  return {
      range("counts", kI64, 0, 5, 1, {{0, 1, 2, 3, 4}}),
      range("up_to_the_limit", kI64, 3, 9, 3, {{3, 6}}),
      range("beyond_the_last", kI32, 3, 10, 3, {{3, 6, 9}}),
      range("backwards", kI32, 10, 4, -2, {{10, 8, 6}}),
      range("one", kI64, -7, -6, 100, {{-7}}),
      range("empty", kI64, 4, 4, 1, {{}}),
      range("to_the_wrong_side", kI64, 4, 9, -1, {{}}),
      range("ends_of_i32", kI32, -2147483648.0, 2147483647.0, 2147483647.0,
            {{-2147483648.0, -1, 2147483646.0}}),
      range("far_from_zero", kI64, 9007199254740992.0, 9007199254740998.0, 4,
            {{9007199254740992.0, 9007199254740996.0}}),
      {.name = "lists_of_one",
       .op = "Range",
       .inputs = {{.type = kI64, .shape = {1}, .values = {2}},
                  {.type = kI64, .shape = {1}, .values = {4}},
                  {.type = kI64, .shape = {1}, .values = {1}}},
       .expected = {{2, 3}}},
      range("more_than_inference_knows", kI64, 5, 100003, 7),
  };
}

}  // namespace tenon::internal::testing
