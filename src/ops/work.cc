#include "ops/work.h"

#include <algorithm>
#include <cstddef>

namespace tenon::internal {
namespace {

double bytes_of(const ValueInfo& info) { return elements_in(info.shape) * bits_of(info.type) / 8; }

}  // namespace

double elements_in(std::span<const Dim> shape) {
  double elements = 1;
  for (const Dim& dim : shape) elements *= static_cast<double>(dim.constant());
  return elements;
}

double flops_of_each_input(const Attrs&, std::span<const ValueInfo> in, const ValueInfo&) {
  return elements_in(in[0].shape);
}

Work work_of(const OpDef& op, const Attrs& attrs, std::span<const ValueInfo> in,
             std::span<const ValueInfo> out) {
  Work work;
  if (op.flops != nullptr) work.flops = op.flops(attrs, in, out[0]);
  for (const ValueInfo& output : out) work.bytes += bytes_of(output);
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].present() || in_mask(op.host_inputs, i)) continue;
    const bool picked = op.picks && i == 0;
    work.bytes += picked ? std::min(bytes_of(in[i]), bytes_of(out[0])) : bytes_of(in[i]);
  }
  return work;
}

}  // namespace tenon::internal
