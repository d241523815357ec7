#include "testing/op_cases.h"

#include <cstdint>
#include <string>

namespace tenon::internal::testing {

std::vector<OpCase> matrix_cases();

std::vector<OpCase> matrix_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI64 = DataType::kInt64;
  const CaseInput matrix = {kF32, {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  const CaseInput wide = {kI64, {2, 3}, {1, 2, 3, 4, 5, 6}};
  const AttributeMap lower = {{"upper", int64_t{0}}};
  const auto diagonal = [](int64_t k) { return AttributeMap{{"k", k}}; };
  const auto number = [](double k) { return CaseInput{DataType::kInt64, {}, {k}}; };
  return {
      {"square", "EyeLike", {}, {{kF32, {2, 2}, {}}}, {{1, 0, 0, 1}}},
      {"another_type",
       "EyeLike",
       {{"dtype", std::string("i64")}},
       {{kF32, {2, 3}, {}}},
       {{1, 0, 0, 0, 1, 0}}},
      {"above", "EyeLike", diagonal(1), {{kF32, {3, 2}, {}}}, {{0, 1, 0, 0, 0, 0}}},
      {"below", "EyeLike", diagonal(-1), {{DataType::kBool, {3, 2}, {}}}, {{0, 0, 1, 0, 0, 1}}},
      {"outside", "EyeLike", diagonal(INT64_MIN), {{DataType::kFloat16, {1, 2}, {}}}, {{0, 0}}},
      {"empty", "EyeLike", {}, {{kF32, {0, 2}, {}}}, {{}}},
      {"upper_by_default", "Trilu", {}, {matrix}, {{1, 2, 3, 0, 5, 6, 0, 0, 9}}},
      {"lower", "Trilu", lower, {matrix}, {{1, 0, 0, 4, 5, 0, 7, 8, 9}}},
      {"upper_without_the_main_diagonal",
       "Trilu",
       {},
       {matrix, number(1)},
       {{0, 2, 3, 0, 0, 6, 0, 0, 0}}},
      {"lower_and_one_more", "Trilu", lower, {wide, number(1)}, {{1, 2, 0, 4, 5, 6}}},
      {"upper_from_below", "Trilu", {}, {wide, number(-1)}, {{1, 2, 3, 4, 5, 6}}},
      {"lower_far_below", "Trilu", lower, {wide, number(-9)}, {{0, 0, 0, 0, 0, 0}}},
      {"upper_far_above", "Trilu", {}, {wide, {DataType::kInt64, {1}, {9}}}, {{0, 0, 0, 0, 0, 0}}},
      {"bool", "Trilu", {}, {{DataType::kBool, {2, 2}, {1, 1, 1, 1}}}, {{1, 1, 0, 1}}},
      {"empty", "Trilu", {}, {{kF32, {2, 0, 3}, {}}}, {{}}},
      {"one_element", "Trilu", lower, {{kF32, {1, 1}, {3}}}, {{3}}},
      {"many", "Trilu", {}, {{kF32, {3, 2, 67, 131}, {}}, number(3)}},
      {"two_by_two", "Det", {}, {{kF32, {2, 2}, {1, 2, 3, 4}}}, {{-2}}},
      {"several",
       "Det",
       {},
       {{kF32, {3, 2, 2}, {1, 2, 3, 4, 1, 2, 2, 1, 1, 3, 3, 1}}},
       {{-2, -3, -8}}},
      {"pivots", "Det", {}, {{DataType::kFloat64, {3, 3}, {0, 2, 1, 3, 0, 1, 1, 1, 0}}}, {{5}}},
      {"singular", "Det", {}, {{kF32, {2, 2}, {1, 2, 2, 4}}}, {{0}}},
      {"one_by_one", "Det", {}, {{DataType::kFloat16, {1, 1}, {3}}}, {{3}}},
      {"of_no_rows", "Det", {}, {{kF32, {2, 0, 0}, {}}}, {{1, 1}}},
      {"none", "Det", {}, {{kF32, {0, 3, 3}, {}}}, {{}}},
      {"large", "Det", {}, {{kF32, {2, 3, 9, 9}, {}, -1, 1}}, {}, 1e-4},
  };
}

}  // namespace tenon::internal::testing
