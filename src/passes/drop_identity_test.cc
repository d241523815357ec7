#include "passes/drop_identity.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(DropIdentity, DoesWhatItsGoldenSays) { testing::check_pass_golden("drop-identity"); }

}  // namespace
}  // namespace tenon::internal
