#include "ops/recurrent.h"

#include "base/thread_pool.h"
#include "ops/list.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/random_tensor.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::random_tensor;

constexpr auto kInvalid = ErrorKind::kInvalidArgument;

Result<std::vector<ValueInfo>> infer(const LstmAttrs& attrs, std::vector<ValueInfo> in) {
  return infer_outputs(*find_op("LSTM"), Attrs::of(attrs), in);
}

TEST(RecurrentInference, KeepsSymbolsOfStepsAndBatch) {
  const Dim steps = Dim::symbol("S");
  const Dim batch = Dim::symbol("N");
  const auto weights = [](int64_t directions) {
    return std::vector{f32({directions, 8, 3}), f32({directions, 8, 2})};
  };
  const auto one = infer({}, {f32({steps, batch, 3}), weights(1)[0], weights(1)[1]}).value();
  EXPECT_EQ(to_string(one), "f32[S,1,N,2], f32[1,N,2], f32[1,N,2]");
  const auto both =
      infer({.recurrent = {.direction = RecurrentDirection::kBidirectional, .layout = 1}},
            {f32({batch, steps, 3}), weights(2)[0], weights(2)[1]})
          .value();
  EXPECT_EQ(to_string(both), "f32[N,S,2,2], f32[N,2,2], f32[N,2,2]");
}

TEST(RecurrentInference, TakesTheHiddenSizeFromTheAttributeWhereTheWeightsAreOpen) {
  const Dim open = Dim::symbol("H");
  const auto out = infer({.recurrent = {.hidden_size = 5}},
                         {f32({4, 1, 3}), f32({1, open * 4, 3}), f32({1, open * 4, open})});
  EXPECT_EQ(to_string(out.value()[1]), "f32[1,1,5]");
}

TEST(RecurrentInference, NamesWhatDoesNotFit) {
  const ValueInfo x = f32({4, 1, 3});
  const ValueInfo w = f32({1, 8, 3});
  const ValueInfo r = f32({1, 8, 2});
  const auto refused = [](const RecurrentAttrs& attrs, std::vector<ValueInfo> in,
                          const char* text) {
    EXPECT_THAT(infer({.recurrent = attrs}, std::move(in)), IsError(kInvalid, text));
  };
  refused({}, {f32({4, 3}), w, r}, "must have rank 3");
  refused({}, {x, f32({1, 8, 4}), r}, "w is [1,8,4] where [1,8,3] is expected");
  refused({}, {x, w, f32({1, 6, 2})}, "r is [1,6,2] where [1,8,2]");
  refused({.direction = RecurrentDirection::kBidirectional}, {x, w, r}, "w is");
  refused({}, {x, w, r, f32({1, 8})}, "b is [1,8] where [1,16] is expected");
  refused({}, {x, w, r, {}, {DataType::kInt64, {1}, {}}}, "must be i32");
  refused({}, {x, w, r, {}, {DataType::kInt32, {2}, {}}}, "sequence_lens is [2]");
  refused({}, {x, w, r, {}, {}, f32({1, 1, 3})}, "initial_h is");
  refused({}, {x, w, r, {}, {}, {}, f32({1, 1, 3})}, "initial_c is");
  refused({}, {x, w, r, {}, {}, {}, {}, f32({1, 8})}, "p is [1,8] where [1,6] is expected");
  refused({}, {x, w, {DataType::kFloat64, {1, 8, 2}, {}}}, "must be f32");
  refused({.activations = {"Tanh"}}, {x, w, r}, "the number of activations is 1, it takes 3");
  refused({.activations = {"Tanh", "Gelu", "Tanh"}}, {x, w, r}, "Gelu");
  refused({.clip = 0.F}, {x, w, r}, "clip=0 must be positive");
  refused({.hidden_size = 3}, {x, w, r}, "w is [1,8,3] where [1,12,3]");
  refused({.layout = 2}, {x, w, r}, "layout=2");
}

TEST(RecurrentReference, RefusesLengthsOutsideOfTheSteps) {
  const auto pool = ThreadPool::create({}).value();
  for (const double length : {-1.0, 5.0}) {
    const std::vector in = {random_tensor(DataType::kFloat32, {4, 1, 3}, 1),
                            random_tensor(DataType::kFloat32, {1, 2, 3}, 2),
                            random_tensor(DataType::kFloat32, {1, 2, 2}, 3), HostTensor(),
                            HostTensor::of(DataType::kInt32, {1}, {{length}}).value()};
    EXPECT_THAT(testing::run_reference(*find_op("RNN"), Attrs::of(RecurrentAttrs()), in, *pool),
                IsError(kInvalid, "in a batch of 4 steps"));
  }
}

}  // namespace
}  // namespace tenon::internal
