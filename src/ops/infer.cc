#include "base/check.h"
#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/op_def.h"
#include "ops/operands.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace tenon::internal {
namespace {

Error with_signature(const Error& error, const OpDef& def, std::span<const ValueInfo> in) {
  return {error.kind(), fmt::format("{}({}): {}", def.name, to_string(in), error.message()),
          error.node()};
}

Status check_operands(const OpDef& def, std::span<const ValueInfo> in) {
  const int count = static_cast<int>(in.size());
  if (count < def.min_inputs) {
    return invalid_argument("it takes {}{}, not {}",
                            def.min_inputs == def.max_inputs ? "" : "at least ",
                            counted(def.min_inputs, "operand"), count);
  }
  if (count > def.max_inputs) {
    return invalid_argument("it takes {}{}, not {}",
                            def.min_inputs == def.max_inputs ? "" : "at most ",
                            counted(def.max_inputs, "operand"), count);
  }
  const int required = def.max_inputs == kVariadic ? count : def.min_inputs;
  for (int i = 0; i < required; ++i) {
    if (!in[static_cast<size_t>(i)].present()) {
      return invalid_argument("operand {} is missing", i);
    }
  }
  return ok_status();
}

// A wrong result of inference is a bug of the op, but impossible sizes come from operands and
// attributes.
Status check_output(const OpDef& def, const ValueInfo& output) {
  TENON_CHECK(output.present(), "{} infers an output without a type", def.name);
  if (output.shape.size() > kMaxRank) {
    return invalid_argument("the output would have {} dims, the limit is {}", output.shape.size(),
                            kMaxRank);
  }
  for (const Dim& dim : output.shape) {
    if (dim.is_constant() && dim.constant() < 0) {
      return invalid_argument("the output would be {}, with a negative dimension",
                              to_string(output));
    }
  }
  if (const std::optional<Shape> shape = constant_shape(output.shape)) {
    if (tenon::byte_size(output.type, *shape) == std::numeric_limits<int64_t>::max()) {
      return invalid_argument("the output would be {}, which is too large", to_string(output));
    }
    TENON_CHECK(!output.elements ||
                    static_cast<int64_t>(output.elements->size()) == tenon::element_count(*shape),
                "{} infers elements that do not fill the shape", def.name);
  } else {
    TENON_CHECK(!output.elements, "{} infers elements of a symbolic shape", def.name);
  }
  return ok_status();
}

Result<std::vector<ValueInfo>> infer_checked(const OpDef& def, const Attrs& attrs,
                                             std::span<const ValueInfo> in) {
  TRY_STATUS(check_operands(def, in));
  std::vector<ValueInfo> outputs = TRY(def.infer(attrs, in));
  TENON_CHECK(def.outputs == kVariadic || static_cast<int>(outputs.size()) == def.outputs,
              "{} infers {} outputs, not {}", def.name, outputs.size(), def.outputs);
  for (const ValueInfo& output : outputs) TRY_STATUS(check_output(def, output));
  return outputs;
}

}  // namespace

OperandMask in_place_operands(const OpDef& def, const Attrs& attrs, size_t operands) {
  return def.in_place_of == nullptr ? def.in_place : def.in_place_of(attrs, operands);
}

Result<std::vector<ValueInfo>> infer_outputs(const OpDef& def, const Attrs& attrs,
                                             std::span<const ValueInfo> in) {
  Result<std::vector<ValueInfo>> outputs = infer_checked(def, attrs, in);
  if (!outputs.ok()) return with_signature(outputs.error(), def, in);
  return outputs;
}

}  // namespace tenon::internal
