#include "device/open.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"

#include <algorithm>

namespace tenon::internal {
namespace {

constexpr std::string_view kForm = "KIND, KIND:INDEX or KIND:option=value,option=value";

}  // namespace

Result<DeviceName> parse_device_name(std::string_view name) {
  const size_t colon = name.find(':');
  DeviceName result{.kind = std::string(name.substr(0, colon)), .index = {}, .options = {}};
  if (result.kind.empty()) {
    return invalid_argument("'{}' is no device name; the form is {}", name, kForm);
  }
  if (colon == std::string_view::npos) return result;
  std::string_view rest = name.substr(colon + 1);
  for (bool first = true; first || !rest.empty(); first = false) {
    const size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const size_t equals = part.find('=');
    const bool is_index = first && equals == std::string_view::npos;
    if (part.empty() || equals == 0 || (!is_index && equals == std::string_view::npos)) {
      return invalid_argument("'{}' is no device name; the form is {}", name, kForm);
    }
    if (is_index) {
      result.index = part;
    } else if (!result.options
                    .emplace(std::string(part.substr(0, equals)),
                             std::string(part.substr(equals + 1)))
                    .second) {
      return invalid_argument("device name '{}' gives option '{}' twice", name,
                              part.substr(0, equals));
    }
    if (comma == std::string_view::npos) break;
    rest = rest.substr(comma + 1);
    if (rest.empty()) return invalid_argument("device name '{}' ends in a comma", name);
  }
  return result;
}

Result<std::shared_ptr<Device>> open_device(std::span<const DeviceKind> kinds,
                                            std::string_view name) {
  const DeviceName parsed = TRY(parse_device_name(name));
  for (const DeviceKind& kind : kinds) {
    if (kind.kind == parsed.kind) return kind.open(parsed);
  }
  return not_found("there is no device kind '{}'; this library has: {}", parsed.kind,
                   join(kinds, ", ", [](const DeviceKind& kind) { return kind.kind; }));
}

}  // namespace tenon::internal
