#include "onnx/import_table.h"

#include "onnx/importers/importers.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace tenon::internal {
namespace {

constexpr int kNow = kNewestOpset;

// clang-format off
constexpr auto kTable = std::to_array<ImportRow>({
    {"", "Abs", 1, kNow, "Abs", import_same_op},
    {"", "Acos", 7, kNow, "Acos", import_same_op},
    {"", "Acosh", 9, kNow, "Acosh", import_same_op},
    {"", "Add", 1, 6, "Add", import_axis_broadcast},
    {"", "Add", 7, kNow, "Add", import_same_op},
    {"", "And", 1, 6, "And", import_axis_broadcast},
    {"", "And", 7, kNow, "And", import_same_op},
    {"", "ArgMax", 1, kNow, "ArgMax", import_same_op},
    {"", "ArgMin", 1, kNow, "ArgMin", import_same_op},
    {"", "Asin", 7, kNow, "Asin", import_same_op},
    {"", "Asinh", 9, kNow, "Asinh", import_same_op},
    {"", "Atan", 7, kNow, "Atan", import_same_op},
    {"", "Atanh", 9, kNow, "Atanh", import_same_op},
    {"", "Attention", 23, kNow, "Attention", import_attention},
    {"", "AveragePool", 1, kNow, "AveragePool", import_window},
    {"", "BatchNormalization", 1, kNow, "BatchNormalization", import_batch_normalization},
    {"", "BitShift", 11, kNow, "BitShift", import_bit_shift},
    {"", "BitwiseAnd", 18, kNow, "BitwiseAnd", import_same_op},
    {"", "BitwiseNot", 18, kNow, "BitwiseNot", import_same_op},
    {"", "BitwiseOr", 18, kNow, "BitwiseOr", import_same_op},
    {"", "BitwiseXor", 18, kNow, "BitwiseXor", import_same_op},
    {"", "BlackmanWindow", 17, kNow, "Range", import_blackman_window, 0b1},
    {"", "Cast", 1, kNow, "Cast", import_cast},
    {"", "CastLike", 15, kNow, "Cast", import_cast_like},
    {"", "Ceil", 1, kNow, "Ceil", import_same_op},
    {"", "Celu", 12, kNow, "Celu", import_same_op},
    {"", "CenterCropPad", 18, kNow, "Pad", import_center_crop_pad, 0b10},
    {"", "Clip", 1, 10, "Clip", import_clip_1},
    {"", "Clip", 11, kNow, "Clip", import_clip},
    {"", "Col2Im", 18, kNow, "Col2Im", import_same_op},
    {"", "Compress", 9, kNow, "Compress", import_same_op},
    {"", "Concat", 1, 3, "Concat", import_concat_1},
    {"", "Concat", 4, kNow, "Concat", import_same_op},
    {"", "Constant", 1, kNow, "", import_constant},
    {"", "ConstantOfShape", 9, kNow, "Expand", import_constant_of_shape, 0b1},
    {"", "Conv", 1, kNow, "Conv", import_window},
    {"", "ConvInteger", 10, kNow, "Conv", import_conv_integer},
    {"", "ConvTranspose", 1, kNow, "ConvTranspose", import_window},
    {"", "Cos", 7, kNow, "Cos", import_same_op},
    {"", "Cosh", 9, kNow, "Cosh", import_same_op},
    {"", "CumSum", 11, kNow, "CumSum", import_same_op},
    {"", "DFT", 17, 19, "DFT", import_dft_17},
    {"", "DFT", 20, kNow, "DFT", import_dft},
    {"", "DepthToSpace", 1, kNow, "Transpose", import_depth_to_space},
    {"", "DequantizeLinear", 10, kNow, "Mul", import_dequantize_linear},
    {"", "Det", 11, kNow, "Det", import_same_op},
    {"", "Div", 1, 6, "Div", import_axis_broadcast},
    {"", "Div", 7, kNow, "Div", import_same_op},
    {"", "Dropout", 1, kNow, "Identity", import_dropout},
    {"", "DynamicQuantizeLinear", 11, kNow, "Cast", import_dynamic_quantize_linear},
    {"", "Einsum", 12, kNow, "Einsum", import_einsum},
    {"", "Elu", 1, kNow, "Elu", import_same_op},
    {"", "Equal", 1, 6, "Equal", import_axis_broadcast},
    {"", "Equal", 7, kNow, "Equal", import_same_op},
    {"", "Erf", 9, kNow, "Erf", import_same_op},
    {"", "Exp", 1, kNow, "Exp", import_same_op},
    {"", "Expand", 8, kNow, "Expand", import_same_op},
    {"", "EyeLike", 9, kNow, "EyeLike", import_eye_like},
    {"", "Flatten", 1, kNow, "Flatten", import_same_op},
    {"", "Floor", 1, kNow, "Floor", import_same_op},
    {"", "GRU", 1, kNow, "GRU", import_recurrent},
    {"", "Gather", 1, kNow, "Gather", import_same_op},
    {"", "GatherElements", 11, kNow, "GatherElements", import_same_op},
    {"", "GatherND", 11, kNow, "GatherND", import_same_op},
    {"", "Gelu", 20, kNow, "Gelu", import_gelu},
    {"", "Gemm", 1, 6, "Gemm", import_gemm_1},
    {"", "Gemm", 7, kNow, "Gemm", import_same_op},
    {"", "GlobalAveragePool", 1, kNow, "GlobalAveragePool", import_same_op},
    {"", "GlobalLpPool", 1, kNow, "ReduceL2", import_global_lp_pool},
    {"", "GlobalMaxPool", 1, kNow, "GlobalMaxPool", import_same_op},
    {"", "Greater", 1, 6, "Greater", import_axis_broadcast},
    {"", "Greater", 7, kNow, "Greater", import_same_op},
    {"", "GreaterOrEqual", 12, kNow, "GreaterOrEqual", import_same_op},
    {"", "GridSample", 16, kNow, "GridSample", import_grid_sample},
    {"", "GroupNormalization", 18, 20, "GroupNormalization", import_group_normalization_18},
    {"", "GroupNormalization", 21, kNow, "GroupNormalization", import_group_normalization},
    {"", "HammingWindow", 17, kNow, "Range", import_hamming_window, 0b1},
    {"", "HannWindow", 17, kNow, "Range", import_hann_window, 0b1},
    {"", "HardSigmoid", 1, kNow, "HardSigmoid", import_same_op},
    {"", "HardSwish", 14, kNow, "HardSwish", import_same_op},
    {"", "Hardmax", 1, 12, "Hardmax", import_softmax_1},
    {"", "Hardmax", 13, kNow, "Hardmax", import_same_op},
    {"", "Identity", 1, kNow, "Identity", import_same_op},
    {"", "If", 1, kNow, "If", import_if},
    {"", "InstanceNormalization", 1, kNow, "InstanceNormalization", import_same_op},
    {"", "IsInf", 10, kNow, "IsInf", import_same_op},
    {"", "IsNaN", 9, kNow, "IsNaN", import_same_op},
    {"", "LRN", 1, kNow, "LRN", import_same_op},
    {"", "LSTM", 1, kNow, "LSTM", import_recurrent},
    {"", "LayerNormalization", 17, kNow, "LayerNormalization", import_layer_normalization},
    {"", "LeakyRelu", 1, kNow, "LeakyRelu", import_same_op},
    {"", "Less", 1, 6, "Less", import_axis_broadcast},
    {"", "Less", 7, kNow, "Less", import_same_op},
    {"", "LessOrEqual", 12, kNow, "LessOrEqual", import_same_op},
    {"", "Log", 1, kNow, "Log", import_same_op},
    {"", "LogSoftmax", 1, 12, "LogSoftmax", import_softmax_1},
    {"", "LogSoftmax", 13, kNow, "LogSoftmax", import_same_op},
    {"", "Loop", 1, kNow, "Loop", import_loop},
    {"", "LpNormalization", 1, kNow, "Div", import_lp_normalization},
    {"", "LpPool", 1, kNow, "LpPool", import_lp_pool},
    {"", "MatMul", 1, kNow, "MatMul", import_same_op},
    {"", "MatMulInteger", 10, kNow, "MatMul", import_matmul_integer},
    {"", "Max", 1, kNow, "Max", import_same_op},
    {"", "MaxPool", 1, kNow, "MaxPool", import_max_pool},
    {"", "MaxRoiPool", 1, kNow, "MaxRoiPool", import_max_roi_pool},
    {"", "MaxUnpool", 9, kNow, "MaxUnpool", import_same_op},
    {"", "Mean", 1, kNow, "Div", import_mean},
    {"", "MeanVarianceNormalization", 9, kNow, "Div", import_mean_variance_normalization},
    {"", "MelWeightMatrix", 17, kNow, "", import_mel_weight_matrix, 0b11111},
    {"", "Min", 1, kNow, "Min", import_same_op},
    {"", "Mish", 18, kNow, "Mish", import_same_op},
    {"", "Mod", 10, kNow, "Mod", import_same_op},
    {"", "Mul", 1, 6, "Mul", import_axis_broadcast},
    {"", "Mul", 7, kNow, "Mul", import_same_op},
    {"", "Neg", 1, kNow, "Neg", import_same_op},
    {"", "NegativeLogLikelihoodLoss", 12, kNow, "GatherElements", import_negative_log_likelihood_loss},
    {"", "NonMaxSuppression", 10, kNow, "NonMaxSuppression", import_same_op},
    {"", "NonZero", 9, kNow, "NonZero", import_same_op},
    {"", "Not", 1, kNow, "Not", import_same_op},
    {"", "OneHot", 9, kNow, "OneHot", import_one_hot},
    {"", "Or", 1, 6, "Or", import_axis_broadcast},
    {"", "Or", 7, kNow, "Or", import_same_op},
    {"", "PRelu", 1, 6, "PRelu", import_prelu_1},
    {"", "PRelu", 7, kNow, "PRelu", import_same_op},
    {"", "Pad", 1, 10, "Pad", import_pad_1},
    {"", "Pad", 11, kNow, "Pad", import_same_op},
    {"", "Pow", 1, 6, "Pow", import_axis_broadcast},
    {"", "Pow", 7, kNow, "Pow", import_same_op},
    {"", "QLinearConv", 10, kNow, "Conv", import_qlinear_conv},
    {"", "QLinearMatMul", 10, kNow, "MatMul", import_qlinear_matmul},
    {"", "QuantizeLinear", 10, kNow, "Cast", import_quantize_linear},
    {"", "RMSNormalization", 23, kNow, "RMSNormalization", import_rms_normalization},
    {"", "RNN", 1, kNow, "RNN", import_rnn},
    {"", "Range", 11, kNow, "Range", import_range},
    {"", "Reciprocal", 1, kNow, "Reciprocal", import_same_op},
    {"", "ReduceL1", 1, 17, "ReduceL1", import_axes_attribute},
    {"", "ReduceL1", 18, kNow, "ReduceL1", import_same_op},
    {"", "ReduceL2", 1, 17, "ReduceL2", import_axes_attribute},
    {"", "ReduceL2", 18, kNow, "ReduceL2", import_same_op},
    {"", "ReduceLogSum", 1, 17, "ReduceLogSum", import_axes_attribute},
    {"", "ReduceLogSum", 18, kNow, "ReduceLogSum", import_same_op},
    {"", "ReduceLogSumExp", 1, 17, "ReduceLogSumExp", import_axes_attribute},
    {"", "ReduceLogSumExp", 18, kNow, "ReduceLogSumExp", import_same_op},
    {"", "ReduceMax", 1, 17, "ReduceMax", import_axes_attribute},
    {"", "ReduceMax", 18, kNow, "ReduceMax", import_same_op},
    {"", "ReduceMean", 1, 17, "ReduceMean", import_axes_attribute},
    {"", "ReduceMean", 18, kNow, "ReduceMean", import_same_op},
    {"", "ReduceMin", 1, 17, "ReduceMin", import_axes_attribute},
    {"", "ReduceMin", 18, kNow, "ReduceMin", import_same_op},
    {"", "ReduceProd", 1, 17, "ReduceProd", import_axes_attribute},
    {"", "ReduceProd", 18, kNow, "ReduceProd", import_same_op},
    {"", "ReduceSum", 1, 12, "ReduceSum", import_axes_attribute},
    {"", "ReduceSum", 13, kNow, "ReduceSum", import_same_op},
    {"", "ReduceSumSquare", 1, 17, "ReduceSumSquare", import_axes_attribute},
    {"", "ReduceSumSquare", 18, kNow, "ReduceSumSquare", import_same_op},
    {"", "Relu", 1, kNow, "Relu", import_same_op},
    {"", "Reshape", 1, 4, "Reshape", import_reshape_1},
    {"", "Reshape", 5, kNow, "Reshape", import_same_op},
    {"", "Resize", 10, 10, "Resize", import_resize_10, 0b10},
    {"", "Resize", 11, kNow, "Resize", import_resize, 0b1110},
    {"", "ReverseSequence", 10, kNow, "ReverseSequence", import_same_op},
    {"", "RoiAlign", 10, 15, "RoiAlign", import_roi_align_10},
    {"", "RoiAlign", 16, kNow, "RoiAlign", import_same_op},
    {"", "RotaryEmbedding", 23, kNow, "Concat", import_rotary_embedding},
    {"", "Round", 11, kNow, "Round", import_same_op},
    {"", "STFT", 17, kNow, "STFT", import_same_op},
    {"", "Scan", 9, kNow, "Loop", import_scan},
    {"", "Scatter", 9, kNow, "ScatterElements", import_same_op},
    {"", "ScatterElements", 11, kNow, "ScatterElements", import_same_op},
    {"", "ScatterND", 11, kNow, "ScatterND", import_same_op},
    {"", "Selu", 1, 5, "Selu", import_selu_1},
    {"", "Selu", 6, kNow, "Selu", import_same_op},
    {"", "Shape", 1, kNow, "Shape", import_same_op},
    {"", "Shrink", 9, kNow, "Shrink", import_same_op},
    {"", "Sigmoid", 1, kNow, "Sigmoid", import_same_op},
    {"", "Sign", 9, kNow, "Sign", import_same_op},
    {"", "Sin", 7, kNow, "Sin", import_same_op},
    {"", "Sinh", 9, kNow, "Sinh", import_same_op},
    {"", "Size", 1, kNow, "Size", import_same_op},
    {"", "Slice", 1, 9, "Slice", import_slice_1},
    {"", "Slice", 10, kNow, "Slice", import_same_op},
    {"", "Softmax", 1, 12, "Softmax", import_softmax_1},
    {"", "Softmax", 13, kNow, "Softmax", import_same_op},
    {"", "SoftmaxCrossEntropyLoss", 12, kNow, "GatherElements", import_softmax_cross_entropy_loss},
    {"", "Softplus", 1, kNow, "Softplus", import_same_op},
    {"", "Softsign", 1, kNow, "Softsign", import_same_op},
    {"", "SpaceToDepth", 1, kNow, "Transpose", import_space_to_depth},
    {"", "Split", 1, kNow, "Slice", import_split},
    {"", "Sqrt", 1, kNow, "Sqrt", import_same_op},
    {"", "Squeeze", 1, 12, "Squeeze", import_axes_attribute},
    {"", "Squeeze", 13, kNow, "Squeeze", import_same_op},
    {"", "Sub", 1, 6, "Sub", import_axis_broadcast},
    {"", "Sub", 7, kNow, "Sub", import_same_op},
    {"", "Sum", 1, kNow, "Add", import_sum},
    {"", "Swish", 24, kNow, "Swish", import_same_op},
    {"", "Tan", 7, kNow, "Tan", import_same_op},
    {"", "Tanh", 1, kNow, "Tanh", import_same_op},
    {"", "ThresholdedRelu", 10, kNow, "ThresholdedRelu", import_same_op},
    {"", "Tile", 1, kNow, "Expand", import_tile},
    {"", "TopK", 1, 9, "TopK", import_top_k_1},
    {"", "TopK", 10, kNow, "TopK", import_same_op},
    {"", "Transpose", 1, kNow, "Transpose", import_transpose},
    {"", "Trilu", 14, kNow, "Trilu", import_same_op},
    {"", "Unique", 11, kNow, "Unique", import_same_op},
    {"", "Unsqueeze", 1, 12, "Unsqueeze", import_axes_attribute},
    {"", "Unsqueeze", 13, kNow, "Unsqueeze", import_same_op},
    {"", "Upsample", 7, 10, "Resize", import_upsample, 0b10},
    {"", "Where", 9, kNow, "Where", import_same_op},
    {"", "Xor", 1, 6, "Xor", import_axis_broadcast},
    {"", "Xor", 7, kNow, "Xor", import_same_op},
});
// clang-format on

struct Refusal {
  std::string_view op_type;
  std::string_view reason;
};

constexpr std::string_view kRandom = "its results are random";
constexpr std::string_view kStrings = "strings are no numbers";
constexpr std::string_view kNoTensor = "sequences and optional values are no tensors";

// Of ai.onnx.
constexpr auto kRefusals = std::to_array<Refusal>({
    {"Bernoulli", kRandom},
    {"ConcatFromSequence", kNoTensor},
    {"ImageDecoder", "it decodes files: give the model their pixels"},
    {"Multinomial", kRandom},
    {"Optional", kNoTensor},
    {"OptionalGetElement", kNoTensor},
    {"OptionalHasElement", kNoTensor},
    {"RandomNormal", kRandom},
    {"RandomNormalLike", kRandom},
    {"RandomUniform", kRandom},
    {"RandomUniformLike", kRandom},
    {"RegexFullMatch", kStrings},
    {"SequenceAt", kNoTensor},
    {"SequenceConstruct", kNoTensor},
    {"SequenceEmpty", kNoTensor},
    {"SequenceErase", kNoTensor},
    {"SequenceInsert", kNoTensor},
    {"SequenceLength", kNoTensor},
    {"SequenceMap", kNoTensor},
    {"SplitToSequence", kNoTensor},
    {"StringConcat", kStrings},
    {"StringNormalizer", kStrings},
    {"StringSplit", kStrings},
    {"TfIdfVectorizer", kStrings},
});

constexpr bool is_sorted_without_overlap() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].since > kTable[i].until) return false;
    if (i == 0) continue;
    const ImportRow& before = kTable[i - 1];
    const ImportRow& row = kTable[i];
    const bool same = before.domain == row.domain && before.op_type == row.op_type;
    if (same && before.until >= row.since) return false;
    if (!same && std::tie(before.domain, before.op_type) > std::tie(row.domain, row.op_type)) {
      return false;
    }
  }
  return true;
}
static_assert(is_sorted_without_overlap());

