#include "base/check.h"
#include "base/errors.h"
#include "base/number_formats.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/pointwise.h"
#include "ops/scalar_kernels.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>

namespace tenon::internal {
namespace {

// Elements that go through the whole program together: enough to make the call of a loop cheap, few
// enough for the registers to stay in the first cache.
constexpr size_t kBlock = 1024;
// Blocks that are worth waking a worker for.
constexpr int64_t kMinBlocks = 4;
constexpr size_t kAlignment = 64;

// A dimension of the output as an input sees it. The stride is in elements, 0 where the input
// repeats.
struct Axis {
  size_t extent;
  size_t stride;
};

// The output's dims as seen from an input, outermost first, with neighbours merged: {n, 1} for an
// input of the output's shape, {n, 0} for a single element. Errors: InvalidArgument.
Result<std::vector<Axis>> broadcast_axes(std::span<const int64_t> from,
                                         std::span<const int64_t> to) {
  const size_t added = to.size() - std::min(from.size(), to.size());
  bool fits = from.size() <= to.size();
  std::vector<Axis> axes;  // innermost first
  size_t stride = 1;
  for (size_t i = to.size(); fits && i-- > 0;) {
    const int64_t extent = i < added ? 1 : from[i - added];
    fits = extent == to[i] || extent == 1;
    if (to[i] == 1) continue;
    const Axis axis = {static_cast<size_t>(to[i]), extent == 1 ? 0 : stride};
    stride *= static_cast<size_t>(extent);
    const bool repeats = axis.stride == 0;
    if (!axes.empty() && repeats == (axes.back().stride == 0)) {
      axes.back().extent *= axis.extent;
    } else {
      axes.push_back(axis);
    }
  }
  if (!fits) {
    return invalid_argument("an operand of shape {} does not broadcast to {}",
                            tenon::to_string(from), tenon::to_string(to));
  }
  if (axes.empty()) axes.push_back({1, 1});
  std::ranges::reverse(axes);
  return axes;
}

// Reads the elements of an input in the output's order, block after block.
class BroadcastReader {
 public:
  // `data` must outlive the reader.
  BroadcastReader(const std::byte* data, size_t width, std::vector<Axis> axes)
      : data_(data), width_(width), axes_(std::move(axes)), position_(axes_.size(), 0) {}

  // Goes to an element of the output.
  void seek(size_t index) {
    offset_ = 0;
    for (size_t i = axes_.size(); i-- > 0;) {
      position_[i] = index % axes_[i].extent;
      index /= axes_[i].extent;
      offset_ += position_[i] * axes_[i].stride;
    }
  }

  // Copies the next `count` elements, which must exist.
  void read(size_t count, std::byte* to) {
    switch (width_) {
      case 1:
        return read_elements<uint8_t>(count, to);
      case 2:
        return read_elements<uint16_t>(count, to);
      case 4:
        return read_elements<uint32_t>(count, to);
      default:
        return read_elements<uint64_t>(count, to);
    }
  }

 private:
  template <class T>
  void read_elements(size_t count, std::byte* to) {
    const Axis inner = axes_.back();
    T* target = reinterpret_cast<T*>(to);
    while (count > 0) {
      const size_t run = std::min(count, inner.extent - position_.back());
      const std::byte* source = data_ + offset_ * sizeof(T);
      if (inner.stride == 0) {
        T value;
        std::memcpy(&value, source, sizeof(T));
        std::fill_n(target, run, value);
      } else {
        std::memcpy(target, source, run * sizeof(T));
      }
      target += run;
      count -= run;
      advance(run);
    }
  }

  // Goes on within the innermost axis, at most to its end.
  void advance(size_t run) {
    size_t i = axes_.size() - 1;
    position_[i] += run;
    offset_ += run * axes_[i].stride;
    while (position_[i] == axes_[i].extent && i > 0) {
      offset_ -= position_[i] * axes_[i].stride;
      position_[i] = 0;
      --i;
      ++position_[i];
      offset_ += axes_[i].stride;
    }
  }

