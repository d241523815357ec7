// Fail: a value that cannot be computed. It stands for a branch that makes no sense for the shapes
// of a network, which is an error only where the branch is taken.
#pragma once

#include "ops/op_def.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

inline constexpr std::string_view kFailName = "Fail";

struct FailAttrs {
  // Why.
  std::string message;
  // Of the result that there would be: dims as texts (see Dim::parse).
  DataType type = DataType::kFloat32;
  std::vector<std::string> shape;
  bool operator==(const FailAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("message", self.message);
    field("type", self.type);
    field("shape", self.shape);
  }
};

// No operands. A result without elements is no failure.
std::span<const OpDef* const> fail_ops();

}  // namespace tenon::internal
