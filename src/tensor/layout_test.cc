#include "tensor/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using ::testing::ElementsAre;

TEST(Layout, ChannelsLastNeedsChannelsAndPositions) {
  const Dim n = Dim::symbol("N");
  EXPECT_TRUE(has_channels_last({n, 3, 8, 8}));
  EXPECT_TRUE(has_channels_last({1, 3, 8}));
  EXPECT_TRUE(has_channels_last({1, n, 1, n}));
  EXPECT_FALSE(has_channels_last({n, 1, 8, 8}));
  EXPECT_FALSE(has_channels_last({n, 3, 1, 1}));
  EXPECT_FALSE(has_channels_last({n, 3}));
  EXPECT_FALSE(has_channels_last({}));
}

TEST(Layout, StorageOrderMovesTheChannelsBehindThePositions) {
  EXPECT_THAT(storage_order(Layout::kPlain, 4), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(storage_order(Layout::kChannelsLast, 4), ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(storage_order(Layout::kChannelsLast, 3), ElementsAre(0, 2, 1));
  EXPECT_THAT(storage_order(Layout::kChannelsLast, 2), ElementsAre(0, 1));
}

}  // namespace
}  // namespace tenon::internal
