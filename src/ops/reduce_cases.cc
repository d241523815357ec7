#include "testing/op_cases.h"

#include <cmath>
#include <limits>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kI32 = DataType::kInt32;
constexpr DataType kI64 = DataType::kInt64;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

CaseInput list(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return {kI64, {count}, std::move(values)};
}

AttributeMap drop() { return {{"keepdims", int64_t{0}}}; }
AttributeMap axes(std::vector<int64_t> axes) { return {{"axes", std::move(axes)}}; }
AttributeMap noop() { return {{"noop_with_empty_axes", int64_t{1}}}; }

// What all reductions share, checked with sums.
std::vector<OpCase> of_sum() {
  const CaseInput matrix = {kF32, {2, 3}, {1, 2, 3, 4, 5, 6}};
  const CaseInput cube = {kF32, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}};
  return {
      {"rows", "ReduceSum", {}, {matrix, list({1})}, {{6, 15}}},
      {"columns", "ReduceSum", {}, {matrix, list({0})}, {{5, 7, 9}}},
      {"drops_dimensions", "ReduceSum", drop(), {matrix, list({-1})}, {{6, 15}}},
      {"everything_without_axes", "ReduceSum", {}, {matrix}, {{21}}},
      {"everything_with_empty_axes", "ReduceSum", drop(), {matrix, list({})}, {{21}}},
      {"nothing_with_empty_axes", "ReduceSum", noop(), {matrix, list({})}, {{1, 2, 3, 4, 5, 6}}},
      {"nothing_without_axes", "ReduceSum", noop(), {matrix}, {{1, 2, 3, 4, 5, 6}}},
      {"noop_with_axes", "ReduceSum", noop(), {matrix, list({0})}, {{5, 7, 9}}},
      {"axes_attribute", "ReduceSum", axes({1}), {matrix}, {{6, 15}}},
      {"negative_axes_attribute", "ReduceSum", axes({-1, 0}), {cube}, {{14, 22}}},
      {"empty_axes_attribute", "ReduceSum", axes({}), {matrix}, {{21}}},
      {"middle_axis", "ReduceSum", {}, {cube, list({1})}, {{4, 6, 12, 14}}},
      {"outer_axes", "ReduceSum", drop(), {cube, list({2, 0})}, {{14, 22}}},
      {"scalar", "ReduceSum", {}, {{kF32, {}, {3}}}, {{3}}},
      {"one_element", "ReduceSum", drop(), {{kF32, {1, 1}, {3}}, list({0})}, {{3}}},
      {"of_no_elements", "ReduceSum", {}, {{kF32, {2, 0}, {}}, list({1})}, {{0, 0}}},
      {"to_no_elements", "ReduceSum", {}, {{kF32, {2, 0}, {}}, list({0})}, {{}}},
      {"cancelling_floats", "ReduceSum", {}, {{kF32, {3}, {1e8, 1, -1e8}}, list({0})}, {{1}}},
      {"i32", "ReduceSum", {}, {{kI32, {2, 2}, {1, -2, 3, -4}}, list({1})}, {{-1, -1}}},
      {"i64", "ReduceSum", drop(), {{kI64, {2, 2}, {1, -2, 3, 5}}, list({0})}, {{4, 3}}},
      {"u64", "ReduceSum", {}, {{DataType::kUInt64, {2}, {7, 8}}}, {{15}}},
      {"f16", "ReduceSum", {}, {{DataType::kFloat16, {3}, {0.5, 1.5, 4}}}, {{6}}},
      {"bf16", "ReduceSum", {}, {{DataType::kBFloat16, {3}, {0.5, 1.5, 4}}}, {{6}}},
      {"f64", "ReduceSum", {}, {{DataType::kFloat64, {7, 5}, {}}, list({0})}, {}},
      {"many_lanes", "ReduceSum", {}, {{kF32, {3, 5, 133}, {}}, list({1})}, {}},
      {"every_second_axis", "ReduceSum", {}, {{kF32, {3, 5, 7, 9}, {}}, list({0, 2})}, {}},
      {"the_other_axes", "ReduceSum", drop(), {{kF32, {3, 5, 7, 9}, {}}, list({1, 3})}, {}},
      {"large", "ReduceSum", {}, {{kF32, {64, 1031}, {}}, list({1})}, {}, 1e-4},
  };
}

std::vector<OpCase> of_mean() {
  return {
      {"rows", "ReduceMean", {}, {{kF32, {2, 3}, {1, 2, 3, 4, 5, 9}}, list({1})}, {{2, 6}}},
      {"drops_dimensions",
       "ReduceMean",
       drop(),
       {{kF32, {2, 2}, {1, 2, 3, 5}}, list({0})},
       {{2, 3.5}}},
      {"no_axes_at_all", "ReduceMean", noop(), {{kF32, {2}, {1, 2}}}, {{1, 2}}},
      {"integers_round_towards_zero",
       "ReduceMean",
       {},
       {{kI32, {2, 2}, {1, 2, -1, -2}}, list({1})},
       {{1, -1}}},
      {"unsigned", "ReduceMean", {}, {{DataType::kUInt32, {3}, {4e9, 4e9, 4e9}}}, {{4e9}}},
      {"of_no_elements", "ReduceMean", {}, {{kF32, {2, 0}, {}}, list({1})}, {{kNan, kNan}}},
      {"of_no_integers", "ReduceMean", {}, {{kI64, {2, 0}, {}}, list({1})}, {{0, 0}}},
      {"f16",
       "ReduceMean",
       {},
       {{DataType::kFloat16, {4}, {60000, 60000, 60000, 60000}}},
       {{60000}}},
      {"channels", "ReduceMean", {}, {{kF32, {2, 7, 5, 3}, {}}, list({-2, -1})}, {}},
  };
}

