// A pointwise program as a loop over rows of its operands.
#pragma once

#include "devices/cpu/jit/code_set.h"
#include "ops/pointwise.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace tenon::internal {

// Code that copies share. Immutable; any thread may run it.
class PointwiseLoop {
 public:
  // A program that ProgramEmitter takes with Bools::kAtTheEnds; a bool in memory is a byte, 0 or 1.
  // `repeats` says of each input whether a row reads one element again and again; all other inputs
  // and the output advance by an element. Errors: those of CodeWriter.
  static Result<PointwiseLoop> create(CodeSet& code, const PointwiseProgram& program,
                                      std::span<const bool> repeats);

  // Computes `rows` rows of `length` elements, both at least 1. `pointers`: where the first row of
  // each input begins, then of the output; `strides`: bytes from a row to the next. Needs element
  // alignment. The output may be an input that does not repeat and has the same strides.
  void run(std::span<std::byte* const> pointers, std::span<const int64_t> strides, int64_t rows,
           int64_t length) const {
    code_->entry<Entry>()(pointers.data(), strides.data(), rows, length);
  }

 private:
  using Entry = void(std::byte* const* pointers, const int64_t* strides, int64_t rows,
                     int64_t length);

  explicit PointwiseLoop(std::shared_ptr<const JitCode> code) : code_(std::move(code)) {}

  std::shared_ptr<const JitCode> code_;
};

}  // namespace tenon::internal
