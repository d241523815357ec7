// What the cases of the ops do not show of the tactics of LSTM, GRU and RNN.
#include "ops/recurrent.h"
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/tactics/tactics.h"
#include "testing/bound_case.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

// The best tactic of the machine for these layers, or nullptr.
const Tactic* best_tactic() {
  const auto device = CpuDevice::create(1, best_isa()).value();
  const OpCaseData data =
      make_case({.name = "any",
                 .op = "RNN",
                 .inputs = {{.shape = {1, 1, 1}}, {.shape = {1, 1, 1}}, {.shape = {1, 1, 1}}}})
          .value();
  const std::span<const Tactic> tactics = recurrent_tactics();
  const auto found = std::ranges::find_if(tactics, [&](const Tactic& tactic) {
    return tactic.rejects(problem_of(data), device->info()).empty();
  });
  return found == tactics.end() ? nullptr : &*found;
}

OpCaseData rnn_of_lengths(std::vector<double> lengths) {
  const auto batch = static_cast<int64_t>(lengths.size());
  return make_case({.name = "lengths",
                    .op = "RNN",
                    .inputs = {{.shape = {4, batch, 3}},
                               {.shape = {1, 5, 3}},
                               {.shape = {1, 5, 5}},
                               {.omitted = true},
                               {DataType::kInt32, {batch}, std::move(lengths)}}})
      .value();
}

TEST(RecurrentTactic, RefusesLengthsOutsideOfTheSteps) {
  const Tactic* const tactic = best_tactic();
  if (tactic == nullptr) GTEST_SKIP() << "this machine has no instruction set for it";
  const auto device = CpuDevice::create(1, best_isa()).value();
  for (const double length : {-1.0, 5.0}) {
    EXPECT_THAT(run_tactic(*tactic, rnn_of_lengths({2, length}), device),
                IsError(ErrorKind::kInvalidArgument, "in a batch of 4 steps"));
  }
}

TEST(RecurrentTactic, TakesSequencesThatEndTogetherBeforeTheLastStep) {
  const Tactic* const tactic = best_tactic();
  if (tactic == nullptr) GTEST_SKIP() << "this machine has no instruction set for it";
  const auto device = CpuDevice::create(1, best_isa()).value();
  const OpCaseData data = rnn_of_lengths({3, 3});
  const auto pool = ThreadPool::create({}).value();
  const auto want = run_reference(data, *pool).value();
  const auto got = run_tactic(*tactic, data, device).value();
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_TRUE(tensors_close(got[i].view(), want[i].view(), {1e-5, 1e-5}));
  }
}

TEST(RecurrentTactic, GivesTheSameBitsWithThreadsForEachStep) {
  const Tactic* const tactic = best_tactic();
  if (tactic == nullptr) GTEST_SKIP() << "this machine has no instruction set for it";
  const OpCaseData data =
      make_case({.name = "wide",
                 .op = "LSTM",
                 .attributes = {{"direction", std::string("bidirectional")}},
                 .inputs = {{.shape = {3, 9, 40}},
                            {.shape = {2, 800, 40}, .low = -0.1, .high = 0.1},
                            {.shape = {2, 800, 200}, .low = -0.1, .high = 0.1}}})
          .value();
  const auto alone = run_tactic(*tactic, data, CpuDevice::create(1, best_isa()).value()).value();
  const auto shared = run_tactic(*tactic, data, CpuDevice::create(4, best_isa()).value()).value();
  for (size_t i = 0; i < alone.size(); ++i) {
    EXPECT_TRUE(tensors_identical(shared[i].view(), alone[i].view()));
  }
}

TEST(RecurrentTactic, LeavesActivationsThatAreNoPointwiseOperations) {
  const Tactic* const tactic = best_tactic();
  if (tactic == nullptr) GTEST_SKIP() << "this machine has no instruction set for it";
  const auto device = CpuDevice::create(1, best_isa()).value();
  OpCaseData data = rnn_of_lengths({4});
  const auto reason_for = [&](const std::string& activation) {
    data.attrs = Attrs::of(RecurrentAttrs{.activations = {activation}});
    return tactic->rejects(problem_of(data), device->info());
  };
  EXPECT_EQ(reason_for("Affine"), "an activation of it is no pointwise operation");
  EXPECT_EQ(reason_for("Softsign"), "");
}

}  // namespace
}  // namespace tenon::internal::testing
