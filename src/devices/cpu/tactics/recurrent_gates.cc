#include "devices/cpu/tactics/recurrent_gates.h"

#include "base/check.h"
#include "base/try.h"
#include "devices/cpu/jit/program_emitter.h"

#include <array>
#include <optional>
#include <utility>

namespace tenon::internal {
namespace {

using Place = GateLoops::Place;
using PlaceKind = GateLoops::Place::Kind;

// The most operands of a loop, its result included.
constexpr size_t kMaxOperands = 8;

struct Activation {
  ScalarCode code = ScalarCode::kTanh;
  ScalarParams params = {};
};

// The pointwise operation that is the function, if there is one.
std::optional<Activation> activation_of(const GateFunction& function) {
  using Kind = GateFunction::Kind;
  const auto alpha = static_cast<float>(function.alpha);
  const auto beta = static_cast<float>(function.beta);
  switch (function.kind) {
    case Kind::kRelu:
      return Activation{ScalarCode::kRelu};
    case Kind::kTanh:
      return Activation{ScalarCode::kTanh};
    case Kind::kSigmoid:
      return Activation{ScalarCode::kSigmoid};
    case Kind::kLeakyRelu:
      return Activation{ScalarCode::kLeakyRelu, {alpha}};
    case Kind::kHardSigmoid:
      return Activation{ScalarCode::kHardSigmoid, {alpha, beta}};
    case Kind::kElu:
      return Activation{ScalarCode::kElu, {alpha}};
    case Kind::kSoftsign:
      return Activation{ScalarCode::kSoftsign};
    case Kind::kSoftplus:
      return Activation{ScalarCode::kSoftplus};
    case Kind::kAffine:
    case Kind::kThresholdedRelu:
    case Kind::kScaledTanh:
      return std::nullopt;
  }
  return std::nullopt;
}

// A loop in the making.
class LoopProgram {
 public:
  LoopProgram(const RecurrentForm& form, size_t direction)
      : clip_(form.attrs.clip), functions_(form.functions[direction]) {}

  // All operands come before the first instruction.
  int32_t operand(PlaceKind kind, int64_t index = 0) {
    TENON_CHECK(program_.body.empty());
    program_.inputs.push_back(DataType::kFloat32);
    places_.push_back({kind, index});
    return static_cast<int32_t>(places_.size()) - 1;
  }

  int32_t apply(ScalarCode code, int32_t a, int32_t b = -1, ScalarParams params = {}) {
    program_.body.push_back(
        {.code = code, .type = DataType::kFloat32, .operands = {a, b, -1}, .params = params});
    return static_cast<int32_t>(program_.inputs.size() + program_.body.size()) - 1;
  }
  int32_t add(int32_t a, int32_t b) { return apply(ScalarCode::kAdd, a, b); }
  int32_t subtract(int32_t a, int32_t b) { return apply(ScalarCode::kSub, a, b); }
  int32_t multiply(int32_t a, int32_t b) { return apply(ScalarCode::kMul, a, b); }

  // One of the direction's functions.
  int32_t activate(size_t function, int32_t x) {
    const Activation activation = activation_of(functions_[function]).value();
    return apply(activation.code, x, -1, activation.params);
  }
  // The same of a gate.
  int32_t gate(size_t function, int32_t x) {
    return activate(function, clip_ ? apply(ScalarCode::kClip, x, -1, {-*clip_, *clip_}) : x);
  }
  // The same where the cell looks into the gate.
  int32_t gate(size_t function, int32_t x, std::optional<int32_t> peephole, int32_t cell) {
    return gate(function, peephole ? add(x, multiply(*peephole, cell)) : x);
  }

  // The last instruction is what is stored there.
  void finish(PlaceKind result) {
    program_.outputs = {static_cast<int32_t>(program_.inputs.size() + program_.body.size()) - 1};
    places_.push_back({result, 0});
  }
  const PointwiseProgram& program() const { return program_; }
  const std::vector<Place>& places() const { return places_; }

