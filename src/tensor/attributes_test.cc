#include "tensor/attributes.h"

#include "base/errors.h"
#include "base/text.h"
#include "testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tenon::internal {

enum class Fruit { kApple, kPear, kPlum };

template <>
struct EnumNames<Fruit> {
  static constexpr std::array names = {"apple", "pear", "plum"};
};

struct Fraction {
  int64_t numerator = 0;
  bool operator==(const Fraction&) const = default;
};

template <>
struct TextForm<Fraction> {
  static constexpr std::string_view kName = "fraction";
  static std::string to_text(const Fraction& fraction) {
    return fmt::format("{}/2", fraction.numerator);
  }
  static Result<Fraction> parse(std::string_view text) {
    if (!text.ends_with("/2")) return corrupt("no half in '{}'", text);
    const Result<int64_t> numerator = parse_number<int64_t>(text.substr(0, text.size() - 2));
    if (!numerator.ok()) return numerator.error();
    return Fraction{*numerator};
  }
};

namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;
using testing::IsError;
using testing::IsOk;

struct Everything {
  int64_t axis = -1;
  bool keep = true;
  float alpha = 0.5F;
  std::string mode = "linear";
  DataType type = DataType::kFloat32;
  Fruit fruit = Fruit::kApple;
  std::vector<int64_t> pads = {1, 2};
  std::vector<float> scales;
  std::vector<std::string> names = {"a"};
  std::optional<int64_t> limit;
  std::optional<std::vector<float>> weights;

  bool operator==(const Everything&) const = default;
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("keep", self.keep);
    field("alpha", self.alpha);
    field("mode", self.mode);
    field("type", self.type);
    field("fruit", self.fruit);
    field("pads", self.pads);
    field("scales", self.scales);
    field("names", self.names);
    field("limit", self.limit);
    field("weights", self.weights);
  }
};

struct Texts {
  Fraction one = {7};
  std::vector<Fraction> many;
  std::optional<Fraction> maybe;
  bool operator==(const Texts&) const = default;
  static void fields(auto& self, auto&& field) {
    field("one", self.one);
    field("many", self.many);
    field("maybe", self.maybe);
  }
};

