#include "testing/op_cases.h"

#include <string>
#include <vector>

namespace tenon::internal::testing {

std::vector<OpCase> fail_cases() {
  return {{.name = "nothing",
           .op = "Fail",
           .attributes = {{"message", std::string("no branch")},
                          {"shape", std::vector<std::string>{"0", "3"}}},
           .expected = {{}}}};
}

}  // namespace tenon::internal::testing
