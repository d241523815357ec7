#include "testing/op_cases.h"

#include <vector>

namespace tenon::internal::testing {

// Nodes with bodies are no cases of an op alone: the tests of graphs have them.
std::vector<OpCase> control_flow_cases() { return {}; }

}  // namespace tenon::internal::testing
