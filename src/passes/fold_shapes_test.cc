#include "passes/fold_shapes.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FoldShapes, DoesWhatItsGoldenSays) { testing::check_pass_golden("fold-shapes"); }

}  // namespace
}  // namespace tenon::internal
