#include "passes/inline_if.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(InlineIf, DoesWhatItsGoldenSays) { testing::check_pass_golden("inline-if"); }

}  // namespace
}  // namespace tenon::internal
