// Resize along one axis, or two that are stored one behind the other, as those of images are in
// either layout: what lies behind them is copied, or added up, in blocks.
#include "ops/resize.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operand_checks.h"
#include "ops/resize_samples.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b10;
// Bytes of the result that are worth another thread.
constexpr int64_t kGrainBytes = 65536;

struct ResizePlan {
  ResizeAttrs attrs;
  // The axes as they are stored, and those among them that are resized: [first, last).
  std::vector<size_t> order;
  size_t first = 0;
  size_t last = 0;
};

bool keeps_axis(const ResizedAxis& axis, const Dim& extent) {
  return axis.output == extent && axis.scale.value_or(1) == 1;
}

// Errors: Unsupported with the reason.
Result<ResizePlan> plan_resize(const Problem& problem) {
  if (problem.op->name != "Resize") return unsupported("it resizes nothing");
  const ValueInfo& in = problem.inputs[0];
  ResizePlan plan;
  plan.attrs = problem.attrs.as<ResizeAttrs>();
  if (plan.attrs.coordinates == ResizeCoordinates::kTfCropAndResize) {
    return unsupported("what it reads may lie outside of its operand");
  }
  if (plan.attrs.mode != ResizeMode::kNearest && in.type != DataType::kFloat32) {
    return unsupported("it interpolates {}, not f32", to_string(in.type));
  }
  const std::string order = require_one_order(problem);
  if (!order.empty()) return unsupported("{}", order);
  const std::vector<ResizedAxis> axes = TRY(resized_axes(plan.attrs, problem.inputs));
  plan.order = stored_axes(problem.outputs[0].layout, in.shape.size());
  plan.first = plan.order.size();
  for (size_t i = 0; i < plan.order.size(); ++i) {
    if (keeps_axis(axes[plan.order[i]], in.shape[plan.order[i]])) continue;
    plan.first = std::min(plan.first, i);
    plan.last = i + 1;
  }
  plan.last = std::max(plan.last, plan.first);
  if (plan.last - plan.first > 2) {
    return unsupported("axes that are not neighbours, or more than two, are resized");
  }
  return plan;
}

// What an axis of one position, or one that is kept, reads.
AxisSamples one_sample() { return {.positions = {0}, .weights = {1}, .outside = {}}; }

// Outer positions, then the two resized axes, then blocks of what lies together in both tensors.
class ResizeRun {
 public:
  // The resized axes are one or two, and none of them empty.
  ResizeRun(const ResizePlan& plan, std::span<const ResizedAxis> axes, const Shape& in,
            int64_t element_bytes)
      : copies_(plan.attrs.mode == ResizeMode::kNearest), block_bytes_(element_bytes) {
    for (size_t i = 0; i < plan.order.size(); ++i) {
      const int64_t extent = in[plan.order[i]];
      if (i < plan.first) outer_ *= extent;
      if (i >= plan.last) block_bytes_ *= extent;
    }
    const auto sample = [&](size_t place) {
      const size_t axis = plan.order[place];
      return sample_axis(plan.attrs, axes[axis], in[axis]);
    };
    if (plan.last > plan.first) {
      x_ = sample(plan.last - 1);
      width_ = in[plan.order[plan.last - 1]];
    }
    if (plan.last > plan.first + 1) {
      y_ = sample(plan.first);
      height_ = in[plan.order[plan.first]];
    }
    x_weights_.assign(x_.weights.begin(), x_.weights.end());
    rows_ = static_cast<int64_t>(y_.positions.size()) / y_.taps;
    columns_ = static_cast<int64_t>(x_.positions.size()) / x_.taps;
  }

