#include "passes/join_heads.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(JoinHeads, DoesWhatItsGoldenSays) { testing::check_pass_golden("join-heads"); }

}  // namespace
}  // namespace tenon::internal
