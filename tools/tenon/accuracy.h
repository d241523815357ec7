// Comparing a network on a device with the references or another device, whole or node by node.
#pragma once

#include "difference.h"
#include "options.h"
#include "tensors.h"

#include <tenon/tenon.h>

#include <optional>
#include <string>
#include <vector>

namespace tenon::cli {

struct ValueComparison {
  std::string name;
  std::string op;
  double max_abs = 0;
  std::optional<Mismatch> mismatch;
};

// Name, index and the two numbers.
Json to_json(const Mismatch& mismatch);

// Compares all outputs of `network`, built with `options`. `against` is "reference", which runs it
// node by node, nothing optimized, or the name of a device. The absolute tolerance counts times the
// largest finite magnitude that is expected of a floating tensor, where that is above 1.
Result<std::vector<ValueComparison>> compare_with(const Network& network, const Device& device,
                                                  const BuildOptions& options,
                                                  const std::string& against,
                                                  const TensorMap& inputs,
                                                  const Tolerance& tolerance);

// Compares every value that a node computes, in execution order, each node built alone and given
// the operands that the references compute: no node answers for another.
Result<std::vector<ValueComparison>> compare_nodes(const Network& network, const Device& device,
                                                   const BuildOptions& options,
                                                   const std::string& against,
                                                   const TensorMap& inputs,
                                                   const Tolerance& tolerance);

}  // namespace tenon::cli
