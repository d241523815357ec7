// An op with its attributes: what attributes of other ops hold of it.
#pragma once

#include "ops/op_def.h"
#include "tensor/attributes.h"

#include <tenon/error.h>

#include <string>
#include <string_view>

namespace tenon::internal {

struct Operation {
  // nullptr: none.
  const OpDef* op = nullptr;
  // Of op->attrs.
  Attrs attrs;
  friend bool operator==(const Operation& a, const Operation& b);
};

// "Conv{pads=[1,1,1,1], strides=[2,2]}": the attributes that differ from their defaults; "Softmax"
// where none does, "" for none.
template <>
struct TextForm<Operation> {
  static constexpr std::string_view kName = "op";
  static std::string to_text(const Operation& operation);
  // Errors: CorruptData with line and column.
  static Result<Operation> parse(std::string_view text);
};

}  // namespace tenon::internal
