// Operators: what an op means, independent of any graph or device. An op is a constexpr OpDef;
// list.h names them all. Semantics are those of the newest ONNX version of the operator; importers
// convert older forms.
#pragma once

#include "base/thread_pool.h"
#include "tensor/attributes.h"
#include "tensor/value_info.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Infers the outputs from attributes and operands. Called for imports, passes and the builder; the
// only place where an op's shape rule stands. `in` holds the node's operands with omitted ones
// present() == false and trailing omitted ones left off. The number of operands has been checked.
// Integer outputs of ops that shape arithmetic uses carry `elements` where they follow from the
// operands' elements. Errors: InvalidArgument with the shapes in it; Unsupported where a shape
// would depend on data that is not known before the run.
using InferFn = Result<std::vector<ValueInfo>> (*)(const Attrs& attrs,
                                                   std::span<const ValueInfo> in);

// Computes the outputs on the host: the definition of right. All tensors are dense host memory;
// shapes and types of `out` are the inferred ones. Omitted operands have type kUndefined. An output
// may share its memory with operand i where in_place says so. Work may be split over the pool;
// results never depend on its size. Floating sums accumulate in double. Errors: InvalidArgument for
// element values that the op forbids (an index out of range).
using ReferenceFn = Status (*)(const Attrs& attrs, std::span<const ConstTensorView> in,
                               std::span<const TensorView> out, ThreadPool& pool);

// Operations on elements that the op's definition takes (ops/work.h). All dims are constant, `in`
// and `out` are what inference takes and gives.
using FlopsFn = double (*)(const Attrs& attrs, std::span<const ValueInfo> in, const ValueInfo& out);

// The numbers of an op's open extents (ops/extents.h), in order, from the elements of operands that
// a reference would get. Errors: as ReferenceFn.
using CountFn = Result<std::vector<int64_t>> (*)(const Attrs& attrs,
                                                 std::span<const ConstTensorView> in,
                                                 ThreadPool& pool);

// Bits name operand positions.
using OperandMask = uint32_t;
inline constexpr size_t kMaskedOperands = 32;

// Operands that the mask cannot name are never in it.
constexpr bool in_mask(OperandMask mask, size_t operand) {
  return operand < kMaskedOperands && ((mask >> operand) & 1U) != 0;
}
constexpr void add_to_mask(OperandMask& mask, size_t operand) {
  if (operand < kMaskedOperands) mask |= 1U << operand;
}
inline constexpr int kVariadic = std::numeric_limits<int>::max();

struct OpDef {
  std::string_view name;
  // One sentence for `tenon ops`.
  std::string_view doc;
  const AttrTable* attrs;
  int min_inputs;
  int max_inputs;
  // kVariadic: as many as inference gives.
  int outputs;
  InferFn infer;
  // nullptr for an op with bodies: what they compute is known above the ops.
  ReferenceFn reference;
  // Operands whose elements decide shapes or addressing (axes, sizes, starts): read by the host
  // when shapes are bound, never by a device.
  OperandMask host_inputs = 0;
  // Operands that output 0 may overwrite where both have the same size and the operand dies there.
  OperandMask in_place = 0;
  // Where these depend on the attributes: the mask for that many operands, asked instead.
  OperandMask (*in_place_of)(const Attrs& attrs, size_t operands) = nullptr;
  // Output 0 has the bytes of operand 0 in the same order: no work, only another shape.
  bool view = false;
  // nullptr: none worth counting.
  FlopsFn flops = nullptr;
  // Of operand 0 no more is read than output 0 has.
  bool picks = false;
  // Set for an op with open extents: only a run tells them.
  CountFn count = nullptr;
  // Graphs that are part of a node: inference gets what they compute behind the operands.
  int bodies = 0;
};

// The operands that output 0 of a node may overwrite, as OpDef::in_place says.
OperandMask in_place_operands(const OpDef& def, const Attrs& attrs, size_t operands);

// Runs `def.infer` after checking the operand count, and checks what it returns. Errors carry the
// op's name and the operand types.
Result<std::vector<ValueInfo>> infer_outputs(const OpDef& def, const Attrs& attrs,
                                             std::span<const ValueInfo> in);

}  // namespace tenon::internal
