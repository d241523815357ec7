// LSTM, GRU and RNN: one recurrent layer over sequences, in one direction or both.
#pragma once

#include "ops/gate_functions.h"
#include "ops/op_def.h"

#include <tenon/error.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

enum class RecurrentDirection : uint8_t { kForward, kReverse, kBidirectional };
template <>
struct EnumNames<RecurrentDirection> {
  static constexpr std::array names = {"forward", "reverse", "bidirectional"};
};

struct RecurrentAttrs {
  // Parameters of the activations that have any, in their order.
  std::vector<float> activation_alpha = {};
  std::vector<float> activation_beta = {};
  // Those of a step, for each direction: f, g and h of LSTM, f and g of GRU, f of RNN. Empty: f is
  // Sigmoid, but that of RNN, and all others are Tanh.
  std::vector<std::string> activations = {};
  // What the activations of gates are applied to is clipped to [-clip, clip]. The cell is none, as
  // ONNX Runtime has it.
  std::optional<float> clip = {};
  RecurrentDirection direction = RecurrentDirection::kForward;
  // 0: as the weights state.
  int64_t hidden_size = 0;
  // 0: sequences are the first axis; 1: the batch is.
  int64_t layout = 0;
  bool operator==(const RecurrentAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("activation_alpha", self.activation_alpha);
    field("activation_beta", self.activation_beta);
    field("activations", self.activations);
    field("clip", self.clip);
    field("direction", self.direction);
    field("hidden_size", self.hidden_size);
    field("layout", self.layout);
  }
};

struct LstmAttrs {
  RecurrentAttrs recurrent = {};
  // The forget gate is 1 less the input gate.
  bool input_forget = false;
  bool operator==(const LstmAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    RecurrentAttrs::fields(self.recurrent, field);
    field("input_forget", self.input_forget);
  }
};

struct GruAttrs {
  RecurrentAttrs recurrent = {};
  // The reset gate scales the product with the state, not the state.
  bool linear_before_reset = false;
  bool operator==(const GruAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    RecurrentAttrs::fields(self.recurrent, field);
    field("linear_before_reset", self.linear_before_reset);
  }
};

// Operands, with S steps, a batch of N, I inputs, H hidden values, D directions and G gates (i, o,
// f, c of LSTM; z, r, h of GRU; one of RNN): x[S,N,I], w[D,G*H,I], r[D,G*H,H]; optional b[D,2*G*H],
// sequence_lens i32[N], initial_h[D,N,H]; of LSTM also initial_c[D,N,H] and peepholes p[D,3*H] for
// i, o, f. Results: y[S,D,N,H], y_h[D,N,H], of LSTM y_c[D,N,H]. With layout 1: x[N,S,I], y[N,S,D,H]
// and states [N,D,H].
//
// A sequence shorter than S has zeros in y behind its end; in reverse it is walked from its own
// end. A sequence of no steps has zeros as its last states, as ONNX Runtime has it. Equations are
// those of ONNX; states are not rounded between steps. Errors of the reference: InvalidArgument for
// a length that is below 0 or above S.
std::span<const OpDef* const> recurrent_ops();

// Positions of the operands.
struct RecurrentOperand {
  enum Position : size_t { kX, kW, kR, kB, kLengths, kInitialH, kInitialC, kPeepholes };
};

enum class RecurrentCell : uint8_t { kLstm, kGru, kRnn };

// What a node of one of these ops states, defaults filled in.
struct RecurrentForm {
  RecurrentCell cell = RecurrentCell::kRnn;
  RecurrentAttrs attrs = {};
  bool input_forget = false;
  bool linear_before_reset = false;
  // G.
  int64_t gates = 1;
  // The activations of each direction.
  std::vector<std::vector<GateFunction>> functions = {};

  bool batch_first() const { return attrs.layout == 1; }
  int64_t directions() const { return static_cast<int64_t>(functions.size()); }
  // Whether a direction walks sequences from their ends.
  bool is_reverse(int64_t direction) const {
    return direction == 1 || attrs.direction == RecurrentDirection::kReverse;
  }
};

// Errors: Unsupported for another op, InvalidArgument for activations that are none.
Result<RecurrentForm> recurrent_form(const OpDef& op, const Attrs& attrs);

}  // namespace tenon::internal
