#include "testing/op_cases.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

// Computed by NumPy, in double.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "matmul",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ij,jk->ik")}},
       .inputs = {{.shape = {2, 3}, .values = {-0.5, 1.5, 2, -1, -1.5, 0.5}},
                  {.shape = {3, 2}, .values = {1, 1, 0.5, 1, 2, 2}}},
       .expected = {{4.25, 5, -0.75, -1.5}}},

      {.name = "batches",
       .op = "Einsum",
       .attributes = {{"equation", std::string("bij , bjk -> bik")}},
       .inputs = {{.shape = {2, 2, 3}, .values = {2, 1.5, 1, 2, -2, -2, 1.5, -0.5, 1, 0, 2, -2}},
                  {.shape = {2, 3, 1}, .values = {1, -2, -1.5, 1.5, -1, 2}}},
       .expected = {{-2.5, 9, 4.75, -6}}},

      {.name = "implied_result_in_order_of_letters",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ba")}},
       .inputs = {{.shape = {2, 3}, .values = {-0.5, 1.5, 2, -1, 2, 1}}},
       .expected = {{-0.5, -1, 1.5, 2, 2, 1}}},

      {.name = "implied_sum",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ij,jk")}},
       .inputs = {{.shape = {2, 3}, .values = {2, -1, 0, 1, 2, -1}},
                  {.shape = {3, 2}, .values = {0, 1.5, 1.5, 2, -1.5, 2}}},
       .expected = {{-1.5, 1, 4.5, 3.5}}},

      {.name = "sum_of_all",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ij->")}},
       .inputs = {{.shape = {2, 3}, .values = {-1.5, 1.5, 1.5, 2, 1.5, 1}}},
       .expected = {{6}}},

      {.name = "transpose",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ijk->kij")}},
       .inputs = {{.shape = {2, 1, 3}, .values = {0.5, 0, -2, 2, 2, -2}}},
       .expected = {{0.5, 2, 0, 2, -2, -2}}},

      {.name = "trace",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ii")}},
       .inputs = {{.shape = {3, 3}, .values = {0.5, -0.5, 1, 0.5, 0.5, 0, -1.5, 1.5, 1.5}}},
       .expected = {{2.5}}},

      {.name = "diagonal",
       .op = "Einsum",
       .attributes = {{"equation", std::string("...ii->...i")}},
       .inputs = {{.shape = {2, 3, 3},
                   .values = {-1.5, 0, -2, -0.5, -1.5, -0.5, 2, -1.5, -1.5, 1, -1, -2, -0.5, -1.5,
                              0.5, 0, 1.5, 0.5}}},
       .expected = {{-1.5, -1.5, -1.5, 1, -1.5, 0.5}}},

      {.name = "ellipsis_in_the_middle",
       .op = "Einsum",
       .attributes = {{"equation", std::string("a...b,b...c->...ac")}},
       .inputs = {{.shape = {2, 2, 3}, .values = {-2, -2, 2, 1, 1, 1.5, -1, 0, -1.5, -2, 0.5, -1}},
                  {.shape = {3, 2, 2},
                   .values = {0.5, 2, -1, -1, -1.5, -1, 1, 0.5, 1, -2, 1.5, 1}}},
       .expected = {{4, -6, -2, 1, 2.25, 1, 1, 1.25}}},

      {.name = "ellipses_of_different_ranks",
       .op = "Einsum",
       .attributes = {{"equation", std::string("...ij,...jk->...ik")}},
       .inputs = {{.shape = {2, 1, 2, 2}, .values = {-1.5, 0.5, 1, -2, -2, -1.5, -2, 0.5}},
                  {.shape = {3, 2, 1}, .values = {-1.5, 0.5, 1.5, -1, 0, 0.5}}},
       .expected = {{2.5, -2.5, -2.75, 3.5, 0.25, -1, 2.25, 3.25, -1.5, -3.5, -0.75, 0.25}}},

      {.name = "implied_ellipsis",
       .op = "Einsum",
       .attributes = {{"equation", std::string("...ij,jk")}},
       .inputs = {{.shape = {2, 2, 2}, .values = {0.5, -1, 0.5, -1, 0.5, -1, -1, 2}},
                  {.shape = {2, 1}, .values = {1, -1.5}}},
       .expected = {{2, 2, 2, -4}}},

      {.name = "three_operands",
       .op = "Einsum",
       .attributes = {{"equation", std::string("ij,jk,kl->il")}},
       .inputs = {{.shape = {2, 2}, .values = {-2, -2, -0.5, 2}},
                  {.shape = {2, 3}, .values = {-2, -1.5, -1.5, -1, 2, -1}},
                  {.shape = {3, 2}, .values = {0.5, -2, 1.5, 0.5, 0.5, 2}}},
       .expected = {{4, -2.5, 6, 1.875}}},

      {.name = "outer_product_of_vectors",
       .op = "Einsum",
       .attributes = {{"equation", std::string("i,j->ij")}},
       .inputs = {{.shape = {2}, .values = {0.5, -2}}, {.shape = {3}, .values = {1.5, 0, 0.5}}},
       .expected = {{0.75, 0, 0.25, -3, 0, -1}}},

      {.name = "letters_of_both_cases",
       .op = "Einsum",
       .attributes = {{"equation", std::string("aB,Bc->ac")}},
       .inputs = {{.shape = {2, 3}, .values = {-2, 0, 1.5, 0.5, -0.5, 0.5}},
                  {.shape = {3, 1}, .values = {-2, -0.5, 1.5}}},
       .expected = {{6.25, 0}}},

      {.name = "scalar_operand",
       .op = "Einsum",
       .attributes = {{"equation", std::string(",ij->ij")}},
       .inputs = {{.shape = {}, .values = {1}}, {.shape = {2, 2}, .values = {-1, -0.5, -2, 0.5}}},
       .expected = {{-1, -0.5, -2, 0.5}}},

      {.name = "whole_scalar",
       .op = "Einsum",
       .attributes = {{"equation", std::string("->")}},
       .inputs = {{.shape = {}, .values = {1.5}}},
       .expected = {{1.5}}},
  };
}

