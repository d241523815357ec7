// Devices as the engine sees them. A device allocates memory, orders work on streams and offers
// tactics. Every interface is small on purpose: a new device is a copy of devices/null with its
// methods filled in, and the conformance suite (conformance.h) says whether it is right.
//
// Ownership: whoever holds a Buffer, Stream, Event or Kernel also holds its Device (they keep a
// shared_ptr). Thread-safety: Device is safe from any thread; a Stream may be used by one thread at
// a time; Events may be waited for from any thread.
#pragma once

#include "base/function_ref.h"
#include "device/memory_account.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace tenon::internal {

struct Tactic;
class Device;

// Memory of a device, freed with the object.
class Buffer {
 public:
  virtual ~Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() const { return data_; }
  size_t size() const { return size_; }

 protected:
  Buffer(void* data, size_t size) : data_(data), size_(size) {}

 private:
  void* data_;
  size_t size_;
};

// A point in a stream's order.
class Event {
 public:
  virtual ~Event() = default;
  // Blocks until the work recorded before the event is done. An event that was never recorded is
  // done. Errors: those of the work.
  virtual Status synchronize() = 0;
  virtual bool done() const = 0;
};

enum class CopyKind : uint8_t { kHostToDevice, kDeviceToHost, kDeviceToDevice };

// A queue of work that runs in order. Calls return when the work is queued, or done, as the device
// likes; host memory must stay valid until the stream is synchronised.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual Status copy(void* destination, const void* source, size_t bytes, CopyKind kind) = 0;
  virtual Status fill(void* destination, std::byte value, size_t bytes) = 0;
  virtual Status record(Event& event) = 0;
  // Work queued after this waits for the event.
  virtual Status wait(Event& event) = 0;
  // Runs `function` on the host in the stream's order.
  virtual Status call(std::function<Status()> function) = 0;
  // Calls `enqueue`, which queues work on this stream. What a device needs for all of it, it takes
  // once. Errors: those of `enqueue`.
  virtual Status batch(FunctionRef<Status()> enqueue) { return enqueue(); }
  // Waits for everything. Errors: the first error of the work since the last synchronize.
  virtual Status synchronize() = 0;
};

// Constant bytes made visible to kernels.
struct DeviceBytes {
  const void* data = nullptr;
  // Keeps `data` alive: the mapping itself, or a buffer with a copy.
  std::shared_ptr<const void> owner;
};

inline constexpr size_t kDeviceAlignment = 64;

class Device : public std::enable_shared_from_this<Device> {
 public:
  virtual ~Device() = default;

  const DeviceInfo& info() const { return info_; }
  // Whether host code may follow device pointers.
  bool host_accessible() const { return host_accessible_; }
  MemoryAccount& account() { return account_; }
  const MemoryAccount& account() const { return account_; }

  // kDeviceAlignment-aligned, uninitialised; 0 bytes give an empty buffer. Errors: OutOfMemory
  // naming size and kind.
  virtual Result<std::unique_ptr<Buffer>> allocate(size_t bytes, MemoryKind kind) = 0;
  virtual Result<std::unique_ptr<Stream>> create_stream() = 0;
  virtual Result<std::unique_ptr<Event>> create_event() = 0;

  // Makes weights visible: a device that reads host memory takes them as they are, others copy.
  // `owner` keeps `bytes` alive. Counted as weights either way.
  virtual Result<DeviceBytes> adopt_weights(std::span<const std::byte> bytes,
                                            std::shared_ptr<const void> owner) = 0;

  // Whether [data, data + bytes) may be a tensor of this device. A device that cannot tell says
  // yes.
  virtual bool owns(const void* data, size_t bytes) const = 0;

  // What the device does in a second, measured for about `seconds`. Errors: Unsupported where there
  // is no such measurement, OutOfMemory.
  virtual Result<double> measure_peak(PeakKind kind, double seconds) = 0;

  // In order of preference where several accept a problem.
  virtual std::span<const Tactic> tactics() const = 0;

 protected:
  Device(DeviceInfo info, bool host_accessible)
      : info_(std::move(info)), host_accessible_(host_accessible) {}

 private:
  DeviceInfo info_;
  bool host_accessible_;
  MemoryAccount account_;
};

}  // namespace tenon::internal
