#include "testing/op_cases.h"

namespace tenon::internal::testing {

std::vector<OpCase> reverse_sequence_cases();

std::vector<OpCase> reverse_sequence_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI64 = DataType::kInt64;
  const CaseInput matrix = {kF32, {4, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
  const AttributeMap batch_first = {{"batch_axis", int64_t{0}}, {"time_axis", int64_t{1}}};
  return {
      {"time_first",
       "ReverseSequence",
       {},
       {matrix, {kI64, {3}, {4, 2, 0}}},
       {{9, 4, 2, 6, 1, 5, 3, 7, 8, 0, 10, 11}}},
      {"batch_first",
       "ReverseSequence",
       batch_first,
       {matrix, {DataType::kInt32, {4}, {1, 2, 3, 0}}},
       {{0, 1, 2, 4, 3, 5, 8, 7, 6, 9, 10, 11}}},
      {"vectors",
       "ReverseSequence",
       batch_first,
       {{DataType::kInt8, {1, 2, 2}, {1, 2, 3, 4}}, {kI64, {1}, {2}}},
       {{3, 4, 1, 2}}},
      {"one_element", "ReverseSequence", {}, {{kF32, {1, 1}, {5}}, {kI64, {1}, {1}}}, {{5}}},
      {"no_sequences", "ReverseSequence", {}, {{kF32, {3, 0}, {}}, {kI64, {0}, {}}}, {{}}},
      {"no_steps", "ReverseSequence", {}, {{kF32, {0, 2}, {}}, {kI64, {2}, {0, 0}}}, {{}}},
      {"many", "ReverseSequence", {}, {{kF32, {17, 9, 131}, {}}, {kI64, {9}, {}, 0, 17}}},
  };
}

}  // namespace tenon::internal::testing
