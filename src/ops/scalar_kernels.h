// The loops behind instructions of pointwise programs: one function call for many elements.
#pragma once

#include "ops/pointwise.h"

#include <array>
#include <cstddef>

namespace tenon::internal {

// Elements lie one behind the other, aligned, as in a tensor; but four-bit integers take a byte
// each, extended by their sign. The result may be one of the operands.
struct ScalarKernelArgs {
  std::array<const void*, 3> operands = {};
  void* result = nullptr;
  size_t count = 0;
  ScalarParams params = {};
  // Of operand 0 and of the result.
  DataType from = DataType::kUndefined;
  DataType to = DataType::kUndefined;
};

using ScalarKernel = void (*)(const ScalarKernelArgs& args);

// The loop of an instruction that verify() accepts; `type` is the one of its last operand.
ScalarKernel scalar_kernel(ScalarCode code, DataType type);

// The loop of Cast.
void cast_elements(const ScalarKernelArgs& args);

// Bytes of an element in a kernel's memory.
size_t kernel_width(DataType type);

}  // namespace tenon::internal
