#include "passes/gemm_to_matmul.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(GemmToMatmul, DoesWhatItsGoldenSays) { testing::check_pass_golden("gemm-to-matmul"); }

}  // namespace
}  // namespace tenon::internal
