// Which elements of its operand Resize reads, axis by axis. Whatever computes a Resize takes
// positions and weights from here, so that all agree on them.
#pragma once

#include "ops/resize.h"

#include <cstdint>
#include <vector>

namespace tenon::internal {

// Each of the axis's outputs is the sum of `taps` inputs, times their weights; outputs of several
// axes take products of weights. Entry i * taps + t is tap t of output i.
struct AxisSamples {
  int64_t taps = 1;
  // All inside of the operand.
  std::vector<int64_t> positions;
  // All 1 for nearest neighbours.
  std::vector<double> weights;
  // Outputs that are the extrapolation value instead; empty: none.
  std::vector<bool> outside;
};

// `input` and axis.output, a constant, are above 0. Formulas are those of ONNX's operator, in f32
// as runtimes compute them. length_resized is the extent in elements: with align_corners the
// corners meet whatever the scale is (ONNX's test data has a scaled length with a fraction there,
// which runtimes do not).
AxisSamples sample_axis(const ResizeAttrs& attrs, const ResizedAxis& axis, int64_t input);

}  // namespace tenon::internal
