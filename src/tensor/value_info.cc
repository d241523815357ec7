#include "tensor/value_info.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tenon::internal {

std::string to_string(const ValueInfo& info) {
  if (!info.present()) return "omitted";
  std::string text = fmt::format("{}{}", to_string(info.type), to_string(info.shape));
  if (info.layout != Layout::kPlain) text.append(" ").append(to_string(info.layout));
  return text;
}

std::string to_string(std::span<const ValueInfo> infos) {
  return join(infos, ", ", [](const ValueInfo& info) { return to_string(info); });
}

Dim byte_size(const ValueInfo& info) {
  const Dim count = element_count(info.shape);
  const int bits = bits_of(info.type);
  return bits == 4 ? Dim::ceil_div(count, 2) : count * (bits / 8);
}

}  // namespace tenon::internal
