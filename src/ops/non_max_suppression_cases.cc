#include "testing/op_cases.h"

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

CaseInput number(double value) { return {.shape = {1}, .values = {value}}; }

OpCase nms(std::string name, std::vector<CaseInput> inputs,
           std::vector<std::vector<double>> expected = {}, bool center_point = false) {
  return {.name = std::move(name),
          .op = "NonMaxSuppression",
          .attributes = {{"extent", std::string("K")}, {"center_point_box", int64_t{center_point}}},
          .inputs = std::move(inputs),
          .expected = std::move(expected)};
}

}  // namespace

std::vector<OpCase> non_max_suppression_cases() {
  // Pairs that overlap by 0.9 and more, far from one another.
  const CaseInput boxes = {.shape = {1, 6, 4},
                           .values = {0, 0,  1, 1,  0, 0.1,  1, 1.1,  0, -0.1, 1, 0.9,
                                      0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100,  1, 101}};
  const CaseInput scores = {.shape = {1, 1, 6}, .values = {0.9, 0.75, 0.6, 0.95, 0.5, 0.3}};
  const CaseInput flipped = {.shape = {1, 2, 4}, .values = {1, 1, 0, 0, 0.1, 1, 1, 0}};
  const CaseInput centers = {.shape = {1, 3, 4},
                             .values = {0.5, 0.5, 1, 1, 0.5, 0.6, 1, 1, 10, 10, 1, 1}};
  const CaseInput most = {.type = DataType::kInt64, .values = {3}};
  const CaseInput one = {.type = DataType::kInt64, .shape = {1}, .values = {1}};
  const CaseInput omitted = {.omitted = true};
  const CaseInput two_scores = {.shape = {1, 1, 2}, .values = {0.5, 0.75}};
  const CaseInput three_scores = {.shape = {1, 2, 3}, .values = {0.5, 0.75, 0.1, 1, 0, 2}};
  return {
      nms("best_of_each_group", {boxes, scores, most, number(0.5), number(0)},
          {{0, 0, 3, 0, 0, 0, 0, 0, 5}}),
      nms("above_a_score", {boxes, scores, most, number(0.5), number(0.4)}, {{0, 0, 3, 0, 0, 0}}),
      nms("at_most_one", {boxes, scores, one, number(0.5)}, {{0, 0, 3}}),
      nms("any_corners", {flipped, two_scores, most, number(0.5)}, {{0, 0, 1}}),
      nms("center_points_and_classes", {centers, three_scores, most, number(0.5)},
          {{0, 0, 1, 0, 0, 2, 0, 1, 2, 0, 1, 0}}, true),
      nms("without_a_limit_nothing", {boxes, scores}, {{}}),
      nms("omitted_limit", {boxes, scores, omitted, number(0.5)}, {{}}),
      nms("no_boxes", {{.shape = {1, 0, 4}}, {.shape = {1, 1, 0}}, most}, {{}}),
      nms("random", {{.shape = {2, 41, 4}, .low = 0, .high = 1},
                     {.shape = {2, 3, 41}, .low = 0, .high = 1},
                     {.type = DataType::kInt64, .values = {7}},
                     number(0.25),
                     number(0.25)}),
  };
}

}  // namespace tenon::internal::testing
