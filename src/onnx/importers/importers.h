// The functions that import_table.cc names, by the file they stand in. Each maps one node in the
// opset versions of its rows to the meaning of the op, which is that of the newest version.
#pragma once

#include "onnx/import_node.h"

#include <tenon/error.h>

namespace tenon::internal {

// same_op.cc: attributes and operands as they are.
Status import_same_op(ImportNode& node);

// attention.cc: heads of their own axis, past and new keys joined.
Status import_attention(ImportNode& node);

// pointwise.cc
// Opsets 1 to 6: the second operand is broadcast where the attributes `broadcast` and `axis` say
// so.
Status import_axis_broadcast(ImportNode& node);
Status import_bit_shift(ImportNode& node);
Status import_cast(ImportNode& node);
// A cast to the type of the second operand.
Status import_cast_like(ImportNode& node);
// Opsets 1 to 10: the bounds are attributes.
Status import_clip_1(ImportNode& node);
Status import_clip(ImportNode& node);
Status import_gelu(ImportNode& node);
// Sums, and means as sums that are divided.
Status import_mean(ImportNode& node);
Status import_sum(ImportNode& node);
// Opsets 1 to 6: a slope with one dim is one for each channel.
Status import_prelu_1(ImportNode& node);
// Opsets 1 to 5: other defaults.
Status import_selu_1(ImportNode& node);

// constant.cc
Status import_constant(ImportNode& node);
// A scalar, expanded.
Status import_constant_of_shape(ImportNode& node);
Status import_dropout(ImportNode& node);

// conv.cc
// The attributes of a node that has windows.
Result<AttributeMap> window_attributes(const ImportNode& node);
// control_flow.cc
// The branch that runs where the condition is known.
Status import_if(ImportNode& node);
Status import_loop(ImportNode& node);
Status import_scan(ImportNode& node);

// Conv and AveragePool.
Status import_window(ImportNode& node);
// Its indices, where they are used, are a node of their own.
Status import_max_pool(ImportNode& node);
Status import_lp_pool(ImportNode& node);
// By reductions.
Status import_global_lp_pool(ImportNode& node);
Status import_batch_normalization(ImportNode& node);

// indices.cc
Status import_one_hot(ImportNode& node);
Status import_eye_like(ImportNode& node);

// loss.cc: logarithms of probabilities, picked by class.
Status import_negative_log_likelihood_loss(ImportNode& node);
Status import_softmax_cross_entropy_loss(ImportNode& node);
// einsum.cc: sums, transposes and a matrix product where these do.
Status import_einsum(ImportNode& node);

// integer_products.cc: products and convolutions in i32 of what casts and zero points make of the
// operands; of QLinear ones the results are scaled and quantized.
Status import_conv_integer(ImportNode& node);
Status import_matmul_integer(ImportNode& node);
Status import_qlinear_conv(ImportNode& node);
Status import_qlinear_matmul(ImportNode& node);

// matmul.cc: opsets 1 to 6.
Status import_gemm_1(ImportNode& node);

// normalization.cc
// The mean and the inverse deviation, where they are used, are computed by nodes of their own.
Status import_layer_normalization(ImportNode& node);
Status import_rms_normalization(ImportNode& node);
// Opsets 18 to 20: scales and biases are those of groups.
Status import_group_normalization_18(ImportNode& node);
Status import_group_normalization(ImportNode& node);
// By reductions.
Status import_lp_normalization(ImportNode& node);
Status import_mean_variance_normalization(ImportNode& node);

// pad.cc: opsets 1 to 10, pads and value as attributes.
Status import_pad_1(ImportNode& node);

// quantize.cc: casts and arithmetic.
Status import_dequantize_linear(ImportNode& node);
Status import_dynamic_quantize_linear(ImportNode& node);
Status import_quantize_linear(ImportNode& node);

// range.cc: other types than i32 and i64 become a constant.
Status import_range(ImportNode& node);

// recurrent.cc: LSTM and GRU; RNN, whose default activations are those of two directions.
Status import_recurrent(ImportNode& node);
Status import_rnn(ImportNode& node);

// resize.cc
// Opsets 7 to 10: the scales are an attribute, or an operand.
Status import_upsample(ImportNode& node);
// The same way to resize; opset 10 only.
Status import_resize_10(ImportNode& node);
Status import_resize(ImportNode& node);
Status import_grid_sample(ImportNode& node);
Status import_max_roi_pool(ImportNode& node);
// Opsets 10 to 15: other coordinates.
Status import_roi_align_10(ImportNode& node);

// rotary_embedding.cc: slices, products and sums.
Status import_rotary_embedding(ImportNode& node);

// shape.cc
// Concat 1 to 3, where the axis may be left out.
Status import_concat_1(ImportNode& node);
// The shape as an attribute.
Status import_reshape_1(ImportNode& node);
// Squeeze, Unsqueeze and reductions with the axes as an attribute.
Status import_axes_attribute(ImportNode& node);
// Starts, ends and axes as attributes.
Status import_slice_1(ImportNode& node);

// A slice that is padded.
Status import_center_crop_pad(ImportNode& node);
// Elements of four bits, which have no address, are moved as bytes.
Status import_transpose(ImportNode& node);
// TopK 1 to 9, with the number as an attribute.
Status import_top_k_1(ImportNode& node);

// A new axis before each, expanded and joined with it.
Status import_tile(ImportNode& node);

// spectrum.cc
// Opsets 17 to 19: the axis is an attribute, and another one by default.
Status import_dft_17(ImportNode& node);
// The axis must be a constant.
Status import_dft(ImportNode& node);
// A constant.
Status import_mel_weight_matrix(ImportNode& node);

// split.cc: a slice for each output.
Status import_split(ImportNode& node);

// space.cc: axes split, reordered and joined.
Status import_depth_to_space(ImportNode& node);
Status import_space_to_depth(ImportNode& node);

// softmax.cc: Softmax and its like of opsets 1 to 12, over all axes from one on.
Status import_softmax_1(ImportNode& node);

// window_function.cc: sums of cosines.
Status import_hann_window(ImportNode& node);
Status import_hamming_window(ImportNode& node);
Status import_blackman_window(ImportNode& node);

}  // namespace tenon::internal
