#include "passes/expand_powers.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(ExpandPowers, DoesWhatItsGoldenSays) { testing::check_pass_golden("expand-powers"); }

}  // namespace
}  // namespace tenon::internal
