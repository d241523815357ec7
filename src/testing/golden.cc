#include "testing/golden.h"

#include "base/atomic_file.h"
#include "base/check.h"
#include "base/files.h"
#include "base/text.h"
#include "graph/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr std::string_view kTitle = "=== ";
constexpr std::string_view kResult = "--- result";

struct GoldenCase {
  std::string title;
  std::string input;
  std::string result;
};

// gtest_main drops the arguments that it does not know; the system still has them.
bool update_goldens() {
  const auto arguments = read_text_file("/proc/self/cmdline");
  TENON_CHECK(arguments.ok(), "{}", arguments.error().to_string());
  const std::vector<std::string_view> words = split(*arguments, '\0');
  return std::ranges::find(words, "--update-goldens") != words.end();
}

std::vector<GoldenCase> parse_cases(std::string_view text) {
  std::vector<GoldenCase> cases;
  std::string* part = nullptr;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with(kTitle)) {
      cases.push_back(
          {.title = std::string(line.substr(kTitle.size())), .input = {}, .result = {}});
      part = &cases.back().input;
    } else if (line == kResult && part != nullptr) {
      part = &cases.back().result;
    } else if (part != nullptr) {
      part->append(line).append("\n");
    }
  }
  return cases;
}

Status write_cases(const std::filesystem::path& path, const std::vector<GoldenCase>& cases) {
  std::string text;
  for (const GoldenCase& golden : cases) {
    text +=
        fmt::format("{}{}\n{}{}\n{}", kTitle, golden.title, golden.input, kResult, golden.result);
  }
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok()) return std::move(file).error();
  const Status written = file->write(text);
  return written.ok() ? file->commit() : written;
}

}  // namespace

void check_golden(std::string_view file, FunctionRef<std::string(std::string_view)> transform) {
  const auto path = std::filesystem::path(TENON_GOLDEN_FOLDER) / file;
  const auto text = read_text_file(path);
  ASSERT_TRUE(text.ok()) << text.error().to_string();
  std::vector<GoldenCase> cases = parse_cases(*text);
  ASSERT_FALSE(cases.empty()) << path << " holds no case";
  const bool update = update_goldens();
  for (GoldenCase& golden : cases) {
    std::string result = transform(golden.input);
    if (!update) {
      EXPECT_EQ(result, golden.result) << file << ": " << golden.title << "\n"
                                       << diff_lines(golden.result, result)
                                       << "run this program with --update-goldens if that is meant";
    }
    golden.result = std::move(result);
  }
  if (!update) return;
  const Status written = write_cases(path, cases);
  ASSERT_TRUE(written.ok()) << written.error().to_string();
}

}  // namespace tenon::internal::testing
