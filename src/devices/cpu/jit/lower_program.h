// From pointwise programs to vector programs.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/jit/vector_program.h"
#include "ops/pointwise.h"

#include <string>

namespace tenon::internal {

// Why an instruction of the program has no vector form, or empty. Registers are f32 or bool.
std::string cannot_lower(const PointwiseProgram& program);

// A verified program with one output that cannot_lower() has nothing against. What does not reach
// the output is left out. Inputs and outputs that are bool are masks.
VectorProgram lower_program(const PointwiseProgram& program, Isa isa);

}  // namespace tenon::internal
