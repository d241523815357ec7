#include "devices/cpu/tactics/recurrent_run.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace tenon::internal {
namespace {

using Operand = RecurrentOperand;

// Rows of a block: enough to read W seldom, few enough to stay in a cache.
constexpr int64_t kBlockRows = 128;
// Multiplications of a step, and values of its gates, that are worth another thread.
constexpr int64_t kProductGrain = int64_t{1} << 16;
constexpr int64_t kGateGrain = 1024;
// With fewer workers the directions are walked at once, each by one thread.
constexpr int kManyWorkers = 3;

PointwiseProgram sum_program() {
  return {.inputs = {DataType::kFloat32, DataType::kFloat32},
          .body = {{.code = ScalarCode::kAdd, .type = DataType::kFloat32, .operands = {0, 1, -1}}},
          .outputs = {2}};
}

// How long the sequences of a batch are.
class Lengths {
 public:
  // `lengths`: nullptr where all are that long.
  Lengths(const int32_t* lengths, const RecurrentExtents& extents)
      : lengths_(lengths), all_(extents.steps), longest_(extents.steps) {
    if (lengths == nullptr || extents.batch == 0) return;
    const auto [least, most] =
        std::minmax_element(lengths, lengths + static_cast<size_t>(extents.batch));
    shortest_ = *least;
    longest_ = *most;
    if (shortest_ != longest_) return;
    lengths_ = nullptr;
    all_ = longest_;
  }

  // Errors: InvalidArgument for a length below 0 or above `steps`.
  Status check(int64_t steps) const {
    if (shortest_ >= 0 && longest_ <= steps) return {};
    return invalid_argument("a sequence of length {} in a batch of {} steps",
                            shortest_ < 0 ? shortest_ : longest_, steps);
  }
  bool are_equal() const { return lengths_ == nullptr; }
  int64_t longest() const { return longest_; }
  int64_t of(int64_t item) const { return lengths_ == nullptr ? all_ : lengths_[item]; }

 private:
  // nullptr: all are equal.
  const int32_t* lengths_;
  int64_t all_;
  int64_t shortest_ = 0;
  int64_t longest_;
};

// Addresses of a run.
struct RunMemory {
  const float* x = nullptr;
  // Packed: W, R and B, by position.
  std::array<const float*, Operand::kB + 1> weights{};
  const float* initial_h = nullptr;
  const float* initial_c = nullptr;
  float* peepholes = nullptr;
  float* y = nullptr;
  float* last_h = nullptr;
  float* last_c = nullptr;
  // Behind packed operands.
  float* scratch = nullptr;
};

int64_t block_steps(const RecurrentExtents& extents) {
  return std::clamp<int64_t>(kBlockRows / std::max<int64_t>(extents.batch, 1), 1,
                             std::max<int64_t>(extents.steps, 1));
}

// Of the products of blocks with W: of one number of rows where all blocks have as many steps.
PossibleRows rows_of_blocks(const Dim& steps, const Dim& batch) {
  if (steps.is_constant() && batch.is_constant()) {
    const RecurrentExtents extents{.steps = steps.constant(), .batch = batch.constant()};
    const int64_t block = block_steps(extents);
    if (extents.steps % block == 0) return {.number = {block * extents.batch}};
  }
  return {.number = {Dim::symbol("steps of a block"), batch}};
}

}  // namespace

// One direction of a run.
class RecurrentWalk {
 public:
  RecurrentWalk(const RecurrentRun& run, int64_t direction, const RunMemory& memory,
                const Lengths& lengths, ThreadPool& pool)
      : run_(run),
        plan_(run.plan()),
        memory_(memory),
        lengths_(lengths),
        pool_(pool),
        direction_(direction),
        reverse_(plan_.form.is_reverse(direction)),
        batch_(run.extents_.batch),
        hidden_(plan_.hidden),
        columns_(plan_.columns()),
        state_stride_(plan_.form.batch_first() ? plan_.form.directions() * hidden_ : hidden_) {
    const int64_t rows = run.block_steps_ * batch_;
    projections_ = memory.scratch + direction * (rows * columns_ + reset_elements());
    reset_ = projections_ + rows * columns_;
  }

  void walk() {
    if (batch_ == 0) return;
    start();
    for (int64_t first = 0; first < lengths_.longest(); first += run_.block_steps_) {
      const int64_t steps = std::min(run_.block_steps_, run_.extents_.steps - first);
      project(first, steps);
      const int64_t end = std::min(first + steps, lengths_.longest());
      for (int64_t i = first; i < end; ++i) take_step(i, i - first);
    }
    finish();
  }

