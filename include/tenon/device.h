/// Devices: where plans are built for and run.
#pragma once

#include <tenon/error.h>
#include <tenon/types.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tenon {

namespace internal {
class Device;
class Buffer;
}  // namespace internal

/// "0.1.0"
std::string_view version();

/// All devices this process can open, in a fixed order.
Result<std::vector<DeviceInfo>> list_devices();

/// A block of memory of one device, freed with the object. Move only. It keeps its device alive.
/// Thread-safety: as a plain pointer.
class DeviceBuffer {
 public:
  explicit DeviceBuffer(std::unique_ptr<internal::Buffer> impl);
  DeviceBuffer(DeviceBuffer&&) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&&) noexcept;
  ~DeviceBuffer();

  /// Address on the device. Host code may follow it only where Device::host_accessible().
  void* data() const;
  size_t size() const;

 private:
  std::unique_ptr<internal::Buffer> impl_;
};

/// A handle of an open device; copies share it. Engines, buffers and contexts keep their device
/// open. Thread-safety: every member may be called from any thread.
class Device {
 public:
  /// "cpu", "cpu:threads=4,isa=avx2" (avx512, avx2 or portable; the best of the machine if not
  /// given), "null", "null:2". An execution on the cpu uses at most that many threads (default: the
  /// cores that the process may use), and no more than there are cores which no other execution in
  /// the process holds. Errors: NotFound with the known names, InvalidArgument for an option it
  /// does not know and an instruction set that the machine does not have.
  static Result<Device> open(std::string_view name);

  const DeviceInfo& info() const;

  /// Whether host code may read and write the device's memory directly.
  bool host_accessible() const;

  /// 64-byte aligned memory, uninitialised, accounted as io. Errors: OutOfMemory.
  Result<DeviceBuffer> allocate(size_t bytes) const;

  /// Synchronous copies between host memory and a tensor's memory on this device. Both ranges must
  /// lie in one allocation. Errors: InvalidArgument for a null pointer with bytes to copy and,
  /// where the device has memory of its own, for any other memory. The cpu takes all memory of the
  /// host, whoever allocated it, and cannot tell whether a pointer leads to any.
  Status copy_to_device(void* destination, std::span<const std::byte> source) const;
  Status copy_to_host(std::span<std::byte> destination, const void* source) const;

  /// Measures for about `seconds` what the device does at this moment in a second: on the cpu with
  /// the threads of an execution and the instruction set of its kernels; more than 0 and at most 60
  /// seconds. Errors: InvalidArgument for other seconds or kinds, Unsupported for a device that has
  /// no such measurement, OutOfMemory.
  Result<double> measure_peak(PeakKind kind, double seconds) const;

  /// For the layers below; not part of the API's promise.
  explicit Device(std::shared_ptr<internal::Device> impl);
  const std::shared_ptr<internal::Device>& impl() const { return impl_; }

 private:
  std::shared_ptr<internal::Device> impl_;
};

}  // namespace tenon
