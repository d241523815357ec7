#include "passes/recognize_activations.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(RecognizeActivations, DoesWhatItsGoldenSays) {
  testing::check_pass_golden("recognize-activations");
}

}  // namespace
}  // namespace tenon::internal
