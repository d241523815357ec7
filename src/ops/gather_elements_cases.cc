#include "testing/op_cases.h"

namespace tenon::internal::testing {

std::vector<OpCase> gather_elements_cases();

std::vector<OpCase> gather_elements_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI64 = DataType::kInt64;
  const CaseInput matrix = {kF32, {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  const CaseInput cube = {kF32, {2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}};
  const AttributeMap second = {{"axis", int64_t{1}}};
  const AttributeMap batched = {{"batch_dims", int64_t{1}}};
  return {
      {"first_axis",
       "GatherElements",
       {},
       {matrix, {kI64, {2, 3}, {1, 2, 0, 2, 0, 0}}},
       {{4, 8, 3, 7, 2, 3}}},
      {"last_axis",
       "GatherElements",
       second,
       {matrix, {kI64, {2, 2}, {0, 0, 1, 0}}},
       {{1, 1, 5, 4}}},
      {"counted_from_the_end",
       "GatherElements",
       {{"axis", int64_t{-2}}},
       {matrix, {DataType::kInt32, {2, 3}, {-1, -2, 0, -2, 0, 0}}},
       {{7, 5, 3, 4, 2, 3}}},
      {"more_than_the_data_has",
       "GatherElements",
       {},
       {{kF32, {2}, {5, 6}}, {kI64, {4}, {1, 0, 1, 1}}},
       {{6, 5, 6, 6}}},
      {"bool", "GatherElements", {}, {{DataType::kBool, {2}, {1, 0}}, {kI64, {1}, {1}}}, {{0}}},
      {"f64", "GatherElements", {}, {{DataType::kFloat64, {1}, {3}}, {kI64, {1}, {0}}}, {{3}}},
      {"empty", "GatherElements", second, {matrix, {kI64, {3, 0}, {}}}, {{}}},
      {"from_nothing", "GatherElements", second, {{kF32, {0, 3}, {}}, {kI64, {0, 3}, {}}}, {{}}},
      {"middle_axis",
       "GatherElements",
       second,
       {{kF32, {3, 5, 7}, {}}, {kI64, {2, 9, 6}, {}, 0, 5}}},
      {"large", "GatherElements", second, {{kF32, {9, 2053}, {}}, {kI64, {9, 2053}, {}, 0, 2053}}},
      {"elements", "GatherND", {}, {cube, {kI64, {2, 3}, {0, 1, 1, 1, 0, 0}}}, {{3, 4}}},
      {"slices", "GatherND", {}, {cube, {kI64, {2, 1}, {1, 0}}}, {{4, 5, 6, 7, 0, 1, 2, 3}}},
      {"rows", "GatherND", {}, {cube, {kI64, {2, 1, 2}, {0, 1, -1, 0}}}, {{2, 3, 4, 5}}},
      {"one_vector", "GatherND", {}, {cube, {kI64, {2}, {1, 1}}}, {{6, 7}}},
      {"nothing_named", "GatherND", {}, {{kF32, {2}, {5, 6}}, {kI64, {2, 0}, {}}}, {{5, 6, 5, 6}}},
      {"batches", "GatherND", batched, {cube, {kI64, {2, 1}, {1, 0}}}, {{2, 3, 4, 5}}},
      {"batches_of_several",
       "GatherND",
       batched,
       {{DataType::kInt8, {2, 3}, {1, 2, 3, 4, 5, 6}},
        {DataType::kInt32, {2, 2, 1}, {2, 0, -1, 1}}},
       {{3, 1, 6, 5}}},
      {"no_vectors", "GatherND", {}, {cube, {kI64, {0, 2}, {}}}, {{}}},
      {"wide", "GatherND", {}, {{kF32, {7, 1031}, {}}, {kI64, {35, 1}, {}, 0, 7}}},
  };
}

}  // namespace tenon::internal::testing