// The rows of one operator.
std::span<const ImportRow> rows_of(std::string_view domain, std::string_view op_type) {
  const auto less = [](const ImportRow& row, const ImportRow& other) {
    return std::tie(row.domain, row.op_type) < std::tie(other.domain, other.op_type);
  };
  const ImportRow wanted{domain, op_type, 0, 0, "", nullptr};
  const auto [begin, end] = std::equal_range(kTable.begin(), kTable.end(), wanted, less);
  return {begin, end};
}

}  // namespace

std::span<const ImportRow> import_table() { return kTable; }

const ImportRow* find_import_row(std::string_view domain, std::string_view op_type,
                                 int64_t version) {
  for (const ImportRow& row : rows_of(domain, op_type)) {
    if (row.since <= version && version <= row.until) return &row;
  }
  return nullptr;
}

std::string_view refusal_reason(std::string_view domain, std::string_view op_type) {
  if (!domain.empty()) return {};
  const auto* found = std::ranges::find(kRefusals, op_type, &Refusal::op_type);
  return found == kRefusals.end() ? std::string_view() : found->reason;
}

int oldest_import_version(std::string_view domain, std::string_view op_type) {
  const std::span<const ImportRow> rows = rows_of(domain, op_type);
  return rows.empty() ? 0 : rows.front().since;
}

}  // namespace tenon::internal