  const std::byte* data_;
  size_t width_;
  std::vector<Axis> axes_;
  std::vector<size_t> position_;
  size_t offset_ = 0;
};

std::vector<std::byte> unpack_four_bits(const ConstTensorView& tensor) {
  const auto count = static_cast<size_t>(tenon::element_count(tensor.shape));
  const std::span<const std::byte> packed = {
      static_cast<const std::byte*>(tensor.data),
      static_cast<size_t>(byte_size(tensor.type, tensor.shape))};
  std::vector<std::byte> unpacked(count);
  for (size_t i = 0; i < count; ++i) {
    unpacked[i] = tensor.type == DataType::kInt4 ? static_cast<std::byte>(int4_at(packed, i))
                                                 : static_cast<std::byte>(uint4_at(packed, i));
  }
  return unpacked;
}

void pack_four_bits(std::span<const std::byte> unpacked, std::byte* to) {
  constexpr std::byte kLow{0xF};
  for (size_t i = 0; i < unpacked.size(); i += 2) {
    const std::byte high = i + 1 < unpacked.size() ? unpacked[i + 1] : std::byte{0};
    to[i / 2] = (unpacked[i] & kLow) | (high & kLow) << 4;
  }
}

// A program with its tensors. Prepared once, then run by several threads, each with a Worker.
class Run {
 public:
  // What one thread needs: a place for each register, where each one is in the current block, and
  // readers of the inputs that are not used where they lie.
  struct Worker {
    std::unique_ptr<std::byte[]> storage;
    std::vector<std::byte*> places;
    std::vector<const std::byte*> registers;
    std::vector<std::optional<BroadcastReader>> readers;
  };

  // All must outlive the run.
  Run(const PointwiseProgram& program, std::span<const TensorView> out)
      : program_(program),
        out_(out),
        count_(static_cast<size_t>(tenon::element_count(out[0].shape))) {
    const auto last = static_cast<int32_t>(program.inputs.size() + program.body.size() - 1);
    // Only what is written last may lie in memory that inputs are read from.
    writes_output_ = out.size() == 1 && program.outputs[0] == last && bits_of(out[0].type) >= 8;
    for (const PointwiseProgram::Instruction& instruction : program.body) {
      const auto arity = static_cast<size_t>(scalar_op(instruction.code).arity);
      const DataType type = program.type_of(instruction.operands[arity - 1]);
      kernels_.push_back(scalar_kernel(instruction.code, type));
    }
  }

  // Errors: InvalidArgument for a shape that does not broadcast.
  Status add_input(const ConstTensorView& tensor) {
    Input input;
    input.axes = TRY(broadcast_axes(tensor.shape, out_[0].shape));
    input.width = kernel_width(tensor.type);
    input.data = static_cast<const std::byte*>(tensor.data);
    if (bits_of(tensor.type) == 4) {
      input.unpacked = unpack_four_bits(tensor);
      input.data = input.unpacked.data();
    }
    if (input.axes.size() == 1) {
      input.access = input.axes[0].stride == 0 ? Access::kRepeat : Access::kDirect;
    }
    inputs_.push_back(std::move(input));
    return ok_status();
  }

  int64_t blocks() const { return static_cast<int64_t>((count_ + kBlock - 1) / kBlock); }

  Worker make_worker() const {
    Worker worker;
    const size_t registers = inputs_.size() + program_.body.size();
    constexpr size_t kPlace = kBlock * sizeof(uint64_t);
    size_t space = registers * kPlace + kAlignment;
    worker.storage = std::make_unique_for_overwrite<std::byte[]>(space);
    void* first = worker.storage.get();
    std::align(kAlignment, registers * kPlace, first, space);
    for (size_t i = 0; i < registers; ++i) {
      worker.places.push_back(static_cast<std::byte*>(first) + i * kPlace);
    }
    worker.registers.resize(registers);
    for (const Input& input : inputs_) {
      worker.readers.emplace_back();
      if (input.access == Access::kDirect) continue;
      worker.readers.back().emplace(input.data, input.width, input.axes);
    }
    return worker;
  }

  // Blocks [first, last), at least one.
  void run_blocks(size_t first, size_t last, Worker& worker) const {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!worker.readers[i]) continue;
      worker.readers[i]->seek(first * kBlock);
      // The same elements in every block, of which the first is the longest.
      if (inputs_[i].access == Access::kRepeat) {
        worker.readers[i]->read(std::min(kBlock, count_ - first * kBlock), worker.places[i]);
      }
    }
    for (size_t block = first; block < last; ++block) {
      const size_t begin = block * kBlock;
      run_block(begin, std::min(kBlock, count_ - begin), worker);
    }
  }

