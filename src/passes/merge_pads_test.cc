#include "passes/merge_pads.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(MergePads, DoesWhatItsGoldenSays) { testing::check_pass_golden("merge-pads"); }

}  // namespace
}  // namespace tenon::internal
