#include "devices/cpu/jit/code.h"

#include "base/check.h"
#include "base/errors.h"
#include "base/try.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tenon::internal {
namespace {

size_t whole_pages(size_t bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

JitCode::JitCode(std::span<std::byte> pages, Device& device) : pages_(pages), device_(device) {
  device_.account().add(MemoryKind::kCode, static_cast<int64_t>(pages_.size()));
}

JitCode::~JitCode() {
  munmap(pages_.data(), pages_.size());
  device_.account().remove(MemoryKind::kCode, static_cast<int64_t>(pages_.size()));
}

CodeWriter::CodeWriter(std::span<std::byte> pages)
    : Xbyak::CodeGenerator(pages.size(), pages.data()), pages_(pages) {
  Xbyak::ClearError();
}

CodeWriter::~CodeWriter() {
  if (!pages_.empty()) munmap(pages_.data(), pages_.size());
}

Result<std::unique_ptr<CodeWriter>> CodeWriter::create() {
  void* memory =
      mmap(nullptr, kMaxBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return out_of_memory("cannot map {} bytes for machine code: {}", kMaxBytes,
                         std::strerror(errno));
  }
  return std::unique_ptr<CodeWriter>(new CodeWriter({static_cast<std::byte*>(memory), kMaxBytes}));
}

Result<std::unique_ptr<JitCode>> CodeWriter::finish(Device& device) {
  TENON_CHECK(!pages_.empty() && getSize() > 0, "code is finished twice, or there is none");
  if (getSize() >= kMaxBytes) {
    return unsupported("a kernel needs more than {} bytes of machine code", kMaxBytes);
  }
  readyRE();
  if (const int error = Xbyak::GetError(); error != Xbyak::ERR_NONE) {
    return unsupported("a kernel cannot be encoded: {}", Xbyak::ConvertErrorToString(error));
  }
  const size_t used = whole_pages(getSize());
  if (mprotect(pages_.data(), used, PROT_READ | PROT_EXEC) != 0) {
    return device_error(
        "the system does not make memory executable: {}; open the device as cpu:isa=portable",
        std::strerror(errno));
  }
  const std::span<std::byte> pages = std::exchange(pages_, {});
  if (used < pages.size()) munmap(pages.data() + used, pages.size() - used);
  return std::unique_ptr<JitCode>(new JitCode(pages.first(used), device));
}

Result<std::unique_ptr<JitCode>> generate_code(Device& device,
                                               FunctionRef<void(CodeWriter& writer)> write) {
  const std::unique_ptr<CodeWriter> writer = TRY(CodeWriter::create());
  write(*writer);
  return writer->finish(device);
}

}  // namespace tenon::internal
