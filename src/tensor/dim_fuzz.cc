// Dim::parse() on any bytes: no crash, and what it accepts prints to text that reads back as the
// same dim.
#include "base/check.h"
#include "tensor/dim.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tenon::internal::Dim;
  const auto dim = Dim::parse({reinterpret_cast<const char*>(data), size});
  if (!dim.ok()) return 0;
  const std::string text = dim->to_string();
  const auto again = Dim::parse(text);
  TENON_CHECK(again.ok(), "{}: {}", text, again.error().message());
  TENON_CHECK(*again == *dim, "{} reads back as {}", text, again->to_string());
  return 0;
}
