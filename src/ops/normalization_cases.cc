#include "testing/op_cases.h"

#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;

CaseInput matrix() { return {kF32, {2, 3}, {1, 2, 3, -1, 0, 4}}; }
CaseInput image() {
  return {kF32, {1, 4, 2, 2}, {5, 1, 5, -3, 2, -2, 4, 1, 3, 1, 3, -4, -3, 2, -3, -5}};
}
CaseInput channel_scale() { return {kF32, {4}, {1, -1, 2, 0.5}}; }
CaseInput channel_bias() { return {kF32, {4}, {0, 1, -1, 2}}; }

// Values computed by onnxruntime.
std::vector<OpCase> of_last_axes() {
  const CaseInput scale = {kF32, {3}, {1, -1, 2}};
  const CaseInput bias = {kF32, {3}, {0.5, 0, -0.5}};
  const AttributeMap all = {{"axis", int64_t{0}}, {"epsilon", 0.5}};
  const AttributeMap second = {{"axis", int64_t{1}}};
  return {
      {"rows",
       "LayerNormalization",
       {},
       {matrix(), scale, bias},
       {{-0.72473562, 0, 1.9494712, -0.4258191, 0.46290955, 2.2774572}}},
      {"all_axes_without_bias",
       "LayerNormalization",
       all,
       {matrix(), matrix()},
       {{-0.2705009, 0.5410018, 2.4345078, 1.3525045, 0, 5.410018}}},
      {"one_scale_for_all",
       "LayerNormalization",
       {},
       {matrix(), {kF32, {}, {2}}, {kF32, {1}, {1}}},
       {{-1.4494712, 1, 3.4494712, -0.8516382, 0.0741809, 3.7774572}}},
      {"omitted_bias",
       "LayerNormalization",
       {},
       {matrix(), scale, {.type = DataType::kUndefined, .omitted = true}},
       {{-1.2247356, 0, 2.4494712, -0.9258191, 0.46290955, 2.7774572}}},
      {"equal_elements",
       "LayerNormalization",
       {},
       {{kF32, {1, 3}, {5, 5, 5}}, scale, bias},
       {{0.5, 0, -0.5}}},
      {"one_element", "LayerNormalization", {}, {{kF32, {1}, {5}}, {kF32, {1}, {3}}}, {{0}}},
      {"f16",
       "LayerNormalization",
       {},
       {{DataType::kFloat16, {2, 2}, {1, 3, 300, 100}}, {DataType::kFloat16, {2}, {1, 2}}},
       {{-1, 2, 1, -2}}},
      {"f64",
       "LayerNormalization",
       {},
       {{DataType::kFloat64, {7, 5}, {}}, {DataType::kFloat64, {5}, {}}}},
      {"scale_broadcasts_inside",
       "LayerNormalization",
       second,
       {{kF32, {3, 4, 5}, {}}, {kF32, {4, 1}, {}}, {kF32, {5}, {}}}},
      {"empty", "LayerNormalization", {}, {{kF32, {0, 3}, {}}, scale, bias}, {{}}},
      {"empty_rows", "LayerNormalization", {}, {{kF32, {3, 0}, {}}, {kF32, {0}, {}}}, {{}}},
      {"tokens",
       "LayerNormalization",
       {},
       {{kF32, {2, 17, 131}, {}}, {kF32, {131}, {}}, {kF32, {131}, {}}}},
      {"rows",
       "RMSNormalization",
       {},
       {matrix(), scale},
       {{0.46290955, -0.9258191, 2.7774572, -0.42008367, 0, 3.3606694}}},
      {"all_axes",
       "RMSNormalization",
       all,
       {matrix(), matrix()},
       {{0.42008406, 1.6803362, 3.7807565, 0.42008406, 0, 6.7213449}}},
      {"one_element", "RMSNormalization", {}, {{kF32, {1}, {-5}}, {kF32, {1}, {3}}}, {{-3}}},
      {"bf16",
       "RMSNormalization",
       {},
       {{DataType::kBFloat16, {1, 2}, {100, -100}}, {DataType::kBFloat16, {2}, {1, 2}}},
       {{1, -2}}},
      {"empty", "RMSNormalization", {}, {{kF32, {0, 3}, {}}, scale}, {{}}},
      {"tokens", "RMSNormalization", {}, {{kF32, {2, 17, 131}, {}}, {kF32, {131}, {}}}},
  };
}

