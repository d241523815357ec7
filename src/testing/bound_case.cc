#include "testing/bound_case.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/reformat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tenon::internal::testing {
namespace {

constexpr size_t kGuardBytes = 128;
constexpr std::byte kGuard{0xcd};

size_t element_bytes(DataType type) {
  return std::max<size_t>(1, static_cast<size_t>(bits_of(type)) / 8);
}

// A tensor's elements as another layout has them.
Result<HostTensor> reformatted(const HostTensor& tensor, Layout from, Layout to) {
  if (from == to) return tensor;
  const auto pool = TRY(ThreadPool::create({}));
  auto bytes = std::make_shared<std::vector<std::byte>>(tensor.bytes().size());
  const std::array inputs = {tensor.view()};
  const std::array outputs = {TensorView{bytes->data(), tensor.type(), tensor.shape()}};
  const Attrs attrs = Attrs::of(ReformatAttrs{.from = from, .to = to});
  TRY_STATUS(find_op("Reformat")->reference(attrs, inputs, outputs, *pool));
  return HostTensor::view(tensor.type(), tensor.shape(), *bytes, bytes);
}

// Rows put at a distance, with guards between them.
std::vector<std::byte> spread(std::span<const std::byte> bytes, int64_t row, int64_t pitch) {
  std::vector<std::byte> result;
  for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(row)) {
    const auto part = bytes.subspan(at, static_cast<size_t>(row));
    if (at > 0) result.resize(result.size() + static_cast<size_t>(pitch - row), kGuard);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

// The rows without what is between them. Errors: CorruptData where that is no guard.
Result<std::vector<std::byte>> gathered(std::span<const std::byte> bytes, int64_t row,
                                        int64_t pitch) {
  std::vector<std::byte> result;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const auto column = static_cast<int64_t>(at) % pitch;
    if (column < row) {
      result.push_back(bytes[at]);
    } else if (bytes[at] != kGuard) {
      return corrupt("memory between rows was written");
    }
  }
  return result;
}

// What it computes is compared as it lies in memory.
bool is_reformat(const Problem& problem) { return problem.op->name == "Reformat"; }

size_t innermost_axis(const ValueInfo& info) {
  return static_cast<size_t>(storage_order(info.layout, info.shape.size()).back());
}

// Of inputs, then outputs; 0 for what can have none.
std::vector<Dim> pitches_of(const Problem& problem, const CaseVariant& variant) {
  std::vector<Dim> pitches;
  const auto add = [&](const ValueInfo& info, bool wanted) {
    const bool may = wanted && info.present() && !info.shape.empty();
    const Dim row = may ? info.shape[innermost_axis(info)] : Dim(0);
    pitches.push_back(may ? (row + Dim(3)) * Dim(bits_of(info.type) / 8) : Dim(0));
  };
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const bool fixed = in_mask(problem.constants, i) || in_mask(problem.op->host_inputs, i);
    const bool is_first = variant.pitched_operand && i == 0;
    const bool like_result = variant.pitched_result &&
                             problem.inputs[i].shape == problem.outputs[0].shape &&
                             problem.inputs[i].layout == problem.outputs[0].layout;
    add(problem.inputs[i], !fixed && (is_first || like_result));
  }
  for (const ValueInfo& output : problem.outputs) add(output, variant.pitched_result);
  return pitches;
}

constexpr std::array<std::string_view, 4> kOpenDims = {
    "", ", open first dim", ", open dims behind channels", ", open dims"};

// Equal extents are equal dims, as inference may need them to be.
Dim symbol_of(int64_t extent) { return Dim::symbol("d" + std::to_string(extent)); }

SymbolBindings symbols_of(const OpCaseData& data) {
  SymbolBindings symbols;
  for (const HostTensor& input : data.inputs) {
    for (const int64_t extent : input.shape()) {
      symbols.emplace(symbol_of(extent).to_string(), extent);
    }
  }
  return symbols;
}

bool opens(OpenDims open, size_t axis) {
  switch (open) {
    case OpenDims::kNone:
      return false;
    case OpenDims::kFirst:
      return axis == 0;
    case OpenDims::kBehindChannels:
      return axis >= 2;
    case OpenDims::kAll:
      return true;
  }
  return false;
}

