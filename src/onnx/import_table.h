// Which operators can be imported, in which versions, and by what. To add one: a row in
// import_table.cc and, unless import_same_op does, a function in importers/.
#pragma once

#include "onnx/import_node.h"
#include "ops/op_def.h"

#include <tenon/error.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tenon::internal {

// The newest opset of ai.onnx, and the newest version of the file format, whose meaning was
// checked. A model that states a newer one is refused, as ONNX Runtime does: an operator of the
// same name may mean something else there, and a wrong answer is worse than none.
inline constexpr int kNewestOpset = 28;
inline constexpr int kNewestIrVersion = 14;
// Older files state no opset.
inline constexpr int kOldestIrVersion = 3;

using ImportFn = Status (*)(ImportNode& node);

// One operator in the opset versions in which it looks the same.
struct ImportRow {
  // "" is ai.onnx.
  std::string_view domain;
  std::string_view op_type;
  int since;
  int until;
  // The op that it becomes; "" for a rewrite into several.
  std::string_view op;
  ImportFn import;
  // Operands of the operator that must be known before the run, where they are not the host inputs
  // of the op.
  std::optional<OperandMask> host_inputs = std::nullopt;
};

// Sorted by domain, op_type and version; the versions of one operator do not overlap.
std::span<const ImportRow> import_table();

// The row for an operator at an opset version of its domain, or nullptr.
const ImportRow* find_import_row(std::string_view domain, std::string_view op_type,
                                 int64_t version);

// Why an operator has no row and will have none; empty for others.
std::string_view refusal_reason(std::string_view domain, std::string_view op_type);

// The oldest version of an operator with a row, or 0.
int oldest_import_version(std::string_view domain, std::string_view op_type);

}  // namespace tenon::internal
