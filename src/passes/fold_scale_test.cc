#include "passes/fold_scale.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FoldScale, DoesWhatItsGoldenSays) { testing::check_pass_golden("fold-scale"); }

}  // namespace
}  // namespace tenon::internal