  void operator()(const Operands& operands) const {
    const int64_t row_bytes = columns_ * block_bytes_;
    const auto* const from = operands.input<std::byte>(0);
    auto* const to = static_cast<std::byte*>(operands.pointers.back());
    operands.pool.parallel_for(
        outer_ * rows_,
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            const std::byte* plane = from + i / rows_ * height_ * width_ * block_bytes_;
            std::byte* row = to + i * row_bytes;
            if (!copies_) {
              add_row(plane, i % rows_, row);
            } else if (i > begin && repeats(i % rows_)) {
              std::memcpy(row, row - row_bytes, static_cast<size_t>(row_bytes));
            } else {
              const int64_t y = y_.positions[static_cast<size_t>(i % rows_)];
              copy_row(plane + y * width_ * block_bytes_, row);
            }
          }
        },
        std::max<int64_t>(1, kGrainBytes / row_bytes));
  }

 private:
  // Whether a row reads what the one before it does.
  bool repeats(int64_t row) const {
    const auto at = static_cast<size_t>(row);
    return at > 0 && y_.positions[at] == y_.positions[at - 1];
  }

  void copy_row(const std::byte* from, std::byte* to) const {
    switch (block_bytes_) {
      case 1:
        return copy_blocks<1>(from, to);
      case 2:
        return copy_blocks<2>(from, to);
      case 4:
        return copy_blocks<4>(from, to);
      case 8:
        return copy_blocks<8>(from, to);
      default:
        for (const int64_t x : x_.positions) {
          std::memcpy(to, from + x * block_bytes_, static_cast<size_t>(block_bytes_));
          to += block_bytes_;
        }
    }
  }

  template <int64_t kBytes>
  void copy_blocks(const std::byte* from, std::byte* to) const {
    for (const int64_t x : x_.positions) {
      std::memcpy(to, from + x * kBytes, kBytes);
      to += kBytes;
    }
  }

  // Weighted sums of the blocks of a row.
  void add_row(const std::byte* plane, int64_t row, std::byte* to) const {
    const int64_t block = block_bytes_ / static_cast<int64_t>(sizeof(float));
    auto* const sums = reinterpret_cast<float*>(to);
    std::fill_n(sums, columns_ * block, 0.0F);
    for (auto y = static_cast<size_t>(row * y_.taps); y < static_cast<size_t>((row + 1) * y_.taps);
         ++y) {
      const float* line = reinterpret_cast<const float*>(plane) + y_.positions[y] * width_ * block;
      const auto weight = static_cast<float>(y_.weights[y]);
      if (block == 1) {
        add_elements(line, weight, sums);
      } else {
        add_blocks(line, weight, block, sums);
      }
    }
  }

  void add_elements(const float* line, float weight, float* sums) const {
    size_t x = 0;
    for (int64_t column = 0; column < columns_; ++column) {
      float sum = 0;
      for (int64_t tap = 0; tap < x_.taps; ++tap, ++x) sum += x_weights_[x] * line[x_.positions[x]];
      sums[column] += weight * sum;
    }
  }

  void add_blocks(const float* line, float weight, int64_t block, float* sums) const {
    size_t x = 0;
    for (int64_t column = 0; column < columns_; ++column, sums += block) {
      for (int64_t tap = 0; tap < x_.taps; ++tap, ++x) {
        const float* from = line + x_.positions[x] * block;
        const float both = weight * x_weights_[x];
        for (int64_t i = 0; i < block; ++i) sums[i] += both * from[i];
      }
    }
  }

  bool copies_;
  int64_t outer_ = 1;
  // Of the operand.
  int64_t height_ = 1;
  int64_t width_ = 1;
  AxisSamples y_ = one_sample();
  AxisSamples x_ = one_sample();
  std::vector<float> x_weights_;
  // Of the result.
  int64_t rows_ = 1;
  int64_t columns_ = 1;
  int64_t block_bytes_;
};

std::string rejects(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  return reason_of(plan_resize(problem));
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  return function_kernel(
      device,
      [plan = TRY(plan_resize(problem))](
          std::span<const BoundOperand> inputs,
          std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
        if (tenon::element_count(outputs[0].shape) == 0) {
          return BoundFunction([](const Operands&) {});
        }
        std::vector<ConstTensorView> operands;
        for (const BoundOperand& input : inputs) {
          operands.emplace_back(input.host_bytes.data(), input.type, input.shape);
        }
        const std::vector<ResizedAxis> axes =
            TRY(resized_axes(plan.attrs, TRY(operand_infos(operands, kHostInputs))));
        return BoundFunction(ResizeRun(plan, axes, inputs[0].shape, bits_of(inputs[0].type) / 8));
      });
}

}  // namespace

constinit const Tactic kResizeTactic = {
    .source = "own",
    .name = "resize",
    .version = 1,
    .doc = "Resize of images as copies or sums of blocks.",
    .rejects = rejects,
    .workspace = no_workspace,
    .make = make,
};

}  // namespace tenon::internal
