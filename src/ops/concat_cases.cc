#include "testing/op_cases.h"

namespace tenon::internal::testing {

std::vector<OpCase> concat_cases();

std::vector<OpCase> concat_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI64 = DataType::kInt64;
  const AttributeMap first = {{"axis", int64_t{0}}};
  const AttributeMap second = {{"axis", int64_t{1}}};
  const AttributeMap last = {{"axis", int64_t{-1}}};
  return {
      {"rows",
       "Concat",
       first,
       {{kF32, {1, 2}, {1, 2}}, {kF32, {2, 2}, {3, 4, 5, 6}}},
       {{1, 2, 3, 4, 5, 6}}},
      {"columns",
       "Concat",
       second,
       {{kF32, {2, 1}, {1, 2}}, {kF32, {2, 2}, {3, 4, 5, 6}}},
       {{1, 3, 4, 2, 5, 6}}},
      {"negative_axis",
       "Concat",
       last,
       {{kF32, {2, 1, 2}, {1, 2, 3, 4}},
        {kF32, {2, 1, 1}, {5, 6}},
        {kF32, {2, 1, 2}, {7, 8, 9, 10}}},
       {{1, 2, 5, 7, 8, 3, 4, 6, 9, 10}}},
      {"vectors_of_i64",
       "Concat",
       first,
       {{kI64, {2}, {1, 2}}, {kI64, {1}, {-3}}, {kI64, {3}, {4, 5, 6}}},
       {{1, 2, -3, 4, 5, 6}}},
      {"matrices_of_i32",
       "Concat",
       second,
       {{DataType::kInt32, {2, 2}, {1, 2, 3, 4}}, {DataType::kInt32, {2, 1}, {5, 6}}},
       {{1, 2, 5, 3, 4, 6}}},
      {"one_operand", "Concat", first, {{kF32, {3}, {1, 2, 3}}}, {{1, 2, 3}}},
      {"empty_operand",
       "Concat",
       first,
       {{kF32, {0, 2}, {}}, {kF32, {1, 2}, {1, 2}}, {kF32, {0, 2}, {}}},
       {{1, 2}}},
      {"empty_rows", "Concat", second, {{kF32, {0, 2}, {}}, {kF32, {0, 3}, {}}}, {{}}},
      {"bool",
       "Concat",
       first,
       {{DataType::kBool, {1}, {1}}, {DataType::kBool, {2}, {0, 1}}},
       {{1, 0, 1}}},
      {"u8_odd_sizes",
       "Concat",
       second,
       {{DataType::kUInt8, {3, 5, 7}, {}, 0, 255}, {DataType::kUInt8, {3, 1, 7}, {}, 0, 255}},
       {}},
      {"f16",
       "Concat",
       last,
       {{DataType::kFloat16, {5, 3}, {}}, {DataType::kFloat16, {5, 4}, {}}},
       {}},
      {"f64",
       "Concat",
       first,
       {{DataType::kFloat64, {5, 3}, {}}, {DataType::kFloat64, {1, 3}, {}}},
       {}},
      {"many_rows",
       "Concat",
       second,
       {{kF32, {8, 33, 64}, {}}, {kF32, {8, 31, 64}, {}}, {kF32, {8, 5, 64}, {}}},
       {}},
  };
}

}  // namespace tenon::internal::testing
