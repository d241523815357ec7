#include "testing/op_cases.h"

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF16 = DataType::kFloat16;
constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kF64 = DataType::kFloat64;

constexpr const char* kRelu = "(%0: f32) { %1: f32 = Relu(%0) } -> %1";
constexpr const char* kAdd = "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1) } -> %2";
constexpr const char* kAddRelu =
    "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f32 = Relu(%2) } -> %3";
constexpr const char* kMulAdd =
    "(%0: f32, %1: f32, %2: f32) { %3: f32 = Mul(%0, %1); %4: f32 = Add(%3, %2) } -> %4";
constexpr const char* kSilu = "(%0: f32) { %1: f32 = Sigmoid(%0); %2: f32 = Mul(%0, %1) } -> %2";
// x * 0.5 * (1 + erf(x / sqrt(2))), the numbers and a bias being operands.
constexpr const char* kBiasGelu =
    "(%0: f32, %1: f32, %2: f32, %3: f32, %4: f32) { %5: f32 = Add(%0, %1); %6: f32 = Div(%5, %2); "
    "%7: f32 = Erf(%6); %8: f32 = Add(%7, %3); %9: f32 = Mul(%5, %8); %10: f32 = Mul(%9, %4) } -> "
    "%10";
constexpr const char* kClip =
    "(%0: f32, %1: f32, %2: f32) { %3: f32 = Max(%0, %1); %4: f32 = Min(%3, %2) } -> %4";

using Texts = std::vector<std::string>;

CaseInput scalar(double value) { return {kF32, {}, {value}}; }

OpCase region(std::string name, AttributeMap attributes, std::vector<CaseInput> inputs,
              std::vector<std::vector<double>> expected = {}, double tolerance = 0) {
  return {std::move(name),     "Region", std::move(attributes), std::move(inputs),
          std::move(expected), tolerance};
}

std::vector<OpCase> conv_regions() {
  const std::string same = "Conv{pads=[1,1,1,1]}";
  const CaseInput image = {kF32, {2, 3, 9, 7}};
  const CaseInput filters = {kF32, {5, 3, 3, 3}};
  return {
      region("conv_bias_relu", {{"anchor", "Conv"}, {"after", kRelu}},
             {{kF32, {1, 1, 2, 2}, {1, 2, 3, 4}}, {kF32, {1, 1, 1, 1}, {2}}, {kF32, {1}, {-5}}},
             {{0, 0, 1, 3}}),
      region("conv_residual_relu", {{"anchor", "Conv"}, {"after", kAddRelu}},
             {{kF32, {1, 1, 2, 2}, {1, 2, 3, 4}},
              {kF32, {1, 1, 1, 1}, {2}},
              {kF32, {1, 1, 2, 2}, {-3, -3, 10, -9}}},
             {{0, 1, 16, 0}}),
      region("conv_3x3_bias_residual_relu", {{"anchor", same}, {"after", kAddRelu}},
             {image, filters, {kF32, {5}}, {kF32, {2, 5, 9, 7}}}),
      region("conv_silu", {{"anchor", "Conv{pads=[1,1,1,1], strides=[2,2]}"}, {"after", kSilu}},
             {image, filters, {kF32, {5}}}),
      region("conv_scale_and_shift", {{"anchor", same}, {"after", kMulAdd}},
             {image, filters, {kF32, {5, 1, 1}}, {kF32, {1, 5, 1, 1}}}),
      region("conv_residual_for_all_images", {{"anchor", same}, {"after", kAdd}},
             {image, filters, {kF32, {5, 9, 7}}}),
      region("depthwise_conv_clip", {{"anchor", "Conv{group=3, pads=[1,1,1,1]}"}, {"after", kClip}},
             {image, {kF32, {3, 1, 3, 3}}, {kF32, {3}}, scalar(0), scalar(6)}),
      region("pointwise_conv_of_one_position", {{"anchor", "Conv"}, {"after", kRelu}},
             {{kF32, {3, 17, 1, 1}}, {kF32, {33, 17, 1, 1}}, {kF32, {33}}}),
      region("conv_channels_last",
             {{"anchor", "Conv"}, {"views", Texts{"{perm=[0,3,1,2]}", ""}}, {"after", kRelu}},
             {{kF32, {2, 9, 7, 3}}, filters}),
      region("conv_of_one_axis", {{"anchor", "Conv"}, {"after", kAddRelu}},
             {{kF32, {2, 4, 31}}, {kF32, {6, 4, 5}}, {kF32, {2, 6, 27}}}),
      region("conv_without_images", {{"anchor", same}, {"after", kAddRelu}},
             {{kF32, {0, 3, 9, 7}}, filters, {kF32, {0, 5, 9, 7}}}),
      region("conv_f16_of_f32",
             {{"anchor", "Conv"}, {"after", "(%0: f32) { %1: f16 = Cast(%0, saturate=1) } -> %1"}},
             {image, filters}),
      region("batch_normalization_relu", {{"anchor", "BatchNormalization"}, {"after", kRelu}},
             {{kF32, {2, 3, 5}}, {kF32, {3}}, {kF32, {3}}, {kF32, {3}}, {kF32, {3}, {}, 0.5, 2}}),
  };
}

