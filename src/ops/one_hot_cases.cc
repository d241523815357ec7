#include "testing/op_cases.h"

namespace tenon::internal::testing {

std::vector<OpCase> one_hot_cases();

std::vector<OpCase> one_hot_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI64 = DataType::kInt64;
  const CaseInput indices = {kI64, {3}, {2, 0, 1}};
  const CaseInput three = {kI64, {}, {3}};
  const CaseInput values = {kF32, {2}, {0, 1}};
  const AttributeMap first = {{"axis", int64_t{0}}};
  return {
      {"last_axis", "OneHot", {}, {indices, three, values}, {{0, 0, 1, 1, 0, 0, 0, 1, 0}}},
      {"first_axis", "OneHot", first, {indices, three, values}, {{0, 1, 0, 0, 0, 1, 1, 0, 0}}},
      {"middle_axis",
       "OneHot",
       {{"axis", int64_t{-2}}},
       {{DataType::kInt32, {2, 2}, {0, 1, 1, 1}}, {kI64, {1}, {2}}, {kI64, {2}, {5, 7}}},
       {{7, 5, 5, 7, 5, 5, 7, 7}}},
      {"outside_and_from_the_end",
       "OneHot",
       {},
       {{kI64, {3}, {3, -1, -4}}, three, values},
       {{0, 0, 0, 0, 0, 1, 0, 0, 0}}},
      {"scalar", "OneHot", {}, {{kI64, {}, {1}}, three, values}, {{0, 1, 0}}},
      {"one_element",
       "OneHot",
       first,
       {{kI64, {1}, {0}}, {kI64, {}, {1}}, {DataType::kBool, {2}, {1, 0}}},
       {{0}}},
      {"no_indices", "OneHot", {}, {{kI64, {0}, {}}, three, values}, {{}}},
      {"vectors_of_nothing", "OneHot", {}, {indices, {kI64, {}, {0}}, values}, {{}}},
      {"many",
       "OneHot",
       {{"axis", int64_t{1}}},
       {{kI64, {9, 67}, {}, -31, 31}, {kI64, {}, {31}}, values}},
  };
}

}  // namespace tenon::internal::testing
