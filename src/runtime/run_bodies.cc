// Steps that run other steps: If and Loop.
#include "base/errors.h"
#include "base/try.h"
#include "ops/control_flow.h"
#include "ops/extents.h"
#include "runtime/context.h"
#include "tensor/host_tensor.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

// The number of iterations and the condition.
constexpr size_t kLoopOperands = 2;

}  // namespace

Result<int64_t> Context::read_number(uint32_t value) {
  std::vector<std::byte> staging;
  const ConstTensorView view = TRY(read_value(value, staging));
  TRY_STATUS(stream_->synchronize());
  if (tenon::element_count(view.shape) != 1) {
    return invalid_argument("a condition or a number of iterations is {}{}, not a single element",
                            to_string(view.type), tenon::to_string(view.shape));
  }
  return TRY(to_int64s(view))[0];
}

Status Context::write_bytes(uint32_t value, std::span<const std::byte> bytes) {
  if (bytes.size() != static_cast<size_t>(bound_->values[value].bytes)) {
    return invalid_argument("a value of {} bytes is given {}", bound_->values[value].bytes,
                            bytes.size());
  }
  TRY_STATUS(stream_->copy(address(value), bytes.data(), bytes.size(), CopyKind::kHostToDevice));
  return stream_->synchronize();
}

Status Context::copy_bytes(void* to, const void* from, int64_t bytes) {
  if (bytes == 0) return {};
  return stream_->copy(to, from, static_cast<size_t>(bytes), CopyKind::kDeviceToDevice);
}

Status Context::copy_value(uint32_t to, uint32_t from) {
  const BoundValue& source = bound_->values[from];
  const BoundValue& target = bound_->values[to];
  if (source.shape != target.shape) {
    return invalid_argument("a body gives {} where {} is expected", tenon::to_string(source.shape),
                            tenon::to_string(target.shape));
  }
  return copy_bytes(address(to), address(from), source.bytes);
}

Status Context::run_if(uint32_t index) {
  const Plan& plan = engine_->plan();
  const PlanStep& step = plan.steps[index];
  const bool holds = TRY(read_number(step.inputs[0])) != 0;
  const PlanBody& body = step.bodies[holds ? 0 : 1];
  TRY_STATUS(run_steps(holds ? index + 1 : step.bodies[0].end, body.end));
  if (const uint32_t next = engine_->epochs().after_step[index]) {
    std::vector<Shape> shapes;
    for (const uint32_t value : body.outputs) shapes.push_back(bound_->values[value].shape);
    bind_result_extents(stem_of(engine_->host_attrs(index)), shapes, bound_->symbols);
    TRY_STATUS(begin_epoch(next));
  }
  for (size_t i = 0; i < step.outputs.size(); ++i) {
    TRY_STATUS(copy_value(step.outputs[i], body.outputs[i]));
  }
  return {};
}

// A run of a Loop.
class Context::LoopRun {
 public:
  LoopRun(Context& context, uint32_t index)
      : context_(context),
        step_(context.engine_->plan().steps[index]),
        body_(step_.bodies[0]),
        index_(index),
        carried_(body_.inputs.size() - kLoopOperands),
        stacks_(body_.outputs.size() - 1 - carried_),
        stem_(stem_of(context.engine_->host_attrs(index))),
        epoch_(context.engine_->epochs().in_step[index]) {}

  Status run() {
    TRY_STATUS(begin());
    const int64_t most = TRY(context_.read_number(step_.inputs[0]));
    bool goes_on = TRY(context_.read_number(step_.inputs[1])) != 0;
    for (; count_ < most && goes_on; ++count_) {
      const auto truth = static_cast<uint8_t>(goes_on);
      TRY_STATUS(context_.write_bytes(body_.inputs[0], std::as_bytes(std::span(&count_, 1))));
      TRY_STATUS(context_.write_bytes(body_.inputs[1], std::as_bytes(std::span(&truth, 1))));
      TRY_STATUS(context_.run_steps(index_ + 1, body_.end));
      goes_on = TRY(context_.read_number(body_.outputs[0])) != 0;
      for (size_t i = 0; i < stacks_.size(); ++i) TRY_STATUS(stack(i));
      TRY_STATUS(carry_on());
    }
    return finish();
  }

 private:
  struct Stack {
    std::unique_ptr<Buffer> memory;
    int64_t bytes = 0;
    std::optional<Shape> shape;
  };

  const BoundValue& bound(uint32_t value) const { return context_.bound_->values[value]; }

  std::vector<Shape> shapes_of(std::span<const uint32_t> values) const {
    std::vector<Shape> shapes;
    for (const uint32_t value : values) shapes.push_back(bound(value).shape);
    return shapes;
  }

  std::span<const uint32_t> carried_inputs() const {
    return std::span(body_.inputs).subspan(kLoopOperands);
  }
  std::span<const uint32_t> carried_outputs() const {
    return std::span(body_.outputs).subspan(1, carried_);
  }

  Status begin_iteration(std::span<const Shape> shapes) {
    if (epoch_ == 0) return {};
    bind_carried_extents(stem_, shapes, context_.bound_->symbols);
    return context_.begin_epoch(epoch_);
  }

