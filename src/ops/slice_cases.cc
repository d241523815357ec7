#include "testing/op_cases.h"

#include <limits>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kI64 = DataType::kInt64;
// The largest doubles that are an int64_t.
constexpr double kEnd = 9223372036854774784.0;
constexpr double kFront = -9223372036854775808.0;

CaseInput list(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return {kI64, {count}, std::move(values)};
}

OpCase slice(std::string name, std::vector<CaseInput> inputs,
             std::vector<std::vector<double>> expected = {}) {
  return {std::move(name), "Slice", {}, std::move(inputs), std::move(expected)};
}

// Of the vector 0, 1, 2, 3, 4.
OpCase slice_of_five(std::string name, double start, double end, double step,
                     std::vector<double> expected) {
  return slice(std::move(name),
               {{kI64, {5}, {0, 1, 2, 3, 4}}, list({start}), list({end}), list({0}), list({step})},
               {std::move(expected)});
}

}  // namespace

std::vector<OpCase> slice_cases();

std::vector<OpCase> slice_cases() {
  CaseInput omitted;
  omitted.omitted = true;
  const CaseInput matrix = {kF32, {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}};
  return {
      slice("all_operands", {matrix, list({1, 0}), list({2, 3}), list({0, 1}), list({1, 2})},
            {{5, 7}}),
      slice("first_axes_by_default", {matrix, list({0, 1}), list({-1, 1000})}, {{2, 3, 4}}),
      slice("omitted_axes", {matrix, list({0, 0}), list({2, 4}), omitted, list({1, 3})},
            {{1, 4, 5, 8}}),
      slice("negative_axis", {matrix, list({-2}), list({kEnd}), list({-1})}, {{3, 4, 7, 8}}),
      slice("reversed_rows", {matrix, list({-1}), list({kFront}), list({0}), list({-1})},
            {{5, 6, 7, 8, 1, 2, 3, 4}}),
      slice("reversed_both",
            {matrix, list({-1, -1}), list({kFront, kFront}), list({0, 1}), list({-1, -2})},
            {{8, 6, 4, 2}}),
      slice("i32_operands",
            {matrix,
             {DataType::kInt32, {1}, {1}},
             {DataType::kInt32, {1}, {3}},
             {DataType::kInt32, {1}, {1}}},
            {{2, 3, 6, 7}}),
      slice("nothing", {matrix, list({}), list({}), list({})}, {{1, 2, 3, 4, 5, 6, 7, 8}}),
      slice("empty_result", {matrix, list({3}), list({1}), list({1})}, {{}}),
      slice("empty_operand", {{kF32, {0, 3}, {}}, list({0}), list({2}), list({0})}, {{}}),
      slice("empty_operand_backwards",
            {{kF32, {0, 3}, {}}, list({-1}), list({kFront}), list({0}), list({-1})}, {{}}),
      slice("bool", {{DataType::kBool, {3}, {1, 0, 1}}, list({1}), list({3})}, {{0, 1}}),
      slice_of_five("to_the_end", 2, kEnd, 1, {2, 3, 4}),
      slice_of_five("to_the_int32_end", 2, std::numeric_limits<int32_t>::max(), 1, {2, 3, 4}),
      slice_of_five("but_the_last", 0, -1, 1, {0, 1, 2, 3}),
      slice_of_five("start_before_the_front", -7, 2, 1, {0, 1}),
      slice_of_five("start_behind_the_end", 7, 9, 1, {}),
      slice_of_five("every_second", 0, 5, 2, {0, 2, 4}),
      slice_of_five("every_third", 1, kEnd, 3, {1, 4}),
      slice_of_five("huge_step", 1, 5, kEnd, {1}),
      slice_of_five("backwards", 3, 0, -1, {3, 2, 1}),
      slice_of_five("backwards_in_twos", -1, kFront, -2, {4, 2, 0}),
      slice_of_five("backwards_from_behind_the_end", kEnd, 1, -1, {4, 3, 2}),
      slice_of_five("backwards_by_a_huge_step", 4, kFront, kFront, {4}),
      slice_of_five("backwards_to_the_wrong_side", 1, 3, -1, {}),
      slice("inner_of_u8",
            {{DataType::kUInt8, {3, 5, 7}, {}, 0, 255}, list({1, 2}), list({4, 7}), list({1, 2})}),
      slice("f16_steps", {{DataType::kFloat16, {7, 9}, {}},
                          list({6, 1}),
                          list({0, 9}),
                          list({0, 1}),
                          list({-2, 3})}),
      slice("f64", {{DataType::kFloat64, {9, 3}, {}}, list({2}), list({7})}),
      slice("large", {{kF32, {8, 65, 66}, {}}, list({1, 1}), list({-1, -1}), list({1, 2})}),
  };
}

}  // namespace tenon::internal::testing
