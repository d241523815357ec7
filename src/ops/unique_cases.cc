#include "testing/op_cases.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

OpCase unique(std::string name, AttributeMap attributes, CaseInput x,
              std::vector<std::vector<double>> expected = {}) {
  attributes.emplace("extent", std::string("K"));
  return {.name = std::move(name),
          .op = "Unique",
          .attributes = std::move(attributes),
          .inputs = {std::move(x)},
          .expected = std::move(expected)};
}

}  // namespace

std::vector<OpCase> unique_cases() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const CaseInput list = {.shape = {6}, .values = {2, 1, 1, 3, 4, 3}};
  const AttributeMap unsorted = {{"sorted", int64_t{0}}};
  return {
      unique("sorted", {}, list, {{1, 2, 3, 4}, {1, 0, 3, 4}, {1, 0, 0, 2, 3, 2}, {2, 1, 2, 1}}),
      unique("as_they_come", unsorted, list,
             {{2, 1, 3, 4}, {0, 1, 3, 4}, {0, 1, 1, 2, 3, 2}, {1, 2, 2, 1}}),
      unique("rows", {{"axis", int64_t{0}}},
             {.shape = {3, 3}, .values = {1, 0, 0, 1, 0, 0, 2, 3, 4}},
             {{1, 0, 0, 2, 3, 4}, {0, 2}, {0, 0, 1}, {2, 1}}),
      unique("columns", {{"axis", int64_t{-1}}},
             {.type = DataType::kInt32, .shape = {2, 3}, .values = {5, 1, 5, 6, 2, 6}},
             {{1, 5, 2, 6}, {1, 0}, {1, 0, 1}, {1, 2}}),
      unique("nans_are_equal", {}, {.shape = {3}, .values = {kNan, 1, kNan}},
             {{1, kNan}, {1, 0}, {1, 0, 1}, {1, 2}}),
      unique("scalar", {}, {.type = DataType::kInt64, .values = {7}}, {{7}, {0}, {0}, {1}}),
      unique("empty", {}, {.shape = {0}}, {{}, {}, {}, {}}),
      unique("truths", unsorted, {.type = DataType::kBool, .shape = {2, 2}, .values = {1, 0, 0, 1}},
             {{1, 0}, {0, 1}, {0, 1, 1, 0}, {2, 2}}),
      unique("many", {}, {.type = DataType::kInt16, .shape = {13, 17}, .low = -9, .high = 9}),
      unique("many_rows", {{"axis", int64_t{1}}, {"sorted", int64_t{0}}},
             {.type = DataType::kInt8, .shape = {2, 53, 2}, .low = 0, .high = 2}),
  };
}

}  // namespace tenon::internal::testing
