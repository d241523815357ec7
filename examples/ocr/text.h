/// What the outputs of the two models mean: boxes around lines, and characters.
#pragma once

#include "picture.h"

#include <span>
#include <string>
#include <vector>

namespace examples {

/// Boxes around the lines of text, row by row, in pixels of the map. `map` holds for each pixel the
/// probability that it is in the middle of a line (Liao et al., Real-time Scene Text Detection with
/// Differentiable Binarization: the boxes around the middles are widened by area / perimeter).
/// Lines are taken to be level.
std::vector<Box> find_lines(std::span<const float> map, int width, int height);

struct Line {
  std::string text;
  /// The mean probability of its characters; 0 where there are none.
  float confidence = 0;
};

/// The text in scores[steps,classes] of connectionist temporal classification: the best class of
/// each step, repetitions once. Class 0 is no character, then come `characters`, at last a space.
Line decode(std::span<const float> scores, const std::vector<std::string>& characters);

}  // namespace examples
