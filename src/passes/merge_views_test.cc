#include "passes/merge_views.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(MergeViews, DoesWhatItsGoldenSays) { testing::check_pass_golden("merge-views"); }

}  // namespace
}  // namespace tenon::internal
