// The weights of a plan in the making: which constants it holds, in which form, each once.
#pragma once

#include "base/hash.h"
#include "device/tactic.h"
#include "plan/plan.h"
#include "tensor/host_tensor.h"

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

// Collects constants and hands out their bytes in order. Constants are shared, not copied; packed
// ones are made one at a time when they are read, so that at most one of them is in memory.
class PlanWeights {
 public:
  // A constant as it is. Returns its index into `ranges`; equal bytes share one.
  uint32_t add(const HostTensor& tensor);

  // A constant in the form that `tactic` wants for operand `packing.operand` of `problem`. The
  // tactic must outlive this.
  uint32_t add_packed(const HostTensor& tensor, const Tactic& tactic, const Problem& problem,
                      const Packing& packing);

  // Where each lies in the region of weights.
  const std::vector<PlanWeight>& ranges() const { return ranges_; }

  // Bytes of a weight; packed ones are valid until the next call. Errors: those of the tactic.
  Result<std::span<const std::byte>> read(size_t index);

 private:
  struct Source {
    HostTensor tensor;
    // nullptr: as it is.
    const Tactic* tactic = nullptr;
    Problem problem = {};
    size_t operand = 0;
  };

  uint32_t append(Source source, int64_t bytes);

  std::vector<Source> sources_;
  std::vector<PlanWeight> ranges_;
  std::map<Hash128, std::vector<uint32_t>> plain_by_hash_;
  // By content, tactic and canonical problem.
  std::map<std::string, uint32_t> packed_by_key_;
  std::vector<std::byte> packed_;
};

}  // namespace tenon::internal
