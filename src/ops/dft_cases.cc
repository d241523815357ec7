#include "testing/op_cases.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

// Computed by NumPy, in double.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "real",
       .op = "DFT",
       .inputs = {{.shape = {1, 5, 1}, .values = {-1.5, -1.5, 1.5, 0, 0.5}}},
       .expected = {{-1, 0, -3.0225425, 1.0204352, -0.22745751, 2.6021553, -0.22745751, -2.6021553,
                     -3.0225425, -1.0204352}}},

      {.name = "complex",
       .op = "DFT",
       .inputs = {{.shape = {2, 4, 2},
                   .values = {0.5, 1, -2, 0, -1.5, -0.5, 2, 0, -2, 0, -1.5, 1, 2, 2, 0.5, 1.5}}},
       .expected = {{-1, 0.5, 2, 5.5, -1, 0.5, 2, -2.5, -1, 4.5, -4.5, 0, 1, -0.5, -3.5, -4}}},

      {.name = "first_axis",
       .op = "DFT",
       .attributes = {{"axis", int64_t{0}}},
       .inputs = {{.shape = {4, 2, 1}, .values = {-0.5, -1.5, 0, -0.5, 0.5, 2, -1, 1.5}}},
       .expected = {{-1, 0, 1.5, 0, -1, -1, -3.5, 2, 1, 0, -0.5, 0, -1, 1, -3.5, -2}}},

      {.name = "half_a_spectrum",
       .op = "DFT",
       .attributes = {{"onesided", int64_t{1}}},
       .inputs = {{.shape = {1, 5, 1}, .values = {-1.5, -0.5, 1.5, -1, 1}}},
       .expected = {{-0.5, 0, -1.75, -0.042878356, -1.75, 3.2593192}}},

      {.name = "inverse",
       .op = "DFT",
       .attributes = {{"inverse", int64_t{1}}},
       .inputs = {{.shape = {1, 3, 2}, .values = {0, 0, 2, 1.5, 1.5, 0}}},
       .expected = {{1.1666667, 0.5, -1.016346, -0.10566243, -0.15032063, -0.39433757}}},

      {.name = "inverse_of_half_a_spectrum",
       .op = "DFT",
       .attributes = {{"inverse", int64_t{1}}, {"onesided", int64_t{1}}},
       .inputs = {{.shape = {1, 3, 2}, .values = {2, 2, -1.5, -1.5, -1, 0}}},
       .expected = {{-0.5, 1.5, 1, 0}}},

      {.name = "inverse_to_an_odd_length",
       .op = "DFT",
       .attributes = {{"inverse", int64_t{1}}, {"onesided", int64_t{1}}},
       .inputs = {{.shape = {1, 4, 2}, .values = {1.5, 0, 2, -0.5, 2, 0.5, 1, -1}},
                  {.type = DataType::kInt64, .shape = {}, .values = {5}}},
       .expected = {{1.9, -0.027345747, 0.20776835, -0.40776835, -0.17265425}}},

      {.name = "filled_with_zeros",
       .op = "DFT",
       .inputs = {{.shape = {1, 3, 1}, .values = {0.5, 1.5, 1.5}},
                  {.type = DataType::kInt64, .shape = {}, .values = {5}}},
       .expected = {{3.5, 0, -0.25, -2.3082627, -0.25, 0.5449069, -0.25, -0.5449069, -0.25,
                     2.3082627}}},

      {.name = "cut",
       .op = "DFT",
       .attributes = {{"onesided", int64_t{1}}},
       .inputs = {{.shape = {1, 5, 1}, .values = {1.5, 2, -1.5, 1.5, 0}},
                  {.type = DataType::kInt64, .shape = {}, .values = {3}}},
       .expected = {{2, 0, 1.25, -3.0310889}}},

      {.name = "lengths",
       .op = "STFT",
       .inputs = {{.shape = {1, 7, 1}, .values = {1, -1, -2, -2, 2, 2, -1}},
                  {.type = DataType::kInt64, .shape = {}, .values = {2}},
                  {.omitted = true},
                  {.type = DataType::kInt64, .shape = {}, .values = {4}}},
       .expected = {{-4, 0, 3, -1, 2, 0, 0, 0, -4, 4, 0, 0}}},

      {.name = "window",
       .op = "STFT",
       .inputs = {{.shape = {2, 5, 1}, .values = {-0.5, -1, -1.5, 1.5, 1, -2, -1.5, 0.5, 2, 2}},
                  {.type = DataType::kInt64, .shape = {}, .values = {1}},
                  {.shape = {3}, .values = {-1.5, 0.5, -2}}},
       .expected = {{3.25, 0, -0.5,  3.0310889,  -2.25, 0, 3.375, -1.9485572,
                     1,    0, 2.875, -2.3815699, 1.25,  0, 3.875, -0.21650635,
                     -1.5, 0, 4.125, -3.680608,  -3.75, 0, 0.75,  -4.330127}}},

      {.name = "window_and_length",
       .op = "STFT",
       .inputs = {{.shape = {1, 6, 1}, .values = {-1.5, -1.5, -0.5, -0.5, 1, 0}},
                  {.type = DataType::kInt64, .shape = {}, .values = {3}},
                  {.shape = {3}, .values = {-0.5, 2, 0.5}},
                  {.type = DataType::kInt64, .shape = {}, .values = {3}}},
       .expected = {{-2.5, 0, 2.375, 2.3815699, 2.25, 0, -0.75, -1.7320508}}},

      {.name = "both_halves",
       .op = "STFT",
       .attributes = {{"onesided", int64_t{0}}},
       .inputs = {{.shape = {1, 5, 2}, .values = {1, 1, -0.5, 2, -2, -1, -1.5, -2, 2, -2}},
                  {.type = DataType::kInt64, .shape = {}, .values = {2}},
                  {.omitted = true},
                  {.type = DataType::kInt64, .shape = {}, .values = {3}}},
       .expected = {{-1.5, 2, 4.8480762, -0.79903811, -0.34807621, 1.7990381, -1.5, -5, -2.25,
                     4.0310889, -2.25, -2.0310889}}},

      {.name = "whole_signal",
       .op = "STFT",
       .inputs = {{.shape = {1, 4, 1}, .values = {0, 1.5, 1, 1.5}},
                  {.type = DataType::kInt64, .shape = {}, .values = {1}}},
       .expected = {{4, 0, -1, 0, -2, 0}}},
  };
}

