#include "testing/op_cases.h"

#include <limits>
#include <string>
#include <utility>

namespace tenon::internal::testing {
namespace {

using Ints = std::vector<int64_t>;
constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kI64 = DataType::kInt64;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

CaseInput image(DataType type = kF32) {
  return {type, {1, 1, 3, 4}, {1, 5, 2, 3, 0, 7, 4, -4, 6, 8, 9, -1}};
}

// Values computed by onnxruntime.
std::vector<OpCase> of_samples() {
  const CaseInput regions = {kF32, {2, 4}, {0, 0, 3, 2, -1, 0.5, 2.5, 4}};
  const CaseInput images = {kI64, {2}, {0, 0}};
  const auto bins = [](AttributeMap more) {
    more.merge(AttributeMap{{"output_height", int64_t{2}}, {"output_width", int64_t{2}}});
    return more;
  };
  const std::pair<const std::string, AttributeValue> corners = {"coordinate_transformation_mode",
                                                                std::string("output_half_pixel")};
  return {
      {"average",
       "RoiAlign",
       bins({}),
       {image(), regions, images},
       {{2.25, 3, 2.1875, 4.4375, 0.609375, 5.0859375, 1.5, 3.984375}}},
      {"from_corners",
       "RoiAlign",
       bins({corners}),
       {image(), regions, images},
       {{4.09375, 2.09375, 6.03125, 3.75, 3.2304688, 6.2607422, 3.15625, 4.140625}}},
      {"two_samples",
       "RoiAlign",
       bins({{"sampling_ratio", int64_t{2}}}),
       {image(), regions, images},
       {{2.2421875, 3.1796875, 2.75, 4.7109375, 0.609375, 5.0859375, 1.5, 3.984375}}},
      {"largest",
       "RoiAlign",
       bins({{"mode", std::string("max")}, {"sampling_ratio", int64_t{1}}}),
       {image(), regions, images},
       {{1.25, 1.5, 1.75, 3, 0.125, 5.359375, 6, 7}}},
      {"scaled",
       "RoiAlign",
       bins({{"spatial_scale", 0.5}, corners}),
       {image(), regions, images},
       {{2.53125, 5.125, 2.59375, 6.125, 0.3125, 5.2382812, 3.375, 6.7773438}}},
      {"region_without_extent",
       "RoiAlign",
       {},
       {image(), {kF32, {1, 4}, {1, 1, 1, 1}}, {kI64, {1}, {0}}},
       {{0}}},
      {"no_numbers",
       "RoiAlign",
       {},
       {image(), {kF32, {2, 4}, {kNan, 0, 3, 2, 0, 0, kInf, 2}}, {kI64, {2}, {0, 0}}},
       {{0, 0}}},
      {"no_regions", "RoiAlign", bins({}), {image(), {kF32, {0, 4}, {}}, {kI64, {0}, {}}}, {{}}},
      {"f16",
       "RoiAlign",
       {},
       {image(DataType::kFloat16),
        {DataType::kFloat16, {1, 4}, {1, 0, 2, 1}},
        {DataType::kInt32, {1}, {0}}},
       {{5}}},
      {"several_images",
       "RoiAlign",
       {{"output_height", int64_t{3}}, {"output_width", int64_t{5}}},
       {{kF32, {3, 5, 17, 19}, {}}, {kF32, {7, 4}, {}, 0, 17}, {kI64, {7}, {}, 0, 3}}},
  };
}

std::vector<OpCase> of_pixels() {
  const CaseInput regions = {kF32, {4, 4}, {0, 0, 3, 2, 1, 1, 1, 1, 2.6, -1, 9, 0.4, 8, 8, 9, 9}};
  const CaseInput images = {kI64, {4}, {0, 0, -1, 0}};
  const auto bins = [](Ints shape) { return AttributeMap{{"pooled_shape", std::move(shape)}}; };
  return {
      {"bins",
       "MaxRoiPool",
       bins({2, 2}),
       {image(), regions, images},
       {{7, 4, 8, 9, 7, 7, 7, 7, 0, 0, 3, 0, 0, 0, 0, 0}}},
      {"scaled",
       "MaxRoiPool",
       {{"pooled_shape", Ints{1, 2}}, {"spatial_scale", 0.5}},
       {image(), regions, images},
       {{7, 7, 7, 7, 5, 3, 0, 0}}},
      {"no_numbers",
       "MaxRoiPool",
       bins({1, 1}),
       {image(), {kF32, {2, 4}, {kNan, 0, 3, 2, 0, 0, kInf, 2}}, {kI64, {2}, {0, 0}}},
       {{0, 9}}},
      {"no_regions",
       "MaxRoiPool",
       bins({1, 1}),
       {image(), {kF32, {0, 4}, {}}, {kI64, {0}, {}}},
       {{}}},
      {"one_pixel",
       "MaxRoiPool",
       bins({1, 1}),
       {{DataType::kFloat64, {1, 1, 1, 1}, {-5}},
        {DataType::kFloat64, {1, 4}, {0, 0, 0, 0}},
        {DataType::kInt32, {1}, {0}}},
       {{-5}}},
      {"several_images",
       "MaxRoiPool",
       bins({3, 5}),
       {{kF32, {3, 5, 17, 19}, {}}, {kF32, {7, 4}, {}, 0, 17}, {kI64, {7}, {}, 0, 3}}},
  };
}

}  // namespace

std::vector<OpCase> roi_pool_cases();

std::vector<OpCase> roi_pool_cases() {
  std::vector<OpCase> cases = of_samples();
  for (OpCase& op_case : of_pixels()) cases.push_back(std::move(op_case));
  return cases;
}

}  // namespace tenon::internal::testing
