#include "devices/cpu/cpu_device.h"

#include "base/core_leases.h"
#include "base/errors.h"
#include "base/pages.h"
#include "base/threads.h"
#include "base/try.h"
#include "devices/cpu/cpu_info.h"
#include "devices/cpu/peaks.h"
#include "devices/cpu/tactics/tactics.h"

#if defined(__x86_64__)
#include "devices/cpu/jit/code_cache.h"
#endif

#include <charconv>
#include <cstdint>
#include <new>
#include <utility>

namespace tenon::internal {
namespace {

constexpr int kMaxThreads = 1024;

constexpr std::align_val_t kAlignment{kDeviceAlignment};

struct FreeAligned {
  void operator()(void* data) const { ::operator delete(data, kAlignment); }
};
using HeapMemory = std::unique_ptr<void, FreeAligned>;

// Memory of the host, counted.
template <class Memory>
class HostBuffer final : public Buffer {
 public:
  HostBuffer(Memory memory, void* data, size_t bytes, MemoryKind kind,
             std::shared_ptr<Device> device)
      : Buffer(data, bytes), memory_(std::move(memory)), kind_(kind), device_(std::move(device)) {
    device_->account().add(kind_, static_cast<int64_t>(bytes));
  }
  ~HostBuffer() override { device_->account().remove(kind_, static_cast<int64_t>(size())); }

 private:
  Memory memory_;
  MemoryKind kind_;
  std::shared_ptr<Device> device_;
};

template <class Memory>
std::unique_ptr<Buffer> host_buffer(Memory memory, void* data, size_t bytes, MemoryKind kind,
                                    std::shared_ptr<Device> device) {
  // Every run touches them all. More than this may be a profile's bound that no run comes near.
  constexpr size_t kMostPopulated = size_t{1} << 30;
  if (kind == MemoryKind::kActivations && bytes <= kMostPopulated) {
    populate_for_writing({static_cast<std::byte*>(data), bytes});
  }
  return std::make_unique<HostBuffer<Memory>>(std::move(memory), data, bytes, kind,
                                              std::move(device));
}

// Counts mapped weights as long as somebody uses them.
struct AdoptedWeights {
  AdoptedWeights(std::shared_ptr<Device> counted_on, int64_t size, std::shared_ptr<const void> held)
      : device(std::move(counted_on)), bytes(size), owner(std::move(held)) {
    device->account().add(MemoryKind::kWeights, bytes);
  }
  ~AdoptedWeights() { device->account().remove(MemoryKind::kWeights, bytes); }
  AdoptedWeights(const AdoptedWeights&) = delete;
  AdoptedWeights& operator=(const AdoptedWeights&) = delete;

  std::shared_ptr<Device> device;
  int64_t bytes;
  std::shared_ptr<const void> owner;
};

Result<int> parse_threads(const std::string& text) {
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads < 1 ||
      threads > kMaxThreads) {
    return invalid_argument("option threads of device cpu is '{}'; it takes 1 to {}", text,
                            kMaxThreads);
  }
  return threads;
}

Result<Isa> parse_isa(const std::string& text) {
  const std::optional<Isa> isa = isa_of_name(text);
  if (!isa) {
    return invalid_argument("option isa of device cpu is '{}'; it takes avx512, avx2 and portable",
                            text);
  }
  if (*isa > best_isa()) {
    return invalid_argument("option isa of device cpu is '{}'; this machine has {} at most", text,
                            to_string(best_isa()));
  }
  return *isa;
}

}  // namespace

CpuDevice::CpuDevice(DeviceInfo info, std::unique_ptr<ThreadPool> pool)
    : HostDevice(std::move(info), /*host_accessible=*/true, std::move(pool)) {
#if defined(__x86_64__)
  code_cache_ = std::make_shared<CodeCache>();
#endif
}

Result<std::shared_ptr<Device>> CpuDevice::create(int threads, Isa isa) {
  auto pool = TRY(ThreadPool::create(
      {.workers = threads - 1, .name = "tenon-cpu", .leases = &CoreLeases::process()}));
  return std::shared_ptr<Device>(new CpuDevice(cpu_device_info(threads, isa), std::move(pool)));
}

Result<std::unique_ptr<Buffer>> CpuDevice::allocate(size_t bytes, MemoryKind kind) {
  void* data = nullptr;
  if (bytes >= kHugePageBytes) {
    std::unique_ptr<PageMemory> memory = PageMemory::create(bytes);
    if (memory != nullptr) {
      data = memory->data();
      return host_buffer(std::move(memory), data, bytes, kind, shared_from_this());
    }
  } else {
    HeapMemory memory(::operator new(bytes, kAlignment, std::nothrow));
    if (memory != nullptr) {
      data = memory.get();
      return host_buffer(std::move(memory), data, bytes, kind, shared_from_this());
    }
  }
  return out_of_memory("cannot allocate {} bytes of {} on device cpu", bytes, to_string(kind));
}

Result<DeviceBytes> CpuDevice::adopt_weights(std::span<const std::byte> bytes,
                                             std::shared_ptr<const void> owner) {
  auto adopted = std::make_shared<const AdoptedWeights>(
      shared_from_this(), static_cast<int64_t>(bytes.size()), std::move(owner));
  return DeviceBytes{bytes.data(), std::move(adopted)};
}

// Any host memory will do, whoever allocated it.
bool CpuDevice::owns(const void* data, size_t bytes) const { return data != nullptr || bytes == 0; }

Result<double> CpuDevice::measure_peak(PeakKind kind, double seconds) {
  return measure_cpu_peak(kind, seconds, isa_of(info()), *this);
}

std::span<const Tactic> CpuDevice::tactics() const { return cpu_tactics(); }

Result<std::byte*> CpuDevice::host_address(const void* data, size_t bytes) const {
  if (!owns(data, bytes)) {
    return invalid_argument("a null pointer is no memory of {} bytes on device cpu", bytes);
  }
  return static_cast<std::byte*>(const_cast<void*>(data));
}

std::vector<DeviceInfo> list_cpu_devices() {
  return {cpu_device_info(allowed_cores(), best_isa())};
}

Result<std::shared_ptr<Device>> open_cpu_device(const DeviceName& name) {
  if (!name.index.empty()) {
    return not_found("there is one device cpu, without an index; not 'cpu:{}'", name.index);
  }
  int threads = allowed_cores();
  Isa isa = best_isa();
  for (const auto& [option, value] : name.options) {
    if (option == "threads") {
      threads = TRY(parse_threads(value));
    } else if (option == "isa") {
      isa = TRY(parse_isa(value));
    } else {
      return invalid_argument("device cpu has no option '{}'; it takes threads and isa", option);
    }
  }
  return CpuDevice::create(threads, isa);
}

}  // namespace tenon::internal
