// Graphs through the whole engine in tests: build, load, run.
#pragma once

#include "builder/build_plan.h"
#include "device/device.h"
#include "graph/graph.h"
#include "plan/format.h"
#include "runtime/context.h"
#include "runtime/engine.h"
#include "tensor/host_tensor.h"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace tenon::internal::testing {

// "cpu", "cpu:threads=3", "null". Ends the test program if there is none.
std::shared_ptr<Device> open_test_device(std::string_view name);

// The plan's bytes.
Result<std::vector<std::byte>> plan_of(const Graph& graph, Device& device,
                                       const BuildSettings& settings = {});

// A plan as bytes again, as it is by now.
std::vector<std::byte> written(const PlanBytes& plan);

// Loads a copy of the bytes.
Result<std::shared_ptr<const Engine>> load_plan(std::span<const std::byte> bytes,
                                                std::shared_ptr<Device> device);

// Device memory bound to all inputs and outputs of a context.
class BoundContext {
 public:
  // Sets shapes, allocates, copies the inputs (in the engine's order) in and binds everything.
  static Result<BoundContext> create(std::shared_ptr<const Engine> engine,
                                     std::span<const HostTensor> inputs);

  // Runs and copies the outputs out.
  Result<std::vector<HostTensor>> run();

  Context& context() { return *context_; }
  // Device address of an output.
  void* output(size_t index) { return (*outputs_)[index]->data(); }

 private:
  std::unique_ptr<Context> context_;
  std::vector<std::unique_ptr<Buffer>> inputs_;
  // Shared with the allocators of outputs whose shapes follow from data.
  std::shared_ptr<std::vector<std::unique_ptr<Buffer>>> outputs_;
};

// Build, load and run in one call.
Result<std::vector<HostTensor>> run_graph(const Graph& graph, std::string_view device,
                                          std::span<const HostTensor> inputs,
                                          const BuildSettings& settings = {});

}  // namespace tenon::internal::testing
