// The text form of attributes, the same wherever they are written down:
// {axis=1, mode="linear", pads=[0,0]}.
#pragma once

#include "base/text_tokens.h"
#include "tensor/attributes.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <string>

namespace tenon::internal {

// "{axis=1, mode=\"linear\"}", sorted by name; "{}" for none.
std::string to_string(const AttributeMap& attributes);

// What to_string() writes, the braces included. Errors: CorruptData with line and column.
Result<AttributeMap> parse_attributes(TokenReader& tokens);

// The attributes that differ from their defaults: enough to make the struct again, and it stays
// enough when fields are added.
AttributeMap changed_attributes(const Attrs& attrs);

}  // namespace tenon::internal
