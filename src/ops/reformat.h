// Reformat: the same tensor in another layout. Only the choice of tactics makes such nodes.
#pragma once

#include "ops/op_def.h"
#include "tensor/layout.h"

#include <array>
#include <span>

namespace tenon::internal {

template <>
struct EnumNames<Layout> {
  static constexpr std::array names = {"plain", "channels_last", "packed"};
};

// The layouts of operand and result, neither of them packed.
struct ReformatAttrs {
  Layout from = Layout::kPlain;
  Layout to = Layout::kPlain;
  bool operator==(const ReformatAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("from", self.from);
    field("to", self.to);
  }
};

// Operands: x of any type of whole bytes.
std::span<const OpDef* const> reformat_ops();

}  // namespace tenon::internal