// Makes dims of computed operands symbols. Leaves all as it is where the op cannot infer then.
void open_dims(Problem& problem, OpenDims open) {
  std::vector<ValueInfo> inputs = problem.inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (in_mask(problem.constants, i) || in_mask(problem.op->host_inputs, i)) continue;
    for (size_t axis = 0; axis < inputs[i].shape.size(); ++axis) {
      Dim& dim = inputs[i].shape[axis];
      if (opens(open, axis)) dim = symbol_of(dim.constant());
    }
  }
  const Result<std::vector<ValueInfo>> outputs = infer_outputs(*problem.op, problem.attrs, inputs);
  if (!outputs.ok()) return;
  problem.inputs = std::move(inputs);
  for (size_t i = 0; i < problem.outputs.size(); ++i)
    problem.outputs[i].shape = (*outputs)[i].shape;
}

// An upper bound of the terms that are added up for an element of the output.
double terms(const OpCaseData& data) {
  double terms = 1;
  for (const HostTensor& input : data.inputs) {
    terms = std::max(terms, static_cast<double>(input.elements()));
  }
  return terms;
}

}  // namespace

std::string to_string(const CaseVariant& variant) {
  return std::string(variant.channels_last ? "channels_last" : "plain") +
         (variant.constants ? ", constants" : "") +
         (variant.pitched_operand ? ", pitched operand" : "") +
         (variant.pitched_result ? ", pitched result" : "") +
         std::string(kOpenDims[static_cast<size_t>(variant.open)]);
}

std::vector<CaseVariant> case_variants() {
  std::vector<CaseVariant> variants;
  for (unsigned bits = 0; bits < 16; ++bits) {
    variants.push_back({.channels_last = (bits & 2U) != 0,
                        .constants = (bits & 1U) != 0,
                        .pitched_operand = (bits & 4U) != 0,
                        .pitched_result = (bits & 8U) != 0});
  }
  return variants;
}

bool is_distinct(const CaseVariant& variant, const Tactic& tactic, const Problem& problem) {
  const auto is_plain = [](const ValueInfo& info) { return info.layout == Layout::kPlain; };
  const bool all_plain = std::ranges::all_of(problem.inputs, is_plain) &&
                         std::ranges::all_of(problem.outputs, is_plain);
  bool mixed = false;
  for (size_t i = 0; variant.channels_last && i < problem.inputs.size(); ++i) {
    mixed = mixed || (in_mask(problem.constants, i) && has_channels_last(problem.inputs[i].shape));
  }
  return (!variant.channels_last || !all_plain) &&
         (!variant.constants || mixed || !packings(tactic, problem).empty());
}

bool accepts(const Tactic& tactic, const OpCaseData& data, const CaseVariant& variant,
             const DeviceInfo& device) {
  if (variant.pitched() && tactic.takes_pitches == nullptr) return false;
  const Problem problem = problem_of(data, variant);
  if (!tactic.rejects(problem, device).empty()) return false;
  if (!variant.pitched()) return true;
  const std::vector<Dim> pitches = pitches_of(problem, variant);
  const auto is_none = [](const Dim& pitch) { return pitch == Dim(0); };
  return !std::ranges::all_of(pitches, is_none) && takes_pitches(tactic, problem, pitches);
}

BoundCase::BoundCase(const Tactic& tactic, const OpCaseData& data, const CaseVariant& variant,
                     std::shared_ptr<Device> device)
    : tactic_(tactic),
      problem_(problem_of(data, variant)),
      symbols_(symbols_of(data)),
      pitches_(pitches_of(problem_, variant)),
      device_(std::move(device)) {}

BoundCase::Rows BoundCase::rows_of(const Shape& shape, size_t position, size_t bytes) const {
  const int64_t pitch = pitches_[position].as_constant().value_or(0);
  if (pitch == 0 || bytes == 0) {
    const auto all = std::max<int64_t>(1, static_cast<int64_t>(bytes));
    return {all, all};
  }
  const size_t inputs = problem_.inputs.size();
  const ValueInfo& info =
      position < inputs ? problem_.inputs[position] : problem_.outputs[position - inputs];
  return {shape[innermost_axis(info)] * (bits_of(info.type) / 8), pitch};
}

