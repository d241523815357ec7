// The CPU as a device: host memory, one pool of workers on cores leased from the process's table,
// tactics/tactics.cc.
#pragma once

#include "device/host_device.h"
#include "device/open.h"
#include "devices/cpu/isa.h"

#include <memory>
#include <span>
#include <vector>

namespace tenon::internal {

class CodeCache;

class CpuDevice final : public HostDevice {
 public:
  // `threads`: of one execution at most, the calling one included. Where fewer cores are free,
  // fewer run. `isa`: what kernels may use; the machine must have it.
  static Result<std::shared_ptr<Device>> create(int threads, Isa isa);

  Result<std::unique_ptr<Buffer>> allocate(size_t bytes, MemoryKind kind) override;
  Result<DeviceBytes> adopt_weights(std::span<const std::byte> bytes,
                                    std::shared_ptr<const void> owner) override;
  bool owns(const void* data, size_t bytes) const override;
  Result<double> measure_peak(PeakKind kind, double seconds) override;
  std::span<const Tactic> tactics() const override;
  Result<std::byte*> host_address(const void* data, size_t bytes) const override;

  // Generated code that kernels of this device share. On x86-64.
  CodeCache& code_cache() { return *code_cache_; }

 private:
  CpuDevice(DeviceInfo info, std::unique_ptr<ThreadPool> pool);

  std::shared_ptr<CodeCache> code_cache_;
};

// Row of the device table. Options: threads=N (default: the cores that the process may use),
// isa=avx512|avx2|portable (default: the richest of the machine).
std::vector<DeviceInfo> list_cpu_devices();
Result<std::shared_ptr<Device>> open_cpu_device(const DeviceName& name);

}  // namespace tenon::internal
