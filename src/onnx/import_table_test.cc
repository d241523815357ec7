#include "onnx/import_table.h"

#include "onnx/importers/importers.h"
#include "ops/list.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace tenon::internal {
namespace {

TEST(ImportTable, NamesOpsThatExist) {
  for (const ImportRow& row : import_table()) {
    EXPECT_TRUE(row.op.empty() || find_op(row.op) != nullptr) << row.op_type;
    EXPECT_NE(row.import, nullptr) << row.op_type;
    EXPECT_LE(row.until, kNewestOpset) << row.op_type;
  }
}

TEST(ImportTable, ReachesEveryOp) {
  // Made by importers, passes and the builder, and beside another op.
  std::set<std::string_view> reached = {"AttentionScores", "Dims",     "Extents", "Fail",
                                        "MaxPoolIndices",  "Reformat", "Region"};
  for (const ImportRow& row : import_table()) reached.insert(row.op);
  for (const OpDef* op : all_ops()) EXPECT_TRUE(reached.contains(op->name)) << op->name;
}

TEST(ImportTable, RefusesByReasonWhatHasNoRow) {
  EXPECT_EQ(refusal_reason("", "RandomNormalLike"), "its results are random");
  EXPECT_EQ(refusal_reason("", "StringSplit"), "strings are no numbers");
  EXPECT_EQ(refusal_reason("com.acme", "StringSplit"), "");
  for (const ImportRow& row : import_table()) {
    EXPECT_EQ(refusal_reason(row.domain, row.op_type), "") << row.op_type;
  }
}

TEST(ImportTable, FindsTheRowOfAVersion) {
  EXPECT_EQ(find_import_row("", "Slice", 9)->import, import_slice_1);
  EXPECT_EQ(find_import_row("", "Slice", 10)->import, import_same_op);
  EXPECT_EQ(find_import_row("", "Slice", kNewestOpset + 1), nullptr);
  EXPECT_EQ(find_import_row("", "Slice", 0), nullptr);
  EXPECT_EQ(find_import_row("com.acme", "Slice", 10), nullptr);
  EXPECT_EQ(oldest_import_version("", "HardSwish"), 14);
  EXPECT_EQ(oldest_import_version("", "Nonsense"), 0);
}

}  // namespace
}  // namespace tenon::internal
