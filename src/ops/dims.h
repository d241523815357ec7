// Dims: a small tensor of numbers that follow from the network's symbolic dimensions. Constant
// folding leaves one where shape arithmetic was.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

struct DimsAttrs {
  std::vector<int64_t> shape;
  // Any integer type, or bool.
  DataType type = DataType::kInt64;
  // Texts of dims (see Dim::parse), row-major.
  std::vector<std::string> elements;
  bool operator==(const DimsAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("shape", self.shape);
    field("type", self.type);
    field("elements", self.elements);
  }
};

inline constexpr std::string_view kDimsName = "Dims";

std::span<const OpDef* const> dims_ops();

}  // namespace tenon::internal
