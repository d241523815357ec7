#include "runtime/context.h"

#include "base/errors.h"
#include "base/try.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tenon::internal {

class Context::Lock {
 public:
  explicit Lock(Context& context) : context_(context) {
    held_ = !context_.busy_.exchange(true, std::memory_order_acquire);
  }
  ~Lock() {
    if (held_) context_.busy_.store(false, std::memory_order_release);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  Status status() const {
    if (held_) return {};
    return busy("another thread is using this context: give each thread a context of its own");
  }

 private:
  Context& context_;
  bool held_;
};

Context::Context(std::shared_ptr<const Engine> engine, bool profile)
    : engine_(std::move(engine)), profile_(profile) {
  const Plan& plan = engine_->plan();
  input_shapes_.resize(plan.inputs.size());
  input_bindings_.resize(plan.inputs.size());
  output_bindings_.resize(plan.outputs.size());
  steps_.resize(plan.steps.size());
  epochs_.resize(engine_->epochs().count());
  if (profile_) step_times_.resize(plan.steps.size());
}

Result<std::unique_ptr<Context>> Context::create(std::shared_ptr<const Engine> engine,
                                                 bool profile) {
  std::unique_ptr<Context> context(new Context(std::move(engine), profile));
  const Engine& loaded = *context->engine_;
  context->stream_ = TRY(loaded.device().create_stream());
  for (size_t i = 0; i < loaded.plan().inputs.size(); ++i) {
    const uint32_t value = loaded.plan().inputs[i].value;
    Result<Shape> fixed = evaluate(loaded.plan().values[value].info.shape, {});
    if (fixed.ok()) context->input_shapes_[i] = std::move(fixed).value();
  }
  context->pool_ = TRY(ThreadPool::create({}));
  context->fixed_arena_ = TRY(loaded.fixed_arena());
  if (context->fixed_arena_) {
    EpochState& before = context->epochs_.front();
    before.memory = *context->fixed_arena_;
    TRY_STATUS(context->allocate_arena(before, before.memory.layout.bytes));
  }
  context->report_memory();
  context->prepare_early();
  return context;
}

Status Context::allocate_arena(EpochState& state, int64_t bytes) {
  state.arena.reset();
  state.arena =
      TRY(engine_->device().allocate(static_cast<size_t>(bytes), MemoryKind::kActivations));
  ++addresses_;
  return {};
}

Status Context::set_shape(std::string_view input, std::span<const int64_t> shape) {
  Lock lock(*this);
  TRY_STATUS(lock.status());
  const uint32_t index = TRY(engine_->find_input(input));
  const ValueInfo& info = engine_->plan().values[engine_->plan().inputs[index].value].info;
  SymbolBindings alone;
  const Status fits = bind_symbols(info.shape, shape, alone);
  if (!fits.ok()) {
    return invalid_argument("input '{}' is {} and cannot take the shape {}: {}", input,
                            to_string(info), tenon::to_string(shape), fits.error().message());
  }
  TRY_STATUS(check_profile(engine_->plan(), index, shape));
  Shape wanted(shape.begin(), shape.end());
  if (input_shapes_[index] == wanted) return {};
  input_shapes_[index] = std::move(wanted);
  bound_.reset();
  for (EpochState& state : epochs_) state.bound_at.reset();
  prepare_early();
  return {};
}

Result<Shape> Context::shape(std::string_view name) {
  Lock lock(*this);
  TRY_STATUS(lock.status());
  const Plan& plan = engine_->plan();
  const Result<uint32_t> input = engine_->find_input(name);
  if (input.ok() && input_shapes_[*input]) return *input_shapes_[*input];
  if (input.ok()) return invalid_argument("the shape of input '{}' is not set", name);
  const uint32_t output = TRY(engine_->find_output(name));
  if (engine_->epochs().of_value[plan.outputs[output].value] > 0) {
    if (bound_ && has_begun(plan.outputs[output].value)) {
      return bound_->values[plan.outputs[output].value].shape;
    }
    return invalid_argument("the shape of output '{}' follows from data: it is known after a run",
                            name);
  }
  InputShapes known;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    if (input_shapes_[i]) known.emplace(plan.inputs[i].name, *input_shapes_[i]);
  }
  const std::vector<Shape> complete = TRY(engine_->complete_shapes(known));
  return shape_of(plan, plan.outputs[output].value, TRY(bind_inputs(plan, complete)));
}