std::vector<OpCase> of_max_and_min() {
  const CaseInput matrix = {kF32, {2, 3}, {1, -5, 3, -4, -2, -6}};
  const CaseInput with_nan = {kF32, {3, 2}, {1, kNan, kNan, 2, 3, 3}};
  const CaseInput bools = {DataType::kBool, {3, 2}, {0, 0, 0, 1, 1, 1}};
  const CaseInput bytes = {DataType::kInt8, {4}, {-128, 5, 127, 0}};
  const CaseInput wide = {kF32, {5, 9, 70}, {}};
  const CaseInput nothing = {kF32, {1, 0}, {}};
  return {
      {"rows", "ReduceMax", {}, {matrix, list({1})}, {{3, -2}}},
      {"columns", "ReduceMax", drop(), {matrix, list({0})}, {{1, -2, 3}}},
      {"all", "ReduceMax", {}, {matrix}, {{3}}},
      {"no_axes_at_all", "ReduceMax", noop(), {{kF32, {2}, {1, 2}}}, {{1, 2}}},
      {"nan_wins", "ReduceMax", {}, {with_nan, list({1})}, {{kNan, kNan, 3}}},
      {"bool", "ReduceMax", {}, {bools, list({1})}, {{0, 1, 1}}},
      {"i8", "ReduceMax", {}, {bytes}, {{127}}},
      {"i64", "ReduceMax", drop(), {{kI64, {3}, {-7, 5, 2}}, list({0})}, {{5}}},
      {"f16", "ReduceMax", {}, {{DataType::kFloat16, {2}, {-1, -2}}}, {{-1}}},
      {"of_no_elements", "ReduceMax", {}, {nothing, list({1})}, {{-kInfinity}}},
      {"of_no_bytes", "ReduceMax", {}, {{DataType::kUInt8, {1, 0}, {}}, list({1})}, {{0}}},
      {"over_time", "ReduceMax", drop(), {wide, list({1})}, {}},
      {"rows", "ReduceMin", {}, {matrix, list({1})}, {{-5, -6}}},
      {"columns", "ReduceMin", drop(), {matrix, list({0})}, {{-4, -5, -6}}},
      {"all", "ReduceMin", {}, {matrix}, {{-6}}},
      {"no_axes_at_all", "ReduceMin", noop(), {{kF32, {2}, {1, 2}}}, {{1, 2}}},
      {"nan_wins", "ReduceMin", {}, {with_nan, list({1})}, {{kNan, kNan, 3}}},
      {"bool", "ReduceMin", {}, {bools, list({1})}, {{0, 0, 1}}},
      {"i8", "ReduceMin", {}, {bytes}, {{-128}}},
      {"i64", "ReduceMin", drop(), {{kI64, {3}, {-7, 5, 2}}, list({0})}, {{-7}}},
      {"bf16", "ReduceMin", {}, {{DataType::kBFloat16, {2}, {1, 2}}}, {{1}}},
      {"of_no_elements", "ReduceMin", {}, {nothing, list({1})}, {{kInfinity}}},
      {"over_time", "ReduceMin", drop(), {wide, list({1})}, {}},
  };
}

std::vector<OpCase> of_product() {
  return {
      {"rows", "ReduceProd", {}, {{kF32, {2, 3}, {1, 2, 3, -1, 0.5, 4}}, list({1})}, {{6, -2}}},
      {"shape_to_size", "ReduceProd", drop(), {{kI64, {3}, {2, 3, 5}}, list({0})}, {{30}}},
      {"columns_of_i64", "ReduceProd", {}, {{kI64, {2, 2}, {2, 3, 5, -7}}, list({0})}, {{10, -21}}},
      {"no_axes_at_all", "ReduceProd", noop(), {{kF32, {2}, {1, 2}}}, {{1, 2}}},
      {"of_no_elements", "ReduceProd", {}, {{kF32, {2, 0}, {}}, list({1})}, {{1, 1}}},
      {"i32_wraps", "ReduceProd", {}, {{kI32, {3}, {65536, 65536, 3}}}, {{0}}},
      {"f64", "ReduceProd", {}, {{DataType::kFloat64, {3, 4, 5}, {}}, list({1})}, {}},
      {"f16", "ReduceProd", {}, {{DataType::kFloat16, {2}, {300, 200}}}, {{60000}}},
  };
}

