#include "commands.h"

#include <tenon/tenon.h>

namespace tenon::cli {
namespace {

struct DevicesFlags {};

void prepare(Json& json) { json["devices"] = Json::array(); }

Outcome devices(const DevicesFlags& flags, Session& session) {
  static_cast<void>(flags);
  const Result<std::vector<DeviceInfo>> found = list_devices();
  if (!found.ok()) return found.error();
  for (const DeviceInfo& device : *found) {
    session.json()["devices"].push_back({{"name", device.name},
                                         {"kind", device.kind},
                                         {"description", device.description},
                                         {"threads", device.threads},
                                         {"memory_bytes", device.memory_bytes},
                                         {"isa", device.isa},
                                         {"properties", device.properties}});
    session.print("{:<8} {} ({} threads, {:.1f} GiB)\n", device.name, device.description,
                  device.threads, static_cast<double>(device.memory_bytes) / (1 << 30));
    for (const auto& [name, value] : device.properties) {
      session.detail("         {}: {}\n", name, value);
    }
  }
  return kOk;
}

}  // namespace

void add_devices(CLI::App& app, Session& session, Action& action) {
  add_command<DevicesFlags>(app, session, action, std::make_shared<DevicesFlags>(),
                            {.name = "devices",
                             .description = "Lists the devices that can be opened",
                             .prepare = &prepare,
                             .run = &devices});
}

}  // namespace tenon::cli
