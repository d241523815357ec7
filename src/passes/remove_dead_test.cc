#include "passes/remove_dead.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(RemoveDead, DoesWhatItsGoldenSays) { testing::check_pass_golden("remove-dead"); }

}  // namespace
}  // namespace tenon::internal
