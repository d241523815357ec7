#include "passes/fuse_group_normalization.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FuseGroupNormalization, DoesWhatItsGoldenSays) {
  testing::check_pass_golden("fuse-group-normalization");
}

}  // namespace
}  // namespace tenon::internal