Status Context::bind_input(std::string_view name, const ConstTensorView& view) {
  Lock lock(*this);
  TRY_STATUS(lock.status());
  const uint32_t index = TRY(engine_->find_input(name));
  // Kernels take plain pointers for inputs and outputs alike; inputs are only read.
  input_bindings_[index] = {const_cast<void*>(view.data), view.type, view.shape};
  ++addresses_;
  return {};
}

Status Context::bind_output(std::string_view name, const TensorView& view) {
  Lock lock(*this);
  TRY_STATUS(lock.status());
  const uint32_t index = TRY(engine_->find_output(name));
  output_bindings_[index] = {view.data, view.type, view.shape};
  ++addresses_;
  return {};
}

Status Context::bind_output_allocator(std::string_view name, OutputAllocator allocator) {
  Lock lock(*this);
  TRY_STATUS(lock.status());
  const uint32_t index = TRY(engine_->find_output(name));
  output_bindings_[index] = {};
  output_bindings_[index].allocator = std::move(allocator);
  ++addresses_;
  return {};
}

void Context::prepare_early() {
  const auto known = [](const std::optional<Shape>& shape) { return shape.has_value(); };
  if (!std::ranges::all_of(input_shapes_, known)) return;
  // Shapes may not fit together yet, as those of other inputs may still change.
  static_cast<void>(prepare());
}

Status Context::prepare() {
  if (bound_) return {};
  const Plan& plan = engine_->plan();
  std::vector<Shape> shapes;
  for (size_t i = 0; i < plan.inputs.size(); ++i) {
    if (!input_shapes_[i]) {
      return invalid_argument("the shape of input '{}' ({}) is not set: call set_shape first",
                              plan.inputs[i].name,
                              to_string(plan.values[plan.inputs[i].value].info));
    }
    shapes.push_back(*input_shapes_[i]);
  }
  bound_ = TRY(bind_plan(plan, engine_->epochs(), TRY(bind_inputs(plan, shapes))));
  Status prepared = [&]() -> Status {
    TRY_STATUS(prepare_arena(0));
    TRY_STATUS(prepare_steps(0));
    return profile_ ? record_work(0) : Status();
  }();
  if (!prepared.ok()) {
    bound_.reset();
    return prepared;
  }
  epochs_[0].bound_at.emplace();
  ++addresses_;
  return {};
}

Status Context::begin_epoch(uint32_t epoch) {
  EpochState& state = epochs_[epoch];
  std::vector<int64_t> numbers;
  for (const std::string& symbol : engine_->epochs().symbols[epoch]) {
    const auto number = bound_->symbols.find(symbol);
    numbers.push_back(number == bound_->symbols.end() ? -1 : number->second);
  }
  if (state.bound_at != numbers) {
    state.bound_at.reset();
    TRY_STATUS(bind_epoch(engine_->plan(), engine_->epochs(), epoch, *bound_));
    TRY_STATUS(prepare_arena(epoch));
    TRY_STATUS(prepare_steps(epoch));
    if (profile_) TRY_STATUS(record_work(epoch));
    state.bound_at = std::move(numbers);
    ++addresses_;
  }
  TRY_STATUS(allocate_outputs(epoch));
  return resolve_pointers(epoch);
}

Status Context::prepare_arena(uint32_t epoch) {
  if (epoch == 0 && fixed_arena_) return {};
  EpochState& state = epochs_[epoch];
  ArenaMemory memory = TRY(arena_memory(engine_->arena(epoch), bound_->symbols));
  Status allocated;
  if (state.arena == nullptr || static_cast<int64_t>(state.arena->size()) < memory.layout.bytes) {
    allocated = allocate_arena(state, memory.layout.bytes);
  }
  if (allocated.ok()) state.memory = std::move(memory);
  report_memory();
  return allocated;
}

Status Context::prepare_steps(uint32_t epoch) {
  const Plan& plan = engine_->plan();
  const auto operand = [&](uint32_t value) {
    BoundOperand result;
    if (value == kNoIndex) return result;
    result.type = plan.values[value].info.type;
    result.shape = bound_->values[value].shape;
    result.pitch = bound_->values[value].pitch;
    result.host_bytes = bound_->values[value].elements;
    return result;
  };
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    if (step.on_host() || engine_->epochs().of_step[i] != epoch) continue;
    std::vector<BoundOperand> inputs;
    std::vector<BoundOperand> outputs;
    for (const uint32_t value : step.inputs) inputs.push_back(operand(value));
    for (const uint32_t value : step.outputs) outputs.push_back(operand(value));
    Result<std::unique_ptr<Invocation>> invocation = engine_->kernel(i).bind(inputs, outputs);
    if (!invocation.ok()) {
      return std::move(invocation)
          .error()
          .with_node(step.name)
          .with_context("at step '" + step.name + "' (" + step.op + ")");
    }
    steps_[i].invocation = std::move(invocation).value();
    steps_[i].pointers.resize(inputs.size() + outputs.size());
  }
  return {};
}

