#include "passes/move_transposes.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(MoveTransposes, DoesWhatItsGoldenSays) { testing::check_pass_golden("move-transposes"); }

}  // namespace
}  // namespace tenon::internal
