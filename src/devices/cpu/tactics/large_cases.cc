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

}  // namespace

std::vector<OpCase> large_cases() {
  std::vector<OpCase> all;
  for (auto make : {pointwise_cases}) {
    std::vector<OpCase> cases = make();
    all.insert(all.end(), std::make_move_iterator(cases.begin()),
               std::make_move_iterator(cases.end()));
  }
  return all;
}

}  // namespace tenon::internal::testing
