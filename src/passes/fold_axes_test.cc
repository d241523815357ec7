#include "passes/fold_axes.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FoldAxes, DoesWhatItsGoldenSays) { testing::check_pass_golden("fold-axes"); }

}  // namespace
}  // namespace tenon::internal