CaseInput number(double value) { return {.type = DataType::kInt64, .values = {value}}; }

std::vector<OpCase> other_cases() {
  const AttributeMap half = {{"onesided", int64_t{1}}};
  const AttributeMap inverse = {{"inverse", int64_t{1}}, {"onesided", int64_t{1}}};
  return {
      {.name = "one_element",
       .op = "DFT",
       .inputs = {{.shape = {1, 1}, .values = {3}}},
       .expected = {{3, 0}}},
      {.name = "no_signals", .op = "DFT", .inputs = {{.shape = {0, 3, 1}}}, .expected = {{}}},
      {.name = "of_nothing_but_zeros",
       .op = "DFT",
       .inputs = {{.shape = {1, 0, 1}}, number(2)},
       .expected = {{0, 0, 0, 0}}},
      {.name = "middle_axis",
       .op = "DFT",
       .attributes = {{"axis", int64_t{1}}, {"onesided", int64_t{1}}},
       .inputs = {{.shape = {3, 67, 5, 1}}}},
      {.name = "f64", .op = "DFT", .inputs = {{.type = DataType::kFloat64, .shape = {2, 9, 2}}}},
      {.name = "f16",
       .op = "DFT",
       .attributes = inverse,
       .inputs = {{.type = DataType::kFloat16, .shape = {2, 9, 2}}}},
      {.name = "bf16",
       .op = "DFT",
       .attributes = half,
       .inputs = {{.type = DataType::kBFloat16, .shape = {2, 9, 1}}}},
      {.name = "no_signals",
       .op = "STFT",
       .inputs = {{.shape = {0, 8, 1}}, number(2), {.shape = {4}}},
       .expected = {{}}},
      {.name = "one_element",
       .op = "STFT",
       .inputs = {{.shape = {1, 1, 1}, .values = {3}}, number(5)},
       .expected = {{3, 0}}},
      {.name = "odd_sizes",
       .op = "STFT",
       .inputs = {{.shape = {3, 131, 1}}, number(7), {.shape = {25}}}},
      {.name = "f64",
       .op = "STFT",
       .inputs = {{.type = DataType::kFloat64, .shape = {1, 9, 2}},
                  number(3),
                  {.omitted = true},
                  number(4)}},
      {.name = "f16",
       .op = "STFT",
       .inputs = {{.type = DataType::kFloat16, .shape = {1, 9, 1}},
                  number(3),
                  {.type = DataType::kFloat16, .shape = {4}}}},
  };
}

}  // namespace

std::vector<OpCase> dft_cases();

std::vector<OpCase> dft_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
