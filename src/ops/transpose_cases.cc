#include "testing/op_cases.h"

#include <utility>

namespace tenon::internal::testing {
namespace {

OpCase transpose(std::string name, CaseInput input, std::vector<int64_t> perm,
                 std::vector<std::vector<double>> expected = {}) {
  return {std::move(name),
          "Transpose",
          {{"perm", std::move(perm)}},
          {std::move(input)},
          std::move(expected)};
}

}  // namespace

std::vector<OpCase> transpose_cases();

std::vector<OpCase> transpose_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  return {
      {"reversed_by_default",
       "Transpose",
       {},
       {{kF32, {2, 3}, {1, 2, 3, 4, 5, 6}}},
       {{1, 4, 2, 5, 3, 6}}},
      {"scalar", "Transpose", {}, {{kF32, {}, {3}}}, {{3}}},
      transpose("matrix", {kF32, {2, 3}, {1, 2, 3, 4, 5, 6}}, {1, 0}, {{1, 4, 2, 5, 3, 6}}),
      transpose("last_two_axes", {kF32, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}, {0, 2, 1},
                {{1, 3, 2, 4, 5, 7, 6, 8}}),
      transpose("rotated", {kF32, {2, 1, 3}, {1, 2, 3, 4, 5, 6}}, {2, 0, 1}, {{1, 4, 2, 5, 3, 6}}),
      transpose("i64", {DataType::kInt64, {2, 2}, {1, 2, 3, 4}}, {1, 0}, {{1, 3, 2, 4}}),
      transpose("one_element", {kF32, {1, 1, 1}, {5}}, {2, 0, 1}, {{5}}),
      transpose("empty", {kF32, {2, 0, 3}, {}}, {2, 1, 0}, {{}}),
      transpose("unchanged", {kF32, {3, 5}, {}}, {0, 1}),
      transpose("channels_last", {kF32, {2, 5, 7, 3}, {}}, {0, 2, 3, 1}),
      transpose("channels_first", {DataType::kFloat16, {2, 7, 3, 5}, {}}, {0, 3, 1, 2}),
      transpose("heads", {kF32, {2, 17, 4, 32}, {}}, {0, 2, 1, 3}),
      transpose("heads_transposed", {kF32, {2, 17, 4, 32}, {}}, {0, 2, 3, 1}),
      transpose("five_axes_of_u8", {DataType::kUInt8, {2, 3, 4, 5, 6}, {}, 0, 255},
                {4, 1, 3, 0, 2}),
      transpose("f64", {DataType::kFloat64, {9, 11}, {}}, {1, 0}),
      transpose("bool", {DataType::kBool, {3, 4}, {}}, {1, 0}),
      transpose("large", {kF32, {131, 257}, {}}, {1, 0}),
  };
}

}  // namespace tenon::internal::testing