  // What is carried into the first iteration.
  Status begin() {
    const std::span<const uint32_t> given =
        std::span(step_.inputs).subspan(kLoopOperands, carried_);
    TRY_STATUS(begin_iteration(shapes_of(given)));
    for (size_t i = 0; i < carried_; ++i) {
      TRY_STATUS(context_.copy_value(carried_inputs()[i], given[i]));
    }
    return {};
  }

  // Behind one another in memory that grows.
  Status stack(size_t index) {
    Stack& stack = stacks_[index];
    const uint32_t value = body_.outputs[1 + carried_ + index];
    const BoundValue& piece = bound(value);
    if (!stack.shape) stack.shape = piece.shape;
    if (*stack.shape != piece.shape) {
      return invalid_argument("what is stacked is {} in one iteration and {} in the next",
                              tenon::to_string(*stack.shape), tenon::to_string(piece.shape));
    }
    const int64_t end = stack.bytes + piece.bytes;
    if (stack.memory == nullptr || end > static_cast<int64_t>(stack.memory->size())) {
      auto grown = TRY(context_.engine_->device().allocate(static_cast<size_t>(2 * end),
                                                           MemoryKind::kActivations));
      if (stack.memory != nullptr) {
        TRY_STATUS(context_.copy_bytes(grown->data(), stack.memory->data(), stack.bytes));
        TRY_STATUS(context_.stream_->synchronize());
      }
      stack.memory = std::move(grown);
    }
    TRY_STATUS(context_.copy_bytes(static_cast<std::byte*>(stack.memory->data()) + stack.bytes,
                                   context_.address(value), piece.bytes));
    stack.bytes = end;
    return {};
  }

  // Where extents change, memory moves: what is carried waits elsewhere.
  Status carry_on() {
    if (epoch_ == 0) {
      for (size_t i = 0; i < carried_; ++i) {
        TRY_STATUS(context_.copy_value(carried_inputs()[i], carried_outputs()[i]));
      }
      return {};
    }
    const std::vector<Shape> shapes = shapes_of(carried_outputs());
    std::vector<std::unique_ptr<Buffer>> waiting;
    std::vector<int64_t> bytes;
    for (const uint32_t value : carried_outputs()) {
      bytes.push_back(bound(value).bytes);
      waiting.push_back(TRY(context_.engine_->device().allocate(static_cast<size_t>(bytes.back()),
                                                                MemoryKind::kActivations)));
      TRY_STATUS(
          context_.copy_bytes(waiting.back()->data(), context_.address(value), bytes.back()));
    }
    TRY_STATUS(context_.stream_->synchronize());
    TRY_STATUS(begin_iteration(shapes));
    for (size_t i = 0; i < carried_; ++i) {
      const uint32_t to = carried_inputs()[i];
      if (bound(to).shape != shapes[i]) {
        return invalid_argument("an iteration gives {} where {} is expected",
                                tenon::to_string(shapes[i]), tenon::to_string(bound(to).shape));
      }
      TRY_STATUS(context_.copy_bytes(context_.address(to), waiting[i]->data(), bytes[i]));
    }
    return context_.stream_->synchronize();
  }

  Status finish() {
    const PlanEpochs& epochs = context_.engine_->epochs();
    std::vector<Shape> shapes = shapes_of(carried_inputs());
    for (size_t i = 0; i < stacks_.size(); ++i) {
      Shape shape = TRY(stacked_shape(i));
      shape.insert(shape.begin(), count_);
      shapes.push_back(std::move(shape));
    }
    if (epochs.after_step[index_] != 0) {
      bind_result_extents(stem_, shapes, context_.bound_->symbols);
      TRY_STATUS(context_.begin_epoch(epochs.after_step[index_]));
    }
    for (size_t i = 0; i < carried_; ++i) {
      TRY_STATUS(context_.copy_value(step_.outputs[i], carried_inputs()[i]));
    }
    for (size_t i = 0; i < stacks_.size(); ++i) {
      const uint32_t to = step_.outputs[carried_ + i];
      if (bound(to).shape != shapes[carried_ + i] || bound(to).bytes != stacks_[i].bytes) {
        return invalid_argument("{} iterations give {} where {} is expected", count_,
                                tenon::to_string(shapes[carried_ + i]),
                                tenon::to_string(bound(to).shape));
      }
      if (stacks_[i].memory == nullptr) continue;
      TRY_STATUS(
          context_.copy_bytes(context_.address(to), stacks_[i].memory->data(), stacks_[i].bytes));
    }
    // The memory of the stacks goes.
    return context_.stream_->synchronize();
  }

  // Of one piece. Without an iteration nobody knows extents that only the body tells: they are 0.
  Result<Shape> stacked_shape(size_t index) const {
    if (stacks_[index].shape) return *stacks_[index].shape;
    const uint32_t value = step_.outputs[carried_ + index];
    const SymbolicShape& dims = context_.engine_->plan().values[value].info.shape;
    Shape shape;
    for (size_t axis = 1; axis < dims.size(); ++axis) {
      shape.push_back(dims[axis].evaluate(context_.bound_->symbols).value_or(0));
    }
    return shape;
  }

  Context& context_;
  const PlanStep& step_;
  const PlanBody& body_;
  uint32_t index_;
  size_t carried_;
  std::vector<Stack> stacks_;
  std::string stem_;
  // That each iteration begins, or 0.
  uint32_t epoch_;
  int64_t count_ = 0;
};

Status Context::run_loop(uint32_t index) { return LoopRun(*this, index).run(); }

}  // namespace tenon::internal
