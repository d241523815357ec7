#include "testing/op_cases.h"

#include <utility>

namespace tenon::internal::testing {
namespace {

OpCase expand(std::string name, CaseInput input, std::vector<double> to,
              std::vector<std::vector<double>> expected = {}) {
  const auto rank = static_cast<int64_t>(to.size());
  return {std::move(name),
          "Expand",
          {},
          {std::move(input), {DataType::kInt64, {rank}, std::move(to)}},
          std::move(expected)};
}

}  // namespace

std::vector<OpCase> expand_cases();

std::vector<OpCase> expand_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  return {
      expand("column", {kF32, {2, 1}, {1, 2}}, {2, 3}, {{1, 1, 1, 2, 2, 2}}),
      expand("row_to_more_axes", {kF32, {3}, {1, 2, 3}}, {2, 1, 3}, {{1, 2, 3, 1, 2, 3}}),
      expand("both_ways", {kF32, {2, 1}, {1, 2}}, {2, 1, 2}, {{1, 1, 2, 2, 1, 1, 2, 2}}),
      expand("target_of_ones_keeps_the_shape", {kF32, {2, 2}, {1, 2, 3, 4}}, {1, 1},
             {{1, 2, 3, 4}}),
      expand("target_of_lower_rank", {kF32, {2, 1}, {1, 2}}, {2}, {{1, 1, 2, 2}}),
      expand("scalar", {kF32, {}, {7}}, {2, 2}, {{7, 7, 7, 7}}),
      expand("scalar_to_scalar", {kF32, {}, {7}}, {}, {{7}}),
      expand("to_empty", {kF32, {3, 1}, {1, 2, 3}}, {3, 0}, {{}}),
      expand("from_empty", {kF32, {0, 1}, {}}, {1, 4}, {{}}),
      expand("i64", {DataType::kInt64, {1, 2}, {-5, 6}}, {3, 1}, {{-5, 6, -5, 6, -5, 6}}),
      expand("bool", {DataType::kBool, {2, 1}, {1, 0}}, {2, 2}, {{1, 1, 0, 0}}),
      expand("f16", {DataType::kFloat16, {3, 1, 5}, {}}, {3, 4, 5}),
      expand("i8_inner", {DataType::kInt8, {5, 7, 1}, {}}, {1, 1, 9}),
      expand("f64_outer", {DataType::kFloat64, {1, 5}, {}}, {300, 5}),
      expand("large", {kF32, {1, 3, 1, 65}, {}}, {9, 1, 17, 65}),
  };
}

}  // namespace tenon::internal::testing