 private:
  int64_t reset_elements() const {
    return plan_.form.cell == RecurrentCell::kGru ? batch_ * hidden_ : 0;
  }

  // The step of a sequence that is taken as number `i`; any step where the sequence has ended.
  int64_t time(int64_t i, int64_t item) const {
    return reverse_ ? std::max<int64_t>(lengths_.of(item) - 1 - i, 0) : i;
  }
  const float* x_row(int64_t i, int64_t item) const {
    const int64_t step = time(i, item);
    const int64_t row =
        plan_.form.batch_first() ? item * run_.extents_.steps + step : step * batch_ + item;
    return memory_.x + row * plan_.inputs;
  }
  float* y_row(int64_t step, int64_t item) const {
    const int64_t directions = plan_.form.directions();
    const int64_t row = plan_.form.batch_first()
                            ? (item * run_.extents_.steps + step) * directions + direction_
                            : (step * directions + direction_) * batch_ + item;
    return memory_.y + row * hidden_;
  }
  // From an item to the next.
  int64_t y_stride() const {
    return plan_.form.batch_first() ? run_.extents_.steps * state_stride_ : hidden_;
  }
  float* state_row(float* states, int64_t item) const {
    return states + (plan_.form.batch_first() ? 0 : direction_ * batch_ * hidden_) +
           (plan_.form.batch_first() ? direction_ * hidden_ : 0) + item * state_stride_;
  }
  // h before step number `i`. That of the first step lies where the last one will.
  float* h_row(int64_t i, int64_t item) const {
    return i == 0 ? state_row(memory_.last_h, item) : y_row(time(i - 1, item), item);
  }

  // What the steps begin with, and zeros behind the ends of sequences.
  void start() {
    const auto copy = [&](const float* initial, float* states) {
      if (states == nullptr) return;
      for (int64_t item = 0; item < batch_; ++item) {
        float* const to = state_row(states, item);
        if (initial == nullptr || lengths_.of(item) == 0) {
          std::fill_n(to, hidden_, 0.0F);
        } else {
          std::copy_n(initial + (to - states), hidden_, to);
        }
      }
    };
    copy(memory_.initial_h, memory_.last_h);
    copy(memory_.initial_c, memory_.last_c);
    for (int64_t item = 0; item < batch_; ++item) {
      for (int64_t step = lengths_.of(item); step < run_.extents_.steps; ++step) {
        std::fill_n(y_row(step, item), hidden_, 0.0F);
      }
    }
  }

  void finish() {
    for (int64_t item = 0; item < batch_; ++item) {
      const int64_t length = lengths_.of(item);
      if (length > 0) {
        std::copy_n(y_row(time(length - 1, item), item), hidden_, state_row(memory_.last_h, item));
      }
    }
  }

  const float* weights(size_t operand) const {
    const float* packed = memory_.weights[operand];
    if (packed == nullptr) return nullptr;
    return packed + direction_ * run_.code_->packed[operand];
  }

  // The products of x with W and the biases, for steps from number `first` on.
  void project(int64_t first, int64_t steps) {
    const auto x_of = [&](int64_t row) { return x_row(first + row / batch_, row % batch_); };
    const int64_t stride = steps * batch_ > 1 ? x_of(1) - x_of(0) : plan_.inputs;
    const auto rows_of_a = [&](int64_t begin, int64_t count, const float** a) {
      bool even = true;
      a[0] = x_of(begin);
      for (int64_t i = 1; i < count; ++i) {
        a[i] = x_of(begin + i);
        even = even && a[i] - a[i - 1] == stride;
      }
      return even;
    };
    const auto rows_of_c = [&](int64_t begin, int64_t count, float** c) {
      for (int64_t i = 0; i < count; ++i) c[i] = projections_ + (begin + i) * columns_;
    };
    run_.code_->inputs->run(steps * batch_,
                            {.rows = {.rows_of_a = rows_of_a,
                                      .rows_of_c = rows_of_c,
                                      .a_stride = stride,
                                      .c_stride = columns_},
                             .packed = weights(Operand::kW),
                             .bias = weights(Operand::kB)},
                            pool_, kProductGrain);
  }