struct AxisOnly {
  int64_t axis = -1;
  bool operator==(const AxisOnly&) const = default;
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

Result<Everything> read(const AttributeMap& map) {
  auto attrs = Attrs::from_map(attr_table<Everything>, map);
  if (!attrs.ok()) return std::move(attrs).error();
  return attrs->as<Everything>();
}

Everything read_ok(const AttributeMap& map) {
  const auto result = read(map);
  EXPECT_THAT(result, IsOk());
  return result.value_or(Everything{});
}

TEST(Attributes, AFieldThatIsNotNamedKeepsItsDefault) {
  EXPECT_EQ(read_ok({}), Everything{});
  EXPECT_EQ(read_ok({{"axis", int64_t{3}}}).axis, 3);
  EXPECT_EQ(read_ok({{"axis", int64_t{3}}}).pads, (std::vector<int64_t>{1, 2}));
}

TEST(Attributes, EveryFieldTypeIsRead) {
  const Everything all = read_ok({{"axis", int64_t{2}},
                                  {"keep", int64_t{0}},
                                  {"alpha", 0.25},
                                  {"mode", "cubic"},
                                  {"type", "i64"},
                                  {"fruit", "plum"},
                                  {"pads", std::vector<int64_t>{7}},
                                  {"scales", std::vector<double>{1.5, 2}},
                                  {"names", std::vector<std::string>{"x", "y"}},
                                  {"limit", int64_t{9}},
                                  {"weights", std::vector<double>{4}}});
  EXPECT_EQ(all.axis, 2);
  EXPECT_FALSE(all.keep);
  EXPECT_EQ(all.alpha, 0.25F);
  EXPECT_EQ(all.mode, "cubic");
  EXPECT_EQ(all.type, DataType::kInt64);
  EXPECT_EQ(all.fruit, Fruit::kPlum);
  EXPECT_THAT(all.pads, ElementsAre(7));
  EXPECT_THAT(all.scales, ElementsAre(1.5F, 2.0F));
  EXPECT_THAT(all.names, ElementsAre("x", "y"));
  EXPECT_EQ(all.limit, 9);
  EXPECT_EQ(all.weights, std::vector<float>{4});
}

TEST(Attributes, TheMapHoldsEveryFieldButEmptyOptionals) {
  const AttributeMap expected = {{"axis", int64_t{-1}},
                                 {"keep", int64_t{1}},
                                 {"alpha", 0.5},
                                 {"mode", "linear"},
                                 {"type", "f32"},
                                 {"fruit", "apple"},
                                 {"pads", std::vector<int64_t>{1, 2}},
                                 {"scales", std::vector<double>{}},
                                 {"names", std::vector<std::string>{"a"}}};
  EXPECT_EQ(Attrs::of(Everything{}).to_map(), expected);
}

TEST(Attributes, ARoundTripIsExact) {
  Everything all;
  all.alpha = 0.1F;
  all.type = DataType::kFloat8E5M2;
  all.fruit = Fruit::kPear;
  all.scales = {1e-45F, -0.0F, std::numeric_limits<float>::max(),
                std::numeric_limits<float>::infinity()};
  all.limit = std::numeric_limits<int64_t>::min();
  all.weights.emplace();
  const Everything back = read_ok(Attrs::of(all).to_map());
  EXPECT_EQ(back, all);
  EXPECT_TRUE(std::signbit(back.scales[1]));
}

TEST(Attributes, AnIntIsAFloatToo) {
  EXPECT_EQ(read_ok({{"alpha", int64_t{2}}}).alpha, 2.0F);
  EXPECT_THAT(read_ok({{"scales", std::vector<int64_t>{1, -2}}}).scales, ElementsAre(1.0F, -2.0F));
}

TEST(Attributes, AnEmptyListHasNoElementType) {
  for (const AttributeValue& empty :
       {AttributeValue(std::vector<int64_t>{}), AttributeValue(std::vector<double>{}),
        AttributeValue(std::vector<std::string>{})}) {
    const Everything all = read_ok({{"pads", empty}, {"names", empty}, {"weights", empty}});
    EXPECT_TRUE(all.pads.empty());
    EXPECT_TRUE(all.names.empty());
    EXPECT_EQ(all.weights, std::vector<float>{});
  }
  EXPECT_THAT(read({{"mode", std::vector<int64_t>{}}}),
              IsError(ErrorKind::kInvalidArgument, "must be a string, not [] (a list of ints)"));
  EXPECT_THAT(read({{"pads", std::string()}}),
              IsError(ErrorKind::kInvalidArgument, "must be a list of ints, not \"\" (a string)"));
}

TEST(Attributes, AWrongTypeIsNamedWithWhatIsWanted) {
  const auto expect = [](const char* name, AttributeValue value, const char* message) {
    EXPECT_THAT(read({{name, std::move(value)}}), IsError(ErrorKind::kInvalidArgument, message));
  };
  expect("axis", 1.0, "attribute \"axis\" must be an int, not 1.0 (a float)");
  expect("axis", "1", "must be an int, not \"1\" (a string)");
  expect("keep", int64_t{2}, "attribute \"keep\" must be 0 or 1, not 2");
  expect("alpha", "x", "must be a float");
  expect("alpha", 1e39, "must be a float within the range of f32, not 1e+39");
  expect("mode", int64_t{1}, "must be a string");
  expect("type", "f31", "must be the name of an element type, such as \"f32\", not \"f31\"");
  expect("type", int64_t{1}, "must be the name of an element type");
  expect("fruit", "nut", "must be one of \"apple\", \"pear\", \"plum\", not \"nut\"");
  expect("fruit", int64_t{0}, "must be one of");
  expect("pads", int64_t{1}, "must be a list of ints, not 1 (an int)");
  expect("pads", std::vector<double>{1}, "must be a list of ints, not [1.0] (a list of floats)");
  expect("scales", std::vector<double>{1, -1e39}, "must be a list of floats");
  expect("scales", std::vector<std::string>{"1"}, "must be a list of floats");
  expect("names", std::vector<int64_t>{1}, "must be a list of strings");
  expect("limit", "x", "attribute \"limit\" must be an int");
  expect("pads", std::string(1000, 'x'), "xxx… (a string)");
}

TEST(Attributes, AnUnknownNameListsTheKnownOnes) {
  EXPECT_THAT(read({{"axes", int64_t{1}}}),
              IsError(ErrorKind::kInvalidArgument,
                      "unknown attribute \"axes\"; did you mean \"axis\"?; known are \"axis\", "));
  EXPECT_THAT(read({{"limit", int64_t{1}}, {"q", int64_t{1}}}),
              IsError(ErrorKind::kInvalidArgument, "unknown attribute \"q\"; known are"));
  EXPECT_THAT(Attrs::from_map(attr_table<NoAttrs>, {{"axis", int64_t{1}}}),
              IsError(ErrorKind::kInvalidArgument, "unknown attribute \"axis\"; the op has none"));
}

TEST(Attributes, EqualityIsOfStructAndValue) {
  const Attrs a = Attrs::of(Everything{});
  Everything changed;
  changed.weights = std::vector<float>{1};
  EXPECT_EQ(a, Attrs::of(Everything{}));
  EXPECT_EQ(a, Attrs(a));
  EXPECT_FALSE(a == Attrs::of(changed));
  EXPECT_FALSE(a == Attrs::of(AxisOnly{}));
  EXPECT_EQ(Attrs(), Attrs::of(NoAttrs{}));
  EXPECT_TRUE(Attrs().to_map().empty());
}

TEST(Attributes, TheTableDescribesTheFields) {
  const auto fields = attr_table<Everything>.fields();
  EXPECT_THAT(fields, ElementsAre(FieldsAre("axis", "int"), FieldsAre("keep", "bool"),
                                  FieldsAre("alpha", "float"), FieldsAre("mode", "string"),
                                  FieldsAre("type", "type"), FieldsAre("fruit", "apple|pear|plum"),
                                  FieldsAre("pads", "ints"), FieldsAre("scales", "floats"),
                                  FieldsAre("names", "strings"), FieldsAre("limit", "int?"),
                                  FieldsAre("weights", "floats?")));
  EXPECT_TRUE(attr_table<NoAttrs>.fields().empty());
}

TEST(Attributes, ATextFormIsAStringInTheMap) {
  const Texts texts{.one = {3}, .many = {{1}, {-1}}, .maybe = Fraction{0}};
  const AttributeMap map = {
      {"one", "3/2"}, {"many", std::vector<std::string>{"1/2", "-1/2"}}, {"maybe", "0/2"}};
  EXPECT_EQ(Attrs::of(texts).to_map(), map);
  const auto back = Attrs::from_map(attr_table<Texts>, map);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->as<Texts>(), texts);
  const auto defaults = Attrs::from_map(attr_table<Texts>, {});
  ASSERT_THAT(defaults, IsOk());
  EXPECT_EQ(defaults->as<Texts>(), Texts{});
  EXPECT_THAT(attr_table<Texts>.fields(),
              ElementsAre(FieldsAre("one", "fraction"), FieldsAre("many", "fractions"),
                          FieldsAre("maybe", "fraction?")));
}

