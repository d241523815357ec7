#include "testing/op_cases.h"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr DataType kF32 = DataType::kFloat32;

AttributeMap attributes(const char* mode, const char* padding, bool align_corners) {
  return {{"align_corners", int64_t{align_corners}},
          {"mode", std::string(mode)},
          {"padding_mode", std::string(padding)}};
}

// Values computed by onnxruntime.
std::vector<OpCase> of_image() {
  const CaseInput image = {kF32, {1, 1, 3, 4}, {1, 5, 2, 3, 0, 7, 4, -4, 6, 8, 9, -1}};
  const CaseInput grid = {
      kF32, {1, 2, 3, 2}, {-1, -1, 0, 0, 0.3, -0.6, 1, 1, 1.5, -1.9, -3.2, 0.25}};
  const auto of = [&](const char* mode, const char* padding, bool align_corners,
                      std::vector<double> values) {
    return OpCase{fmt::format("{}_{}{}", mode, padding, align_corners ? "_aligned" : ""),
                  "GridSample",
                  attributes(mode, padding, align_corners),
                  {image, grid},
                  {std::move(values)},
                  1e-5};
  };
  return {
      of("nearest", "zeros", false, {1, 4, 2, 0, 0, 0}),
      of("nearest", "zeros", true, {1, 4, 2, -1, 0, 0}),
      of("nearest", "border", false, {1, 4, 2, -1, 3, 0}),
      of("nearest", "border", true, {1, 4, 2, -1, 3, 0}),
      of("nearest", "reflection", false, {1, 4, 2, -1, -4, -4}),
      of("nearest", "reflection", true, {1, 4, 2, -1, 4, -4}),
      of("linear", "zeros", false, {0.25, 5.5, 2.21, -0.25, 0, 0}),
      of("linear", "zeros", true, {1, 5.5, 2.95, -1, 0.075000018, 0}),
      of("linear", "border", false, {1, 5.5, 2.21, -1, 3, 2.25}),
      of("linear", "border", true, {1, 5.5, 2.95, -1, 3, 1.5}),
      of("linear", "reflection", false, {1, 5.5, 2.21, -1, 0.37500024, -2.875}),
      of("linear", "reflection", true, {1, 5.5, 2.95, -1, 2.0250001, -0.69999838}),
      of("cubic", "zeros", false, {0.13574219, 6.90625, 2.1018295, -0.59570312, 0.0040341094, 0}),
      of("cubic", "zeros", true, {1, 6.90625, 2.8604128, -1, 0.0714579, 0}),
      of("cubic", "border", false,
         {0.74511719, 6.90625, 1.9689507, -1.6738281, 3.0000002, 2.0522463}),
      of("cubic", "border", true, {1, 6.90625, 2.6345613, -1, 3.0845416, 1.2539067}),
      of("cubic", "reflection", false,
         {0.54296875, 6.90625, 1.9689507, -2.3828125, -0.31763658, -4.3433762}),
      of("cubic", "reflection", true, {1, 6.90625, 2.3850877, -1, 1.3238119, -2.4468958}),
  };
}

}  // namespace

std::vector<OpCase> grid_sample_cases();

std::vector<OpCase> grid_sample_cases() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  std::vector<OpCase> cases = of_image();
  const std::vector<OpCase> more = {
      {"line",
       "GridSample",
       {},
       {{kF32, {1, 1, 4}, {1, 3, 5, 7}}, {kF32, {1, 3, 1}, {-0.5, 0, 0.5}}},
       {{2, 4, 6}}},
      {"one_pixel_mirrored",
       "GridSample",
       attributes("linear", "reflection", true),
       {{kF32, {1, 1, 1, 1}, {5}}, {kF32, {1, 1, 1, 2}, {0.5, 7}}},
       {{5}}},
      {"far_away_and_no_number",
       "GridSample",
       attributes("linear", "border", false),
       {{kF32, {1, 1, 2}, {5, 6}}, {kF32, {1, 4, 1}, {-kInf, 1e30, kNan, 0}}},
       {{5, 6, 0, 5.5}}},
      {"f64_with_an_f32_grid",
       "GridSample",
       {},
       {{DataType::kFloat64, {1, 2, 2}, {1, 3, 5, 7}}, {kF32, {1, 1, 1}, {0}}},
       {{2, 6}}},
      {"no_images", "GridSample", {}, {{kF32, {0, 2, 3, 3}, {}}, {kF32, {0, 4, 5, 2}, {}}}, {{}}},
      {"no_positions",
       "GridSample",
       {},
       {{kF32, {1, 2, 3, 3}, {}}, {kF32, {1, 0, 5, 2}, {}}},
       {{}}},
      {"volume",
       "GridSample",
       attributes("linear", "zeros", true),
       {{kF32, {2, 3, 5, 4, 7}, {}}, {kF32, {2, 3, 5, 4, 3}, {}, -1.2, 1.2}}},
      {"many",
       "GridSample",
       attributes("cubic", "reflection", false),
       {{kF32, {2, 3, 17, 19}, {}}, {kF32, {2, 33, 35, 2}, {}, -1.5, 1.5}}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

}  // namespace tenon::internal::testing
