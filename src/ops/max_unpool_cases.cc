#include "testing/op_cases.h"

namespace tenon::internal::testing {

std::vector<OpCase> max_unpool_cases();

std::vector<OpCase> max_unpool_cases() {
  using Ints = std::vector<int64_t>;
  constexpr DataType kF32 = DataType::kFloat32;
  constexpr DataType kI64 = DataType::kInt64;
  const AttributeMap twos = {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}};
  const CaseInput image = {kF32, {1, 1, 2, 2}, {1, 2, 3, 4}};
  const CaseInput indices = {kI64, {1, 1, 2, 2}, {5, 7, 13, 15}};
  return {
      {"image",
       "MaxUnpool",
       twos,
       {image, indices},
       {{0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4}}},
      {"stated_shape",
       "MaxUnpool",
       twos,
       {image, indices, {kI64, {4}, {1, 1, 5, 5}}},
       {{0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0}}},
      {"pads_and_the_last_of_equals",
       "MaxUnpool",
       {{"kernel_shape", Ints{3}}, {"pads", Ints{1, 0}}},
       {{DataType::kInt8, {1, 2, 2}, {1, 2, 3, 4}}, {DataType::kInt32, {1, 2, 2}, {1, 1, 3, 5}}},
       {{0, 2, 0, 3, 0, 4}}},
      {"one_element",
       "MaxUnpool",
       {{"kernel_shape", Ints{1}}},
       {{kF32, {1, 1, 1}, {7}}, {kI64, {1, 1, 1}, {0}}},
       {{7}}},
      {"empty_batch",
       "MaxUnpool",
       {{"kernel_shape", Ints{2}}},
       {{kF32, {0, 3, 2}, {}}, {kI64, {0, 3, 2}, {}}},
       {{}}},
      {"volume",
       "MaxUnpool",
       {{"kernel_shape", Ints{1, 2, 3}}, {"strides", Ints{1, 2, 3}}},
       {{kF32, {2, 3, 2, 3, 5}, {}}, {kI64, {2, 3, 2, 3, 5}, {}, 0, 2 * 3 * 2 * 6 * 15}}},
  };
}

}  // namespace tenon::internal::testing
