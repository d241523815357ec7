#include "testing/op_cases.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

CaseInput pads(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return {.type = DataType::kInt64, .shape = {count}, .values = std::move(values)};
}

// Computed by onnxruntime.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "constant",
       .op = "Pad",
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {1, 0, 0, 2}}},
       .expected = {{0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0}}},

      {.name = "constant_value",
       .op = "Pad",
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {0, 1, 2, 1}},
                  {.shape = {}, .values = {9}}},
       .expected = {{9, 1, 2, 3, 9, 9, 4, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}}},

      {.name = "taken_away",
       .op = "Pad",
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {-1, 1, 0, -2}}},
       .expected = {{0, 4}}},

      {.name = "reflect",
       .op = "Pad",
       .attributes = {{"mode", "reflect"}},
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {1, 2, 1, 1}}},
       .expected = {{6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5, 3, 2, 1, 2, 3, 2}}},

      {.name = "edge",
       .op = "Pad",
       .attributes = {{"mode", "edge"}},
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {1, 2, 1, 1}}},
       .expected = {{1, 1, 1, 2, 3, 3, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6, 4, 4, 4, 5, 6, 6}}},

      {.name = "wrap",
       .op = "Pad",
       .attributes = {{"mode", "wrap"}},
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {1, 2, 1, 1}}},
       .expected = {{5, 6, 4, 5, 6, 4, 2, 3, 1, 2, 3, 1, 5, 6, 4, 5, 6, 4, 2, 3, 1, 2, 3, 1}}},

      {.name = "reflect_of_what_is_left",
       .op = "Pad",
       .attributes = {{"mode", "reflect"}},
       .inputs = {{.shape = {4}, .values = {1, 2, 3, 4}},
                  {.type = DataType::kInt64, .shape = {2}, .values = {-1, 2}}},
       .expected = {{2, 3, 4, 3, 2}}},

      {.name = "edge_of_what_is_left",
       .op = "Pad",
       .attributes = {{"mode", "edge"}},
       .inputs = {{.shape = {4}, .values = {1, 2, 3, 4}},
                  {.type = DataType::kInt64, .shape = {2}, .values = {2, -2}}},
       .expected = {{1, 1, 1, 2}}},

      {.name = "wrap_of_what_is_left",
       .op = "Pad",
       .attributes = {{"mode", "wrap"}},
       .inputs = {{.shape = {4}, .values = {1, 2, 3, 4}},
                  {.type = DataType::kInt64, .shape = {2}, .values = {3, -1}}},
       .expected = {{1, 2, 3, 1, 2, 3}}},

      {.name = "axes",
       .op = "Pad",
       .inputs = {{.shape = {2, 3}, .values = {1, 2, 3, 4, 5, 6}},
                  {.type = DataType::kInt64, .shape = {4}, .values = {1, 0, 0, 1}},
                  {.shape = {}, .values = {9}},
                  {.type = DataType::kInt64, .shape = {2}, .values = {-1, 0}}},
       .expected = {{9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9}}},

  };
}

std::vector<OpCase> other_cases() {
  return {

      {.name = "scalar", .op = "Pad", .inputs = {{.values = {5}}, pads({})}, .expected = {{5}}},
      {.name = "nothing_to_do",
       .op = "Pad",
       .attributes = {{"mode", "reflect"}},
       .inputs = {{.shape = {2}, .values = {1, 2}}, pads({0, 0})},
       .expected = {{1, 2}}},
      {.name = "one_element_mirrored",
       .op = "Pad",
       .attributes = {{"mode", "reflect"}},
       .inputs = {{.shape = {1}, .values = {7}}, pads({2, 1})},
       .expected = {{7, 7, 7, 7}}},
      {.name = "mirrored_several_times",
       .op = "Pad",
       .attributes = {{"mode", "reflect"}},
       .inputs = {{.shape = {3}, .values = {1, 2, 3}}, pads({5, 6})},
       .expected = {{2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1}}},
      {.name = "wrapped_several_times",
       .op = "Pad",
       .attributes = {{"mode", "wrap"}},
       .inputs = {{.shape = {3}, .values = {1, 2, 3}}, pads({4, 5})},
       .expected = {{3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2}}},
      {.name = "all_taken_away",
       .op = "Pad",
       .attributes = {{"mode", "edge"}},
       .inputs = {{.shape = {3, 2}}, pads({-1, 0, -2, 1})},
       .expected = {{}}},
      {.name = "all_replaced",
       .op = "Pad",
       .inputs = {{.shape = {2}, .values = {1, 2}}, pads({-3, 3})},
       .expected = {{0, 0}}},
      {.name = "empty_operand",
       .op = "Pad",
       .inputs = {{.shape = {0, 2}}, pads({1, 0, 0, 1}), {.values = {4}}},
       .expected = {{4, 4, 4}}},
      {.name = "empty_operand_stays",
       .op = "Pad",
       .attributes = {{"mode", "wrap"}},
       .inputs = {{.shape = {0, 2}}, pads({0, 1, 0, 1})},
       .expected = {{}}},
      {.name = "bool",
       .op = "Pad",
       .inputs = {{.type = DataType::kBool, .shape = {2}, .values = {1, 1}}, pads({1, 1})},
       .expected = {{0, 1, 1, 0}}},
      {.name = "i64_value_in_a_list",
       .op = "Pad",
       .inputs = {{.type = DataType::kInt64, .shape = {1}, .values = {3}},
                  pads({1, 0}),
                  {.type = DataType::kInt64, .shape = {1}, .values = {-9}}},
       .expected = {{-9, 3}}},
      {.name = "f16",
       .op = "Pad",
       .attributes = {{"mode", "reflect"}},
       .inputs = {{.type = DataType::kFloat16, .shape = {3, 5, 7}}, pads({1, 2, 3, 0, 4, 5})}},
      {.name = "image",
       .op = "Pad",
       .inputs = {{.shape = {2, 3, 37, 61}}, pads({0, 0, 3, 3, 0, 0, 3, 3}), {.values = {0.5}}}},
  };
}

}  // namespace

std::vector<OpCase> pad_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
