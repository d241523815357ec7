#include "testing/op_cases.h"

#include <limits>
#include <vector>

namespace tenon::internal::testing {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

}  // namespace

std::vector<OpCase> global_pool_cases() {
  return {
      {
          .name = "image",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {2, 3, 2, 3},
                      .values = {-8, 9, -3, -4, 7,  -4, -5, -5, -2, -8, 3,  -1,
                                 9,  5, -2, 4,  6,  -6, -6, -7, -9, -3, 6,  5,
                                 -2, 0, 5,  8,  -4, 3,  2,  2,  6,  5,  -2, 5}}},
          .expected = {{-0.5, -3, 2.6666667, -2.3333333, 1.6666666, 3}},
      },
      {
          .name = "one_axis",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {1, 2, 5}, .values = {-9, -6, -8, -7, -1, -6, -9, -5, -9, -8}}},
          .expected = {{-6.2, -7.4}},
      },
      {
          .name = "four_axes",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {1, 2, 2, 1, 2, 2},
                      .values = {-2, -1, -5, 3, 0, -7, 6, -7, -3, -6, 8, -4, 7, 9, -5, -9}}},
          .expected = {{-1.625, -0.375}},
      },
      {
          .name = "no_spatial_axis",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {2, 3}, .values = {-9, -6, -2, -6, 9, 0}}},
          .expected = {{-9, -6, -2, -6, 9, 0}},
      },
      {
          .name = "one_element",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {1, 1, 1}, .values = {2}}},
          .expected = {{2}},
      },
      {
          .name = "nan_stays_in_its_channel",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {1, 2, 3}, .values = {-9, -7, -1, kNan, -6, -9}}},
          .expected = {{-5.666666507720947, kNan}},
      },
      {
          .name = "empty_batch",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {0, 2, 3}}},
          .expected = {{}},
      },
      {
          .name = "empty_image",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {1, 2, 0}}},
          .expected = {{0, 0}},
      },
      {
          .name = "f64",
          .op = "GlobalAveragePool",
          .inputs = {{.type = DataType::kFloat64,
                      .shape = {1, 2, 4},
                      .values = {-1, 1.25, 1.5, 0, -1.5, -0.25, 0.5, -1.75}}},
          .expected = {{0.4375, -0.75}},
      },
      {
          .name = "f16",
          .op = "GlobalAveragePool",
          .inputs = {{.type = DataType::kFloat16,
                      .shape = {1, 2, 4},
                      .values = {-0.5, 1.5, -0.5, -0.25, 1.5, 0.75, -1.5, 0.5}}},
          .expected = {{0.0625, 0.3125}},
      },
      {
          .name = "bf16",
          .op = "GlobalAveragePool",
          .inputs = {{.type = DataType::kBFloat16,
                      .shape = {1, 2, 4},
                      .values = {2, -1.25, 1.75, 0.5, 0.75, -0.75, -2.25, -2.25}}},
          .expected = {{0.75, -1.125}},
      },
      {
          .name = "odd_sizes",
          .op = "GlobalAveragePool",
          .inputs = {{.shape = {3, 37, 7, 9}}},
      },
      {
          .name = "image",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {2, 3, 2, 3},
                      .values = {3, 9, 2, -3, 5, 8,  -5, -8, 9, -9, 7, -7, -7, -4, -4, -3, -9, 7,
                                 6, 3, 8, 8,  9, -2, 2,  5,  3, 6,  3, -2, 1,  -6, 9,  8,  2,  5}}},
          .expected = {{9, 9, 7, 9, 6, 9}},
      },
      {
          .name = "one_axis",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {1, 2, 5}, .values = {-6, -6, -5, -7, -9, -6, -3, -7, -3, -4}}},
          .expected = {{-5, -3}},
      },
      {
          .name = "four_axes",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {1, 2, 2, 1, 2, 2},
                      .values = {-2, 4, 7, 9, 5, -8, -3, 1, -8, -2, -7, 1, -6, -4, -4, 9}}},
          .expected = {{9, 9}},
      },
      {
          .name = "no_spatial_axis",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {2, 3}, .values = {-1, 1, 8, -9, -4, -1}}},
          .expected = {{-1, 1, 8, -9, -4, -1}},
      },
      {
          .name = "one_element",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {1, 1, 1}, .values = {3}}},
          .expected = {{3}},
      },
      {
          .name = "nan_stays_in_its_channel",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {1, 2, 3}, .values = {4, 3, -2, kNan, -6, -2}}},
          .expected = {{4, kNan}},
      },
      {
          .name = "empty_batch",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {0, 2, 3}}},
          .expected = {{}},
      },
      {
          .name = "empty_image",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {1, 2, 0}}},
          .expected = {{-kInf, -kInf}},
      },
      {
          .name = "f64",
          .op = "GlobalMaxPool",
          .inputs = {{.type = DataType::kFloat64,
                      .shape = {1, 2, 4},
                      .values = {-0.75, -2.25, -2, 1.25, 2, -1.25, -2, -1.75}}},
          .expected = {{1.25, 2}},
      },
      {
          .name = "f16",
          .op = "GlobalMaxPool",
          .inputs = {{.type = DataType::kFloat16,
                      .shape = {1, 2, 4},
                      .values = {-2, 1.5, -2.25, 1, 1.5, -1.25, -1.25, -1}}},
          .expected = {{1.5, 1.5}},
      },
      {
          .name = "bf16",
          .op = "GlobalMaxPool",
          .inputs = {{.type = DataType::kBFloat16,
                      .shape = {1, 2, 4},
                      .values = {1.25, 2, 1.25, -1, 1, 1, -0.25, -1.75}}},
          .expected = {{2, 1}},
      },
      {
          .name = "odd_sizes",
          .op = "GlobalMaxPool",
          .inputs = {{.shape = {3, 37, 7, 9}}},
      },
  };
}

}  // namespace tenon::internal::testing
