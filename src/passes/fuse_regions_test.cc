#include "passes/fuse_regions.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FuseRegions, DoesWhatItsGoldenSays) { testing::check_pass_golden("fuse-regions"); }

}  // namespace
}  // namespace tenon::internal
