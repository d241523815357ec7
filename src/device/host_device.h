// The base of devices whose work the calling thread does: their streams are done when a call
// returns, and their kernels compute in host memory. A subclass says how its addresses map to host
// memory.
#pragma once

#include "base/thread_pool.h"
#include "device/device.h"
#include "device/tactic.h"

#include <tenon/error.h>

#include <cstddef>
#include <memory>

namespace tenon::internal {

class HostDevice : public Device {
 public:
  Result<std::unique_ptr<Stream>> create_stream() override;
  Result<std::unique_ptr<Event>> create_event() override;

  // Where the host finds [data, data + bytes) of this device. Errors: InvalidArgument for memory of
  // another device.
  virtual Result<std::byte*> host_address(const void* data, size_t bytes) const = 0;

  // Unsupported.
  Result<double> measure_peak(PeakKind kind, double seconds) override;

  // Splits the loops of kernels.
  ThreadPool& pool() { return *pool_; }

 protected:
  HostDevice(DeviceInfo info, bool host_accessible, std::unique_ptr<ThreadPool> pool)
      : Device(std::move(info), host_accessible), pool_(std::move(pool)) {}

 private:
  std::unique_ptr<ThreadPool> pool_;
};

// The tactic that computes any problem with its op's reference: the last resort of every host
// device, right by definition. Its device must be a HostDevice.
extern const Tactic kReferenceTactic;

}  // namespace tenon::internal