std::vector<OpCase> product_regions() {
  return {
      region("matmul_of_a_transposed_matrix",
             {{"anchor", "MatMul"}, {"views", Texts{"", "{perm=[1,0]}"}}},
             {{kF32, {2, 3}, {1, 2, 3, 4, 5, 6}}, {kF32, {2, 3}, {1, 0, 1, 0, 1, 0}}},
             {{4, 2, 10, 5}}),
      region("matmul_of_two_transposed_matrices",
             {{"anchor", "MatMul"}, {"views", Texts{"{perm=[1,0]}", "{perm=[1,0]}"}}},
             {{kF32, {17, 5}}, {kF32, {9, 17}}}),
      region("matmul_bias", {{"anchor", "MatMul"}, {"after", kAdd}},
             {{kF32, {7, 33}}, {kF32, {33, 19}}, {kF32, {19}}}),
      region("matmul_bias_gelu", {{"anchor", "MatMul"}, {"after", kBiasGelu}},
             {{kF32, {2, 7, 16}},
              {kF32, {16, 33}},
              {kF32, {33}},
              scalar(1.41421356),
              scalar(1),
              scalar(0.5)}),
      region("attention_scores",
             {{"anchor", "MatMul"},
              {"views", Texts{"{perm=[0,2,1,3]}", "{perm=[0,2,3,1]}", "", ""}},
              {"after", kMulAdd}},
             {{kF32, {2, 5, 3, 8}}, {kF32, {2, 6, 3, 8}}, scalar(0.35), {kF32, {2, 1, 1, 6}}}),
      region("attention_values", {{"anchor", "MatMul"}, {"views", Texts{"", "{perm=[0,2,1,3]}"}}},
             {{kF32, {2, 3, 5, 6}}, {kF32, {2, 6, 3, 8}}}),
      region("matmul_of_vectors", {{"anchor", "MatMul"}, {"after", kAdd}},
             {{kF32, {4}, {1, 2, 3, 4}}, {kF32, {4}, {1, 1, 1, 1}}, scalar(-3)}, {{7}}),
      region("rows_of_one_head",
             {{"anchor", "MatMul"}, {"views", Texts{"{perm=[0,2,1,3]}", "{perm=[0,2,3,1]}"}}},
             {{kF32, {1, 5, 1, 8}}, {kF32, {1, 6, 1, 8}}}),
      region("matrix_by_vector_residual", {{"anchor", "MatMul"}, {"after", kAddRelu}},
             {{kF32, {2, 3, 4}}, {kF32, {4}}, {kF32, {2, 3}}}),
      region("matrix_by_vector_row", {{"anchor", "MatMul"}, {"after", kAdd}},
             {{kF32, {2, 3, 4}}, {kF32, {4}}, {kF32, {3}}}),
      region("shared_matrices_bias_residual", {{"anchor", "MatMul"}, {"after", kMulAdd}},
             {{kF32, {2, 3, 5, 6}}, {kF32, {3, 6, 7}}, {kF32, {7}}, {kF32, {2, 3, 5, 7}}}),
      region("matmul_f16_bias_relu",
             {{"anchor", "MatMul"},
              {"after", "(%0: f16, %1: f16) { %2: f16 = Add(%0, %1); %3: f16 = Relu(%2) } -> %3"}},
             {{kF16, {5, 16}}, {kF16, {16, 9}}, {kF16, {9}}}),
      region("gemm_bias_relu", {{"anchor", "Gemm{transB=1}"}, {"after", kRelu}},
             {{kF32, {3, 20}}, {kF32, {11, 20}}, {kF32, {11}}}),
      // u8 times i8 with zero points and scales of their own, to u8.
      region(
          "quantized_matmul",
          {{"anchor", "MatMul"},
           {"before",
            Texts{"(%0: u8, %1: u8, %2: f32) { %3: f32 = Cast(%0, saturate=1); %4: f32 = Cast(%1, "
                  "saturate=1); %5: f32 = Sub(%3, %4); %6: f32 = Mul(%5, %2) } -> %6",
                  "(%0: i8, %1: f32) { %2: f32 = Cast(%0, saturate=1); %3: f32 = Mul(%2, %1) } -> "
                  "%3"}},
           {"after",
            "(%0: f32, %1: f32, %2: f32, %3: f32) { %4: f32 = Div(%0, %1); %5: f32 = Round(%4); "
            "%6: f32 = Add(%5, %2); %7: f32 = Max(%6, %3); %8: u8 = Cast(%7, saturate=1) } -> "
            "%8"}},
          {{DataType::kUInt8, {1, 2}, {130, 120}},
           {DataType::kUInt8, {}, {128}},
           scalar(0.5),
           {DataType::kInt8, {2, 2}, {10, -20, 5, 7}},
           {kF32, {2}, {1, 0.25}},
           scalar(2),
           scalar(100),
           scalar(0)},
          {{95, 94}}),
  };
}

