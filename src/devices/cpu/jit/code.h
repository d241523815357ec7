// Machine code made at run time: written into plain memory, made executable once it is finished. No
// page is writable and executable at the same time, or ever writable again.
#pragma once

#include "base/function_ref.h"
#include "device/device.h"

#include <tenon/error.h>
#include <xbyak/xbyak.h>

#include <cstddef>
#include <memory>
#include <span>

namespace tenon::internal {

// Executable code, unmapped with the object. Its device counts it as MemoryKind::kCode and must
// outlive it. Immutable: any thread may run it.
class JitCode {
 public:
  ~JitCode();
  JitCode(const JitCode&) = delete;
  JitCode& operator=(const JitCode&) = delete;

  // Mapped bytes, whole pages.
  size_t size() const { return pages_.size(); }

  // The function that starts `offset` bytes into the code: entry<void(const float*, int64_t)>().
  template <class Function>
  Function* entry(size_t offset = 0) const {
    return reinterpret_cast<Function*>(pages_.data() + offset);
  }

 private:
  friend class CodeWriter;
  JitCode(std::span<std::byte> pages, Device& device);

  std::span<std::byte> pages_;
  Device& device_;
};

// Where code is written. Labels and jumps work as in any Xbyak::CodeGenerator; getSize() is the
// offset of what is written next. xbyak keeps the first error of the thread until finish() reports
// it: write one piece of code at a time.
class CodeWriter : public Xbyak::CodeGenerator {
 public:
  // More than this is an error. Only pages that are written to take memory.
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  // Errors: OutOfMemory.
  static Result<std::unique_ptr<CodeWriter>> create();
  ~CodeWriter() override;
  CodeWriter(const CodeWriter&) = delete;
  CodeWriter& operator=(const CodeWriter&) = delete;

  // Makes what is written executable; once, as the last call. Errors: Unsupported for code that
  // cannot be encoded (too long, an offset too large), DeviceError where the system forbids
  // executable memory.
  Result<std::unique_ptr<JitCode>> finish(Device& device);

 private:
  explicit CodeWriter(std::span<std::byte> pages);

  // Empty once finished.
  std::span<std::byte> pages_;
};

// The code that `write` writes. Errors: those of create() and finish().
Result<std::unique_ptr<JitCode>> generate_code(Device& device,
                                               FunctionRef<void(CodeWriter& writer)> write);

}  // namespace tenon::internal
