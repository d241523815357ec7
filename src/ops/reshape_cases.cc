#include "testing/op_cases.h"

#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kI64 = DataType::kInt64;

CaseInput list(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return {kI64, {count}, std::move(values)};
}

std::vector<OpCase> of_reshape() {
  const CaseInput matrix = {kF32, {2, 3}, {1, 2, 3, 4, 5, 6}};
  const std::vector<double> same = matrix.values;
  const AttributeMap allowzero = {{"allowzero", int64_t{1}}};
  return {
      {"to_vector", "Reshape", {}, {matrix, list({6})}, {same}},
      {"open_dimension", "Reshape", {}, {matrix, list({3, -1})}, {same}},
      {"copied_dimension", "Reshape", {}, {matrix, list({0, 3, 1})}, {same}},
      {"copied_and_open", "Reshape", {}, {{kF32, {2, 3, 4}, {}}, list({0, 0, 2, -1})}, {}},
      {"more_axes", "Reshape", {}, {matrix, list({1, 3, 1, 2})}, {same}},
      {"to_scalar", "Reshape", {}, {{kF32, {1, 1}, {4}}, list({})}, {{4}}},
      {"from_scalar", "Reshape", {}, {{kF32, {}, {4}}, list({1, -1})}, {{4}}},
      {"empty_with_copy", "Reshape", {}, {{kF32, {0, 3}, {}}, list({0, -1})}, {{}}},
      {"empty_with_open", "Reshape", {}, {{kF32, {0, 4}, {}}, list({2, -1})}, {{}}},
      {"allowzero", "Reshape", allowzero, {{kF32, {0, 3}, {}}, list({3, 0})}, {{}}},
      {"i64", "Reshape", {}, {{kI64, {4}, {1, -2, 3, -4}}, list({2, 2})}, {{1, -2, 3, -4}}},
      {"bool", "Reshape", {}, {{DataType::kBool, {3}, {1, 0, 1}}, list({3, 1})}, {{1, 0, 1}}},
      {"i4", "Reshape", {}, {{DataType::kInt4, {3, 1}, {1, -8, 7}}, list({-1})}, {{1, -8, 7}}},
      {"f16", "Reshape", {}, {{DataType::kFloat16, {5, 3}, {}}, list({3, 5})}, {}},
  };
}

std::vector<OpCase> of_squeeze_and_unsqueeze() {
  const CaseInput cube = {kF32, {1, 3, 1}, {1, 2, 3}};
  const std::vector<double> same = cube.values;
  return {
      {"all", "Squeeze", {}, {cube}, {same}},
      {"one_axis", "Squeeze", {}, {cube, list({0})}, {same}},
      {"negative_axis", "Squeeze", {}, {cube, list({-1})}, {same}},
      {"two_axes", "Squeeze", {}, {cube, list({2, 0})}, {same}},
      {"no_axes", "Squeeze", {}, {cube, list({})}, {same}},
      {"to_scalar", "Squeeze", {}, {{kI64, {1}, {5}}, list({0})}, {{5}}},
      {"nothing_to_squeeze", "Squeeze", {}, {{kF32, {2, 3}, {}}}, {}},
      {"empty", "Squeeze", {}, {{kF32, {0, 1}, {}}, list({1})}, {{}}},
      {"bool", "Squeeze", {}, {{DataType::kBool, {2, 1}, {1, 0}}, list({1})}, {{1, 0}}},
      {"in_front", "Unsqueeze", {}, {{kF32, {3}, {1, 2, 3}}, list({0})}, {same}},
      {"at_the_end", "Unsqueeze", {}, {{kF32, {3}, {1, 2, 3}}, list({-1})}, {same}},
      {"in_any_order", "Unsqueeze", {}, {{kF32, {3}, {1, 2, 3}}, list({3, 0, -2})}, {same}},
      {"scalar", "Unsqueeze", {}, {{kI64, {}, {5}}, list({0})}, {{5}}},
      {"scalar_axis", "Unsqueeze", {}, {{kF32, {3}, {1, 2, 3}}, {kI64, {}, {1}}}, {same}},
      {"no_new_axes", "Unsqueeze", {}, {{kF32, {3}, {1, 2, 3}}, list({})}, {same}},
      {"empty_tensor", "Unsqueeze", {}, {{kF32, {2, 0}, {}}, list({1})}, {{}}},
      {"f64", "Unsqueeze", {}, {{DataType::kFloat64, {5, 3}, {}}, list({1})}, {}},
  };
}

std::vector<OpCase> of_flatten() {
  const CaseInput cube = {kF32, {2, 1, 3}, {1, 2, 3, 4, 5, 6}};
  const std::vector<double> same = cube.values;
  return {
      {"axis_1_by_default", "Flatten", {}, {cube}, {same}},
      {"axis_0", "Flatten", {{"axis", int64_t{0}}}, {cube}, {same}},
      {"axis_of_the_rank", "Flatten", {{"axis", int64_t{3}}}, {cube}, {same}},
      {"negative_axis", "Flatten", {{"axis", int64_t{-1}}}, {cube}, {same}},
      {"scalar", "Flatten", {{"axis", int64_t{0}}}, {{kF32, {}, {4}}}, {{4}}},
      {"vector", "Flatten", {}, {{kI64, {2}, {1, 2}}}, {{1, 2}}},
      {"empty", "Flatten", {{"axis", int64_t{2}}}, {{kF32, {2, 3, 0}, {}}}, {{}}},
      {"u8", "Flatten", {{"axis", int64_t{2}}}, {{DataType::kUInt8, {3, 5, 7, 2}, {}, 0, 255}}, {}},
  };
}

std::vector<OpCase> of_shape_and_size() {
  const CaseInput data = {kF32, {2, 3, 5, 7}, {}};
  const auto range = [](int64_t start, int64_t end) {
    return AttributeMap{{"start", start}, {"end", end}};
  };
  return {
      {"all", "Shape", {}, {data}, {{2, 3, 5, 7}}},
      {"from_start", "Shape", {{"start", int64_t{1}}}, {data}, {{3, 5, 7}}},
      {"to_end", "Shape", {{"end", int64_t{-1}}}, {data}, {{2, 3, 5}}},
      {"range", "Shape", range(-3, 3), {data}, {{3, 5}}},
      {"clamped", "Shape", range(-10, 10), {data}, {{2, 3, 5, 7}}},
      {"start_behind_end", "Shape", range(3, 1), {data}, {{}}},
      {"of_scalar", "Shape", {}, {{kF32, {}, {1}}}, {{}}},
      {"of_empty", "Shape", {}, {{DataType::kBool, {3, 0}, {}}}, {{3, 0}}},
      {"all", "Size", {}, {data}, {{210}}},
      {"of_scalar", "Size", {}, {{DataType::kInt8, {}, {1}}}, {{1}}},
      {"of_empty", "Size", {}, {{kF32, {3, 0}, {}}}, {{0}}},
  };
}

}  // namespace

std::vector<OpCase> reshape_cases();

std::vector<OpCase> reshape_cases() {
  std::vector<OpCase> cases = of_reshape();
  for (const auto& more : {of_squeeze_and_unsqueeze(), of_flatten(), of_shape_and_size()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

}  // namespace tenon::internal::testing
