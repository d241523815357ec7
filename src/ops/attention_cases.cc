#include "testing/op_cases.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr DataType kBool = DataType::kBool;

// Computed by onnxruntime, but for lengths, starts, windows and stages, by their definition in
// double.
std::vector<OpCase> expected_cases() {
  return {
      {.name = "plain",
       .op = "Attention",
       .inputs = {{.shape = {1, 2, 2, 2}, .values = {2, 0.5, 1, 2, 0.5, 1, 1.5, -1}},
                  {.shape = {1, 2, 3, 2},
                   .values = {-2, -1, -1, 1.5, 2, -2, 0, 1.5, -1.5, 1.5, -1.5, 0}},
                  {.shape = {1, 2, 3, 1}, .values = {1.5, -1, -0.5, -1, 1, -1}}},
       .expected = {{-0.51404834, -0.93900478, -0.34334087, -0.77264678}}},

      {.name = "grouped_heads",
       .op = "Attention",
       .inputs = {{.shape = {1, 4, 1, 2}, .values = {2, 0, 0, 0, 0.5, 0, 0, 2}},
                  {.shape = {1, 2, 3, 2},
                   .values = {-2, -1, -1, 1.5, 2, -2, 0, 1.5, -1.5, 1.5, -1.5, 0}},
                  {.shape = {1, 2, 3, 1}, .values = {1.5, -1, -0.5, -1, 1, -1}}},
       .expected = {{-0.50019437, -1.4901161e-08, -0.4593854, -0.05654737}}},

      {.name = "scale_and_cap",
       .op = "Attention",
       .attributes = {{"scale", 0.25}, {"softcap", 2.0}},
       .inputs = {{.shape = {1, 2, 2, 2}, .values = {2, 0.5, 1, 2, 0.5, 1, 1.5, -1}},
                  {.shape = {1, 2, 3, 2},
                   .values = {-2, -1, -1, 1.5, 2, -2, 0, 1.5, -1.5, 1.5, -1.5, 0}},
                  {.shape = {1, 2, 3, 1}, .values = {1.5, -1, -0.5, -1, 1, -1}}},
       .expected = {{-0.38710403, -0.50846273, -0.30788997, -0.50502634}}},

      {.name = "added_mask",
       .op = "Attention",
       .inputs = {{.shape = {1, 2, 2, 2}, .values = {2, 0.5, 1, 2, 0.5, 1, 1.5, -1}},
                  {.shape = {1, 2, 3, 2},
                   .values = {-2, -1, -1, 1.5, 2, -2, 0, 1.5, -1.5, 1.5, -1.5, 0}},
                  {.shape = {1, 2, 3, 1}, .values = {1.5, -1, -0.5, -1, 1, -1}},
                  {.shape = {2, 3}, .values = {1.5, 1.5, 1, 0.5, -0.5, 2}}},
       .expected = {{-0.52241039, -0.7398243, -0.31259438, -0.95962}}},

      {.name = "bool_mask_of_heads",
       .op = "Attention",
       .inputs = {{.shape = {1, 2, 2, 2}, .values = {2, 0.5, 1, 2, 0.5, 1, 1.5, -1}},
                  {.shape = {1, 2, 3, 2},
                   .values = {-2, -1, -1, 1.5, 2, -2, 0, 1.5, -1.5, 1.5, -1.5, 0}},
                  {.shape = {1, 2, 3, 1}, .values = {1.5, -1, -0.5, -1, 1, -1}},
                  {.type = DataType::kBool,
                   .shape = {2, 2, 3},
                   .values = {1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1}}},
       .expected = {{-0.49009892, -0.97209638, -0.2591202, -1}}},

      {.name = "causal",
       .op = "Attention",
       .attributes = {{"is_causal", int64_t{1}}},
       .inputs = {{.shape = {1, 1, 3, 2}, .values = {0, -1.5, 1.5, -1.5, 1.5, 0.5}},
                  {.shape = {1, 1, 3, 2}, .values = {-1.5, -2, 0, -2, -1.5, 0}},
                  {.shape = {1, 1, 3, 2}, .values = {2, 0, 1.5, 2, 1.5, 0.5}}},
       .expected = {{2, 0, 1.5846223, 1.6615107, 1.5629983, 1.3647034}}},

      {.name = "lengths_and_starts",
       .op = "Attention",
       .attributes = {{"is_causal", int64_t{1}}},
       .inputs = {{.shape = {2, 1, 2, 2}, .values = {-0.5, 0, -1, 0, -0.5, -1, 2, -2}},
                  {.shape = {2, 1, 4, 2},
                   .values = {-2, -1.5, 2, 1, 1.5, -1.5, 1, -0.5, 0, -2, 0.5, 1.5, 0.5, -1.5, 0,
                              -1}},
                  {.shape = {2, 1, 4, 1}, .values = {2, 1.5, -1.5, 0, 2, 1.5, 1, 0.5}},
                  {.omitted = true},
                  {.type = DataType::kInt64, .shape = {2}, .values = {3, 1}},
                  {.type = DataType::kInt64, .shape = {2}, .values = {1, -1}}},
       .expected = {{1.9022148, 1.7164643, 0, 2}}},

      {.name = "windows",
       .op = "Attention",
       .attributes = {{"left_window_size", int64_t{1}}, {"right_window_size", int64_t{1}}},
       .inputs = {{.shape = {2, 1, 2, 2}, .values = {-0.5, 0, -1, 0, -0.5, -1, 2, -2}},
                  {.shape = {2, 1, 4, 2},
                   .values = {-2, -1.5, 2, 1, 1.5, -1.5, 1, -0.5, 0, -2, 0.5, 1.5, 0.5, -1.5, 0,
                              -1}},
                  {.shape = {2, 1, 4, 1}, .values = {2, 1.5, -1.5, 0, 2, 1.5, 1, 0.5}},
                  {.omitted = true},
                  {.omitted = true},
                  {.type = DataType::kInt64, .shape = {1}, .values = {1}}},
       .expected = {{1.2584332, -0.14288973, 1.6240515, 0.90904587}}},

      {.name = "products",
       .op = "AttentionScores",
       .attributes = {{"softcap", 1.0},
                      {"is_causal", int64_t{1}},
                      {"stage", std::string("products")}},
       .inputs = {{.shape = {1, 1, 2, 2}, .values = {-2, 1, 0, -2}},
                  {.shape = {1, 1, 2, 2}, .values = {-1, 0, 1, 0}}},
       .expected = {{1.4142136, -1.4142136, 0, 0}}},

      {.name = "capped",
       .op = "AttentionScores",
       .attributes = {{"softcap", 1.0},
                      {"is_causal", int64_t{1}},
                      {"stage", std::string("capped")}},
       .inputs = {{.shape = {1, 1, 2, 2}, .values = {-2, 1, 0, -2}},
                  {.shape = {1, 1, 2, 2}, .values = {-1, 0, 1, 0}}},
       .expected = {{0.88838556, -0.88838556, 0, 0}}},

      {.name = "masked",
       .op = "AttentionScores",
       .attributes = {{"softcap", 1.0},
                      {"is_causal", int64_t{1}},
                      {"stage", std::string("masked")}},
       .inputs = {{.shape = {1, 1, 2, 2}, .values = {-2, 1, 0, -2}},
                  {.shape = {1, 1, 2, 2}, .values = {-1, 0, 1, 0}}},
       .expected = {{0.88838556, -kInf, 0, 0}}},

      {.name = "probabilities",
       .op = "AttentionScores",
       .attributes = {{"softcap", 1.0},
                      {"is_causal", int64_t{1}},
                      {"stage", std::string("probabilities")}},
       .inputs = {{.shape = {1, 1, 2, 2}, .values = {-2, 1, 0, -2}},
                  {.shape = {1, 1, 2, 2}, .values = {-1, 0, 1, 0}}},
       .expected = {{1, 0, 0.5, 0.5}}},
  };
}