std::vector<OpCase> reducing_regions() {
  const std::string square = "(%0: f32) { %1: f32 = Mul(%0, %0) } -> %1";
  const std::string root = "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f32 = Sqrt(%2) } -> %3";
  return {
      region("deviation",
             {{"anchor", "ReduceMean{axes=[1]}"}, {"before", Texts{square}}, {"after", root}},
             {{kF32, {2, 2}, {1, 7, 4, 4}}, scalar(0)}, {{5, 4}}),
      region("deviation_of_rows",
             {{"anchor", "ReduceMean{axes=[2]}"}, {"before", Texts{square}}, {"after", root}},
             {{kF32, {2, 3, 129}}, scalar(1e-5)}),
      region("sum_of_a_product",
             {{"anchor", "ReduceSum{axes=[0,2], keepdims=0}"}, {"before", Texts{kAdd}}},
             {{kF32, {3, 1, 5}}, {kF32, {4, 1}}}),
      region("softmax_of_masked_scores", {{"anchor", "Softmax"}, {"before", Texts{kMulAdd}}},
             {{kF32, {2, 3, 4, 17}}, scalar(0.125), {kF32, {2, 1, 1, 17}}}),
      region("softmax_scaled", {{"anchor", "Softmax{axis=1}"}, {"after", kMulAdd}},
             {{kF32, {1, 2, 1}, {3, 3}}, scalar(4), {kF32, {2, 1}, {0, 1}}}, {{2, 3}}),
      region("layer_normalization_of_a_sum",
             {{"anchor", "LayerNormalization"}, {"before", Texts{kAdd, "", ""}}, {"after", kRelu}},
             {{kF32, {2, 2}, {1, 2, 3, 4}},
              {kF32, {2}, {0, 1}},
              {kF32, {2}, {1, 1}},
              {kF32, {2}, {0.5, 3}}},
             {{0, 4, 0, 4}}, 1e-4),
      region("rms_normalization_scaled",
             {{"anchor", "RMSNormalization{epsilon=0.01}"}, {"after", kMulAdd}},
             {{kF32, {2, 3, 17}}, {kF32, {17}}, scalar(2), {kF32, {3, 1}}}),
      region("group_normalization_silu",
             {{"anchor", "GroupNormalization{num_groups=2}"}, {"after", kSilu}},
             {{kF32, {2, 6, 5, 3}}, {kF32, {6}}, {kF32, {6}}}),
      region("max_pool_relu",
             {{"anchor", "MaxPool{kernel_shape=[2,2], strides=[2,2]}"}, {"after", kRelu}},
             {{kF32, {2, 3, 8, 7}}}),
      region("average_pool_clip",
             {{"anchor", "AveragePool{kernel_shape=[3,3], pads=[1,1,1,1]}"}, {"after", kClip}},
             {{kF32, {1, 5, 6, 6}}, scalar(-0.5), scalar(0.5)}),
      region("global_pool_of_silu",
             {{"anchor", "GlobalAveragePool"}, {"before", Texts{kSilu}}, {"after", kRelu}},
             {{kF32, {2, 9, 7, 5}}}),
      region("concat_relu", {{"anchor", "Concat{axis=1}"}, {"after", kRelu}},
             {{kF32, {1, 2}, {-1, 2}}, {kF32, {1, 1}, {-3}}}, {{0, 2, 0}}),
  };
}

