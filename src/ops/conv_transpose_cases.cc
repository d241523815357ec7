#include "testing/op_cases.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal::testing {

namespace {

using Ints = std::vector<int64_t>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Computed by onnxruntime.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "one_axis_with_stride_and_asymmetric_pads",
       .op = "ConvTranspose",
       .attributes = {{"pads", Ints{1, 2}}, {"strides", Ints{2}}},
       .inputs = {{.shape = {1, 2, 4}, .values = {3, 1, 1, 3, 1, 2, 2, -2}},
                  {.shape = {2, 3, 3},
                   .values = {-3, -1, -2, 3, 3, -3, 0, 2, -3, 2, -3, 0, 2, -1, -1, -2, 2, -2}}},
       .expected = {{-6, -5, -7, -1, -7, -15, 8, -3, 1, 2, 1, 0, 8, -15, 6, -11, 6, -3}}},

      {.name = "image_with_bias",
       .op = "ConvTranspose",
       .inputs = {{.shape = {1, 2, 3, 4}, .values = {3,  0, 0, 0,  1, 0,  0, 3, 2,  2,  1, 1,
                                                     -1, 3, 0, -2, 2, -2, 3, 1, -3, -3, 0, -3}},
                  {.shape = {2, 2, 2, 3}, .values = {-3, 0,  3, 0,  2,  3,  2, 1, 0, 0,  -2, 0,
                                                     -1, -2, 3, -3, -3, -2, 3, 1, 3, -2, 2,  -1}},
                  {.shape = {2}, .values = {0, -3}}},
       .expected = {{-8, -1, 0, 11, 4,   -6, -2,  -2,  12,  -22, 13, 16, -9,  5,  -4,  -11,
                     6,  1,  9, 22, 25,  23, 14,  9,   0,   8,   -3, 0,  -5,  -9, 7,   -20,
                     17, 4,  6, 2,  -12, -3, -23, -12, -12, -13, 3,  -7, -10, 4,  -11, 0}}},

      {.name = "three_axes",
       .op = "ConvTranspose",
       .attributes = {{"pads", Ints{0, 0, 1, 1, 0, 0}}, {"strides", Ints{1, 2, 1}}},
       .inputs = {{.shape = {1, 1, 2, 2, 3}, .values = {1, 2, 1, -2, 0, -2, 3, 3, -2, 0, 3, 2}},
                  {.shape = {1, 2, 2, 1, 2}, .values = {1, 1, -3, 2, 0, -3, -2, 0}}},
       .expected = {{3,  3,  1,  0, 0, 0, -2, -2, -2, 2,   2,   0, 0, 0, 0, -1, 11, -2,
                     -3, -6, -3, 0, 0, 0, 6,  0,  6,  -13, -11, 6, 0, 0, 0, 0,  -5, -6}}},

      {.name = "groups_with_bias",
       .op = "ConvTranspose",
       .attributes = {{"group", int64_t{2}}},
       .inputs = {{.shape = {2, 4, 2, 2},
                   .values = {2,  0, 1,  3,  1, -1, 1,  1, -3, -3, 1, -1, 1, -1, -2, -2,
                              -1, 2, -1, -1, 1, 3,  -1, 1, 0,  1,  0, 1,  0, 1,  3,  -2}},
                  {.shape = {4, 3, 2, 2},
                   .values = {0, 0,  -1, -2, -3, -1, 2,  -3, -1, 3, 3, -2, -3, 1, -3, -1,
                              0, 3,  -3, 1,  0,  -3, 2,  2,  0,  3, 1, 3,  3,  0, -2, -2,
                              0, -2, 2,  3,  -2, 0,  -3, -2, -1, 3, 3, 1,  1,  0, -3, -1}},
                  {.shape = {6}, .values = {3, -1, -2, -2, 1, -3}}},
       .expected = {{0,   7,   2,  -5, -1, 5,  -1, -6,  -4, -7,  0,   -4, -3, -10, -2, -2,
                     0,   -9,  -4, 1,  1,  5,  -9, 2,   3,  9,   -6,  -4, -9, -11, -4, -6,
                     -12, 5,   10, -1, -9, -4, -2, 15,  4,  0,   -7,  -7, 1,  -2,  2,  3,
                     -14, -20, -9, 5,  6,  -4, 0,  -5,  6,  4,   -11, -3, 7,  4,   4,  2,
                     -3,  6,   -3, -1, 0,  0,  -4, 3,   -1, -10, -5,  -2, 15, -6,  -7, -3,
                     2,   -2,  -4, 1,  -8, 0,  2,  -11, -1, 5,   1,   3,  4,  -2,  16, -6,
                     10,  -4,  -3, -3, -2, -5, 0,  -6,  -3, -12, 2,   2}}},

      {.name = "depthwise",
       .op = "ConvTranspose",
       .attributes = {{"group", int64_t{3}}, {"strides", Ints{2, 2}}},
       .inputs = {{.shape = {1, 3, 3, 3},
                   .values = {3, 3,  0, 0,  2,  0, 0,  -1, 0, 2,  -3, -3, 2, -1,
                              2, -3, 3, -3, -1, 3, -3, 1,  2, -1, -3, 0,  0}},
                  {.shape = {3, 1, 2, 2}, .values = {3, 1, -1, -3, 1, -2, 1, 3, -1, 3, 0, 0}}},
       .expected = {{9, 3,  9,  3,  0,  0,  -3, -9, -3, -9, 0,  0,  0,  0,  6,  2, 0,  0,
                     0, 0,  -2, -6, 0,  0,  0,  0,  -3, -1, 0,  0,  0,  0,  1,  3, 0,  0,
                     2, -4, -3, 6,  -3, 6,  2,  6,  -3, -9, -3, -9, 2,  -4, -1, 2, 2,  -4,
                     2, 6,  -1, -3, 2,  6,  -3, 6,  3,  -6, -3, 6,  -3, -9, 3,  9, -3, -9,
                     1, -3, -3, 9,  3,  -9, 0,  0,  0,  0,  0,  0,  -1, 3,  -2, 6, 1,  -3,
                     0, 0,  0,  0,  0,  0,  3,  -9, 0,  0,  0,  0,  0,  0,  0,  0, 0,  0}}},

      {.name = "dilations",
       .op = "ConvTranspose",
       .attributes = {{"dilations", Ints{3, 2}}, {"strides", Ints{2, 3}}},
       .inputs = {{.shape = {1, 1, 3, 3}, .values = {2, 2, 3, 3, -2, -1, 3, -1, -3}},
                  {.shape = {1, 1, 2, 3}, .values = {1, 2, 2, 2, 1, -3}}},
       .expected = {{2,  0,  4, 2, 4,  4,  3,  4,  6,  0,  6,  0,  0,  0,  0,  0,  0,  0,
                     0,  0,  0, 0, 3,  0,  6,  -2, 6,  -4, -1, -4, -2, 0,  -2, 4,  0,  2,
                     4,  -6, 2, 6, -6, 3,  0,  -9, 3,  0,  6,  -1, 6,  -2, -3, -2, -6, 0,
                     -6, 6,  0, 3, -4, -9, -2, -2, 6,  -1, 0,  3,  0,  0,  0,  0,  0,  0,
                     0,  0,  0, 0, 0,  6,  0,  3,  -2, -9, -1, -6, 3,  -3, 0,  9}}},

      {.name = "dilation_that_shares_a_factor_with_the_stride",
       .op = "ConvTranspose",
       .attributes = {{"dilations", Ints{2}}, {"strides", Ints{4}}},
       .inputs = {{.shape = {1, 2, 4}, .values = {2, -1, 2, 2, 3, -3, 3, 1}},
                  {.shape = {2, 1, 3}, .values = {0, 2, 3, 0, -3, 2}}},
       .expected = {{0, 0, -5, 0, 12, 0, 7, 0, -9, 0, -5, 0, 12, 0, 1, 0, 8}}},

      {.name = "stride_larger_than_the_kernel",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{3, 3}}},
       .inputs = {{.shape = {1, 1, 2, 2}, .values = {-2, -2, -2, -2}},
                  {.shape = {1, 1, 1, 2}, .values = {3, -1}},
                  {.shape = {1}, .values = {-3}}},
       .expected = {{-9, -1, -3, -9, -1, -3, -3, -3, -3, -3,
                     -3, -3, -3, -3, -3, -9, -1, -3, -9, -1}}},

      {.name = "groups_with_gaps_between_windows",
       .op = "ConvTranspose",
       .attributes = {{"group", int64_t{2}}, {"pads", Ints{1, 0, 0, 1}}, {"strides", Ints{2, 3}}},
       .inputs = {{.shape = {2, 6, 4, 5}}, {.shape = {6, 5, 3, 2}}, {.shape = {10}}}},

      {.name = "output_padding",
       .op = "ConvTranspose",
       .attributes = {{"pads", Ints{1, 1, 1, 1}},
                      {"strides", Ints{2, 2}},
                      {"output_padding", Ints{1, 0}}},
       .inputs = {{.shape = {1, 1, 2, 3}, .values = {-2, -1, -1, -1, 3, 3}},
                  {.shape = {1, 1, 3, 3}, .values = {1, 3, -1, -3, -2, -3, 3, -2, 0}}},
       .expected = {{4, 9, 2, 6, 2, 1, 1, 11, -3, 11, 2, -6, -6, -18, -6, 2, 9, -6, 9, -6}}},

      {.name = "output_shape",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 2}}, {"output_shape", Ints{6, 5}}},
       .inputs = {{.shape = {1, 1, 3, 3}, .values = {-2, 3, -2, 0, 3, 0, 3, 3, 2}},
                  {.shape = {1, 1, 3, 3}, .values = {2, 1, 1, 2, -1, 3, 3, -1, -1}}},
       .expected = {{2, 0,  -3, 5, 2, 2,  17, 0,  -6, 2,  0,  6, -3, 9, 0,
                     3, 18, 0,  4, 2, -3, 15, -3, 13, -2, -3, 6, -3, 3, -2}}},

      {.name = "output_shape_same_upper",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 2}},
                      {"output_shape", Ints{6, 5}},
                      {"auto_pad", "SAME_UPPER"}},
       .inputs = {{.shape = {1, 1, 3, 3}, .values = {2, 3, -3, -3, -2, 0, -2, 0, 0}},
                  {.shape = {1, 1, 3, 3}, .values = {3, 2, -2, 2, 2, 1, 1, -1, 2}}},
       .expected = {{4,  5,  6,  -15, -6, 4,  8,  6, -3, -6, -8, 7,  -7, 7, 3,
                     -6, -7, -4, -2,  0,  -1, -4, 2, -4, 0,  -4, -2, 0,  0, 0}}},

      {.name = "output_shape_larger_than_the_whole",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 2}}, {"output_shape", Ints{7, 8}}},
       .inputs = {{.shape = {1, 1, 3, 3}, .values = {-3, 1, 3, 3, -1, -1, 1, -1, 2}},
                  {.shape = {1, 1, 3, 3}, .values = {-2, -2, -3, 0, -2, -1, 3, 2, 2}}},
       .expected = {{6,  6,  7, -2, -9, -6, -9, 0,  0,  6, 3, -2, -1, -6, -3, 0, -15, -12, -10,
                     4,  16, 8, 9,  0,  0,  -6, -3, 2,  1, 2, 1,  0,  7,  4,  2, 0,   -6,  -6,
                     -8, 0,  0, -2, -1, 2,  1,  -4, -2, 0, 3, 2,  -1, -2, 4,  4, 4,   0}}},

      {.name = "output_shape_and_padding",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2}}, {"output_shape", Ints{5}}, {"output_padding", Ints{1}}},
       .inputs = {{.shape = {1, 1, 3}, .values = {1, -3, 2}},
                  {.shape = {1, 1, 3}, .values = {1, 3, 0}}},
       .expected = {{-3, -9, 2, 6, 0}}},

      {.name = "same_upper",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{1, 2}}, {"auto_pad", "SAME_UPPER"}},
       .inputs = {{.shape = {1, 1, 3, 3}, .values = {-2, 1, 0, 1, -1, -1, -3, 3, 2}},
                  {.shape = {1, 1, 4, 3}, .values = {0, -2, 1, -1, 1, -3, -2, 2, -3, 1, -1, -3}}},
       .expected = {{2, -4, 6, 3, -4, 2, 3, 3, -1, -5, 4, -5, -1, 1, 12, 0, -9, 0}}},

      {.name = "same_lower",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{1, 2}}, {"auto_pad", "SAME_LOWER"}},
       .inputs = {{.shape = {1, 1, 3, 3}, .values = {2, 1, 2, 3, 2, 2, -3, 3, 3}},
                  {.shape = {1, 1, 4, 3}, .values = {1, 2, 2, 3, 3, 0, 2, 3, -1, -3, -2, -3}}},
       .expected = {{9, 3, 15, 18, 18, 4, -4, 1, 13, 2, 11, -8, -15, -6, 5, -9, 5, -9}}},

      {.name = "valid",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 1}}, {"auto_pad", "VALID"}},
       .inputs = {{.shape = {1, 1, 2, 2}, .values = {0, -3, -2, -2}},
                  {.shape = {1, 1, 2, 3}, .values = {1, -2, 3, -2, 3, 0}}},
       .expected = {{0, -3, 6, -9, 0, 6, -9, 0, -2, 2, -2, -6, 4, -2, -6, 0}}},

      {.name = "one_element",
       .op = "ConvTranspose",
       .inputs = {{.shape = {1, 1, 1}, .values = {-2}}, {.shape = {1, 1, 1}, .values = {-3}}},
       .expected = {{6}}},

      {.name = "pads_that_leave_one_element",
       .op = "ConvTranspose",
       .attributes = {{"pads", Ints{2, 2}}},
       .inputs = {{.shape = {1, 1, 3}, .values = {-1, 1, -3}},
                  {.shape = {1, 1, 3}, .values = {-2, -3, 1}}},
       .expected = {{2}}},

  };
}

