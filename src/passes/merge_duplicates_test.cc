#include "passes/merge_duplicates.h"

#include "testing/graph_builder.h"
#include "testing/matchers.h"
#include "testing/pass_golden.h"

#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using testing::GraphBuilder;
using testing::IsOk;

TEST(MergeDuplicates, DoesWhatItsGoldenSays) { testing::check_pass_golden("merge-duplicates"); }

int rewrites_of_equal_constants(int64_t bytes) {
  GraphBuilder b;
  const HostTensor tensor = HostTensor::make(DataType::kUInt8, {bytes}).value();
  b.output("x", b.constant(tensor)).output("y", b.constant(tensor));
  const auto patch = merge_duplicates(b.graph());
  EXPECT_THAT(patch, IsOk());
  return patch.ok() ? patch->rewrites() : -1;
}

TEST(MergeDuplicates, ComparesSmallConstantsOnly) {
  EXPECT_EQ(rewrites_of_equal_constants(8192), 1);
  EXPECT_EQ(rewrites_of_equal_constants(8193), 0);
}

}  // namespace
}  // namespace tenon::internal
