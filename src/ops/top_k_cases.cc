#include "testing/op_cases.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

OpCase top_k(std::string name, AttributeMap attributes, CaseInput x, double k,
             std::vector<std::vector<double>> expected = {}) {
  return {.name = std::move(name),
          .op = "TopK",
          .attributes = std::move(attributes),
          .inputs = {std::move(x), {.type = DataType::kInt64, .shape = {1}, .values = {k}}},
          .expected = std::move(expected)};
}

}  // namespace

std::vector<OpCase> top_k_cases() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const CaseInput rows = {.shape = {2, 4}, .values = {1, 4, 4, -2, 7, 0, 3, 9}};
  const AttributeMap smallest = {{"largest", int64_t{0}}};
  return {
      top_k("largest", {}, rows, 3, {{4, 4, 1, 9, 7, 3}, {1, 2, 0, 3, 0, 2}}),
      top_k("smallest", smallest, rows, 2, {{-2, 1, 0, 3}, {3, 0, 1, 2}}),
      top_k("first_axis", {{"axis", int64_t{0}}}, rows, 1, {{7, 4, 4, 9}, {1, 0, 0, 1}}),
      top_k("all", {{"sorted", int64_t{0}}}, {.shape = {3}, .values = {2, 3, 1}}, 3,
            {{3, 2, 1}, {1, 0, 2}}),
      top_k("none", {}, rows, 0, {{}, {}}),
      top_k("empty", {{"axis", int64_t{1}}}, {.shape = {0, 5}}, 2, {{}, {}}),
      top_k("nan_first", {}, {.shape = {3}, .values = {1, kNan, 2}}, 2, {{kNan, 2}, {1, 2}}),
      top_k("nan_first_of_smallest", smallest, {.shape = {3}, .values = {1, 2, kNan}}, 2,
            {{kNan, 1}, {2, 0}}),
      top_k("i64_beyond_double", {},
            {.type = DataType::kInt64,
             .shape = {2},
             .values = {9007199254740992.0, 9007199254740994.0}},
            1, {{9007199254740994.0}, {1}}),
      top_k("u8", {}, {.type = DataType::kUInt8, .shape = {5}, .values = {1, 255, 3, 255, 0}}, 2,
            {{255, 255}, {1, 3}}),
      top_k("f16_middle_axis", {{"axis", int64_t{1}}},
            {.type = DataType::kFloat16, .shape = {3, 37, 5}}, 7),
      top_k("long_vectors", {}, {.shape = {9, 1003}}, 31),
  };
}

}  // namespace tenon::internal::testing
