// A device for tests of everything above it: it computes with the references, and its memory is out
// of the host's reach. Every allocation is mapped twice; tensors have the addresses of a mapping
// without any access rights, so that host code which follows a device pointer fails at once. The
// template for new devices.
#pragma once

#include "device/host_device.h"
#include "device/open.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace tenon::internal {

// Devices null:0 to null:3; "null" is the first.
inline constexpr int kNullDevices = 4;

class NullDevice final : public HostDevice {
 public:
  static Result<std::shared_ptr<Device>> create(int index);

  Result<std::unique_ptr<Buffer>> allocate(size_t bytes, MemoryKind kind) override;
  Result<DeviceBytes> adopt_weights(std::span<const std::byte> bytes,
                                    std::shared_ptr<const void> owner) override;
  bool owns(const void* data, size_t bytes) const override;
  std::span<const Tactic> tactics() const override;
  Result<std::byte*> host_address(const void* data, size_t bytes) const override;

 private:
  friend class NullBuffer;
  struct Block {
    size_t bytes;
    std::byte* host;
  };

  NullDevice(DeviceInfo info, std::unique_ptr<ThreadPool> pool);

  mutable std::mutex mutex_;
  // Live allocations by device address.
  std::map<uintptr_t, Block> blocks_;
};

// Row of the device table. No options.
std::vector<DeviceInfo> list_null_devices();
Result<std::shared_ptr<Device>> open_null_device(const DeviceName& name);

}  // namespace tenon::internal
