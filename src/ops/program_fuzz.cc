// parse_program() on any bytes: no crash, and what it accepts is verified and prints to text that
// reads back as the same program.
#include "base/check.h"
#include "ops/pointwise.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tenon::internal;  // NOLINT(google-build-using-namespace)
  const auto program = parse_program({reinterpret_cast<const char*>(data), size});
  if (!program.ok()) {
    TENON_CHECK(program.error().kind() == tenon::ErrorKind::kCorruptData);
    return 0;
  }
  const auto verified = verify(*program);
  TENON_CHECK(verified.ok(), "{}", verified.error().message());
  const std::string text = to_string(*program);
  const auto again = parse_program(text);
  TENON_CHECK(again.ok(), "{}: {}", text, again.error().message());
  // As text, because a NaN does not equal itself.
  TENON_CHECK(to_string(*again) == text, "{}", text);
  return 0;
}
