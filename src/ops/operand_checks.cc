#include "ops/operand_checks.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <utility>
#include <vector>

namespace tenon::internal {

bool certainly_differ(const Dim& a, const Dim& b) {
  return a.is_constant() && b.is_constant() && a.constant() != b.constant();
}

Status require_floating(DataType type) {
  switch (type) {
    case DataType::kFloat32:
    case DataType::kFloat64:
    case DataType::kFloat16:
    case DataType::kBFloat16:
      return ok_status();
    default:
      return invalid_argument("elements are {}; they must be f32, f64, f16 or bf16",
                              to_string(type));
  }
}

Status require_whole_bytes(DataType type) {
  if (bits_of(type) % 8 == 0) return ok_status();
  return unsupported("elements of type {} are packed two to a byte; cast them to eight bits first",
                     to_string(type));
}

Status require_indices(const ValueInfo& operand) {
  if (operand.type == DataType::kInt64 || operand.type == DataType::kInt32) return ok_status();
  return invalid_argument("the indices are {}, they must be i64 or i32", to_string(operand));
}

Status require_same_types(std::span<const ValueInfo> in) {
  for (const ValueInfo& operand : in) {
    if (operand.present() && operand.type != in[0].type) {
      return invalid_argument("operands are {} and {}; they must be of one type", to_string(in[0]),
                              to_string(operand));
    }
  }
  return ok_status();
}

Status check_bias(std::span<const ValueInfo> in, size_t position, const Dim& channels) {
  if (!has_operand(in, position)) return ok_status();
  const SymbolicShape& bias = in[position].shape;
  if (bias.size() == 1 && !certainly_differ(bias[0], channels)) return ok_status();
  return invalid_argument("bias {} must be [{}], one value for each output channel",
                          to_string(bias), channels.to_string());
}

Result<std::vector<ValueInfo>> operand_infos(std::span<const ConstTensorView> in,
                                             OperandMask host_inputs) {
  std::vector<ValueInfo> operands;
  operands.reserve(in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    ValueInfo info{in[i].type, to_symbolic(in[i].shape), {}};
    const bool on_host = i < 32 && ((host_inputs >> i) & 1U) != 0;
    if (on_host && info.present()) {
      info = with_elements(std::move(info), to_symbolic(TRY(to_int64s(in[i]))));
    }
    operands.push_back(std::move(info));
  }
  return operands;
}

Status check_shapes(InferFn infer, const Attrs& attrs, std::span<const ConstTensorView> in,
                    std::span<const TensorView> out, OperandMask host_inputs) {
  const std::vector<ValueInfo> operands = TRY(operand_infos(in, host_inputs));
  const std::vector<ValueInfo> inferred = TRY(infer(attrs, operands));
  if (inferred.size() != out.size()) {
    return invalid_argument("it computes {}, not {}", counted(inferred.size(), "output"),
                            out.size());
  }
  for (size_t i = 0; i < out.size(); ++i) {
    const ValueInfo given{out[i].type, to_symbolic(out[i].shape), {}};
    if (given.type != inferred[i].type || given.shape != inferred[i].shape) {
      return invalid_argument("output {} is {}, but the operands give {}", i, to_string(given),
                              to_string(inferred[i]));
    }
  }
  return ok_status();
}

}  // namespace tenon::internal
