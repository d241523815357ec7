#include "ops/list.h"
#include "ops/op_def.h"
#include "ops/pointwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace tenon::internal {
namespace {

// What the tables must say of every op; its cases are checked by op_cases_test.cc.
TEST(OpList, IsSortedWithoutDuplicates) {
  const auto ops = all_ops();
  EXPECT_FALSE(ops.empty());
  for (size_t i = 1; i < ops.size(); ++i) {
    EXPECT_LT(ops[i - 1]->name, ops[i]->name) << "names must differ and be in order";
  }
}

TEST(OpList, FindsEachOpByItsNameAndNoOther) {
  for (const OpDef* op : all_ops()) EXPECT_EQ(find_op(op->name), op) << op->name;
  EXPECT_EQ(find_op(""), nullptr);
  EXPECT_EQ(find_op("Aaa"), nullptr);
  EXPECT_EQ(find_op("Zzz"), nullptr);
  EXPECT_EQ(find_op("relu"), nullptr);
}

TEST(OpList, EveryOpIsDocumentedInOneLine) {
  for (const OpDef* op : all_ops()) {
    SCOPED_TRACE(op->name);
    ASSERT_FALSE(op->doc.empty());
    EXPECT_EQ(op->doc.back(), '.');
    EXPECT_EQ(op->doc.find('\n'), std::string_view::npos);
  }
}

TEST(OpList, EveryOpIsComplete) {
  for (const OpDef* op : all_ops()) {
    SCOPED_TRACE(op->name);
    EXPECT_NE(op->attrs, nullptr);
    EXPECT_NE(op->infer, nullptr);
    EXPECT_NE(op->reference != nullptr, op->bodies > 0);
    EXPECT_GE(op->outputs, 1);
    EXPECT_GE(op->min_inputs, 0);
    EXPECT_LE(op->min_inputs, op->max_inputs);
  }
}

TEST(OpList, AttributesHaveDefaultsAndDifferentNames) {
  for (const OpDef* op : all_ops()) {
    SCOPED_TRACE(op->name);
    std::set<std::string> names;
    for (const AttrTable::Field& field : op->attrs->fields()) {
      EXPECT_TRUE(names.insert(field.name).second) << field.name;
      EXPECT_FALSE(field.type.empty()) << field.name;
    }
    const Result<Attrs> defaults = Attrs::from_map(*op->attrs, {});
    ASSERT_TRUE(defaults.ok());
    const Result<Attrs> again = Attrs::from_map(*op->attrs, defaults->to_map());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, *defaults);
  }
}

TEST(OpList, MasksNameOperandsThatExist) {
  for (const OpDef* op : all_ops()) {
    SCOPED_TRACE(op->name);
    if (op->max_inputs >= 32) continue;
    const OperandMask existing = (OperandMask{1} << op->max_inputs) - 1;
    EXPECT_EQ(op->in_place & ~existing, 0U);
    EXPECT_EQ(op->host_inputs & ~existing, 0U);
    EXPECT_EQ(op->in_place & op->host_inputs, 0U) << "a device cannot write what only the host has";
  }
}

TEST(OpList, HoldsAllRowsOfTheScalarTable) {
  for (size_t i = 0; i < scalar_ops().size(); ++i) {
    const ScalarOp& row = scalar_ops()[i];
    SCOPED_TRACE(row.name);
    EXPECT_EQ(static_cast<size_t>(row.code), i);
    const OpDef* op = find_op(row.name);
    ASSERT_NE(op, nullptr);
    EXPECT_EQ(pointwise_row(*op), &row);
  }
}

}  // namespace
}  // namespace tenon::internal