Status Context::record_work(uint32_t epoch) {
  const Plan& plan = engine_->plan();
  const PlanEpochs& epochs = engine_->epochs();
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const bool tells = plan.steps[i].on_host() && epochs.after_step[i] > 0;
    if ((tells ? epochs.after_step[i] : epochs.of_step[i]) != epoch) continue;
    const Work work = TRY(work_of(plan, plan.steps[i], *bound_));
    const std::scoped_lock lock(reports_mutex_);
    step_times_[i].min_us = 0;
    step_times_[i].work = work;
  }
  return {};
}

void* Context::address(uint32_t value) const {
  if (value == kNoIndex) return nullptr;
  auto* storage = static_cast<std::byte*>(storage_address(storage_root(engine_->plan(), value)));
  return storage == nullptr ? nullptr : storage + bound_->values[value].offset;
}

void* Context::storage_address(uint32_t root) const {
  const PlanValue& entry = engine_->plan().values[root];
  switch (entry.storage) {
    case Storage::kInput:
      return input_bindings_[entry.index].data;
    case Storage::kOutput:
      return output_bindings_[entry.index].data;
    case Storage::kWeight:
      return const_cast<void*>(engine_->weight(entry.index));
    case Storage::kArena: {
      const uint32_t epoch = engine_->epochs().of_value[root];
      const uint32_t item = engine_->arena(epoch).item_of_value[root];
      return static_cast<std::byte*>(epochs_[epoch].arena->data()) +
             epochs_[epoch].memory.layout.offsets[item];
    }
    case Storage::kAlias:
    case Storage::kHost:
      break;
  }
  return nullptr;
}

Status Context::check_binding(const Binding& binding, const PlanBinding& slot,
                              std::string_view kind) const {
  const PlanValue& value = engine_->plan().values[slot.value];
  const BoundValue& bound = bound_->values[slot.value];
  if (binding.type == DataType::kUndefined) {
    const bool is_late = engine_->epochs().of_value[slot.value] > 0;
    return invalid_argument("{} '{}' is not bound: call {} first", kind, slot.name,
                            is_late ? "bind_output_allocator" : "bind");
  }
  if (binding.type != value.info.type) {
    return invalid_argument("{} '{}' has type {}, and the bound tensor {}", kind, slot.name,
                            to_string(value.info.type), to_string(binding.type));
  }
  if (binding.shape != bound.shape) {
    return invalid_argument("{} '{}' has shape {}, and the bound tensor {}", kind, slot.name,
                            tenon::to_string(bound.shape), tenon::to_string(binding.shape));
  }
  if (bound.bytes == 0) return {};
  const auto alignment = static_cast<uintptr_t>((bits_of(binding.type) + 7) / 8);
  if (reinterpret_cast<uintptr_t>(binding.data) % alignment != 0) {
    return invalid_argument("{} '{}' must be aligned to {} bytes", kind, slot.name, alignment);
  }
  if (!engine_->device().owns(binding.data, static_cast<size_t>(bound.bytes))) {
    return invalid_argument("the {} bytes bound to {} '{}' are not memory of device {}",
                            bound.bytes, kind, slot.name, engine_->device().info().name);
  }
  return {};
}

Status Context::check_overlaps() const {
  struct Range {
    const std::byte* begin;
    const std::byte* end;
    bool is_output;
    const std::string* name;
  };
  const Plan& plan = engine_->plan();
  std::vector<Range> ranges;
  const auto add = [&](const std::vector<Binding>& bindings, const std::vector<PlanBinding>& slots,
                       bool is_output) {
    for (size_t i = 0; i < slots.size(); ++i) {
      if (!has_begun(slots[i].value)) continue;
      const int64_t bytes = bound_->values[slots[i].value].bytes;
      if (bytes == 0) continue;
      const auto* begin = static_cast<const std::byte*>(bindings[i].data);
      ranges.push_back({begin, begin + bytes, is_output, &slots[i].name});
    }
  };
  add(input_bindings_, plan.inputs, false);
  add(output_bindings_, plan.outputs, true);
  std::ranges::sort(ranges, {}, &Range::begin);
  // Of all tensors and of the outputs before: the one that ends last.
  const Range* last = nullptr;
  const Range* last_output = nullptr;
  const auto later = [](const Range* range, const Range& next) {
    return range == nullptr || next.end > range->end ? &next : range;
  };
  for (const Range& range : ranges) {
    const Range* other = range.is_output ? last : last_output;
    if (other != nullptr && range.begin < other->end) {
      const auto& [output, rest] =
          range.is_output ? std::pair(range, *other) : std::pair(*other, range);
      return invalid_argument(
          "the memory bound to output '{}' overlaps that of {} '{}': bind other memory",
          *output.name, rest.is_output ? "output" : "input", *rest.name);
    }
    last = later(last, range);
    if (range.is_output) last_output = later(last_output, range);
  }
  return {};
}

