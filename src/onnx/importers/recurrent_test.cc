#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

// Two steps of 1 and -2, whose weights are 1.
NodeCase rnn(int64_t opset) {
  return NodeCase(opset, "RNN")
      .operand({2, 1, 1}, {1, -2})
      .operand({1, 1, 1}, {1})
      .operand({1, 1, 1}, {1})
      .attribute(onnx_int("hidden_size", 1));
}

TEST(ImportRecurrent, TakesTheFirstOfTwoActivationsForOneDirection) {
  const NodeCase one = rnn(7).attribute(onnx_strings("activations", {"Relu", "Tanh"}));
  EXPECT_THAT(values(one.run()), ElementsAre(1, 0));
  EXPECT_THAT(rnn(7).attribute(onnx_strings("activations", {"Relu", "Tanh", "Tanh"})).import(),
              IsError(ErrorKind::kInvalidArgument, "the number of activations is 3"));
}

TEST(ImportRecurrent, KnowsTheOldWayToLeaveOutTheSequence) {
  const NodeCase old = rnn(1)
                           .attribute(onnx_int("output_sequence", 0))
                           .attribute(onnx_strings("activations", {"Relu"}));
  EXPECT_THAT(values(old.run()), ElementsAre(1, 0));
  EXPECT_FALSE(rnn(7).attribute(onnx_int("output_sequence", 0)).import().ok());
}

}  // namespace
}  // namespace tenon::internal
