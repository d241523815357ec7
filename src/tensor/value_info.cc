#include "tensor/value_info.h"

#include <fmt/format.h>

namespace tenon::internal {

std::string to_string(const ValueInfo& info) {
  std::string text = fmt::format("{}{}", to_string(info.type), to_string(info.shape));
  if (info.layout != Layout::kPlain) text.append(" ").append(to_string(info.layout));
  return text;
}

Dim byte_size(const ValueInfo& info) {
  const Dim count = element_count(info.shape);
  const int bits = bits_of(info.type);
  return bits == 4 ? Dim::ceil_div(count, 2) : count * (bits / 8);
}

}  // namespace tenon::internal