Status Context::allocate_outputs(uint32_t epoch) {
  const Plan& plan = engine_->plan();
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    Binding& binding = output_bindings_[i];
    const uint32_t value = plan.outputs[i].value;
    if (!binding.allocator || engine_->epochs().of_value[value] != epoch) continue;
    const BoundValue& bound = bound_->values[value];
    void* data = TRY_CONTEXT(binding.allocator(bound.shape, static_cast<size_t>(bound.bytes)),
                             "while allocating output '" + plan.outputs[i].name + "'");
    if (binding.data != data) ++addresses_;
    binding.data = data;
    binding.type = plan.values[value].info.type;
    binding.shape = bound.shape;
  }
  return {};
}

Status Context::check_bindings(uint32_t epoch) const {
  const Plan& plan = engine_->plan();
  const auto is_new = [&](uint32_t value) { return engine_->epochs().of_value[value] == epoch; };
  for (size_t i = 0; epoch == 0 && i < plan.inputs.size(); ++i) {
    TRY_STATUS(check_binding(input_bindings_[i], plan.inputs[i], "input"));
  }
  bool any = epoch == 0;
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    if (!is_new(plan.outputs[i].value)) continue;
    any = true;
    TRY_STATUS(check_binding(output_bindings_[i], plan.outputs[i], "output"));
  }
  return any ? check_overlaps() : Status();
}

Status Context::resolve_pointers(uint32_t epoch) {
  EpochState& state = epochs_[epoch];
  if (state.pointers_at == addresses_) return {};
  TRY_STATUS(check_bindings(epoch));
  const Plan& plan = engine_->plan();
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    if (step.on_host() || engine_->epochs().of_step[i] != epoch) continue;
    size_t at = 0;
    for (const uint32_t value : step.inputs) steps_[i].pointers[at++] = address(value);
    for (const uint32_t value : step.outputs) steps_[i].pointers[at++] = address(value);
    const uint32_t item = engine_->arena(epoch).item_of_step[i];
    steps_[i].workspace = item == kNoIndex ? nullptr
                                           : static_cast<std::byte*>(state.arena->data()) +
                                                 state.memory.layout.offsets[item];
  }
  state.pointers_at = addresses_;
  return {};
}

Status Context::run() {
  Lock lock(*this);
  TRY_STATUS(lock.status());
  TRY_STATUS(prepare());
  TRY_STATUS(allocate_outputs(0));
  TRY_STATUS(resolve_pointers(0));
  const auto steps = static_cast<uint32_t>(steps_.size());
  Status enqueued = stream_->batch([&] { return run_steps(0, steps); });
  // Work that was queued before an error must be over before the caller's memory may go.
  Status done = stream_->synchronize();
  return enqueued.ok() ? std::move(done) : std::move(enqueued);
}

void Context::report_memory() {
  MemoryReport report;
  report[MemoryKind::kWeights] = {engine_->weight_bytes(), engine_->weight_bytes()};
  report[MemoryKind::kCode] = {engine_->code_bytes(), engine_->code_bytes()};
  for (const EpochState& state : epochs_) {
    const int64_t arena = state.arena == nullptr ? 0 : static_cast<int64_t>(state.arena->size());
    // One block holds both; what activations alone would not need is there for workspace.
    const int64_t workspace = std::min(arena, state.memory.workspace_bytes);
    report[MemoryKind::kWorkspace].allocated += workspace;
    report[MemoryKind::kActivations].allocated += arena - workspace;
  }
  report[MemoryKind::kActivations].predicted = epochs_[0].memory.activation_bytes;
  report[MemoryKind::kWorkspace].predicted = epochs_[0].memory.workspace_bytes;
  const std::scoped_lock lock(reports_mutex_);
  memory_ = report;
}

MemoryReport Context::memory() const {
  const std::scoped_lock lock(reports_mutex_);
  return memory_;
}

std::vector<StepTime> Context::step_times() const {
  const std::scoped_lock lock(reports_mutex_);
  return step_times_;
}

}  // namespace tenon::internal
