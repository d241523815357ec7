#include "passes/recognize_attention.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(RecognizeAttention, DoesWhatItsGoldenSays) {
  testing::check_pass_golden("recognize-attention");
}

}  // namespace
}  // namespace tenon::internal
