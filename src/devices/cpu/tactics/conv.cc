// Convolution as a product: a row for each output position, a tap for each position of the window.

#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/product/window_rows.h"
#include "devices/cpu/tactics/conv_plan.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/tactics.h"

#include <array>
#include <cstddef>
#include <utility>

namespace tenon::internal {
namespace {

class ConvInvocation final : public Invocation {
 public:
  ConvInvocation(const ConvPlan& plan, WindowRows rows, Product product, CpuDevice& device)
      : plan_(plan), rows_(std::move(rows)), product_(std::move(product)), device_(device) {}

  Status enqueue(Stream& stream, std::span<void* const> pointers, void* workspace) override {
    static_cast<void>(stream);
    static_cast<void>(workspace);
    const auto* input = static_cast<const float*>(pointers[kConvInput]);
    const auto rows_of_a = [&](int64_t first, int64_t count, const float** a) {
      rows_.addresses(input, first, count, a);
    };
    run_conv(plan_, product_, pointers, rows_of_a, device_.pool());
    return {};
  }

 private:
  const ConvPlan& plan_;
  WindowRows rows_;
  Product product_;
  CpuDevice& device_;
};

class ConvKernel final : public Kernel {
 public:
  ConvKernel(ConvPlan plan, Isa isa, CpuDevice& device)
      : plan_(std::move(plan)), isa_(isa), device_(device) {}

  Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                           std::span<const BoundOperand> outputs) const override {
    const std::span<const int64_t> input(inputs[kConvInput].shape);
    const std::span<const int64_t> output(outputs[0].shape);
    const auto axes = window_axes(plan_.attrs.window, input.subspan(2),
                                  std::span(plan_.weights).subspan(2), output.subspan(2));
    WindowRows rows(axes, input[0], plan_.input_channels(), WindowPadding::kZeros);
    Product product = TRY(Product::create(plan_.size, rows.positions(),
                                          plan_.problem.epilogue(plan_.bias), isa_, device_));
    return std::unique_ptr<Invocation>(
        std::make_unique<ConvInvocation>(plan_, std::move(rows), std::move(product), device_));
  }

 private:
  ConvPlan plan_;
  Isa isa_;
  CpuDevice& device_;
};

template <Isa kIsa>
std::string rejects_conv(const Problem& problem, const DeviceInfo& device) {
  if (isa_of(device) < kIsa) return needs_isa(kIsa);
  const Result<ConvPlan> plan = plan_conv(problem);
  if (!plan.ok()) return plan.error().message();
  const Status layout = require_channels_last(problem.inputs[kConvInput], "input");
  return layout.ok() ? std::string() : layout.error().message();
}

template <Isa kIsa>
std::vector<Packing> conv_packings(const Problem& problem) {
  const ProductSize size = plan_conv(problem).value().size;
  return {{kConvWeights, packed_elements(size, kIsa) * static_cast<int64_t>(sizeof(float))}};
}

template <Isa kIsa>
Status pack_conv(const Problem& problem, size_t operand, const ConstTensorView& constant,
                 std::span<std::byte> packed) {
  static_cast<void>(operand);
  const ProductSize size = TRY(plan_conv(problem)).size;
  // Weights are [group][column][depth][tap].
  const MatrixStrides strides{.group = size.columns * size.depth * size.taps,
                              .tap = 1,
                              .depth = size.taps,
                              .column = size.depth * size.taps};
  pack_panels(size, kIsa, static_cast<const float*>(constant.data), strides, floats_of(packed));
  return {};
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_conv(const Problem& problem, Device& device) {
  return std::unique_ptr<Kernel>(
      std::make_unique<ConvKernel>(TRY(plan_conv(problem)), kIsa, static_cast<CpuDevice&>(device)));
}

template <Isa kIsa>
constexpr Tactic conv_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Convolution of channels_last tensors as a product over pointers to windows.",
          .rejects = rejects_conv<kIsa>,
          .workspace = no_workspace,
          .make = make_conv<kIsa>,
          .packings = conv_packings<kIsa>,
          .pack = pack_conv<kIsa>};
}

constexpr std::array kTactics = {conv_tactic<Isa::kAvx512>("conv_avx512"),
                                 conv_tactic<Isa::kAvx2>("conv_avx2")};

}  // namespace

std::span<const Tactic> conv_tactics() { return kTactics; }

}  // namespace tenon::internal
