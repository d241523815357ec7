#include "passes/move_slices.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(MoveSlices, DoesWhatItsGoldenSays) { testing::check_pass_golden("move-slices"); }

}  // namespace
}  // namespace tenon::internal
