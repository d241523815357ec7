#include "devices/cpu/product/product.h"

#include "devices/cpu/isa.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace tenon::internal {
namespace {

using testing::IsOk;
using testing::open_test_device;

std::vector<Isa> isas() {
  std::vector<Isa> result;
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= best_isa()) result.push_back(isa);
  }
  return result;
}

std::vector<float> random_floats(int64_t count, uint32_t seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> floats(static_cast<size_t>(count));
  for (float& value : floats) value = uniform(engine);
  return floats;
}

// A product of `rows` rows in which tap t of row r is row r + t of a, with the last dim of a
// divided among the groups.
struct Example {
  ProductSize size;
  int64_t rows;

  int64_t row_elements() const { return size.groups * size.depth; }
  int64_t columns() const { return size.groups * size.columns; }
  std::vector<float> a() const { return random_floats((rows + size.taps) * row_elements(), 1); }
  // [group][tap][depth][column].
  std::vector<float> b() const {
    return random_floats(size.groups * size.taps * size.depth * size.columns, 2);
  }

  // Both forms of rows, in turns.
  static bool even(int64_t first_row) { return first_row / 4 % 2 == 1; }

  std::vector<double> expected() const {
    const std::vector<float> left = a();
    const std::vector<float> right = b();
    std::vector<double> result;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < columns(); ++column) {
        const int64_t group = column / size.columns;
        double sum = 0;
        for (int64_t tap = 0; tap < size.taps; ++tap) {
          for (int64_t k = 0; k < size.depth; ++k) {
            const int64_t at =
                ((group * size.taps + tap) * size.depth + k) * size.columns + column % size.columns;
            sum += double{left[static_cast<size_t>((row + tap) * row_elements() +
                                                   group * size.depth + k)]} *
                   double{right[static_cast<size_t>(at)]};
          }
        }
        result.push_back(sum);
      }
    }
    return result;
  }

  Result<std::vector<float>> run(Isa isa, std::string_view device_name) const {
    const std::shared_ptr<Device> device = open_test_device(device_name);
    auto& cpu = static_cast<CpuDevice&>(*device);
    CodeSet code(cpu);
    Result<Product> product = Product::create(size, {.number = {rows}}, {}, isa, code);
    if (!product.ok()) return std::move(product).error();
    const std::vector<float> left = a();
    std::vector<float> packed(static_cast<size_t>(packed_elements(size, isa)), NAN);
    const MatrixStrides strides{.group = size.taps * size.depth * size.columns,
                                .tap = size.depth * size.columns,
                                .depth = size.columns,
                                .column = 1};
    pack_panels(size, isa, b().data(), strides, packed);
    // Guarded: nothing may be written behind the result.
    std::vector<float> result(static_cast<size_t>(rows * columns() + 64), 7.0F);
    const auto rows_of_a = [&](int64_t first, int64_t count, const float** out) {
      for (int64_t tap = 0; tap < size.taps; ++tap) {
        for (int64_t row = 0; row < count; ++row) {
          *out++ = left.data() + (first + row + tap) * row_elements();
          if (even(first)) break;
        }
      }
      return even(first);
    };
    const auto rows_of_c = [&](int64_t first, int64_t count, float** out) {
      for (int64_t row = 0; row < count; ++row) *out++ = result.data() + (first + row) * columns();
    };
    product->run(rows,
                 {.rows = {.rows_of_a = rows_of_a,
                           .rows_of_c = rows_of_c,
                           .a_stride = row_elements(),
                           .c_stride = columns()},
                  .packed = packed.data(),
                  .c = result.data()},
                 cpu.pool());
    for (size_t i = result.size() - 64; i < result.size(); ++i) EXPECT_EQ(result[i], 7.0F);
    result.resize(result.size() - 64);
    return result;
  }
};

const std::vector<Example> kExamples = {
    {{.columns = 1, .taps = 1, .depth = 1}, 1},
    {{.columns = 7, .taps = 1, .depth = 5}, 3},
    {{.columns = 16, .taps = 3, .depth = 4}, 9},
    {{.columns = 64, .taps = 1, .depth = 33}, 49},
    {{.columns = 80, .taps = 9, .depth = 7}, 23},
    {{.columns = 100, .taps = 2, .depth = 16}, 300},
    {{.groups = 3, .columns = 5, .taps = 2, .depth = 6}, 11},
    // Sums in parts: of taps, and of one tap.
    {{.columns = 64, .taps = 25, .depth = 90}, 13},
    {{.columns = 33, .taps = 2, .depth = 5000}, 8},
    {{.columns = 8, .taps = 900, .depth = 3}, 20},
    {{.columns = 3, .taps = 1, .depth = 3}, 0},
};

TEST(Product, IsTheSumOverTapsAndDepth) {
  for (const Isa isa : isas()) {
    for (const Example& example : kExamples) {
      SCOPED_TRACE(fmt::format("{} {} rows, {}x{} columns, {} taps of {}", to_string(isa),
                               example.rows, example.size.groups, example.size.columns,
                               example.size.taps, example.size.depth));
      const Result<std::vector<float>> got = example.run(isa, "cpu:threads=1");
      ASSERT_THAT(got, IsOk());
      const std::vector<double> want = example.expected();
      ASSERT_EQ(got->size(), want.size());
      const double tolerance =
          5e-6 * std::sqrt(static_cast<double>(example.size.taps * example.size.depth));
      for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR((*got)[i], want[i], tolerance) << i;
    }
  }
}

TEST(Product, DoesNotDependOnTheNumberOfThreads) {
  for (const Isa isa : isas()) {
    for (const Example& example : kExamples) {
      const Result<std::vector<float>> one = example.run(isa, "cpu:threads=1");
      const Result<std::vector<float>> three = example.run(isa, "cpu:threads=3");
      ASSERT_THAT(one, IsOk());
      ASSERT_THAT(three, IsOk());
      EXPECT_EQ(std::memcmp(one->data(), three->data(), one->size() * sizeof(float)), 0);
    }
  }
}

TEST(Panels, CoverAllColumnsOnceAndEvenly) {
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    for (int64_t columns = 1; columns < 300; ++columns) {
      const ProductSize size{.groups = 2, .columns = columns, .taps = 3, .depth = 5};
      int64_t next_column = 0;
      int64_t next_offset = 0;
      int widest = 0;
      int narrowest = INT32_MAX;
      for (const Panel& panel : cut_panels(size, isa)) {
        ASSERT_EQ(panel.group * columns + panel.first_column, next_column);
        ASSERT_EQ(panel.offset, next_offset);
        ASSERT_GT(panel.columns, (panel.vectors - 1) * lanes_of(isa));
        next_column += panel.columns;
        next_offset += size.taps * size.depth * panel.vectors * lanes_of(isa);
        widest = std::max(widest, panel.vectors);
        narrowest = std::min(narrowest, panel.vectors);
      }
      ASSERT_EQ(next_column, 2 * columns);
      ASSERT_EQ(next_offset, packed_elements(size, isa));
      ASSERT_LE(widest, max_tile_vectors(isa));
      ASSERT_LE(widest - narrowest, 1);
    }
  }
}

}  // namespace
}  // namespace tenon::internal
