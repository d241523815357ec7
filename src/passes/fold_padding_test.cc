#include "passes/fold_padding.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FoldPadding, DoesWhatItsGoldenSays) { testing::check_pass_golden("fold-padding"); }

}  // namespace
}  // namespace tenon::internal
