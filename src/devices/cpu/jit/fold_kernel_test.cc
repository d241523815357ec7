#include "devices/cpu/jit/fold_kernel.h"

#include "devices/cpu/jit/emitted_program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;
constexpr std::array kCodes = {ScalarCode::kAdd, ScalarCode::kMul, ScalarCode::kMin,
                               ScalarCode::kMax};

double folded(ScalarCode code, double a, double b) {
  switch (code) {
    case ScalarCode::kAdd:
      return a + b;
    case ScalarCode::kMul:
      return a * b;
    case ScalarCode::kMin:
      return std::isnan(a) || a < b ? a : b;
    default:
      return std::isnan(a) || a > b ? a : b;
  }
}

// Near 1, so that products stay in range.
std::vector<float> random_numbers(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) {
    number = 0.9F + 0.2F * std::ldexp(static_cast<float>(random() >> 40), -24);
    if (random() % 2 == 0) number = -number;
  }
  return numbers;
}

// Sums of a different order.
void expect_near(float got, double want) {
  if (std::isinf(want)) {
    EXPECT_EQ(got, want);
  } else {
    EXPECT_NEAR(got, want, 1e-5 * std::max(1.0, std::abs(want)));
  }
}

class FoldKernelTest : public ::testing::TestWithParam<Isa> {
 protected:
  FoldKernel kernel(const FoldSpec& spec) {
    CodeSet code(static_cast<CpuDevice&>(*device_));
    return FoldKernel::create(code, spec).value();
  }

  std::shared_ptr<Device> device_ = CpuDevice::create(1, GetParam()).value();
};

TEST_P(FoldKernelTest, FoldsElementsSideBySide) {
  const std::vector<float> numbers = random_numbers(200, 1);
  for (const ScalarCode code : kCodes) {
    const FoldSpec spec = fold_of(code, FoldDirection::kAlong);
    const auto fold = kernel(spec);
    double want = spec.start;
    for (size_t count = 0; count <= numbers.size(); ++count) {
      SCOPED_TRACE(fmt::format("{} of {}", scalar_op(code).name, count));
      // Elements that do not belong to the row must not be read.
      const std::vector<float> row(numbers.begin(),
                                   numbers.begin() + static_cast<std::ptrdiff_t>(count));
      std::array<float, 2> result = {7, 7};
      FoldCall call{
          .elements = row.data(), .results = result.data(), .count = static_cast<int64_t>(count)};
      fold.run(call);
      expect_near(result[0], want);
      call.scale = 0.25F;
      fold.run(call);
      expect_near(result[0], want * 0.25);
      EXPECT_EQ(result[1], 7);
      if (count < numbers.size()) want = folded(code, want, numbers[count]);
    }
  }
}

TEST_P(FoldKernelTest, FoldsRowsIntoResultsSideBySide) {
  constexpr int64_t kColumns = 150;
  for (const ScalarCode code : kCodes) {
    const FoldSpec spec = fold_of(code, FoldDirection::kAcross);
    const auto fold = kernel(spec);
    for (const int64_t rows : {0, 1, 2, 9}) {
      for (int64_t columns = 1; columns <= kColumns; ++columns) {
        SCOPED_TRACE(fmt::format("{} of {} rows, {} columns", scalar_op(code).name, rows, columns));
        const std::vector<float> numbers =
            random_numbers(static_cast<size_t>(rows * columns), static_cast<uint64_t>(columns));
        std::vector<float> results(static_cast<size_t>(columns) + 1, 7);
        fold.run({.elements = numbers.data(),
                  .results = results.data(),
                  .count = rows,
                  .row_bytes = columns * 4,
                  .number = columns});
        for (int64_t c = 0; c < columns; ++c) {
          double want = spec.start;
          for (int64_t r = 0; r < rows; ++r) {
            want = folded(code, want, numbers[static_cast<size_t>(r * columns + c)]);
          }
          expect_near(results[static_cast<size_t>(c)], want);
        }
        EXPECT_EQ(results.back(), 7);
      }
    }
  }
}

