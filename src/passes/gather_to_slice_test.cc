#include "passes/gather_to_slice.h"

#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

TEST(GatherToSlice, DoesWhatItsGoldenSays) { testing::check_pass_golden("gather-to-slice"); }

}  // namespace
}  // namespace tenon::internal