  // Product number `product` of a step, of `h` with a part of R.
  void multiply(size_t product, const float* packed, FunctionRef<const float*(int64_t)> h,
                int64_t h_stride, const GateRows& to) {
    const bool even = h_stride != 0;
    const auto rows_of_a = [&](int64_t begin, int64_t count, const float** a) {
      for (int64_t i = 0; i < (even ? 1 : count); ++i) a[i] = h(begin + i);
      return even;
    };
    const auto rows_of_c = [&](int64_t begin, int64_t count, float** c) {
      for (int64_t i = 0; i < count; ++i) c[i] = to.first + (begin + i) * to.stride;
    };
    const bool apart = product == 1 && plan_.product_apart();
    const float* const bias =
        apart && plan_.has(Operand::kB) ? weights(Operand::kB) + columns_ : nullptr;
    const std::array<const float*, 1> added = {to.first};
    run_.code_->steps[product].run(batch_,
                                   {.rows = {.rows_of_a = rows_of_a,
                                             .rows_of_c = rows_of_c,
                                             .a_stride = h_stride,
                                             .c_stride = to.stride},
                                    .packed = packed,
                                    .bias = bias,
                                    .extras = std::span(added).first(apart ? 0 : 1),
                                    .c = to.first},
                                   pool_, kProductGrain);
  }

  // Step number `i`, which is number `in_block` of its block.
  void take_step(int64_t i, int64_t in_block) {
    const GateRows gates = {projections_ + in_block * batch_ * columns_, columns_};
    const auto h = [&](int64_t item) -> const float* { return h_row(i, item); };
    const int64_t h_stride = i == 0 ? state_stride_ : lengths_.are_equal() ? y_stride() : 0;
    const float* const recurrent = weights(Operand::kR);
    multiply(0, recurrent, h, h_stride, gates);
    if (plan_.form.cell == RecurrentCell::kGru) {
      const float* const rest = recurrent + run_.code_->first_step_packed;
      multiply_candidate(i, rest, gates);
    }
    apply(i, gates, [](const GateLoops& loops, const GateStep& step) { loops.finish(step); });
  }

  // The second product of GRU.
  void multiply_candidate(int64_t i, const float* packed, const GateRows& gates) {
    if (plan_.product_apart()) {
      const auto h = [&](int64_t item) -> const float* { return h_row(i, item); };
      const int64_t h_stride = i == 0 ? state_stride_ : lengths_.are_equal() ? y_stride() : 0;
      multiply(1, packed, h, h_stride, {reset_, hidden_});
      return;
    }
    apply(i, gates, [](const GateLoops& loops, const GateStep& step) { loops.reset(step); });
    const auto h = [&](int64_t item) -> const float* { return reset_ + item * hidden_; };
    multiply(1, packed, h, hidden_, {gates.first + 2 * hidden_, gates.stride});
  }

  // Some loops on the sequences that take step number `i`.
  template <class Apply>
  void apply(int64_t i, const GateRows& gates, const Apply& loops) {
    const GateLoops& code = run_.code_->loops[static_cast<size_t>(direction_)];
    const int64_t grain = ceil_div(kGateGrain, hidden_);
    pool_.parallel_for(
        batch_,
        [&](int64_t begin, int64_t end) {
          if (lengths_.are_equal()) {
            loops(code, step_of(i, gates, begin, end - begin));
            return;
          }
          for (int64_t item = begin; item < end; ++item) {
            if (i < lengths_.of(item)) loops(code, step_of(i, gates, item, 1));
          }
        },
        grain);
  }

  GateStep step_of(int64_t i, const GateRows& gates, int64_t item, int64_t rows) const {
    GateStep step{.rows = rows,
                  .gates = {gates.first + item * gates.stride, gates.stride},
                  .state = {h_row(i, item), i == 0 ? state_stride_ : y_stride()},
                  .reset = {reset_ + item * hidden_, hidden_},
                  .result = {y_row(time(i, item), item), y_stride()}};
    if (memory_.last_c != nullptr) step.cell = {state_row(memory_.last_c, item), state_stride_};
    if (memory_.peepholes != nullptr) {
      step.peepholes = memory_.peepholes + direction_ * 3 * hidden_;
    }
    return step;
  }

  const RecurrentRun& run_;
  const RecurrentPlan& plan_;
  const RunMemory& memory_;
  const Lengths& lengths_;
  ThreadPool& pool_;
  int64_t direction_;
  bool reverse_;
  int64_t batch_;
  int64_t hidden_;
  // Of the gates.
  int64_t columns_;
  // From an item to the next in initial and last states.
  int64_t state_stride_;
  // [steps of a block, batch, columns]
  float* projections_;
  // Of GRU: [batch, hidden].
  float* reset_;
};

