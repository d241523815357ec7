#include "testing/op_cases.h"

#include <utility>

namespace tenon::internal::testing {

std::vector<OpCase> col2im_cases();

std::vector<OpCase> col2im_cases() {
  using Ints = std::vector<int64_t>;
  constexpr DataType kF32 = DataType::kFloat32;
  const auto dims = [](std::vector<double> values) {
    const auto count = static_cast<int64_t>(values.size());
    return CaseInput{DataType::kInt64, {count}, std::move(values)};
  };
  return {
      {"rows",
       "Col2Im",
       {},
       {{kF32, {1, 2, 2}, {1, 2, 3, 4}}, dims({2, 2}), dims({1, 2})},
       {{1, 3, 2, 4}}},
      {"overlap",
       "Col2Im",
       {},
       {{kF32, {1, 2, 3}, {1, 2, 3, 10, 20, 30}}, dims({4}), dims({2})},
       {{1, 12, 23, 30}}},
      {"pads_and_strides",
       "Col2Im",
       {{"pads", Ints{1, 1}}, {"strides", Ints{2}}},
       {{kF32, {1, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}, dims({3}), dims({2})},
       {{3, 2, 4, 7, 6, 8}}},
      {"dilated",
       "Col2Im",
       {{"dilations", Ints{2}}},
       {{DataType::kFloat16, {1, 2, 1}, {3, 4}}, dims({3}), dims({2})},
       {{3, 0, 4}}},
      {"one_element", "Col2Im", {}, {{kF32, {1, 1, 1}, {7}}, dims({1}), dims({1})}, {{7}}},
      {"no_images", "Col2Im", {}, {{kF32, {0, 4, 4}, {}}, dims({3, 3}), dims({2, 2})}, {{}}},
      {"volume",
       "Col2Im",
       {{"pads", Ints{0, 1, 1, 0, 0, 1}}},
       {{kF32, {2, 3 * 12, 2 * 4 * 5}, {}}, dims({3, 4, 5}), dims({2, 2, 3})}},
  };
}

}  // namespace tenon::internal::testing
