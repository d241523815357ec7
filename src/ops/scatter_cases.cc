#include "testing/op_cases.h"

#include <limits>
#include <string>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kI32 = DataType::kInt32;
constexpr DataType kI64 = DataType::kInt64;

AttributeMap reduced(const char* how, int64_t axis = 0) {
  return {{"axis", axis}, {"reduction", std::string(how)}};
}

std::vector<OpCase> of_elements() {
  const CaseInput matrix = {kF32, {2, 3}, {1, 2, 3, 4, 5, 6}};
  const CaseInput row = {kF32, {4}, {1, 2, 3, 4}};
  const CaseInput twice = {kI64, {3}, {1, 1, 3}};
  const CaseInput updates = {kF32, {3}, {5, -3, 0.5}};
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  return {
      {"first_axis",
       "ScatterElements",
       {},
       {matrix, {kI64, {1, 3}, {1, 0, 1}}, {kF32, {1, 3}, {7, 8, 9}}},
       {{1, 8, 3, 7, 5, 9}}},
      {"last_axis_from_the_end",
       "ScatterElements",
       reduced("none", -1),
       {matrix, {kI32, {2, 2}, {-1, 0, 1, -3}}, {kF32, {2, 2}, {7, 8, 9, 10}}},
       {{8, 2, 7, 10, 9, 6}}},
      {"the_last_one_stays", "ScatterElements", {}, {row, twice, updates}, {{1, -3, 3, 0.5}}},
      {"added", "ScatterElements", reduced("add"), {row, twice, updates}, {{1, 4, 3, 4.5}}},
      {"multiplied", "ScatterElements", reduced("mul"), {row, twice, updates}, {{1, -30, 3, 2}}},
      {"largest", "ScatterElements", reduced("max"), {row, twice, updates}, {{1, 5, 3, 4}}},
      {"smallest", "ScatterElements", reduced("min"), {row, twice, updates}, {{1, -3, 3, 0.5}}},
      {"largest_with_nan",
       "ScatterElements",
       reduced("max"),
       {row, twice, {kF32, {3}, {5, kNan, 9}}},
       {{1, kNan, 3, 9}}},
      {"i8_wraps",
       "ScatterElements",
       reduced("add"),
       {{DataType::kInt8, {1}, {100}}, {kI64, {1}, {0}}, {DataType::kInt8, {1}, {100}}},
       {{-56}}},
      {"f16",
       "ScatterElements",
       reduced("mul"),
       {{DataType::kFloat16, {1}, {3}}, {kI64, {1}, {0}}, {DataType::kFloat16, {1}, {0.5}}},
       {{1.5}}},
      {"bool",
       "ScatterElements",
       {},
       {{DataType::kBool, {2}, {0, 0}}, {kI64, {1}, {1}}, {DataType::kBool, {1}, {1}}},
       {{0, 1}}},
      {"nothing", "ScatterElements", {}, {row, {kI64, {0}, {}}, {kF32, {0}, {}}}, {{1, 2, 3, 4}}},
      {"into_nothing",
       "ScatterElements",
       {},
       {{kF32, {3, 0}, {}}, {kI64, {1, 0}, {}}, {kF32, {1, 0}, {}}},
       {{}}},
      {"middle_axis",
       "ScatterElements",
       reduced("add", 1),
       {{kF32, {3, 5, 7}, {}}, {kI64, {2, 9, 6}, {}, 0, 5}, {kF32, {2, 9, 6}, {}}}},
  };
}

std::vector<OpCase> of_slices() {
  const CaseInput row = {kF32, {4}, {1, 2, 3, 4}};
  const CaseInput matrix = {kF32, {3, 2}, {1, 2, 3, 4, 5, 6}};
  const CaseInput twice = {kI64, {2, 1}, {2, -1}};
  const CaseInput updates = {kF32, {2, 2}, {7, 0.5, -1, 10}};
  const auto reduction = [](const char* how) {
    return AttributeMap{{"reduction", std::string(how)}};
  };
  return {
      {"elements",
       "ScatterND",
       {},
       {row, {kI64, {2, 1}, {3, 0}}, {kF32, {2}, {8, 9}}},
       {{9, 2, 3, 8}}},
      {"slices",
       "ScatterND",
       {},
       {matrix, {kI64, {1, 1}, {1}}, {kF32, {1, 2}, {8, 9}}},
       {{1, 2, 8, 9, 5, 6}}},
      {"two_places",
       "ScatterND",
       {},
       {matrix, {kI32, {2, 2}, {0, 1, -1, -2}}, {kF32, {2}, {8, 9}}},
       {{1, 8, 3, 4, 9, 6}}},
      {"the_last_one_stays", "ScatterND", {}, {matrix, twice, updates}, {{1, 2, 3, 4, -1, 10}}},
      {"added", "ScatterND", reduction("add"), {matrix, twice, updates}, {{1, 2, 3, 4, 11, 16.5}}},
      {"multiplied",
       "ScatterND",
       reduction("mul"),
       {matrix, twice, updates},
       {{1, 2, 3, 4, -35, 30}}},
      {"largest", "ScatterND", reduction("max"), {matrix, twice, updates}, {{1, 2, 3, 4, 7, 10}}},
      {"smallest",
       "ScatterND",
       reduction("min"),
       {matrix, twice, updates},
       {{1, 2, 3, 4, -1, 0.5}}},
      {"the_whole",
       "ScatterND",
       {},
       {row, {kI64, {1, 0}, {}}, {kF32, {1, 4}, {5, 6, 7, 8}}},
       {{5, 6, 7, 8}}},
      {"i64",
       "ScatterND",
       reduction("add"),
       {{kI64, {2}, {1, 2}}, {kI64, {1, 1}, {1}}, {kI64, {1}, {5}}},
       {{1, 7}}},
      {"nothing",
       "ScatterND",
       {},
       {matrix, {kI64, {0, 1}, {}}, {kF32, {0, 2}, {}}},
       {{1, 2, 3, 4, 5, 6}}},
      {"wide",
       "ScatterND",
       reduction("add"),
       {{kF32, {7, 131}, {}}, {kI64, {5, 3, 1}, {}, 0, 7}, {kF32, {5, 3, 131}, {}}}},
  };
}

}  // namespace

std::vector<OpCase> scatter_cases();

std::vector<OpCase> scatter_cases() {
  std::vector<OpCase> cases = of_elements();
  for (OpCase& op_case : of_slices()) cases.push_back(std::move(op_case));
  return cases;
}

}  // namespace tenon::internal::testing
