// The machine code of attention.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/jit/code_set.h"
#include "devices/cpu/jit/fold_kernel.h"
#include "devices/cpu/jit/pointwise_loop.h"
#include "devices/cpu/product/tile_product.h"

#include <tenon/error.h>

#include <array>

namespace tenon::internal {

// The loops over scores and sums.
struct AttentionLoops {
  // The greatest score of each column; without and with a bias, which is added first, and where it
  // is minus infinity stands in the place of the score.
  std::array<FoldKernel, 2> greatest;
  // exp(x - greatest), stored and added up.
  FoldKernel exponentials;
  // exp(a - b)
  PointwiseLoop decay;
  // x * factor of its column
  PointwiseLoop scale;

  // `capped`: scores become cap * tanh(score / cap) before all else. Errors: those of
  // CodeSet::get().
  static Result<AttentionLoops> create(CodeSet& code, bool capped);
};

// The products of panels of one width.
struct PanelCode {
  TileProduct scores;
  // Of the first block of keys, and of those behind it.
  TileProduct first_sums;
  TileProduct more_sums;

  // Errors: those of CodeSet::get().
  static Result<PanelCode> create(CodeSet& code, Isa isa, int vectors);
};

}  // namespace tenon::internal
