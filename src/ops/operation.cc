#include "ops/operation.h"

#include "base/text.h"
#include "base/text_tokens.h"
#include "base/try.h"
#include "ops/list.h"
#include "tensor/attribute_text.h"

#include <utility>
#include <vector>

namespace tenon::internal {

bool operator==(const Operation& a, const Operation& b) {
  if (a.op == nullptr || b.op == nullptr) return a.op == b.op;
  // By name: an op may exist once in each library that uses it.
  return a.op->name == b.op->name && a.attrs == b.attrs;
}

std::string TextForm<Operation>::to_text(const Operation& operation) {
  if (operation.op == nullptr) return {};
  std::string text(operation.op->name);
  const AttributeMap attributes = changed_attributes(operation.attrs);
  if (!attributes.empty()) text += to_string(attributes);
  return text;
}

Result<Operation> TextForm<Operation>::parse(std::string_view text) {
  if (text.empty()) return Operation();
  TokenReader tokens(text);
  const Token name = TRY(tokens.expect(Token::Kind::kWord, "an op"));
  const OpDef* op = find_op(name.text);
  if (op == nullptr) {
    std::vector<std::string_view> names;
    for (const OpDef* known : all_ops()) names.push_back(known->name);
    return tokens.error_at(
        name.offset, fmt::format("there is no op {}{}", name.text, did_you_mean(name.text, names)));
  }
  AttributeMap attributes;
  if (tokens.at("{")) attributes = TRY(parse_attributes(tokens));
  TRY_STATUS(tokens.expect_end());
  return Operation{op, TRY(tokens.located(Attrs::from_map(*op->attrs, attributes), name.offset))};
}

}  // namespace tenon::internal
