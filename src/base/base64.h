#pragma once

// Base64 of RFC 4648, section 4: the standard alphabet, padded with '=', no line breaks.

#include <tenon/error.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

std::string base64_encode(std::span<const std::byte> bytes);

// Exactly what base64_encode writes. kInvalidArgument for a length that is no multiple of 4,
// another character (with its offset), or padding bits that are not 0.
Result<std::vector<std::byte>> base64_decode(std::string_view text);

}  // namespace tenon::internal
