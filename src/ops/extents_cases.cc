#include "testing/op_cases.h"

#include <vector>

namespace tenon::internal::testing {

std::vector<OpCase> extents_cases() {
  const AttributeMap named = {{"extent", std::string("E")}};
  return {
      {.name = "list",
       .op = "Extents",
       .attributes = named,
       .inputs = {{.type = DataType::kInt64, .shape = {3}, .values = {4, 0, 7}}},
       .expected = {{4, 0, 7}}},
      {.name = "scalar",
       .op = "Extents",
       .attributes = named,
       .inputs = {{.type = DataType::kInt32, .values = {2147483647}}},
       .expected = {{2147483647}}},
      {.name = "empty",
       .op = "Extents",
       .attributes = named,
       .inputs = {{.type = DataType::kInt64, .shape = {0}}},
       .expected = {{}}},
  };
}

}  // namespace tenon::internal::testing
