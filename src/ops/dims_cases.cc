#include "testing/op_cases.h"

namespace tenon::internal::testing {

std::vector<OpCase> dims_cases();

std::vector<OpCase> dims_cases() {
  using Texts = std::vector<std::string>;
  using Ints = std::vector<int64_t>;
  return {
      {"vector",
       "Dims",
       {{"shape", Ints{3}}, {"elements", Texts{"2", "-1", "2 * 3"}}},
       {},
       {{2, -1, 6}}},
      {"scalar", "Dims", {{"shape", Ints{}}, {"elements", Texts{"7"}}}, {}, {{7}}},
      {"matrix_of_i32",
       "Dims",
       {{"shape", Ints{2, 1}}, {"type", "i32"}, {"elements", Texts{"floor_div(7, 2)", "4"}}},
       {},
       {{3, 4}}},
      {"u8", "Dims", {{"shape", Ints{1}}, {"type", "u8"}, {"elements", Texts{"255"}}}, {}, {{255}}},
      {"bool",
       "Dims",
       {{"shape", Ints{2}}, {"type", "bool"}, {"elements", Texts{"1", "0"}}},
       {},
       {{1, 0}}},
      {"empty", "Dims", {{"shape", Ints{0}}, {"elements", Texts{}}}, {}, {{}}},
  };
}

}  // namespace tenon::internal::testing
