#include "passes/fuse_normalization.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FuseNormalization, DoesWhatItsGoldenSays) { testing::check_pass_golden("fuse-normalization"); }

}  // namespace
}  // namespace tenon::internal