OpCase made(std::string name, std::string equation, std::vector<CaseInput> inputs,
            std::vector<std::vector<double>> expected = {}) {
  return {.name = std::move(name),
          .op = "Einsum",
          .attributes = {{"equation", std::move(equation)}},
          .inputs = std::move(inputs),
          .expected = std::move(expected)};
}

std::vector<OpCase> other_cases() {
  constexpr DataType kI8 = DataType::kInt8;
  constexpr DataType kI64 = DataType::kInt64;
  std::vector<OpCase> cases = {
      made("i8_wraps", "i,i->", {{kI8, {2}, {100, 100}}, {kI8, {2}, {2, 1}}}, {{44}}),
      made("i64", "ij,jk", {{kI64, {1, 2}, {3, -4}}, {kI64, {2, 1}, {5, 6}}}, {{-9}}),
      made("extent_1_broadcasts", "ij,j->i",
           {{.shape = {1, 1}, .values = {2}}, {.shape = {3}, .values = {1, 2, 3}}}, {{12}}),
      made("sums_over_nothing", "ij,jk", {{.shape = {2, 0}}, {.shape = {0, 1}}}, {{0, 0}}),
      made("empty", "ij,jk", {{.shape = {0, 2}}, {.shape = {2, 3}}}, {{}}),
      made("odd_sizes", "bhid,bhjd->bhij", {{.shape = {2, 3, 17, 19}}, {.shape = {2, 3, 35, 19}}}),
  };
  for (const auto& [name, type] :
       {std::pair("f64", DataType::kFloat64), std::pair("f16", DataType::kFloat16),
        std::pair("bf16", DataType::kBFloat16), std::pair("u8", DataType::kUInt8)}) {
    cases.push_back(made(
        name, "...ij,...jk->...ki",
        {{.type = type, .shape = {2, 3, 5}, .low = 0}, {.type = type, .shape = {5, 4}, .low = 0}}));
  }
  return cases;
}

}  // namespace

std::vector<OpCase> einsum_cases();

std::vector<OpCase> einsum_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