CaseInput positions(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return {.type = DataType::kInt64, .shape = {count}, .values = std::move(values)};
}

std::vector<OpCase> other_cases() {
  return {
      {.name = "nothing_seen",
       .op = "Attention",
       .inputs = {{.shape = {1, 1, 2, 3}},
                  {.shape = {1, 1, 2, 3}},
                  {.shape = {1, 1, 2, 2}, .values = {1, 2, 3, 4}},
                  {.type = kBool, .shape = {2, 2}, .values = {0, 0, 0, 1}}},
       .expected = {{0, 0, 3, 4}}},
      {.name = "mask_of_fewer_keys",
       .op = "Attention",
       .inputs = {{.shape = {1, 1, 1, 1}, .values = {0}},
                  {.shape = {1, 1, 3, 1}},
                  {.shape = {1, 1, 3, 1}, .values = {2, 4, 100}},
                  {.shape = {2}, .values = {0, 0}}},
       .expected = {{3}}},
      {.name = "no_keys",
       .op = "Attention",
       .inputs = {{.shape = {1, 2, 3, 4}}, {.shape = {1, 1, 0, 4}}, {.shape = {1, 1, 0, 2}}},
       .expected = {std::vector<double>(12, 0.0)}},
      {.name = "no_queries",
       .op = "Attention",
       .inputs = {{.shape = {1, 2, 0, 4}}, {.shape = {1, 1, 3, 4}}, {.shape = {1, 1, 3, 2}}},
       .expected = {{}}},
      {.name = "one_element",
       .op = "Attention",
       .inputs = {{.shape = {1, 1, 1, 1}},
                  {.shape = {1, 1, 1, 1}},
                  {.shape = {1, 1, 1, 1}, .values = {5}}},
       .expected = {{5}}},
      {.name = "odd_sizes",
       .op = "Attention",
       .attributes = {{"is_causal", int64_t{1}}},
       .inputs = {{.shape = {2, 6, 35, 19}},
                  {.shape = {2, 3, 67, 19}},
                  {.shape = {2, 3, 67, 33}},
                  {.shape = {2, 1, 1, 67}},
                  positions({67, 40}),
                  positions({32, 5})}},
      {.name = "f64",
       .op = "Attention",
       .inputs = {{.type = DataType::kFloat64, .shape = {1, 2, 5, 8}},
                  {.type = DataType::kFloat64, .shape = {1, 2, 7, 8}},
                  {.type = DataType::kFloat64, .shape = {1, 2, 7, 8}}}},
      {.name = "f16_with_mask",
       .op = "Attention",
       .inputs = {{.type = DataType::kFloat16, .shape = {1, 2, 5, 8}},
                  {.type = DataType::kFloat16, .shape = {1, 2, 7, 8}},
                  {.type = DataType::kFloat16, .shape = {1, 2, 7, 8}},
                  {.type = DataType::kFloat16, .shape = {5, 7}}}},
      {.name = "bf16",
       .op = "Attention",
       .inputs = {{.type = DataType::kBFloat16, .shape = {1, 2, 5, 8}},
                  {.type = DataType::kBFloat16, .shape = {1, 2, 7, 8}},
                  {.type = DataType::kBFloat16, .shape = {1, 2, 7, 8}}}},
      {.name = "no_scores",
       .op = "AttentionScores",
       .inputs = {{.shape = {1, 2, 3, 4}}, {.shape = {1, 1, 0, 4}}},
       .expected = {{}}},
      {.name = "odd_sizes",
       .op = "AttentionScores",
       .attributes = {{"stage", std::string("probabilities")}, {"softcap", 3.0}},
       .inputs = {{.shape = {2, 4, 33, 17}},
                  {.shape = {2, 2, 65, 17}},
                  {.type = kBool, .shape = {2, 1, 33, 60}},
                  positions({65, 50})}},
  };
}

}  // namespace

std::vector<OpCase> attention_cases();

std::vector<OpCase> attention_cases() {
  std::vector<OpCase> cases = expected_cases();
  for (OpCase& other : other_cases()) cases.push_back(std::move(other));
  return cases;
}

}  // namespace tenon::internal::testing
