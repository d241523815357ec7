#include "testing/op_cases.h"

#include <utility>

namespace tenon::internal::testing {
namespace {

OpCase to_channels_last(std::string name, CaseInput input,
                        std::vector<std::vector<double>> expected = {}) {
  return {std::move(name),
          "Reformat",
          {{"from", "plain"}, {"to", "channels_last"}},
          {std::move(input)},
          std::move(expected)};
}

OpCase to_plain(std::string name, CaseInput input, std::vector<std::vector<double>> expected = {}) {
  return {std::move(name),
          "Reformat",
          {{"from", "channels_last"}, {"to", "plain"}},
          {std::move(input)},
          std::move(expected)};
}

}  // namespace

std::vector<OpCase> reformat_cases();

// The elements of results are those in memory.
std::vector<OpCase> reformat_cases() {
  constexpr DataType kF32 = DataType::kFloat32;
  return {
      to_channels_last("two_channels", {kF32, {1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}},
                       {{1, 4, 2, 5, 3, 6}}),
      to_channels_last("batch_of_lines", {DataType::kUInt8, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}},
                       {{1, 3, 2, 4, 5, 7, 6, 8}}),
      to_channels_last("image", {kF32, {2, 3, 17, 19}}),
      to_channels_last("many_channels", {kF32, {1, 67, 5, 9}}),
      to_channels_last("half_precision", {DataType::kFloat16, {1, 33, 7, 5}}),
      to_channels_last("volume", {kF32, {1, 5, 3, 4, 6}}),
      to_channels_last("empty", {kF32, {0, 3, 4, 4}}),
      to_plain("two_channels_back", {kF32, {1, 2, 1, 3}, {1, 4, 2, 5, 3, 6}}, {{1, 2, 3, 4, 5, 6}}),
      to_plain("image_back", {kF32, {2, 3, 17, 19}}),
      to_plain("many_channels_back", {kF32, {1, 67, 5, 9}}),
      to_plain("no_positions", {kF32, {2, 3, 0, 4}}),
      {"same_layout",
       "Reformat",
       {{"from", "channels_last"}, {"to", "channels_last"}},
       {{kF32, {1, 2, 2}, {1, 2, 3, 4}}},
       {{1, 2, 3, 4}}},
  };
}

}  // namespace tenon::internal::testing
