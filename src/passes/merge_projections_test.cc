#include "passes/merge_projections.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(MergeProjections, DoesWhatItsGoldenSays) { testing::check_pass_golden("merge-projections"); }

}  // namespace
}  // namespace tenon::internal