Problem problem_of(const OpCaseData& data, const CaseVariant& variant) {
  Problem problem;
  problem.op = data.op;
  problem.attrs = data.attrs;
  problem.inputs = data.input_infos;
  problem.outputs = data.output_infos;
  if (is_reformat(problem)) {
    problem.inputs[0].layout = data.attrs.as<ReformatAttrs>().from;
    problem.outputs[0].layout = data.attrs.as<ReformatAttrs>().to;
    if (variant.open != OpenDims::kNone) open_dims(problem, variant.open);
    return problem;
  }
  const auto set_layout = [&](ValueInfo& info) {
    const bool changes = variant.channels_last && has_channels_last(info.shape);
    info.layout = changes ? Layout::kChannelsLast : Layout::kPlain;
  };
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const bool on_device = problem.inputs[i].present() && !in_mask(data.op->host_inputs, i);
    if (on_device && variant.constants && i > 0) {
      add_to_mask(problem.constants, i);
    } else if (on_device) {
      set_layout(problem.inputs[i]);
    }
  }
  for (ValueInfo& output : problem.outputs) set_layout(output);
  if (variant.open != OpenDims::kNone) open_dims(problem, variant.open);
  return problem;
}

Tolerance tactic_tolerance(const OpCase& op_case, const OpCaseData& data, DataType type) {
  Tolerance tolerance = tolerance_or_default(op_case.tolerance, type);
  // Rounding errors of a sum grow with the square root of its length.
  constexpr double kFreeTerms = 1024;
  const double wider = std::max(1.0, std::sqrt(terms(data) / kFreeTerms));
  return {tolerance.absolute * wider, tolerance.relative * wider};
}

Result<std::unique_ptr<BoundCase>> BoundCase::create(const Tactic& tactic, const OpCaseData& data,
                                                     std::shared_ptr<Device> device,
                                                     const CaseVariant& variant,
                                                     std::optional<size_t> in_place) {
  std::unique_ptr<BoundCase> bound(new BoundCase(tactic, data, variant, std::move(device)));
  const Problem& problem = bound->problem_;
  bound->stream_ = TRY(bound->device_->create_stream());
  TRY_STATUS(bound->add_inputs(data));
  TRY_STATUS(bound->add_outputs(in_place));
  const int64_t workspace = TRY(tactic.workspace(problem).evaluate(bound->symbols_));
  bound->workspace_ = std::make_shared<Memory>(TRY(
      bound->allocate(static_cast<size_t>(workspace), kDeviceAlignment, MemoryKind::kWorkspace)));
  bound->kernel_ = TRY(tactic.make(problem, *bound->device_));
  bound->invocation_ = TRY(bound->kernel_->bind(bound->inputs_, bound->outputs_));
  return bound;
}

Result<BoundCase::Memory> BoundCase::allocate(size_t bytes, size_t element_bytes, MemoryKind kind) {
  Memory memory;
  const size_t all = bytes + 2 * kGuardBytes;
  memory.buffer = TRY(device_->allocate(all, kind));
  memory.bytes = bytes;
  memory.pointer = static_cast<std::byte*>(memory.buffer->data()) + kGuardBytes;
  if (device_->host_accessible()) memory.pointer += element_bytes % kDeviceAlignment;
  TRY_STATUS(stream_->fill(memory.buffer->data(), kGuard, all));
  return memory;
}

Result<std::vector<std::byte>> BoundCase::stored_bytes(const HostTensor& tensor,
                                                       size_t position) const {
  for (const Packing& packing : packings(tactic_, problem_)) {
    if (packing.operand != position) continue;
    std::vector<std::byte> packed(static_cast<size_t>(packing.bytes), kGuard);
    TRY_STATUS(tactic_.pack(problem_, position, tensor.view(), packed));
    return packed;
  }
  const Layout layout = is_reformat(problem_) ? Layout::kPlain : problem_.inputs[position].layout;
  const HostTensor stored = TRY(reformatted(tensor, Layout::kPlain, layout));
  return std::vector<std::byte>(stored.bytes().begin(), stored.bytes().end());
}

