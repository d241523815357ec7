#include "ops/operation.h"

#include "ops/conv.h"
#include "ops/list.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <string_view>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOkAndHolds;
using Form = TextForm<Operation>;

Operation conv() {
  ConvAttrs attrs;
  attrs.window.pads = {1, 1, 1, 1};
  attrs.group = 2;
  return {find_op("Conv"), Attrs::of(attrs)};
}

TEST(Operation, PrintsTheAttributesThatAreNotDefaults) {
  EXPECT_EQ(Form::to_text(conv()), "Conv{group=2, pads=[1,1,1,1]}");
  EXPECT_EQ(Form::to_text({find_op("Softmax"), *Attrs::from_map(*find_op("Softmax")->attrs, {})}),
            "Softmax");
  EXPECT_EQ(Form::to_text({}), "");
}

TEST(Operation, ParsesBack) {
  EXPECT_THAT(Form::parse("Conv{group=2, pads=[1,1,1,1]}"), IsOkAndHolds(conv()));
  EXPECT_THAT(Form::parse(" Conv {pads = [1,1,1,1], group=2, auto_pad=\"NOTSET\"}"),
              IsOkAndHolds(conv()));
  EXPECT_THAT(Form::parse(""), IsOkAndHolds(Operation()));
  for (const OpDef* op : all_ops()) {
    const Operation defaults{op, Attrs::from_map(*op->attrs, {}).value()};
    EXPECT_EQ(Form::to_text(defaults), op->name);
    EXPECT_THAT(Form::parse(op->name), IsOkAndHolds(defaults));
  }
}

TEST(Operation, SaysWhereTheTextIsWrong) {
  const auto expect = [](std::string_view text, const char* message) {
    EXPECT_THAT(Form::parse(text), IsError(ErrorKind::kCorruptData, message));
  };
  expect("{}", "1:1: expected an op, not \"{\"");
  expect("Convv", "1:1: there is no op Convv; did you mean \"Conv\"?");
  expect("Conv{group=\"x\"}", "1:1: attribute \"group\" must be an int");
  expect("Conv{groups=1}", "1:1: unknown attribute \"groups\"");
  expect("Conv{group=2} x", "1:15: expected the end, not \"x\"");
  expect("Conv{group=2", "expected '}', but the text ends");
}

TEST(Operation, IsEqualWhereOpAndAttributesAre) {
  EXPECT_EQ(conv(), conv());
  EXPECT_EQ(Operation(), Operation());
  EXPECT_FALSE(conv() == Operation());
  EXPECT_FALSE(conv() == (Operation{find_op("Conv"), Attrs::of(ConvAttrs())}));
  EXPECT_FALSE((Operation{find_op("Relu"), Attrs()} == Operation{find_op("Abs"), Attrs()}));
}

}  // namespace
}  // namespace tenon::internal
