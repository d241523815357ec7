#include "testing/op_cases.h"

#include <utility>

namespace tenon::internal::testing {
namespace {

OpCase gather(std::string name, int64_t axis, CaseInput data, CaseInput indices,
              std::vector<std::vector<double>> expected = {}) {
  return {std::move(name),
          "Gather",
          {{"axis", axis}},
          {std::move(data), std::move(indices)},
          std::move(expected)};
}

}  // namespace

std::vector<OpCase> gather_cases();

std::vector<OpCase> gather_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI32 = DataType::kInt32;
  constexpr DataType kI64 = DataType::kInt64;
  const CaseInput matrix = {kF32, {3, 2}, {1, 2, 3, 4, 5, 6}};
  return {
      {"rows_by_default", "Gather", {}, {matrix, {kI64, {2}, {2, 0}}}, {{5, 6, 1, 2}}},
      gather("columns", 1, matrix, {kI64, {3}, {1, 1, 0}}, {{2, 2, 1, 4, 4, 3, 6, 6, 5}}),
      gather("negative_axis", -1, matrix, {kI64, {1}, {1}}, {{2, 4, 6}}),
      gather("negative_indices", 0, matrix, {kI64, {2}, {-1, -3}}, {{5, 6, 1, 2}}),
      gather("i32_indices", 0, matrix, {kI32, {2}, {1, 1}}, {{3, 4, 3, 4}}),
      gather("scalar_index", 0, matrix, {kI64, {}, {1}}, {{3, 4}}),
      gather("scalar_index_of_columns", 1, matrix, {kI64, {}, {-1}}, {{2, 4, 6}}),
      gather("matrix_of_indices", 0, {kF32, {3}, {7, 8, 9}}, {kI64, {2, 2}, {0, 2, 1, 1}},
             {{7, 9, 8, 8}}),
      gather("middle_axis", 1, {kF32, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}, {kI64, {1}, {1}},
             {{3, 4, 7, 8}}),
      gather("shape_arithmetic", 0, {kI64, {4}, {2, 3, 5, 7}}, {kI64, {2}, {3, -3}}, {{7, 3}}),
      gather("element_of_a_shape", 0, {kI64, {4}, {2, 3, 5, 7}}, {kI64, {}, {2}}, {{5}}),
      gather("columns_of_i64", 1, {kI64, {2, 3}, {1, 2, 3, 4, 5, 6}}, {kI64, {2}, {2, 0}},
             {{3, 1, 6, 4}}),
      gather("no_indices", 0, matrix, {kI64, {0}, {}}, {{}}),
      gather("empty_rows", 0, {kF32, {3, 0}, {}}, {kI64, {1}, {2}}, {{}}),
      gather("bool", 0, {DataType::kBool, {2}, {0, 1}}, {kI64, {3}, {1, 0, 1}}, {{1, 0, 1}}),
      gather("u8", 0, {DataType::kUInt8, {9, 3}, {}, 0, 255}, {kI64, {3, 5}, {}, -9, 9}),
      gather("f16", 1, {DataType::kFloat16, {3, 5, 7}, {}}, {kI32, {4}, {}, 0, 5}),
      gather("f64", 2, {DataType::kFloat64, {3, 5, 7}, {}}, {kI32, {2, 1}, {}, -7, 7}),
      gather("embedding", 0, {kF32, {50, 64}, {}}, {kI64, {3, 33}, {}, 0, 50}),
  };
}

}  // namespace tenon::internal::testing
