#include "tensor/attribute_text.h"

#include "base/check.h"
#include "base/text.h"
#include "base/try.h"

#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

Result<AttributeValue> parse_list(TokenReader& tokens) {
  std::vector<std::string> strings;
  std::vector<int64_t> integers;
  std::vector<double> floats;
  bool all_integers = true;
  if (tokens.take("]")) return AttributeValue(integers);
  const size_t offset = tokens.peek().offset;
  do {
    if (tokens.peek().kind == Token::Kind::kString) {
      strings.push_back(TRY(tokens.expect_string("a string")));
      continue;
    }
    const Token token = TRY(tokens.expect_scalar("a number or a string"));
    floats.push_back(TRY(tokens.located(parse_number<double>(token.text), token.offset)));
    const auto integer = parse_number<int64_t>(token.text);
    if (integer.ok()) integers.push_back(*integer);
    all_integers = all_integers && integer.ok();
  } while (tokens.take(","));
  TRY_STATUS(tokens.expect("]"));
  if (!strings.empty() && !floats.empty()) {
    return tokens.error_at(offset, "a list holds numbers or strings, not both");
  }
  if (!strings.empty()) return AttributeValue(std::move(strings));
  if (all_integers) return AttributeValue(std::move(integers));
  return AttributeValue(std::move(floats));
}

Result<AttributeValue> parse_value(TokenReader& tokens) {
  if (tokens.peek().kind == Token::Kind::kString) {
    return AttributeValue(TRY(tokens.expect_string("a string")));
  }
  if (tokens.take("[")) return parse_list(tokens);
  const Token token = TRY(tokens.expect_scalar("a number, a string or a list"));
  if (const auto integer = parse_number<int64_t>(token.text); integer.ok()) {
    return AttributeValue(*integer);
  }
  return AttributeValue(TRY(tokens.located(parse_number<double>(token.text), token.offset)));
}

}  // namespace

std::string to_string(const AttributeMap& attributes) {
  const auto text = [](const auto& attribute) {
    return attribute.first + "=" + to_string(attribute.second);
  };
  return "{" + join(attributes, ", ", text) + "}";
}

Result<AttributeMap> parse_attributes(TokenReader& tokens) {
  AttributeMap attributes;
  TRY_STATUS(tokens.expect("{"));
  if (tokens.take("}")) return attributes;
  do {
    const Token name = TRY(tokens.expect(Token::Kind::kWord, "the name of an attribute"));
    TRY_STATUS(tokens.expect("="));
    AttributeValue value = TRY(parse_value(tokens));
    if (!attributes.emplace(name.text, std::move(value)).second) {
      return tokens.error_at(name.offset, fmt::format("attribute {} stands twice", name.text));
    }
  } while (tokens.take(","));
  TRY_STATUS(tokens.expect("}"));
  return attributes;
}

AttributeMap changed_attributes(const Attrs& attrs) {
  const Result<Attrs> made = Attrs::from_map(attrs.table(), {});
  TENON_CHECK(made.ok(), "{}", made.error().message());
  AttributeMap attributes = attrs.to_map();
  for (const auto& [name, value] : made->to_map()) {
    const auto found = attributes.find(name);
    // As text, because 0.0 equals -0.0.
    if (found != attributes.end() && to_string(found->second) == to_string(value)) {
      attributes.erase(found);
    }
  }
  return attributes;
}

}  // namespace tenon::internal
