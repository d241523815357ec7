// NumPy's .npy files (format versions 1 to 3; C order).
#pragma once

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <span>
#include <vector>

namespace tenon::cli {

// The type a tensor has in a .npy file: bf16 and fp8, which NumPy lacks, become f32, four-bit
// integers i8 or u8.
DataType npy_type(DataType type);

// The tensor in its npy_type().
std::vector<std::byte> encode_npy(const ConstTensorView& tensor);

// Errors: CorruptData; Unsupported for other format versions, big-endian numbers, Fortran order
// and types Tenon lacks.
Result<Tensor> decode_npy(std::span<const std::byte> bytes);

}  // namespace tenon::cli