std::vector<OpCase> of_norms() {
  const CaseInput matrix = {kF32, {2, 3}, {1, -5, 3, -4, 0, -6}};
  const CaseInput bytes = {DataType::kInt8, {4}, {-128, 5, 127, 0}};
  const CaseInput integers = {kI32, {2, 2}, {3, -4, 5, 12}};
  const CaseInput nothing = {kF32, {2, 0}, {}};
  return {
      {"rows", "ReduceL1", {}, {matrix, list({1})}, {{9, 10}}},
      {"all", "ReduceL1", drop(), {matrix}, {{19}}},
      {"no_axes_at_all", "ReduceL1", noop(), {{kF32, {2}, {-1, 2}}}, {{1, 2}}},
      {"i8_wraps", "ReduceL1", {}, {bytes}, {{4}}},
      {"u64", "ReduceL1", {}, {{DataType::kUInt64, {2}, {7, 8}}}, {{15}}},
      {"of_no_elements", "ReduceL1", {}, {nothing, list({1})}, {{0, 0}}},
      {"channels", "ReduceL1", {}, {{kF32, {2, 7, 5, 3}, {}}, list({-2, -1})}, {}},
      {"columns", "ReduceL2", {}, {matrix, list({0})}, {{4.1231056, 5, 6.7082039}}},
      {"i32", "ReduceL2", {}, {integers, list({1})}, {{5, 13}}},
      {"no_axes_at_all", "ReduceL2", noop(), {{kF32, {2}, {-1, 2}}}, {{1, 2}}},
      {"f16_beyond_its_squares", "ReduceL2", {}, {{DataType::kFloat16, {2}, {3e4, 4e4}}}, {{5e4}}},
      {"of_no_elements", "ReduceL2", {}, {nothing, list({1})}, {{0, 0}}},
      {"over_time", "ReduceL2", drop(), {{kF32, {5, 9, 70}, {}}, list({1})}, {}},
      {"rows", "ReduceSumSquare", {}, {matrix, list({1})}, {{35, 52}}},
      {"i64", "ReduceSumSquare", drop(), {{kI64, {3}, {-7, 5, 2}}, list({0})}, {{78}}},
      {"no_axes_at_all", "ReduceSumSquare", noop(), {{kF32, {2}, {-3, 2}}}, {{9, 4}}},
      {"of_no_elements", "ReduceSumSquare", {}, {nothing, list({1})}, {{0, 0}}},
      {"f64", "ReduceSumSquare", {}, {{DataType::kFloat64, {7, 5}, {}}, list({0})}, {}},
  };
}

std::vector<OpCase> of_logarithms() {
  const CaseInput matrix = {kF32, {2, 3}, {1, 2, 5, 0.5, 0.25, 0.25}};
  const CaseInput nothing = {kF32, {1, 0}, {}};
  const CaseInput infinities = {
      kF32, {4, 2}, {1, kInfinity, -kInfinity, -kInfinity, kInfinity, -kInfinity, 2, kNan}};
  return {
      {"rows", "ReduceLogSum", {}, {matrix, list({1})}, {{2.0794415, 0}}},
      {"no_axes_at_all", "ReduceLogSum", noop(), {{kF32, {2}, {1, 2}}}, {{0, 0.69314718}}},
      {"i32_rounds_towards_zero", "ReduceLogSum", {}, {{kI32, {2}, {10, 20}}}, {{3}}},
      {"of_no_elements", "ReduceLogSum", {}, {nothing, list({1})}, {{-kInfinity}}},
      {"bf16", "ReduceLogSum", {}, {{DataType::kBFloat16, {2}, {0.5, 0.5}}}, {{0}}},
      {"over_time", "ReduceLogSum", drop(), {{kF32, {5, 9, 70}, {}, 0.5, 2}, list({1})}, {}},
      {"rows", "ReduceLogSumExp", {}, {matrix, list({1})}, {{5.0658665, 1.43907}}},
      {"no_axes_at_all", "ReduceLogSumExp", noop(), {{kF32, {2}, {-1, 2}}}, {{-1, 2}}},
      {"exponentials_that_overflow",
       "ReduceLogSumExp",
       {},
       {{kF32, {2, 2}, {1000, 1000, -2000, -2001}}, list({1})},
       {{1000.6931472, -1999.6867383}}},
      {"infinities",
       "ReduceLogSumExp",
       {},
       {infinities, list({1})},
       {{kInfinity, -kInfinity, kInfinity, kNan}}},
      {"of_no_elements", "ReduceLogSumExp", {}, {nothing, list({1})}, {{-kInfinity}}},
      {"f64", "ReduceLogSumExp", {}, {{DataType::kFloat64, {2}, {0, 0}}}, {{0.69314718056}}},
      {"over_time", "ReduceLogSumExp", drop(), {{kF32, {5, 9, 70}, {}}, list({1})}, {}},
      {"u8", "ReduceLogSumExp", {}, {{DataType::kUInt8, {2}, {5, 5}}}, {{5}}},
  };
}

}  // namespace

std::vector<OpCase> reduce_cases();

std::vector<OpCase> reduce_cases() {
  std::vector<OpCase> cases = of_sum();
  for (const auto& more :
       {of_mean(), of_max_and_min(), of_product(), of_norms(), of_logarithms()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

}  // namespace tenon::internal::testing