TEST(Attributes, ATextThatDoesNotParseIsNamedWithTheReason) {
  const auto expect = [](const char* name, AttributeValue value, const char* message) {
    EXPECT_THAT(Attrs::from_map(attr_table<Texts>, {{name, std::move(value)}}),
                IsError(ErrorKind::kInvalidArgument, message));
  };
  expect("one", "1", "attribute \"one\" is not fraction text: no half in '1'");
  expect("one", int64_t{1}, "attribute \"one\" must be a string, not 1");
  expect("many", std::vector<std::string>{"1/2", "x"},
         "attribute \"many\"[1] is not fraction text: no half in 'x'");
  expect("many", "1/2", "attribute \"many\" must be a list of strings");
  expect("maybe", "", "attribute \"maybe\" is not fraction text");
  expect("two", "1/2", "known are \"one\", \"many\", \"maybe\"");
}

TEST(AttributeText, IsCanonical) {
  EXPECT_EQ(to_string(AttributeValue(int64_t{-3})), "-3");
  EXPECT_EQ(to_string(AttributeValue(0.5)), "0.5");
  EXPECT_EQ(to_string(AttributeValue(2.0)), "2.0");
  EXPECT_EQ(to_string(AttributeValue(-0.0)), "-0.0");
  EXPECT_EQ(to_string(AttributeValue(1e30)), "1e+30");
  EXPECT_EQ(to_string(AttributeValue(std::numeric_limits<double>::infinity())), "inf");
  EXPECT_EQ(to_string(AttributeValue("a\"b")), "\"a\\\"b\"");
  EXPECT_EQ(to_string(AttributeValue(std::vector<int64_t>{1, 2})), "[1,2]");
  EXPECT_EQ(to_string(AttributeValue(std::vector<double>{1, 2.5})), "[1.0,2.5]");
  EXPECT_EQ(to_string(AttributeValue(std::vector<std::string>{"x", ""})), "[\"x\",\"\"]");
  EXPECT_EQ(to_string(AttributeValue(std::vector<double>{})), "[]");
}

}  // namespace
}  // namespace tenon::internal
