#include "ops/reformat.h"

#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/strided_transfer.h"
#include "devices/cpu/tactics/tactics.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace tenon::internal {
namespace {

std::string rejects_reformat(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  if (problem.op->name != "Reformat") return "it changes no layout";
  const ReformatAttrs& attrs = problem.attrs.as<ReformatAttrs>();
  return attrs.from == attrs.to ? "the layouts are the same" : "";
}

bool reformat_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  const ReformatAttrs& attrs = problem.attrs.as<ReformatAttrs>();
  return (pitches[0] == Dim(0) || problem.inputs[0].layout == attrs.from) &&
         (pitches[1] == Dim(0) || problem.outputs[0].layout == attrs.to);
}

Result<std::unique_ptr<Kernel>> make_reformat(const Problem& problem, Device& device) {
  return function_kernel(
      device,
      [attrs = problem.attrs.as<ReformatAttrs>()](
          std::span<const BoundOperand> inputs,
          std::span<const BoundOperand> outputs) -> Result<BoundFunction> {
        const Shape& shape = inputs[0].shape;
        const ReadOrder order{shape,
                              layout_strides(attrs.from, shape, pitch_in_elements(inputs[0])), 0};
        return BoundFunction([transfer =
                                  StridedTransfer(order, attrs.to, pitch_in_elements(outputs[0]),
                                                  static_cast<size_t>(bits_of(inputs[0].type)) /
                                                      8)](const Operands& operands) {
          transfer.run(operands.input<std::byte>(0), operands.output<std::byte>(1), operands.pool);
        });
      });
}

constexpr std::array kTactics = {Tactic{.source = "own",
                                        .name = "reformat",
                                        .version = 1,
                                        .doc = "Turns channels and positions, tile by tile.",
                                        .rejects = rejects_reformat,
                                        .workspace = no_workspace,
                                        .make = make_reformat,
                                        .takes_pitches = reformat_takes_pitches}};

}  // namespace

std::span<const Tactic> reformat_tactics() { return kTactics; }

}  // namespace tenon::internal
