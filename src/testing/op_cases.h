// Cases of ops: what the reference is checked with, and what every tactic of every device is
// checked against the reference with. Family x states its cases in ops/x_cases.cc.
#pragma once

#include "ops/op_def.h"
#include "tensor/host_tensor.h"

#include <tenon/types.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal::testing {

// One operand of a case: literal values, or random ones.
struct CaseInput {
  DataType type = DataType::kFloat32;
  Shape shape = {};
  // Row-major; empty: random, floats in [low, high), integers rounded down.
  std::vector<double> values = {};
  double low = -2;
  double high = 2;
  // An omitted optional operand.
  bool omitted = false;
};

struct OpCase {
  // "stride_2_with_asymmetric_pads": unique in its op, [a-z0-9_].
  std::string name;
  std::string op;
  AttributeMap attributes = {};
  std::vector<CaseInput> inputs = {};
  // Expected outputs from the definition or an independent source. Each op has at least one case
  // with them; without, a case checks shapes, threads and tactics against the reference.
  std::vector<std::vector<double>> expected = {};
  // For expected values and for tactics; 0: the default for the output type.
  double tolerance = 0;
  // Terms cancel that only sums in double hold: for references alone.
  bool sums_in_double = false;
};

// A case with its tensors made: op, attributes, operands.
struct OpCaseData {
  const OpDef* op = nullptr;
  Attrs attrs;
  std::vector<HostTensor> inputs;  // omitted ones have type kUndefined
  std::vector<ValueInfo> input_infos;
  // With the numbers that open extents have.
  std::vector<ValueInfo> output_infos;
  // Those numbers.
  SymbolBindings extents;
};

// The cases of all families in the order of families.inc.
std::vector<OpCase> all_op_cases();

// Makes the tensors (same bytes at each call) and infers. Operands that the op reads on the host,
// and only those, carry known elements.
Result<OpCaseData> make_case(const OpCase& op_case);

// Runs the reference on a case.
Result<std::vector<HostTensor>> run_reference(const OpCaseData& data, ThreadPool& pool);

// The same on operands of a test's own. Errors: those of inference and of the reference.
Result<std::vector<HostTensor>> run_reference(const OpDef& op, const Attrs& attrs,
                                              std::span<const HostTensor> inputs, ThreadPool& pool);

}  // namespace tenon::internal::testing
