// Comparing a network on a device with the references or another device, layer by layer where
// asked.
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

// The network with every computed value as an output, in execution order.
Result<Network> with_all_outputs(const Network& network);

// Compares all outputs of `network`, built with `options`. `against` is "reference", which runs it
// node by node, nothing optimized, or the name of a device.
Result<std::vector<ValueComparison>> compare_with(const Network& network, const Device& device,
                                                  const BuildOptions& options,
                                                  const std::string& against,
                                                  const TensorMap& inputs,
                                                  const Tolerance& tolerance);

}  // namespace tenon::cli
