// Goldens of passes: tests/golden/<pass>.txt holds graphs and what the pass makes of them.
#pragma once

#include <string_view>

namespace tenon::internal::testing {

// Runs the canonical pass of that name alone, until it finds nothing more, on every case of its
// golden, see check_golden().
void check_pass_golden(std::string_view pass);

}  // namespace tenon::internal::testing
