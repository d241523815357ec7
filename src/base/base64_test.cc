#include "base/base64.h"

#include "base/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

TEST(Base64, MatchesTheVectorsOfTheRfc) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(bytes_of(plain)), encoded);
    const auto decoded = base64_decode(encoded);
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
    EXPECT_EQ(text_of(*decoded), plain);
  }
}

TEST(Base64, GivesBackEveryByte) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<std::byte>(i * 7));
  for (size_t size = 0; size < 260; ++size) {
    const std::span<const std::byte> part(bytes.data(), size);
    const auto decoded = base64_decode(base64_encode(part));
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
    EXPECT_TRUE(std::equal(decoded->begin(), decoded->end(), part.begin(), part.end()));
  }
}

TEST(Base64, RefusesWhatTheEncoderDoesNotWrite) {
  for (const std::string_view text :
       {"Zg=", "Zg", "Zm9v\n", "Z===", "====", "Zg==Zg==", "Zm9!", "Zh==", "Zm9=", "Zm 9"}) {
    const auto decoded = base64_decode(text);
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_EQ(decoded.error().kind(), ErrorKind::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tenon::internal
