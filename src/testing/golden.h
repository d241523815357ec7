// Text goldens: files below tests/golden that hold cases of a text and what becomes of it.
//
//   === reshape of a reshape
//   <input text>
//   --- result
//   <expected text>
//
// A test program started with --update-goldens rewrites the expected texts; to add a case, write
// its title and input and update.
#pragma once

#include "base/function_ref.h"

#include <string>
#include <string_view>

namespace tenon::internal::testing {

// Runs `transform` on the input of every case of tests/golden/<file> and adds a test failure where
// its result is not the expected text. `file` names the cases "<file>: <title>" in failures.
void check_golden(std::string_view file, FunctionRef<std::string(std::string_view)> transform);

}  // namespace tenon::internal::testing