 private:
  enum class Access : uint8_t {
    kDirect,     // used where it lies
    kRepeat,     // a single element
    kBroadcast,  // copied block after block
  };
  struct Input {
    const std::byte* data = nullptr;
    size_t width = 0;
    std::vector<Axis> axes;
    Access access = Access::kBroadcast;
    // Four-bit elements, a byte each.
    std::vector<std::byte> unpacked;
  };

  void run_block(size_t begin, size_t count, Worker& worker) const {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const Input& input = inputs_[i];
      worker.registers[i] = worker.places[i];
      if (input.access == Access::kDirect) worker.registers[i] = input.data + begin * input.width;
      if (input.access == Access::kBroadcast) worker.readers[i]->read(count, worker.places[i]);
    }
    for (size_t i = 0; i < program_.body.size(); ++i) {
      std::byte* result = worker.places[inputs_.size() + i];
      if (writes_output_ && i + 1 == program_.body.size()) result = output_at(0, begin);
      run_instruction(i, count, result, worker);
      worker.registers[inputs_.size() + i] = result;
    }
    if (writes_output_) return;
    for (size_t i = 0; i < out_.size(); ++i) {
      const std::byte* result = worker.registers[static_cast<size_t>(program_.outputs[i])];
      if (bits_of(out_[i].type) == 4) {
        pack_four_bits({result, count}, static_cast<std::byte*>(out_[i].data) + begin / 2);
      } else {
        std::memcpy(output_at(i, begin), result, count * kernel_width(out_[i].type));
      }
    }
  }

  void run_instruction(size_t index, size_t count, std::byte* result, const Worker& worker) const {
    const PointwiseProgram::Instruction& instruction = program_.body[index];
    ScalarKernelArgs args;
    const auto arity = static_cast<size_t>(scalar_op(instruction.code).arity);
    for (size_t i = 0; i < arity; ++i) {
      args.operands[i] = worker.registers[static_cast<size_t>(instruction.operands[i])];
    }
    args.result = result;
    args.count = count;
    args.params = instruction.params;
    args.from = program_.type_of(instruction.operands[0]);
    args.to = instruction.type;
    kernels_[index](args);
  }

  std::byte* output_at(size_t index, size_t begin) const {
    return static_cast<std::byte*>(out_[index].data) + begin * kernel_width(out_[index].type);
  }

  const PointwiseProgram& program_;
  std::span<const TensorView> out_;
  size_t count_;
  bool writes_output_ = false;
  std::vector<ScalarKernel> kernels_;
  std::vector<Input> inputs_;
};

Status check_tensors(const PointwiseProgram& program, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out) {
  if (in.size() != program.inputs.size() || out.size() != program.outputs.size()) {
    return invalid_argument("the program has {} and {}, not {} and {}",
                            counted(program.inputs.size(), "input"),
                            counted(program.outputs.size(), "output"), in.size(), out.size());
  }
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].type == program.inputs[i]) continue;
    return invalid_argument("input {} of the program is {}, not {}", i,
                            to_string(program.inputs[i]), to_string(in[i].type));
  }
  for (size_t i = 0; i < out.size(); ++i) {
    const DataType type = program.type_of(program.outputs[i]);
    if (out[i].type != type || out[i].shape != out[0].shape) {
      return invalid_argument("output {} of the program is {}{}, not {}{}", i, to_string(type),
                              tenon::to_string(out[0].shape), to_string(out[i].type),
                              tenon::to_string(out[i].shape));
    }
  }
  return ok_status();
}

}  // namespace

Status interpret(const PointwiseProgram& program, std::span<const ConstTensorView> in,
                 std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_tensors(program, in, out));
  Run run(program, out);
  for (const ConstTensorView& tensor : in) TRY_STATUS(run.add_input(tensor));

  const int64_t blocks = run.blocks();
  const int64_t threads = std::clamp<int64_t>(blocks / kMinBlocks, 1, pool.workers() + 1);
  std::vector<Run::Worker> workers;
  for (int64_t i = 0; i < threads; ++i) workers.push_back(run.make_worker());
  pool.parallel_for(threads, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = blocks * i / threads;
      const int64_t last = blocks * (i + 1) / threads;
      if (first == last) continue;
      run.run_blocks(static_cast<size_t>(first), static_cast<size_t>(last),
                     workers[static_cast<size_t>(i)]);
    }
  });
  return ok_status();
}

}  // namespace tenon::internal
