#include "passes/fold_batch_norm.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(FoldBatchNorm, DoesWhatItsGoldenSays) { testing::check_pass_golden("fold-batch-norm"); }

}  // namespace
}  // namespace tenon::internal
