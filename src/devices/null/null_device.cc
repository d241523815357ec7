#include "devices/null/null_device.h"

#include "base/errors.h"
#include "base/try.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace tenon::internal {

namespace {

// Undoes an mmap; nullptr where that failed.
struct Unmap {
  size_t bytes = 0;
  void operator()(void* data) const { munmap(data, bytes); }
};
using Mapping = std::unique_ptr<void, Unmap>;

Mapping map_file(int file, size_t bytes, int rights) {
  void* data = mmap(nullptr, bytes, rights, MAP_SHARED, file, 0);
  return {data == MAP_FAILED ? nullptr : data, Unmap{bytes}};
}

}  // namespace

class NullBuffer final : public Buffer {
 public:
  NullBuffer(Mapping memory, Mapping host, size_t bytes, MemoryKind kind,
             std::shared_ptr<NullDevice> device)
      : Buffer(memory.get(), bytes),
        memory_(std::move(memory)),
        host_(std::move(host)),
        kind_(kind),
        device_(std::move(device)) {
    const std::scoped_lock lock(device_->mutex_);
    device_->blocks_.emplace(reinterpret_cast<uintptr_t>(data()),
                             NullDevice::Block{bytes, static_cast<std::byte*>(host_.get())});
    device_->account().add(kind_, static_cast<int64_t>(bytes));
  }
  ~NullBuffer() override {
    const std::scoped_lock lock(device_->mutex_);
    device_->blocks_.erase(reinterpret_cast<uintptr_t>(data()));
    device_->account().remove(kind_, static_cast<int64_t>(size()));
  }

 private:
  Mapping memory_;
  Mapping host_;
  MemoryKind kind_;
  std::shared_ptr<NullDevice> device_;
};

namespace {

// An empty buffer has no address.
class EmptyBuffer final : public Buffer {
 public:
  EmptyBuffer() : Buffer(nullptr, 0) {}
};

DeviceInfo null_device_info(int index) {
  DeviceInfo info;
  info.name = "null:" + std::to_string(index);
  info.kind = "null";
  info.description = "computes with the reference, memory out of the host's reach; for tests";
  info.threads = 1;
  info.isa = "portable";
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  info.memory_bytes = static_cast<int64_t>(pages) * page_bytes;
  return info;
}

}  // namespace

NullDevice::NullDevice(DeviceInfo info, std::unique_ptr<ThreadPool> pool)
    : HostDevice(std::move(info), /*host_accessible=*/false, std::move(pool)) {}

Result<std::shared_ptr<Device>> NullDevice::create(int index) {
  auto pool = TRY(ThreadPool::create({.workers = 0, .name = "tenon-null"}));
  return std::shared_ptr<Device>(new NullDevice(null_device_info(index), std::move(pool)));
}

Result<std::unique_ptr<Buffer>> NullDevice::allocate(size_t bytes, MemoryKind kind) {
  if (bytes == 0) return std::unique_ptr<Buffer>(std::make_unique<EmptyBuffer>());
  const auto failed = [&]() -> Error {
    return out_of_memory("cannot allocate {} bytes of {} on device {}: {}", bytes, to_string(kind),
                         info().name, std::strerror(errno));
  };
  const int file = memfd_create("tenon-null", MFD_CLOEXEC);
  if (file < 0) return failed();
  if (ftruncate(file, static_cast<off_t>(bytes)) != 0) {
    Error error = failed();
    close(file);
    return error;
  }
  Mapping memory = map_file(file, bytes, PROT_NONE);
  Mapping host = memory ? map_file(file, bytes, PROT_READ | PROT_WRITE) : nullptr;
  Error error = failed();
  close(file);
  if (!host) return error;
  return std::unique_ptr<Buffer>(
      std::make_unique<NullBuffer>(std::move(memory), std::move(host), bytes, kind,
                                   std::static_pointer_cast<NullDevice>(shared_from_this())));
}

Result<DeviceBytes> NullDevice::adopt_weights(std::span<const std::byte> bytes,
                                              std::shared_ptr<const void> owner) {
  static_cast<void>(owner);
  std::shared_ptr<Buffer> buffer = TRY(allocate(bytes.size(), MemoryKind::kWeights));
  if (!bytes.empty()) {
    std::memcpy(TRY(host_address(buffer->data(), bytes.size())), bytes.data(), bytes.size());
  }
  const void* data = buffer->data();
  return DeviceBytes{data, std::move(buffer)};
}

bool NullDevice::owns(const void* data, size_t bytes) const {
  return bytes == 0 || host_address(data, bytes).ok();
}

std::span<const Tactic> NullDevice::tactics() const { return {&kReferenceTactic, 1}; }

Result<std::byte*> NullDevice::host_address(const void* data, size_t bytes) const {
  const auto address = reinterpret_cast<uintptr_t>(data);
  const std::scoped_lock lock(mutex_);
  auto after = blocks_.upper_bound(address);
  if (after != blocks_.begin()) {
    const auto& [begin, block] = *--after;
    const size_t offset = address - begin;
    if (offset <= block.bytes && bytes <= block.bytes - offset) return block.host + offset;
  }
  return invalid_argument("{} bytes at {} are not memory of device {}", bytes, data, info().name);
}

std::vector<DeviceInfo> list_null_devices() {
  std::vector<DeviceInfo> devices;
  for (int index = 0; index < kNullDevices; ++index) devices.push_back(null_device_info(index));
  return devices;
}

Result<std::shared_ptr<Device>> open_null_device(const DeviceName& name) {
  if (!name.options.empty()) {
    return invalid_argument("device null has no option '{}'", name.options.begin()->first);
  }
  int index = 0;
  if (!name.index.empty()) {
    const char* end = name.index.data() + name.index.size();
    const auto parsed = std::from_chars(name.index.data(), end, index);
    if (parsed.ec != std::errc() || parsed.ptr != end || index < 0 || index >= kNullDevices) {
      return not_found("there is no device null:{}; there are null:0 to null:{}", name.index,
                       kNullDevices - 1);
    }
  }
  return NullDevice::create(index);
}

}  // namespace tenon::internal
