// The tables of device kinds: which devices there are and how a name opens one.
#pragma once

#include "device/device.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// A device name taken apart: "null:2", "cpu:threads=4,isa=avx2".
struct DeviceName {
  std::string kind;
  // "2"; empty where only options or nothing stands behind the colon.
  std::string index;
  std::map<std::string, std::string, std::less<>> options;
};

// Errors: InvalidArgument with the form that is expected.
Result<DeviceName> parse_device_name(std::string_view name);

// One row of a table of device kinds. The table is handed in by the API layer, which knows the
// devices.
struct DeviceKind {
  std::string_view kind;
  std::vector<DeviceInfo> (*list)();
  // Errors: NotFound for an index, InvalidArgument for an option that it does not know.
  Result<std::shared_ptr<Device>> (*open)(const DeviceName& name);
};

Result<std::shared_ptr<Device>> open_device(std::span<const DeviceKind> kinds,
                                            std::string_view name);

}  // namespace tenon::internal
