// Loops that keep a core's arithmetic or its memory busy.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bench {

// The instructions of multiply_add() on this machine: "avx512", "avx2", "portable".
std::string_view multiply_add_isa();

// Independent f32 multiply-adds in registers for some ten microseconds; returns the operations,
// two for each multiply-add.
double multiply_add();

// Reads a buffer of a multiple of 256 bytes once; returns the bytes.
double read_all(std::span<const std::byte> buffer);

}  // namespace bench