Status BoundCase::add_inputs(const OpCaseData& data) {
  for (size_t i = 0; i < data.inputs.size(); ++i) {
    const HostTensor& tensor = data.inputs[i];
    inputs_.push_back({.type = tensor.type(), .shape = tensor.shape(), .host_bytes = {}});
    memory_.push_back(nullptr);
    pointers_.push_back(nullptr);
    if (tensor.type() == DataType::kUndefined) continue;
    if (in_mask(data.op->host_inputs, i)) {
      inputs_.back().host_bytes = tensor.bytes();
      continue;
    }
    const std::vector<std::byte> stored = TRY(stored_bytes(tensor, i));
    inputs_.back().pitch = pitches_[i].as_constant().value_or(0);
    const Rows rows = rows_of(tensor.shape(), i, stored.size());
    const std::vector<std::byte> bytes = spread(stored, rows.bytes, rows.pitch);
    memory_.back() = std::make_shared<Memory>(
        TRY(allocate(bytes.size(), element_bytes(tensor.type()), MemoryKind::kIo)));
    pointers_.back() = memory_.back()->pointer;
    TRY_STATUS(
        stream_->copy(pointers_.back(), bytes.data(), bytes.size(), CopyKind::kHostToDevice));
    TRY_STATUS(stream_->synchronize());
  }
  return {};
}

Status BoundCase::add_outputs(std::optional<size_t> in_place) {
  for (const ValueInfo& info : problem_.outputs) {
    const Shape shape = TRY(evaluate(info.shape, symbols_));
    const auto bytes = static_cast<size_t>(byte_size(info.type, shape));
    const bool shares = in_place && outputs_.empty();
    const size_t position = inputs_.size() + outputs_.size();
    const Rows rows = rows_of(shape, position, bytes);
    const size_t all = bytes == 0 ? 0
                                  : (bytes / static_cast<size_t>(rows.bytes) - 1) *
                                            static_cast<size_t>(rows.pitch) +
                                        static_cast<size_t>(rows.bytes);
    memory_.push_back(shares ? memory_[*in_place]
                             : std::make_shared<Memory>(
                                   TRY(allocate(all, element_bytes(info.type), MemoryKind::kIo))));
    pointers_.push_back(memory_.back()->pointer);
    outputs_.push_back({.type = info.type,
                        .shape = shape,
                        .pitch = pitches_[position].as_constant().value_or(0),
                        .host_bytes = {}});
  }
  return {};
}

Result<std::vector<std::byte>> BoundCase::read(const Memory& memory, std::string_view what) {
  std::vector<std::byte> all(memory.buffer->size());
  TRY_STATUS(stream_->copy(all.data(), memory.buffer->data(), all.size(), CopyKind::kDeviceToHost));
  TRY_STATUS(stream_->synchronize());
  const auto begin =
      static_cast<size_t>(memory.pointer - static_cast<const std::byte*>(memory.buffer->data()));
  const auto is_guard = [](std::byte byte) { return byte == kGuard; };
  const std::span<const std::byte> bytes = all;
  if (!std::ranges::all_of(bytes.first(begin), is_guard) ||
      !std::ranges::all_of(bytes.subspan(begin + memory.bytes), is_guard)) {
    return corrupt("memory outside {} was written", what);
  }
  return std::vector<std::byte>(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                bytes.begin() + static_cast<std::ptrdiff_t>(begin + memory.bytes));
}

Result<std::vector<HostTensor>> BoundCase::outputs() {
  for (size_t i = 0; i < memory_.size(); ++i) {
    if (memory_[i] != nullptr) TRY(read(*memory_[i], fmt::format("operand {}", i)));
  }
  TRY(read(*workspace_, "the workspace"));
  std::vector<HostTensor> results;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const size_t position = inputs_.size() + i;
    const std::vector<std::byte> all = TRY(read(*memory_[position], fmt::format("output {}", i)));
    const Rows rows = rows_of(outputs_[i].shape, position, all.size());
    auto bytes =
        std::make_shared<std::vector<std::byte>>(TRY(gathered(all, rows.bytes, rows.pitch)));
    const HostTensor stored =
        TRY(HostTensor::view(outputs_[i].type, outputs_[i].shape, *bytes, bytes));
    const Layout layout = is_reformat(problem_) ? Layout::kPlain : problem_.outputs[i].layout;
    results.push_back(TRY(reformatted(stored, layout, Layout::kPlain)));
  }
  return results;
}

Result<std::vector<HostTensor>> run_tactic(const Tactic& tactic, const OpCaseData& data,
                                           std::shared_ptr<Device> device,
                                           const CaseVariant& variant,
                                           std::optional<size_t> in_place) {
  const std::unique_ptr<BoundCase> bound =
      TRY(BoundCase::create(tactic, data, std::move(device), variant, in_place));
  TRY_STATUS(bound->enqueue());
  return bound->outputs();
}

}  // namespace tenon::internal::testing
