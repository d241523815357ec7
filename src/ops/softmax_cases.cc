#include "testing/op_cases.h"

#include <limits>

namespace tenon::internal::testing {

std::vector<OpCase> softmax_cases();

std::vector<OpCase> softmax_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const CaseInput matrix = {kF32, {2, 3}, {1, 2, 3, -1, 0, 4}};
  const std::vector<double> of_rows = {0.090030573, 0.244728471, 0.665240956,
                                       0.006573263, 0.017867982, 0.975558755};
  const AttributeMap first = {{"axis", int64_t{0}}};
  const AttributeMap second = {{"axis", int64_t{1}}};
  return {
      {"last_axis_by_default", "Softmax", {}, {matrix}, {of_rows}},
      {"last_axis", "Softmax", second, {matrix}, {of_rows}},
      {"first_axis",
       "Softmax",
       first,
       {matrix},
       {{0.880797078, 0.880797078, 0.268941421, 0.119202922, 0.119202922, 0.731058579}}},
      {"f64", "Softmax", {}, {{DataType::kFloat64, {2, 3}, {1, 2, 3, -1, 0, 4}}}, {of_rows}, 1e-8},
      {"f16", "Softmax", {}, {{DataType::kFloat16, {2, 3}, {1, 2, 3, -1, 0, 4}}}, {of_rows}},
      {"bf16", "Softmax", {}, {{DataType::kBFloat16, {2, 3}, {1, 2, 3, -1, 0, 4}}}, {of_rows}},
      {"numbers_whose_exponentials_overflow",
       "Softmax",
       {},
       {{kF32, {2, 3}, {1000, 1001, 999, -1000, -1001, -10000}}},
       {{0.244728471, 0.665240956, 0.090030573, 0.731058579, 0.268941421, 0}}},
      {"one_element", "Softmax", {}, {{kF32, {1}, {-50}}}, {{1}}},
      {"extent_1", "Softmax", second, {{kF32, {2, 1, 2}, {1, 2, 3, 4}}}, {{1, 1, 1, 1}}},
      {"empty_rows", "Softmax", {}, {{kF32, {2, 0}, {}}}, {{}}},
      {"no_rows", "Softmax", {}, {{kF32, {0, 3}, {}}}, {{}}},
      {"middle_axis", "Softmax", second, {{kF32, {3, 5, 35}, {}}}, {}},
      {"last_axis_by_default",
       "LogSoftmax",
       {},
       {matrix},
       {{-2.4076059, -1.4076059, -0.40760596, -5.0247538, -4.0247538, -0.024753785}}},
      {"first_axis",
       "LogSoftmax",
       first,
       {matrix},
       {{-0.126928, -0.126928, -1.3132617, -2.126928, -2.126928, -0.31326169}}},
      {"numbers_whose_exponentials_overflow",
       "LogSoftmax",
       {},
       {{kF32, {2, 2}, {1000, 1000, -1000, -3000}}},
       {{-0.69314718, -0.69314718, 0, -2000}}},
      {"f64",
       "LogSoftmax",
       {},
       {{DataType::kFloat64, {2}, {0, 0}}},
       {{-0.69314718056, -0.69314718056}}},
      {"f16", "LogSoftmax", {}, {{DataType::kFloat16, {1}, {5}}}, {{0}}},
      {"empty_rows", "LogSoftmax", {}, {{kF32, {2, 0}, {}}}, {{}}},
      {"middle_axis", "LogSoftmax", second, {{kF32, {3, 5, 35}, {}}}, {}},
      {"last_axis_by_default", "Hardmax", {}, {matrix}, {{0, 0, 1, 0, 0, 1}}},
      {"first_axis", "Hardmax", first, {matrix}, {{1, 1, 0, 0, 0, 1}}},
      {"first_of_equals",
       "Hardmax",
       {},
       {{kF32, {2, 3}, {1, 3, 3, -1, -1, -2}}},
       {{0, 1, 0, 1, 0, 0}}},
      {"infinities",
       "Hardmax",
       {},
       {{kF32, {2, 2}, {-kInfinity, -kInfinity, 1, kInfinity}}},
       {{1, 0, 0, 1}}},
      {"nan", "Hardmax", {}, {{kF32, {3}, {3, kNan, 5}}}, {{0, 1, 0}}},
      {"bf16", "Hardmax", {}, {{DataType::kBFloat16, {1}, {5}}}, {{1}}},
      {"empty_rows", "Hardmax", {}, {{kF32, {2, 0}, {}}}, {{}}},
      {"middle_axis", "Hardmax", second, {{kF32, {3, 5, 35}, {}}}, {}},
      {"attention", "Softmax", {{"axis", int64_t{-1}}}, {{kF32, {2, 4, 17, 33}, {}, -10, 10}}, {}},
  };
}

}  // namespace tenon::internal::testing