std::vector<OpCase> pointwise_regions() {
  return {
      region("silu", {{"after", kSilu}}, {{kF32, {3}, {0, 30, -30}}}, {{0, 30, -2.807287e-12}}),
      region("gelu_of_a_row", {{"after", kBiasGelu}},
             {{kF32, {3, 1031}}, {kF32, {1031}}, scalar(1.41421356), scalar(1), scalar(0.5)}),
      region("sum_with_a_transposed_matrix",
             {{"views", Texts{"", "{perm=[1,0]}"}}, {"after", kAdd}},
             {{kF32, {2, 3}, {1, 2, 3, 4, 5, 6}}, {kF32, {3, 2}, {10, 20, 30, 40, 50, 60}}},
             {{11, 32, 53, 24, 45, 66}}),
      region("outer_sum", {{"after", kAddRelu}}, {{kF32, {5, 1, 3}}, {kF32, {4, 1}}}),
      region("selection",
             {{"after",
               "(%0: f32, %1: f32, %2: f32) { %3: bool = Less(%0, %1); %4: f32 = Where(%3, %0, %2) "
               "} -> %4"}},
             {{kF32, {4}, {1, 2, 3, 4}}, scalar(2.5), {kF32, {4}, {-1, -2, -3, -4}}},
             {{1, 2, -3, -4}}),
      region("comparison",
             {{"after",
               "(%0: f64, %1: f64) { %2: f64 = Abs(%0); %3: bool = Greater(%2, %1); %4: bool = "
               "Not(%3) } -> %4"}},
             {{kF64, {3}, {-3, 1, 2}}, {kF64, {}, {2}}}, {{0, 1, 1}}),
      region("f16_chain",
             {{"after",
               "(%0: f16, %1: f16) { %2: f16 = Mul(%0, %1); %3: f16 = Tanh(%2); %4: f16 = Sub(%3, "
               "%0) } -> %4"}},
             {{kF16, {3, 37}}, {kF16, {37}}}),
      region("bf16_to_f32",
             {{"after",
               "(%0: bf16) { %1: f32 = Cast(%0, saturate=1); %2: f32 = LeakyRelu(%1, alpha=0.1) } "
               "-> %2"}},
             {{DataType::kBFloat16, {2, 9}}}),
      region("one_element", {{"after", kAddRelu}}, {scalar(-2), scalar(5)}, {{3}}),
      region("no_elements", {{"after", kAddRelu}}, {{kF32, {3, 0}}, scalar(5)}, {{}}),
  };
}

}  // namespace

std::vector<OpCase> region_cases();

std::vector<OpCase> region_cases() {
  std::vector<OpCase> cases = conv_regions();
  for (const auto& more : {product_regions(), reducing_regions(), pointwise_regions()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

}  // namespace tenon::internal::testing
