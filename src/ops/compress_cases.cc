#include "testing/op_cases.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

OpCase compress(std::string name, std::optional<int64_t> axis, CaseInput x,
                std::vector<double> condition, std::vector<std::vector<double>> expected = {}) {
  const auto count = static_cast<int64_t>(condition.size());
  OpCase made = {
      .name = std::move(name),
      .op = "Compress",
      .attributes = {{"extent", std::string("K")}},
      .inputs = {std::move(x),
                 {.type = DataType::kBool, .shape = {count}, .values = std::move(condition)}},
      .expected = std::move(expected)};
  if (axis) made.attributes.emplace("axis", *axis);
  return made;
}

}  // namespace

std::vector<OpCase> compress_cases() {
  const CaseInput matrix = {.shape = {3, 2}, .values = {1, 2, 3, 4, 5, 6}};
  return {
      compress("first_axis", 0, matrix, {0, 1, 1}, {{3, 4, 5, 6}}),
      compress("last_axis", -1, matrix, {0, 1}, {{2, 4, 6}}),
      compress("shorter_condition", 0, matrix, {0, 1}, {{3, 4}}),
      compress("all_elements", std::nullopt, matrix, {0, 1, 0, 0, 1}, {{2, 5}}),
      compress("none", 1, matrix, {0, 0}, {{}}),
      compress("empty", 0, {.shape = {2, 0}}, {1, 1}, {{}}),
      compress("i64", 0, {.type = DataType::kInt64, .shape = {1}, .values = {9}}, {1}, {{9}}),
      compress("f16_middle_axis", 1, {.type = DataType::kFloat16, .shape = {3, 4, 5}},
               {1, 0, 0, 1}),
  };
}

}  // namespace tenon::internal::testing
