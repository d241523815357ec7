#include "plan/format.h"

#include "plan/file_layout.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;

// A plan with everything that the format can hold.
Plan rich_plan() {
  const Dim n = Dim::symbol("N");
  const ValueInfo rows{.type = DataType::kFloat32, .shape = {n, 4}, .elements = {}};
  const ValueInfo weight{.type = DataType::kFloat32, .shape = {4}, .elements = {}};
  const ValueInfo flat{.type = DataType::kFloat32, .shape = {n * Dim(4)}, .elements = {}};
  const ValueInfo target{
      .type = DataType::kInt64, .shape = {1}, .elements = std::vector<Dim>{n * Dim(4)}};
  Plan plan;
  plan.device_kind = "cpu";
  plan.network_name = "rich";
  plan.values = {{"x", rows, Storage::kInput, 0},
                 {"y", flat, Storage::kOutput, 0},
                 {"w", weight, Storage::kWeight, 0},
                 {"t", rows, Storage::kAlias, 1},
                 {"s", target, Storage::kHost, kNoIndex},
                 {"v", weight, Storage::kWeight, 1},
                 {"u", rows, Storage::kArena, kNoIndex},
                 {"p", rows, Storage::kAlias, 6, PlanWindow{.offset = 0, .pitch = n * Dim(16)}}};
  plan.inputs = {{"x", 0}};
  plan.outputs = {{"y", 1}};
  plan.tactics = {{"own", "reference", 1}};
  plan.weights = {{0, 16}, {64, 16}};
  plan.steps = {{"add", "Add", {}, 0, {0, 2}, {6}, 0},
                {"add2", "Add", {}, 0, {6, 5}, {3}, n * Dim(8)},
                {"reshape", "Reshape", {{"allowzero", int64_t{0}}}, 0, {3, 4}, {1}, 0}};
  plan.profiles = {{.inputs = {{"x", {.min = {1, 4}, .opt = {2, 4}, .max = {8, 4}}}}}};
  plan.imported_nodes = 5;
  plan.code_bytes = 8192;
  return plan;
}

const std::string kWeightBytes = "0123456789abcdef";

Result<std::span<const std::byte>> weight_bytes(size_t weight) {
  static_cast<void>(weight);
  return std::as_bytes(std::span(kWeightBytes));
}

std::vector<std::byte> bytes_of_plan(const Plan& plan) {
  std::vector<std::byte> bytes;
  const Result<uint64_t> written =
      write_plan(plan, weight_bytes, [&](std::span<const std::byte> block) -> Status {
        bytes.insert(bytes.end(), block.begin(), block.end());
        return {};
      });
  EXPECT_THAT(written, IsOk());
  EXPECT_EQ(*written, bytes.size());
  return bytes;
}

TEST(PlanFormat, WritesTheSameBytesAfterReading) {
  const std::vector<std::byte> bytes = bytes_of_plan(rich_plan());
  const Result<PlanBytes> read = read_plan(bytes);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(bytes_of_plan(read->plan), bytes);
  EXPECT_THAT(verify_weights(*read), IsOk());
}

TEST(PlanFormat, TellsHowMuchCodeThereWas) {
  Plan plan = rich_plan();
  EXPECT_EQ(describe(read_plan(bytes_of_plan(plan))->plan).code_bytes, 8192);
  plan.code_bytes = -1;
  EXPECT_THAT(read_plan(bytes_of_plan(plan)),
              IsError(ErrorKind::kCorruptData, "states -1 bytes of code"));
}

TEST(PlanFormat, PutsWeightsAtAPageAndAligned) {
  const std::vector<std::byte> bytes = bytes_of_plan(rich_plan());
  const Result<PlanBytes> read = read_plan(bytes);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ((read->weights.data() - bytes.data()) % 4096, 0);
  EXPECT_EQ(std::memcmp(read->weights.data() + 64, kWeightBytes.data(), 16), 0);
}

TEST(PlanFormat, RefusesEveryTruncation) {
  const std::vector<std::byte> bytes = bytes_of_plan(rich_plan());
  for (size_t length = 0; length < bytes.size(); ++length) {
    const Result<PlanBytes> read = read_plan(std::span(bytes).first(length));
    ASSERT_FALSE(read.ok()) << "at " << length << " bytes";
    EXPECT_EQ(read.error().kind(), ErrorKind::kCorruptData) << "at " << length << " bytes";
  }
}

TEST(PlanFormat, NoticesEveryFlippedBitOutsideOfPadding) {
  const std::vector<std::byte> bytes = bytes_of_plan(rich_plan());
  const Result<FileHeader> header = decode_header(bytes);
  ASSERT_THAT(header, IsOk());
  const auto is_padding = [&](size_t at) {
    return (at >= header->metadata_offset + header->metadata_bytes &&
            at < header->weights_offset) ||
           (at >= header->weights_offset + 16 && at < header->weights_offset + 64);
  };
  std::vector<std::byte> flipped = bytes;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (is_padding(at)) continue;
    for (unsigned bit = 0; bit < 8; ++bit) {
      flipped[at] ^= std::byte{1} << bit;
      const Result<PlanBytes> read = read_plan(flipped);
      const bool noticed = !read.ok() || !verify_weights(*read).ok();
      EXPECT_TRUE(noticed) << "byte " << at << " bit " << bit;
      flipped[at] = bytes[at];
    }
  }
}

TEST(PlanFormat, NamesTheVersionsOfAnotherFormat) {
  std::vector<std::byte> bytes = bytes_of_plan(rich_plan());
  bytes[8] = std::byte{9};
  EXPECT_THAT(read_plan(bytes), IsError(ErrorKind::kVersionMismatch, "format version 9"));
}

TEST(PlanFormat, RefusesWhatIsNoPlan) {
  const std::string text =
      "this is a text that is longer than the header of a plan would be, which "
      "has eighty bytes";
  EXPECT_THAT(read_plan(std::as_bytes(std::span(text))),
              IsError(ErrorKind::kCorruptData, "not a plan"));
}

TEST(PlanFormat, PassesOnTheErrorsOfTheSink) {
  const Plan plan = rich_plan();
  for (int good = 0; good < 6; ++good) {
    int calls = 0;
    const Result<uint64_t> written =
        write_plan(plan, weight_bytes, [&](std::span<const std::byte>) -> Status {
          if (calls++ < good) return {};
          return Error(ErrorKind::kIoError, "disk full");
        });
    EXPECT_THAT(written, IsError(ErrorKind::kIoError, "disk full")) << good;
  }
}

}  // namespace
}  // namespace tenon::internal
