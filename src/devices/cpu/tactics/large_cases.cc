#include "devices/cpu/tactics/large_cases.h"

#include <iterator>
#include <utility>

namespace tenon::internal::testing {
namespace {

CaseInput f32(Shape shape) { return {.shape = std::move(shape)}; }

std::vector<OpCase> pointwise_cases() {
  return {
      {.name = "feature_map", .op = "Relu", .inputs = {f32({1, 64, 56, 56})}},
      {.name = "feature_map", .op = "Sigmoid", .inputs = {f32({1, 64, 56, 56})}},
      {.name = "residual", .op = "Add", .inputs = {f32({1, 64, 56, 56}), f32({1, 64, 56, 56})}},
      {.name = "channel_scale", .op = "Mul", .inputs = {f32({2, 96, 14, 14}), f32({2, 96, 1, 1})}},
      {.name = "bias", .op = "Add", .inputs = {f32({128, 768}), f32({768})}},
      {.name = "column", .op = "Sub", .inputs = {f32({128, 768}), f32({128, 1})}},
      {.name = "hidden", .op = "Erf", .inputs = {f32({128, 3072})}},
      {.name = "hidden", .op = "Tanh", .inputs = {f32({128, 768})}},
      {.name = "long_row", .op = "Greater", .inputs = {f32({3, 40000}), f32({1})}},
      {.name = "attention_mask",
       .op = "Where",
       .inputs = {{.type = DataType::kBool, .shape = {1, 1, 128, 128}},
                  f32({1, 12, 128, 128}),
                  f32({})}},
  };
}

CaseInput list(std::vector<double> values) {
  const auto count = static_cast<int64_t>(values.size());
  return {.type = DataType::kInt64, .shape = {count}, .values = std::move(values)};
}

CaseInput of_type(DataType type, Shape shape) { return {.type = type, .shape = std::move(shape)}; }

std::vector<OpCase> moving_cases() {
  const auto transpose = [](std::string name, Shape shape, std::vector<int64_t> axes,
                            DataType type = DataType::kFloat32) {
    return OpCase{.name = std::move(name),
                  .op = "Transpose",
                  .attributes = {{"perm", std::move(axes)}},
                  .inputs = {of_type(type, std::move(shape))}};
  };
  return {
      transpose("heads", {1, 128, 12, 64}, {0, 2, 1, 3}),
      transpose("keys", {1, 12, 128, 64}, {0, 1, 3, 2}),
      transpose("matrix", {768, 770}, {1, 0}),
      transpose("to_channels_last", {1, 64, 56, 56}, {0, 2, 3, 1}),
      transpose("image_to_channels_last", {1, 3, 224, 224}, {0, 2, 3, 1}),
      transpose("bytes", {300, 301}, {1, 0}, DataType::kUInt8),
      transpose("half", {300, 301}, {1, 0}, DataType::kFloat16),
      transpose("double", {130, 129, 3}, {2, 1, 0}, DataType::kFloat64),
      {.name = "channels",
       .op = "Concat",
       .attributes = {{"axis", int64_t{1}}},
       .inputs = {f32({1, 64, 40, 40}), f32({1, 32, 40, 40}), f32({1, 128, 40, 40})}},
      {.name = "columns",
       .op = "Concat",
       .attributes = {{"axis", int64_t{-1}}},
       .inputs = {f32({3000, 5}), f32({3000, 20})}},
      {.name = "half_of_the_channels",
       .op = "Slice",
       .inputs = {f32({1, 64, 80, 80}), list({32}), list({64}), list({1})}},
      {.name = "every_second",
       .op = "Slice",
       .inputs = {f32({1, 16, 64, 64}), list({0, 63}), list({64, -65}), list({2, 3}),
                  list({2, -2})}},
      {.name = "twice",
       .op = "Resize",
       .attributes = {{"scales", std::vector<double>{1, 1, 2, 2}}, {"nearest_mode", "floor"}},
       .inputs = {f32({1, 128, 20, 21})}},
      {.name = "smooth",
       .op = "Resize",
       .attributes = {{"scales", std::vector<double>{1, 1, 2, 2}}, {"mode", "linear"}},
       .inputs = {f32({1, 32, 30, 31})}},
      {.name = "batch", .op = "Expand", .inputs = {f32({1, 1, 768}), list({64, 3, 768})}},
      {.name = "rows", .op = "Expand", .inputs = {f32({500, 1}), list({500, 100})}},
  };
}

std::vector<OpCase> folding_cases() {
  const auto reduce = [](std::string name, std::string op, Shape shape, std::vector<double> axes) {
    return OpCase{.name = std::move(name),
                  .op = std::move(op),
                  .inputs = {f32(std::move(shape)), list(std::move(axes))}};
  };
  return {
      reduce("rows", "ReduceMean", {128, 768}, {-1}),
      reduce("columns", "ReduceSum", {768, 1024}, {0}),
      reduce("middle", "ReduceMax", {3, 200, 300}, {1}),
      reduce("outer_and_inner", "ReduceSum", {8, 64, 400}, {0, 2}),
      reduce("everything", "ReduceMin", {100, 999}, {0, 1}),
      reduce("product", "ReduceProd", {64, 5}, {1}),
      {.name = "features", .op = "GlobalAveragePool", .inputs = {f32({1, 2048, 7, 7})}},
      {.name = "features", .op = "GlobalMaxPool", .inputs = {f32({2, 130, 9, 11})}},
      {.name = "tokens",
       .op = "LayerNormalization",
       .inputs = {f32({128, 768}), f32({768}), f32({768})}},
      {.name = "tokens", .op = "RMSNormalization", .inputs = {f32({64, 2048}), f32({2048})}},
      {.name = "feature_map",
       .op = "GroupNormalization",
       .attributes = {{"num_groups", int64_t{32}}},
       .inputs = {f32({1, 128, 32, 32}), f32({128}), f32({128})}},
      {.name = "feature_map",
       .op = "InstanceNormalization",
       .inputs = {f32({1, 32, 64, 64}), f32({32}), f32({32})}},
      {.name = "attention", .op = "Softmax", .inputs = {f32({12, 128, 128})}},
      {.name = "classes", .op = "Softmax", .inputs = {f32({3, 1000})}},
      {.name = "boxes",
       .op = "Softmax",
       .attributes = {{"axis", int64_t{1}}},
       .inputs = {f32({1, 16, 4, 8400})}},
      {.name = "whole_map", .op = "GlobalAveragePool", .inputs = {f32({1, 70, 40, 50})}},
      {.name = "whole_map", .op = "GlobalMaxPool", .inputs = {f32({2, 3, 128, 300})}},
  };
}

std::vector<OpCase> product_cases() {
  const auto conv = [](std::string name, Shape image, Shape filters, AttributeMap attributes) {
    const Shape bias = {filters[0]};
    return OpCase{.name = std::move(name),
                  .op = "Conv",
                  .attributes = std::move(attributes),
                  .inputs = {f32(std::move(image)), f32(std::move(filters)), f32(bias)}};
  };
  const std::vector<int64_t> one = {1, 1, 1, 1};
  const std::vector<int64_t> two = {2, 2};
  return {
      conv("three_by_three", {1, 64, 28, 28}, {64, 64, 3, 3}, {{"pads", one}}),
      conv("pointwise", {1, 256, 14, 14}, {64, 256, 1, 1}, {}),
      conv("depthwise", {1, 96, 56, 56}, {96, 1, 3, 3}, {{"pads", one}, {"group", int64_t{96}}}),
      conv("stem", {1, 3, 112, 112}, {32, 3, 3, 3}, {{"pads", one}, {"strides", two}}),
      {.name = "up",
       .op = "ConvTranspose",
       .attributes = {{"strides", two}},
       .inputs = {f32({1, 64, 16, 16}), f32({64, 32, 2, 2}), f32({32})}},
      {.name = "stem",
       .op = "MaxPool",
       .attributes = {{"kernel_shape", std::vector<int64_t>{3, 3}},
                      {"strides", two},
                      {"pads", one}},
       .inputs = {f32({1, 64, 112, 112})}},
      {.name = "hidden", .op = "MatMul", .inputs = {f32({128, 768}), f32({768, 256})}},
      {.name = "scores", .op = "MatMul", .inputs = {f32({12, 128, 64}), f32({12, 64, 128})}},
      {.name = "scores_of_shared_keys",
       .op = "MatMul",
       .inputs = {f32({4, 3, 128, 64}), f32({1, 3, 64, 128})}},
      {.name = "rows_by_vector", .op = "MatMul", .inputs = {f32({256, 768}), f32({768})}},
      {.name = "to_channels_last",
       .op = "Reformat",
       .attributes = {{"from", "plain"}, {"to", "channels_last"}},
       .inputs = {f32({1, 64, 56, 56})}},
      {.name = "to_plain",
       .op = "Reformat",
       .attributes = {{"from", "channels_last"}, {"to", "plain"}},
       .inputs = {f32({1, 144, 40, 40})}},
  };
}

// Layers whose states stay inside the range of their gates, as those of trained ones do.
OpCase recurrent_case(std::string name, std::string op, int64_t gates, const Shape& x,
                      int64_t hidden) {
  const auto within = [](Shape shape, double limit) {
    return CaseInput{.shape = std::move(shape), .low = -limit, .high = limit};
  };
  return {
      .name = std::move(name),
      .op = std::move(op),
      .inputs = {within(x, 1), within({1, gates * hidden, x[2]}, 0.1),
                 within({1, gates * hidden, hidden}, 0.05), within({1, 2 * gates * hidden}, 0.1)}};
}

std::vector<OpCase> recurrent_cases() {
  return {
      recurrent_case("step", "LSTM", 4, {1, 1, 128}, 128),
      recurrent_case("sequence", "LSTM", 4, {50, 1, 256}, 256),
      recurrent_case("batch_of_sequences", "LSTM", 4, {30, 8, 200}, 192),
      recurrent_case("step", "GRU", 3, {1, 1, 128}, 128),
      recurrent_case("sequence", "GRU", 3, {50, 1, 256}, 256),
      recurrent_case("sequence", "RNN", 1, {50, 4, 256}, 256),
  };
}

std::vector<OpCase> attention_cases() {
  // [N,S,H*D]
  const auto joined = [](std::string name, Shape shape, int64_t heads, AttributeMap more = {}) {
    AttributeMap attributes = {
        {"q_num_heads", heads}, {"kv_num_heads", heads}, {"joins_heads", int64_t{1}}};
    attributes.merge(more);
    return OpCase{.name = std::move(name),
                  .op = "Attention",
                  .attributes = std::move(attributes),
                  .inputs = {f32(shape), f32(shape), f32(shape)}};
  };
  OpCase masked = joined("masked_sequence", {1, 128, 768}, 12);
  masked.inputs.push_back(f32({1, 1, 1, 128}));
  return {
      joined("sequence", {1, 128, 768}, 12),
      std::move(masked),
      joined("patches", {1, 197, 384}, 6),
      joined("prompt", {1, 600, 256}, 4, {{"is_causal", int64_t{1}}}),
      {.name = "next_token",
       .op = "Attention",
       .inputs = {f32({1, 12, 1, 64}), f32({1, 12, 500, 64}), f32({1, 12, 500, 64})}},
  };
}

}  // namespace

std::vector<OpCase> large_cases() {
  std::vector<OpCase> all;
  for (auto* make : {attention_cases, pointwise_cases, moving_cases, folding_cases, product_cases,
                     recurrent_cases}) {
    std::vector<OpCase> cases = make();
    all.insert(all.end(), std::make_move_iterator(cases.begin()),
               std::make_move_iterator(cases.end()));
  }
  return all;
}

}  // namespace tenon::internal::testing
