#include "tensor/attribute_text.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <limits>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::IsOkAndHolds;

struct Options {
  int64_t axis = -1;
  float alpha = 0;
  std::vector<int64_t> pads = {1, 2};
  std::optional<std::string> mode;
  bool operator==(const Options&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("alpha", self.alpha);
    field("pads", self.pads);
    field("mode", self.mode);
  }
};

Result<AttributeMap> parse(std::string_view text) {
  TokenReader tokens(text);
  Result<AttributeMap> attributes = parse_attributes(tokens);
  if (attributes.ok()) {
    EXPECT_THAT(tokens.expect_end(), IsOk());
  }
  return attributes;
}

TEST(AttributesText, ParsesBackToTheSameMap) {
  const AttributeMap map = {{"a", int64_t{-3}},
                            {"b", 0.1},
                            {"c", std::numeric_limits<double>::infinity()},
                            {"d", "x\"\n}"},
                            {"e", std::vector<int64_t>{1, 2}},
                            {"f", std::vector<double>{1, -0.0}},
                            {"g", std::vector<std::string>{"", "]"}}};
  EXPECT_EQ(to_string(map),
            R"({a=-3, b=0.1, c=inf, d="x\"\n}", e=[1,2], f=[1.0,-0.0], g=["","]"]})");
  EXPECT_THAT(parse(to_string(map)), IsOkAndHolds(map));
  EXPECT_EQ(to_string(AttributeMap()), "{}");
  EXPECT_THAT(parse("{ }"), IsOkAndHolds(AttributeMap()));
}

TEST(AttributesText, SaysWhereItIsWrong) {
  const auto expect = [](std::string_view text, const char* message) {
    EXPECT_THAT(parse(text), IsError(ErrorKind::kCorruptData, message));
  };
  expect("", "1:1: expected '{', but the text ends");
  expect("{a}", "1:3: expected '=', not \"}\"");
  expect("{a=1,}", "1:6: expected the name of an attribute");
  expect("{a=1, a=2}", "1:7: attribute a stands twice");
  expect("{a=[1,\"x\"]}", "1:5: a list holds numbers or strings, not both");
  expect("{a=1e999}", "1:4: ");
  expect("{a=(1)}", "1:4: expected a number, a string or a list");
  expect("{a=1", "expected '}', but the text ends");
}

TEST(ChangedAttributes, AreThoseThatDifferFromTheirDefaults) {
  EXPECT_TRUE(changed_attributes(Attrs::of(Options{})).empty());
  const Options options{.axis = 2, .alpha = -0.0F, .pads = {1, 2}, .mode = "fast"};
  const AttributeMap changed = changed_attributes(Attrs::of(options));
  EXPECT_EQ(to_string(changed), R"({alpha=-0.0, axis=2, mode="fast"})");
  const auto back = Attrs::from_map(attr_table<Options>, changed);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->as<Options>(), options);
}

}  // namespace
}  // namespace tenon::internal