std::vector<OpCase> other_cases() {
  return {
      {.name = "outputs_beyond_the_padding_have_the_bias",
       .op = "ConvTranspose",
       .attributes = {{"output_padding", Ints{3}}},
       .inputs = {{.shape = {1, 1, 1}, .values = {2}},
                  {.shape = {1, 1, 2}, .values = {1, -3}},
                  {.shape = {1}, .values = {0.5}}},
       .expected = {{2.5, -5.5, 0.5, 0.5, 0.5}}},
      {.name = "no_images",
       .op = "ConvTranspose",
       .inputs = {{.shape = {0, 2, 3}}, {.shape = {2, 3, 2}}},
       .expected = {{}}},
      {.name = "no_channels_give_the_bias",
       .op = "ConvTranspose",
       .inputs = {{.shape = {1, 0, 2}}, {.shape = {0, 2, 2}}, {.shape = {2}, .values = {1, -2}}},
       .expected = {{1, 1, 1, -2, -2, -2}}},
      {.name = "no_filters",
       .op = "ConvTranspose",
       .inputs = {{.shape = {1, 2, 3}}, {.shape = {2, 0, 2}}},
       .expected = {{}}},
      {.name = "no_inputs_along_an_axis",
       .op = "ConvTranspose",
       .inputs = {{.shape = {1, 1, 0}}, {.shape = {1, 1, 4}}},
       .expected = {{0, 0, 0}}},
      {.name = "pads_that_leave_nothing",
       .op = "ConvTranspose",
       .attributes = {{"pads", Ints{2, 1}}},
       .inputs = {{.shape = {1, 1, 2}}, {.shape = {1, 1, 2}}},
       .expected = {{}}},
      {.name = "nan_reaches_what_it_adds_to",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2}}},
       .inputs = {{.shape = {1, 1, 3}, .values = {1, kNan, 3}},
                  {.shape = {1, 1, 3}, .values = {0, 1, 2}}},
       .expected = {{0, 1, kNan, kNan, kNan, 3, 6}}},
      {.name = "f64",
       .op = "ConvTranspose",
       .inputs = {{.type = DataType::kFloat64, .shape = {1, 1, 2}, .values = {1.0 / 3, 0.1}},
                  {.type = DataType::kFloat64, .shape = {1, 1, 2}, .values = {3, 1.0 / 7}}},
       .expected = {{1, 1.0 / 21 + 0.3, 0.1 / 7}}},
      {.name = "f16",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 1}}, {"pads", Ints{0, 1, 1, 0}}},
       .inputs = {{.type = DataType::kFloat16, .shape = {1, 3, 5, 4}},
                  {.type = DataType::kFloat16, .shape = {3, 2, 3, 3}},
                  {.type = DataType::kFloat16, .shape = {2}}}},
      {.name = "bf16",
       .op = "ConvTranspose",
       .attributes = {{"group", int64_t{2}}},
       .inputs = {{.type = DataType::kBFloat16, .shape = {1, 4, 3, 3}},
                  {.type = DataType::kBFloat16, .shape = {4, 3, 2, 2}}}},
      {.name = "channels_between_block_sizes",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}},
       .inputs = {{.shape = {1, 37, 9, 11}}, {.shape = {37, 35, 4, 4}}, {.shape = {35}}}},
      {.name = "two_by_two",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{2, 2}}},
       .inputs = {{.shape = {2, 16, 13, 21}}, {.shape = {16, 8, 2, 2}}, {.shape = {8}}}},
      {.name = "wide_image_with_odd_strides",
       .op = "ConvTranspose",
       .attributes = {{"strides", Ints{3, 5}}, {"dilations", Ints{1, 2}}},
       .inputs = {{.shape = {1, 3, 4, 71}}, {.shape = {3, 5, 3, 4}}}},
  };
}

}  // namespace

std::vector<OpCase> conv_transpose_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