 private:
  std::optional<float> clip_;
  const std::vector<GateFunction>& functions_;
  PointwiseProgram program_;
  std::vector<Place> places_;
};

// Gates of LSTM, and their peepholes.
constexpr int64_t kInput = 0;
constexpr int64_t kOutput = 1;
constexpr int64_t kForget = 2;
constexpr int64_t kCandidate = 3;

// c = f * c + i * g; with coupled gates f is 1 - i.
void write_cell(const RecurrentForm& form, bool peepholes, LoopProgram& loop) {
  const auto peephole_of = [&](int64_t gate) {
    return peepholes ? std::optional(loop.operand(PlaceKind::kPeephole, gate)) : std::nullopt;
  };
  const int32_t input = loop.operand(PlaceKind::kGate, kInput);
  const int32_t candidate = loop.operand(PlaceKind::kGate, kCandidate);
  const int32_t cell = loop.operand(PlaceKind::kCell);
  const std::optional<int32_t> into_input = peephole_of(kInput);
  if (form.input_forget) {
    const int32_t i = loop.gate(0, input, into_input, cell);
    loop.add(cell, loop.multiply(i, loop.subtract(loop.gate(1, candidate), cell)));
  } else {
    const int32_t forget = loop.operand(PlaceKind::kGate, kForget);
    const std::optional<int32_t> into_forget = peephole_of(kForget);
    const int32_t kept = loop.multiply(loop.gate(0, forget, into_forget, cell), cell);
    const int32_t i = loop.gate(0, input, into_input, cell);
    loop.add(kept, loop.multiply(i, loop.gate(1, candidate)));
  }
  loop.finish(PlaceKind::kCell);
}

// h = o * tanh(c)
void write_lstm_state(bool peepholes, LoopProgram& loop) {
  const int32_t output = loop.operand(PlaceKind::kGate, kOutput);
  const int32_t cell = loop.operand(PlaceKind::kCell);
  std::optional<int32_t> into_output;
  if (peepholes) into_output = loop.operand(PlaceKind::kPeephole, kOutput);
  const int32_t o = loop.gate(0, output, into_output, cell);
  loop.multiply(o, loop.activate(2, cell));
  loop.finish(PlaceKind::kResult);
}

// The reset gate of GRU times h.
void write_reset(LoopProgram& loop) {
  const int32_t reset = loop.operand(PlaceKind::kGate, 1);
  const int32_t state = loop.operand(PlaceKind::kState);
  loop.multiply(loop.gate(0, reset), state);
  loop.finish(PlaceKind::kReset);
}

// h = (1 - z) * g + z * h
void write_gru_state(const RecurrentForm& form, LoopProgram& loop) {
  const int32_t update = loop.operand(PlaceKind::kGate, 0);
  int32_t candidate = loop.operand(PlaceKind::kGate, 2);
  const int32_t state = loop.operand(PlaceKind::kState);
  if (form.linear_before_reset) {
    const int32_t reset = loop.operand(PlaceKind::kGate, 1);
    const int32_t product = loop.operand(PlaceKind::kReset);
    candidate = loop.add(candidate, loop.multiply(loop.gate(0, reset), product));
  }
  const int32_t g = loop.gate(1, candidate);
  loop.add(g, loop.multiply(loop.gate(0, update), loop.subtract(state, g)));
  loop.finish(PlaceKind::kResult);
}

void write_rnn_state(LoopProgram& loop) {
  loop.gate(0, loop.operand(PlaceKind::kGate));
  loop.finish(PlaceKind::kResult);
}

// The loops of a step, in order; those before the second product of GRU in a list of their own.
struct StepPrograms {
  std::vector<LoopProgram> before;
  std::vector<LoopProgram> behind;
};

StepPrograms programs_of(const RecurrentForm& form, size_t direction, bool peepholes) {
  StepPrograms programs;
  const auto add = [&](std::vector<LoopProgram>& list) -> LoopProgram& {
    return list.emplace_back(form, direction);
  };
  switch (form.cell) {
    case RecurrentCell::kLstm:
      write_cell(form, peepholes, add(programs.behind));
      write_lstm_state(peepholes, add(programs.behind));
      break;
    case RecurrentCell::kGru:
      if (!form.linear_before_reset) write_reset(add(programs.before));
      write_gru_state(form, add(programs.behind));
      break;
    case RecurrentCell::kRnn:
      write_rnn_state(add(programs.behind));
      break;
  }
  return programs;
}

GateRows rows_of(const GateStep& step, const Place& place, int64_t hidden) {
  const int64_t offset = place.index * hidden;
  switch (place.kind) {
    case PlaceKind::kGate:
      return {step.gates.first + offset, step.gates.stride};
    case PlaceKind::kPeephole:
      return {step.peepholes + offset, 0};
    case PlaceKind::kState:
      return step.state;
    case PlaceKind::kCell:
      return step.cell;
    case PlaceKind::kReset:
      return step.reset;
    case PlaceKind::kResult:
      return step.result;
  }
  return {};
}

}  // namespace

std::string GateLoops::rejects(const RecurrentForm& form) {
  for (size_t direction = 0; direction < form.functions.size(); ++direction) {
    for (const GateFunction& function : form.functions[direction]) {
      if (!activation_of(function)) return "an activation of it is no pointwise operation";
    }
    const StepPrograms programs = programs_of(form, direction, /*peepholes=*/true);
    for (const auto* list : {&programs.before, &programs.behind}) {
      for (const LoopProgram& loop : *list) {
        std::string reason = ProgramEmitter::rejects(loop.program());
        if (!reason.empty()) return reason;
      }
    }
  }
  return {};
}

Result<GateLoops> GateLoops::create(CodeSet& code, const RecurrentForm& form, int64_t hidden,
                                    size_t direction, bool peepholes) {
  GateLoops made(hidden);
  const StepPrograms programs = programs_of(form, direction, peepholes);
  const auto add = [&](const LoopProgram& loop, std::vector<Loop>& loops) -> Status {
    TENON_CHECK(loop.places().size() <= kMaxOperands);
    const std::array<bool, kMaxOperands> repeats{};
    PointwiseLoop made_loop = TRY(PointwiseLoop::create(
        code, loop.program(), std::span(repeats).first(loop.program().inputs.size())));
    loops.push_back({std::move(made_loop), loop.places()});
    return {};
  };
  for (const LoopProgram& loop : programs.before) TRY_STATUS(add(loop, made.before_));
  for (const LoopProgram& loop : programs.behind) TRY_STATUS(add(loop, made.loops_));
  return made;
}

void GateLoops::run(const std::vector<Loop>& loops, const GateStep& step) const {
  for (const Loop& loop : loops) {
    std::array<std::byte*, kMaxOperands> pointers;
    std::array<int64_t, kMaxOperands> strides;
    for (size_t i = 0; i < loop.places.size(); ++i) {
      const GateRows rows = rows_of(step, loop.places[i], hidden_);
      pointers[i] = reinterpret_cast<std::byte*>(rows.first);
      strides[i] = rows.stride * static_cast<int64_t>(sizeof(float));
    }
    loop.code.run(pointers, strides, step.rows, hidden_);
  }
}

}  // namespace tenon::internal
