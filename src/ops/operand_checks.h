// Checks that inference and references of ops share.
#pragma once

#include "ops/op_def.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <span>
#include <vector>

namespace tenon::internal {

// Whether both dims are constants and differ: the mismatch that inference can see.
bool certainly_differ(const Dim& a, const Dim& b);

// Errors: InvalidArgument unless the type is f32, f64, f16 or bf16.
Status require_floating(DataType type);

// Errors: Unsupported for the four-bit types, whose elements have no address of their own.
Status require_whole_bytes(DataType type);

// Errors: InvalidArgument unless the type is i64 or i32.
Status require_indices(const ValueInfo& operand);

// Errors: InvalidArgument unless all operands that are present have the type of the first.
Status require_same_types(std::span<const ValueInfo> in);

// Errors: InvalidArgument unless operand `position`, if it is given, is a vector of one value for
// each output channel.
Status check_bias(std::span<const ValueInfo> in, size_t position, const Dim& channels);

// What inference knows of operands in the run; elements only of those that the host reads. Errors:
// InvalidArgument for such elements that are no integers.
Result<std::vector<ValueInfo>> operand_infos(std::span<const ConstTensorView> in,
                                             OperandMask host_inputs);

// What a reference calls before it trusts its operands: infers again from their real types and
// shapes, and compares with those of `out`, because inference on symbols takes dims to be equal
// that may differ in the run. Errors: those of `infer` and operand_infos(); InvalidArgument where
// the outputs differ.
Status check_shapes(InferFn infer, const Attrs& attrs, std::span<const ConstTensorView> in,
                    std::span<const TensorView> out, OperandMask host_inputs = 0);

}  // namespace tenon::internal