std::vector<OpCase> of_channels() {
  const AttributeMap two = {{"num_groups", int64_t{2}}};
  const CaseInput channels = {kF32, {6}, {}};
  return {
      {"image",
       "InstanceNormalization",
       {},
       {image(), channel_scale(), channel_bias()},
       {{0.90453357, -0.3015112, 0.90453357, -1.507556, 0.6535902, 2.5011091, -0.27016926,
         1.1154699, 0.57266641, -0.82525933, 0.57266641, -4.3200731, 1.8549895, 2.8217251,
         1.8549895, 1.4682952}}},
      {"epsilon",
       "InstanceNormalization",
       {{"epsilon", 0.5}},
       {image(), channel_scale(), channel_bias()},
       {{0.88465178, -0.29488391, 0.88465178, -1.4744196, 0.67070723, 2.4269354, -0.20740688,
         1.1097643, 0.52674007, -0.83036214, 0.52674007, -4.2231178, 1.8601243, 2.7926292,
         1.8601243, 1.4871223}}},
      {"no_spatial_axis",
       "InstanceNormalization",
       {},
       {{kF32, {2, 2}, {1, 2, 3, 4}}, {kF32, {2}, {1, 1}}, {kF32, {2}, {5, 6}}},
       {{5, 6, 5, 6}}},
      {"empty", "InstanceNormalization", {}, {{kF32, {2, 6, 0}, {}}, channels, channels}, {{}}},
      {"three_axes",
       "InstanceNormalization",
       {},
       {{kF32, {2, 6, 3, 1, 5}, {}}, channels, channels}},
      {"groups",
       "GroupNormalization",
       two,
       {image(), channel_scale(), channel_bias()},
       {{1.1944089, -0.22118683, 1.1944089, -1.6367825, 0.86728787, 2.2828836, 0.15949005,
         1.2211869, 1.4096568, 0.12450659, 1.4096568, -3.0883694, 1.6385515, 2.4417706, 1.6385515,
         1.3172638}}},
      {"one_group",
       "GroupNormalization",
       {{"num_groups", int64_t{1}}, {"epsilon", 0.5}},
       {image(), channel_scale(), channel_bias()},
       {{1.3918023, 0.17159207, 1.3918023, -1.0486182, 0.52335536, 1.7435656, -0.086749792,
         0.82840794, 0.56339443, -0.65681589, 0.56339443, -3.7073414, 1.4756908, 2.2383223,
         1.4756908, 1.1706383}}},
      {"no_spatial_axis",
       "GroupNormalization",
       two,
       {{kF32, {1, 4}, {1, 3, 7, 3}}, channel_scale(), channel_bias()},
       {{-1, 0, 1, 1.5}},
       1e-5},
      {"empty", "GroupNormalization", two, {{kF32, {0, 6, 2}, {}}, channels, channels}, {{}}},
      {"no_channels",
       "GroupNormalization",
       two,
       {{kF32, {1, 0, 2}, {}}, {kF32, {0}, {}}, {kF32, {0}, {}}},
       {{}}},
      {"f64",
       "GroupNormalization",
       two,
       {{DataType::kFloat64, {2, 4, 3}, {}},
        {DataType::kFloat64, {4}, {}},
        {DataType::kFloat64, {4}, {}}}},
      {"large",
       "GroupNormalization",
       {{"num_groups", int64_t{3}}},
       {{kF32, {2, 6, 17, 19}, {}}, channels, channels}},
  };
}

std::vector<OpCase> of_neighbours() {
  return {
      {"three_channels",
       "LRN",
       {{"alpha", 0.5}, {"size", int64_t{3}}},
       {image()},
       {{1.3320864, 0.63470066, 1.0678494, -1.437622, 0.4488011, -1.1892071, 0.74908715, 0.2849384,
         0.94485712, 0.50297344, 0.72308552, -0.84089643, -1.0606601, 1.2694013, -1.0606601,
         -1.0678495}}},
      {"even_size_reaches_further_behind",
       "LRN",
       {{"alpha", 2.0}, {"beta", 1.0}, {"bias", 1.0}, {"size", int64_t{2}}},
       {{kF32, {1, 3, 1}, {1, 2, 3}}},
       {{0.16666667, 0.14285714, 0.3}}},
      {"one_channel",
       "LRN",
       {{"alpha", 1.0}, {"beta", 0.5}, {"size", int64_t{1}}},
       {{kF32, {1, 1}, {2}}},
       {{0.89442719}}},
      {"empty", "LRN", {{"size", int64_t{5}}}, {{kF32, {1, 0, 3}, {}}}, {{}}},
      {"more_than_there_are", "LRN", {{"size", int64_t{9}}}, {{kF32, {2, 4, 3, 5}, {}}}},
      {"f16", "LRN", {{"alpha", 0.5}, {"size", int64_t{5}}}, {{DataType::kFloat16, {2, 7, 3}, {}}}},
  };
}

}  // namespace

std::vector<OpCase> normalization_cases();

std::vector<OpCase> normalization_cases() {
  std::vector<OpCase> cases = of_last_axes();
  for (const auto& more : {of_channels(), of_neighbours()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

}  // namespace tenon::internal::testing
