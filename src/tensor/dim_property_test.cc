// Dims made at random beside a plain evaluation of the same operations.
#include "tensor/dim.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <optional>
#include <random>

namespace tenon::internal {
namespace {

constexpr int kRounds = 4000;
constexpr std::array<const char*, 3> kSymbols = {"N", "T", "H"};

// A dim with the value it must have under fixed bindings; nullopt after a division by zero or where
// extents do not broadcast.
struct Sample {
  Dim dim;
  std::optional<int64_t> value;
};

int64_t floor_div(int64_t a, int64_t b) {
  return static_cast<int64_t>(
      std::floor(static_cast<long double>(a) / static_cast<long double>(b)));
}

// --gtest_random_seed=N repeats a run.
class DimProperty : public ::testing::Test {
 protected:
  DimProperty() {
    const int given = GTEST_FLAG_GET(random_seed);
    const auto seed =
        given != 0 ? static_cast<unsigned>(given) : std::random_device{}() % 99999 + 1;
    std::cout << "random seed " << seed << "\n";
    random_.seed(seed);
    new_bindings();
  }

  int64_t between(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }

  void new_bindings() {
    for (const char* symbol : kSymbols) {
      const int64_t value = between(-4, 9);
      bindings_[symbol] = value;
      ranges_[symbol] = {value - between(0, 3), value + between(0, 3)};
    }
  }

  Sample leaf() {
    if (between(0, 2) == 0) {
      const int64_t number = between(-6, 12);
      return {number, number};
    }
    const char* name = kSymbols[static_cast<size_t>(between(0, 2))];
    return {Dim::symbol(name), bindings_[name]};
  }

  Sample combine(int operation, const Sample& a, const Sample& b) {
    const bool known = a.value && b.value;
    const int64_t x = a.value.value_or(0);
    const int64_t y = b.value.value_or(0);
    const auto value = [&](int64_t number) { return known ? std::optional(number) : std::nullopt; };
    const auto quotient = [&](int64_t numerator) {
      return known && y != 0 ? std::optional(floor_div(numerator, y)) : std::nullopt;
    };
    switch (operation) {
      case 0:
        return {a.dim + b.dim, value(x + y)};
      case 1:
        return {a.dim - b.dim, value(x - y)};
      case 2:
        return {a.dim * b.dim, value(x * y)};
      case 3:
        return {Dim::min(a.dim, b.dim), value(std::min(x, y))};
      case 4:
        return {Dim::max(a.dim, b.dim), value(std::max(x, y))};
      case 5:
        return {Dim::floor_div(a.dim, b.dim), quotient(x)};
      case 6: {
        const auto negated = quotient(-x);
        return {Dim::ceil_div(a.dim, b.dim), negated ? std::optional(-*negated) : std::nullopt};
      }
      case 7: {
        const bool meet = x == y || x == 1 || y == 1;
        return {Dim::broadcast(a.dim, b.dim), meet ? value(x == 1 ? y : x) : std::nullopt};
      }
      default: {
        const auto whole = quotient(x);
        return {Dim::mod(a.dim, b.dim), whole ? std::optional(x - y * *whole) : std::nullopt};
      }
    }
  }

  Sample sample(int depth) {
    if (depth == 0 || between(0, 5) == 0) return leaf();
    const Sample a = sample(depth - 1);
    const Sample b = sample(depth - 1);
    return combine(static_cast<int>(between(0, 8)), a, b);
  }

  std::mt19937_64 random_;
  SymbolBindings bindings_;
  SymbolRanges ranges_;
};

TEST_F(DimProperty, EvaluationFollowsTheOperations) {
  int compared = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Sample made = sample(4);
    if (!made.value) continue;
    ++compared;
    ASSERT_THAT(made.dim.evaluate(bindings_), testing::IsOkAndHolds(*made.value))
        << made.dim.to_string();
    if (i % 16 == 0) new_bindings();
  }
  EXPECT_GT(compared, kRounds / 4);
}

TEST_F(DimProperty, RangesHoldEveryValue) {
  int compared = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Sample made = sample(3);
    const auto range = made.dim.range(ranges_);
    if (!made.value || !range) continue;
    ++compared;
    ASSERT_LE(range->min, *made.value) << made.dim.to_string();
    ASSERT_GE(range->max, *made.value) << made.dim.to_string();
    if (i % 16 == 0) new_bindings();
  }
  EXPECT_GT(compared, kRounds / 4);
}

TEST_F(DimProperty, TheTextParsesBack) {
  for (int i = 0; i < kRounds; ++i) {
    const Dim dim = sample(4).dim;
    const auto parsed = Dim::parse(dim.to_string());
    ASSERT_THAT(parsed, testing::IsOk());
    ASSERT_EQ(*parsed, dim) << dim.to_string() << " against " << parsed->to_string();
    ASSERT_EQ(parsed->to_string(), dim.to_string());
  }
}

TEST_F(DimProperty, EqualFormsHaveEqualValues) {
  int equal = 0;
  for (int i = 0; i < 20 * kRounds; ++i) {
    const Sample a = sample(2);
    const Sample b = sample(2);
    if (a.dim != b.dim || !a.value || !b.value) continue;
    ++equal;
    ASSERT_EQ(a.value, b.value) << a.dim.to_string();
  }
  EXPECT_GT(equal, 100);
}

TEST_F(DimProperty, RingLawsHoldInTheForms) {
  for (int i = 0; i < kRounds; ++i) {
    const Dim a = sample(2).dim;
    const Dim b = sample(2).dim;
    const Dim c = sample(2).dim;
    ASSERT_EQ(a + b, b + a);
    ASSERT_EQ(a * b, b * a);
    ASSERT_EQ((a + b) + c, a + (b + c));
    ASSERT_EQ((a * b) * c, a * (b * c));
    ASSERT_EQ((a + b) * c, a * c + b * c);
    ASSERT_EQ(a - b, Dim(0) - (b - a));
    ASSERT_EQ(Dim::min(a, Dim::min(b, c)), Dim::min(Dim::min(c, a), b));
    ASSERT_EQ(Dim::max(a, Dim::max(b, c)), Dim::max(Dim::max(c, a), b));
    ASSERT_EQ(Dim::broadcast(a, Dim::broadcast(b, c)), Dim::broadcast(Dim::broadcast(c, a), b));
  }
}

TEST_F(DimProperty, ExactDivisionUndoesAProduct) {
  for (int i = 0; i < kRounds; ++i) {
    const Dim a = sample(2).dim;
    const Dim b = sample(2).dim;
    if (b != Dim(0)) {
      ASSERT_EQ(Dim::exact_div(a * b, b), a) << a.to_string() << " times " << b.to_string();
    }
    if (const auto quotient = Dim::exact_div(a, b)) {
      ASSERT_EQ(*quotient * b, a);
    }
  }
}

TEST_F(DimProperty, SubstitutionCommutesWithEvaluation) {
  int compared = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Dim dim = sample(3).dim;
    const Sample replacement = sample(2);
    if (!replacement.value) continue;
    SymbolBindings replaced = bindings_;
    replaced["N"] = *replacement.value;
    const auto direct = dim.evaluate(replaced);
    if (!direct.ok()) continue;
    ++compared;
    ASSERT_THAT(dim.substitute({{"N", replacement.dim}}).evaluate(bindings_),
                testing::IsOkAndHolds(*direct))
        << dim.to_string() << " where N is " << replacement.dim.to_string();
    if (i % 16 == 0) new_bindings();
  }
  EXPECT_GT(compared, kRounds / 4);
}

}  // namespace
}  // namespace tenon::internal