Result<RecurrentCode> RecurrentCode::make(RecurrentPlan plan, Isa isa, const Dim& steps,
                                          const Dim& batch, CodeSet& code) {
  RecurrentCode made{.plan = std::move(plan), .isa = isa};
  const RecurrentForm& form = made.plan.form;
  const bool has_bias = made.plan.has(Operand::kB);
  for (size_t direction = 0; direction < form.functions.size(); ++direction) {
    made.loops.push_back(TRY(GateLoops::create(code, form, made.plan.hidden, direction,
                                               made.plan.has(Operand::kPeepholes))));
  }
  made.inputs = TRY(Product::create(made.plan.input_product(), rows_of_blocks(steps, batch),
                                    {.bias = has_bias}, isa, code));
  for (const size_t operand : RecurrentPlan::kPacked) {
    made.packed[operand] = made.plan.packed_elements(operand, isa);
  }
  const std::vector<ProductSize> products = made.plan.step_products();
  made.first_step_packed = packed_elements(products.front(), isa);
  for (const ProductSize& product : products) {
    const bool apart = !made.steps.empty() && made.plan.product_apart();
    ProductEpilogue epilogue{.program = sum_program(), .extras = {ExtraKind::kFull}};
    if (apart) epilogue = {.bias = has_bias};
    made.steps.push_back(
        TRY(Product::create(product, {.number = {batch}}, std::move(epilogue), isa, code)));
  }
  return made;
}

RecurrentRun::RecurrentRun(std::shared_ptr<const RecurrentCode> code,
                           const RecurrentExtents& extents)
    : code_(std::move(code)), extents_(extents), block_steps_(block_steps(extents)) {}

Dim RecurrentRun::workspace(const RecurrentPlan& plan, Isa isa, const Dim& steps,
                            const Dim& batch) {
  const Dim rows = Dim::min(steps * batch, Dim::max(batch, kBlockRows));
  Dim elements = rows * plan.columns();
  if (plan.form.cell == RecurrentCell::kGru) elements = elements + batch * plan.hidden;
  for (const size_t operand : RecurrentPlan::kPacked) {
    if (plan.has(operand) && !in_mask(plan.constants, operand)) {
      elements = elements + plan.packed_elements(operand, isa);
    }
  }
  return elements * plan.form.directions() * static_cast<int64_t>(sizeof(float));
}

Status RecurrentRun::operator()(const Operands& operands) const {
  const RecurrentPlan& form = plan();
  const auto given = [&](size_t operand) {
    return form.has(operand) ? static_cast<float*>(operands.pointers[operand]) : nullptr;
  };
  const Lengths lengths(
      form.has(Operand::kLengths) ? operands.input<int32_t>(Operand::kLengths) : nullptr, extents_);
  TRY_STATUS(lengths.check(extents_.steps));
  const bool is_lstm = form.form.cell == RecurrentCell::kLstm;
  const size_t first_result = operands.pointers.size() - (is_lstm ? 3 : 2);
  RunMemory memory{.x = operands.input<float>(Operand::kX),
                   .initial_h = given(Operand::kInitialH),
                   .initial_c = given(Operand::kInitialC),
                   .peepholes = given(Operand::kPeepholes),
                   .y = operands.output<float>(first_result),
                   .last_h = operands.output<float>(first_result + 1),
                   .last_c = is_lstm ? operands.output<float>(first_result + 2) : nullptr,
                   .scratch = reinterpret_cast<float*>(operands.workspace)};
  const int64_t directions = form.form.directions();
  for (const size_t operand : RecurrentPlan::kPacked) {
    memory.weights[operand] = given(operand);
    if (!form.has(operand) || in_mask(form.constants, operand)) continue;
    const auto elements = static_cast<size_t>(directions * code_->packed[operand]);
    form.pack(operand, code_->isa, given(operand), {memory.scratch, elements});
    memory.weights[operand] = memory.scratch;
    memory.scratch += elements;
  }
  const auto walk = [&](int64_t begin, int64_t end) {
    for (int64_t direction = begin; direction < end; ++direction) {
      RecurrentWalk(*this, direction, memory, lengths, operands.pool).walk();
    }
  };
  // Inside of a loop over directions, those of a step would run on one thread.
  if (directions > 1 && operands.pool.workers() < kManyWorkers) {
    operands.pool.parallel_for(directions, walk);
  } else {
    walk(0, directions);
  }
  return {};
}

}  // namespace tenon::internal
