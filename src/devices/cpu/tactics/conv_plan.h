// What the tactics of convolution share: the problem taken apart.
#pragma once

#include "devices/cpu/product/panels.h"
#include "devices/cpu/product/window_rows.h"
#include "devices/cpu/tactics/anchored.h"
#include "ops/conv.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tenon::internal {

// Positions of the operands of a convolution.
inline constexpr size_t kConvInput = 0;
inline constexpr size_t kConvWeights = 1;
inline constexpr size_t kConvBias = 2;

struct ConvPlan {
  AnchoredProblem problem;
  ConvAttrs attrs;
  // [M, C / groups, K...]
  Shape weights;
  bool bias = false;
  // The weights are constant.
  bool packed = false;
  // Of weights that are computed; constant ones are plain.
  Layout weights_layout = Layout::kPlain;
  // A tap for each position of the window.
  ProductSize size;
  // Made with the kernel.
  std::optional<Product> product = std::nullopt;

  int64_t input_channels() const { return size.groups * size.depth; }
  int64_t output_channels() const { return size.groups * size.columns; }
};

// A convolution with weights of a fixed size whose result is channels_last. Errors: Unsupported
// with the reason.
Result<ConvPlan> plan_conv(const Problem& problem);

// Runs the product, whose rows are the output positions of a channels_last convolution; `rows` says
// where they read in `image`, `packed` are the weights in panels. `stride`: elements from one
// position of the result to the next.
void run_conv(const ConvPlan& plan, int64_t stride, const Operands& operands,
              const WindowRows& rows, const float* image, const float* packed);

}  // namespace tenon::internal