TEST_P(FoldKernelTest, JoinsTwoRowsInTheFirstOne) {
  const auto fold = kernel(fold_of(ScalarCode::kAdd, FoldDirection::kAcross));
  constexpr int64_t kColumns = 70;
  std::vector<float> rows = random_numbers(2 * kColumns, 6);
  const std::vector<float> before = rows;
  fold.run({.elements = rows.data(),
            .results = rows.data(),
            .count = 2,
            .row_bytes = kColumns * 4,
            .number = kColumns,
            .scale = 0.5F});
  for (size_t c = 0; c < kColumns; ++c) {
    EXPECT_EQ(rows[c], (before[c] + before[c + kColumns]) * 0.5F) << "column " << c;
    EXPECT_EQ(rows[c + kColumns], before[c + kColumns]) << "column " << c;
  }
}

TEST_P(FoldKernelTest, FoldsAndStoresWhatAProgramMakesOfElements) {
  // ((x - of its result) * of the element) * the same for all
  const PointwiseProgram map{
      .inputs = {kF32, kF32, kF32, kF32},
      .body = {{.code = ScalarCode::kSub, .type = kF32, .operands = {0, 1, -1}},
               {.code = ScalarCode::kMul, .type = kF32, .operands = {4, 2, -1}},
               {.code = ScalarCode::kMul, .type = kF32, .operands = {5, 3, -1}}},
      .outputs = {6}};
  const float factor = 0.75F;
  for (const FoldDirection direction : {FoldDirection::kAlong, FoldDirection::kAcross}) {
    FoldSpec spec = fold_of(ScalarCode::kAdd, direction);
    spec.map = map;
    spec.extras = {FoldExtra::kResult, FoldExtra::kElement, FoldExtra::kOne};
    spec.stores = true;
    const auto fold = kernel(spec);
    const bool along = direction == FoldDirection::kAlong;
    const size_t rows = 5;
    for (const size_t columns : {3U, 16U, 64U, 77U, 150U}) {
      SCOPED_TRACE(fmt::format("{} rows, {} columns", rows, columns));
      std::vector<float> numbers = random_numbers(rows * columns, 3);
      const std::vector<float> means = random_numbers(rows * columns, 4);
      const std::vector<float> weights = random_numbers(rows * columns, 5);
      const size_t number = along ? rows : columns;
      std::vector<float> results(number);
      std::vector<double> want(number, 0);
      std::vector<float> mapped;
      for (size_t i = 0; i < numbers.size(); ++i) {
        const size_t at = along ? i / columns : i % columns;
        mapped.push_back((numbers[i] - means[at]) * weights[i] * factor);
        want[at] += mapped.back();
      }
      fold.run({.elements = numbers.data(),
                .mapped = numbers.data(),
                .results = results.data(),
                .extras = {means.data(), weights.data(), &factor},
                .count = static_cast<int64_t>(along ? columns : rows),
                .row_bytes = static_cast<int64_t>(columns * sizeof(float)),
                .number = static_cast<int64_t>(number)});
      EXPECT_EQ(numbers, mapped);
      for (size_t i = 0; i < number; ++i) {
        EXPECT_NEAR(results[i], want[i], 1e-5) << i;
      }
    }
  }
}

TEST_P(FoldKernelTest, KeepsANanWhereverItStands) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const ScalarCode code : {ScalarCode::kMin, ScalarCode::kMax}) {
    const auto along = kernel(fold_of(code, FoldDirection::kAlong));
    const auto across = kernel(fold_of(code, FoldDirection::kAcross));
    for (size_t at = 0; at < 100; ++at) {
      std::vector<float> numbers = random_numbers(100, 2);
      numbers[at] = kNan;
      float result = 0;
      along.run({.elements = numbers.data(), .results = &result, .count = 100});
      EXPECT_TRUE(std::isnan(result)) << at;
      std::array<float, 10> results = {};
      across.run({.elements = numbers.data(),
                  .results = results.data(),
                  .count = 10,
                  .row_bytes = 40,
                  .number = 10});
      for (size_t c = 0; c < results.size(); ++c) EXPECT_EQ(std::isnan(results[c]), c == at % 10);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, FoldKernelTest, ::testing::ValuesIn(generated_isas()),
                         [](const ::testing::TestParamInfo<Isa>& isa) {
                           return std::string(to_string(isa.param));
                         });

}  // namespace
}  // namespace tenon::internal::testing
