#include "passes/narrow_bodies.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(NarrowBodies, DoesWhatItsGoldenSays) { testing::check_pass_golden("narrow-bodies"); }

}  // namespace
}  // namespace tenon::internal
