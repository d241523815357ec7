#include <tenon/device.h>

#include "api/runtime/guard.h"
#include "base/errors.h"
#include "base/try.h"
#include "device/device.h"
#include "device/open.h"
#include "devices/cpu/cpu_device.h"
#include "devices/null/null_device.h"

#include <array>
#include <utility>

namespace tenon {
namespace {

using internal::DeviceKind;
using internal::guarded;

constexpr std::array<DeviceKind, 2> kDeviceKinds = {{
    {"cpu", internal::list_cpu_devices, internal::open_cpu_device},
    {"null", internal::list_null_devices, internal::open_null_device},
}};

// Longer measurements tell no more.
constexpr double kMostSeconds = 60;

}  // namespace

Result<std::vector<DeviceInfo>> list_devices() {
  return guarded([]() -> Result<std::vector<DeviceInfo>> {
    std::vector<DeviceInfo> devices;
    for (const DeviceKind& kind : kDeviceKinds) {
      for (DeviceInfo& info : kind.list()) devices.push_back(std::move(info));
    }
    return devices;
  });
}

DeviceBuffer::DeviceBuffer(std::unique_ptr<internal::Buffer> impl) : impl_(std::move(impl)) {}
DeviceBuffer::DeviceBuffer(DeviceBuffer&&) noexcept = default;
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&&) noexcept = default;
DeviceBuffer::~DeviceBuffer() = default;
void* DeviceBuffer::data() const { return impl_->data(); }
size_t DeviceBuffer::size() const { return impl_->size(); }

Device::Device(std::shared_ptr<internal::Device> impl) : impl_(std::move(impl)) {}

Result<Device> Device::open(std::string_view name) {
  return guarded(
      [&]() -> Result<Device> { return Device(TRY(internal::open_device(kDeviceKinds, name))); });
}

const DeviceInfo& Device::info() const { return impl_->info(); }
bool Device::host_accessible() const { return impl_->host_accessible(); }

Result<DeviceBuffer> Device::allocate(size_t bytes) const {
  return guarded([&]() -> Result<DeviceBuffer> {
    return DeviceBuffer(TRY(impl_->allocate(bytes, MemoryKind::kIo)));
  });
}

Result<double> Device::measure_peak(PeakKind kind, double seconds) const {
  if (kind != PeakKind::kFlops && kind != PeakKind::kBandwidth) {
    return internal::invalid_argument("there is no peak of kind {}", static_cast<int>(kind));
  }
  if (!(seconds > 0 && seconds <= kMostSeconds)) {
    return internal::invalid_argument(
        "a peak is measured for {} s; it must be more than 0 and at "
        "most {} s",
        seconds, kMostSeconds);
  }
  return guarded([&] { return impl_->measure_peak(kind, seconds); });
}

Status Device::copy_to_device(void* destination, std::span<const std::byte> source) const {
  return guarded([&]() -> Status {
    const auto stream = TRY(impl_->create_stream());
    TRY_STATUS(
        stream->copy(destination, source.data(), source.size(), internal::CopyKind::kHostToDevice));
    return stream->synchronize();
  });
}

Status Device::copy_to_host(std::span<std::byte> destination, const void* source) const {
  return guarded([&]() -> Status {
    const auto stream = TRY(impl_->create_stream());
    TRY_STATUS(stream->copy(destination.data(), source, destination.size(),
                            internal::CopyKind::kDeviceToHost));
    return stream->synchronize();
  });
}

}  // namespace tenon
