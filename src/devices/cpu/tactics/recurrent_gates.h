// What a step of LSTM, GRU and RNN does beside its products, as generated loops.
#pragma once

#include "devices/cpu/jit/code_set.h"
#include "devices/cpu/jit/pointwise_loop.h"
#include "ops/recurrent.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::internal {

// Some of the rows of a tensor, at even distances.
struct GateRows {
  float* first = nullptr;
  // Elements from a row to the next.
  int64_t stride = 0;
};

// Rows of H values, one for each sequence that takes the step.
struct GateStep {
  int64_t rows = 0;
  // [G * H]: the products with W, and with the part of R that needs no reset, and the biases.
  GateRows gates = {};
  // h before the step.
  GateRows state = {};
  // Of LSTM: c before the step, and behind it.
  GateRows cell = {};
  // Of GRU: the state as reset, or its product with the part of R for h before it is reset.
  GateRows reset = {};
  // Of LSTM: [3 * H], or nullptr.
  float* peepholes = nullptr;
  // h behind the step.
  GateRows result = {};
};

// The loops of one direction. Immutable: any thread.
class GateLoops {
 public:
  // Why there is no code for it, or empty.
  static std::string rejects(const RecurrentForm& form);

  // Of a form that is not rejected. Errors: those of PointwiseLoop::create.
  static Result<GateLoops> create(CodeSet& code, const RecurrentForm& form, int64_t hidden,
                                  size_t direction, bool peepholes);

  // Of GRU, unless it is linear before the reset: resets the state.
  void reset(const GateStep& step) const { run(before_, step); }
  // Computes h, and of LSTM c.
  void finish(const GateStep& step) const { run(loops_, step); }

  // Where a loop finds an operand.
  struct Place {
    enum class Kind : uint8_t { kGate, kPeephole, kState, kCell, kReset, kResult };
    Kind kind = Kind::kGate;
    int64_t index = 0;
  };

 private:
  // Operands, then the result.
  struct Loop {
    PointwiseLoop code;
    std::vector<Place> places;
  };

  explicit GateLoops(int64_t hidden) : hidden_(hidden) {}
  void run(const std::vector<Loop>& loops, const GateStep& step) const;

  int64_t hidden_;
  std::vector<Loop> before_;
  std::vector<Loop> loops_;
};

}  // namespace tenon::internal
