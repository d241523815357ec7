#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

TEST(ImportDft, TakesTheAxisFromAttributeOrOperand) {
  const auto dft = [](int64_t opset) {
    return NodeCase(opset, "DFT").operand({1, 2, 1, 1}, {3, 5});
  };
  const auto gives = [](const NodeCase& node, const std::vector<double>& expected) {
    EXPECT_THAT(values(node.run()), Pointwise(DoubleNear(1e-6), expected));
  };
  gives(dft(17), {8, 0, -2, 0});
  gives(dft(17).attribute(onnx_int("axis", 2)), {3, 0, 5, 0});
  // The last axis of the signal.
  gives(dft(20), {3, 0, 5, 0});
  gives(dft(20).omitted().constant({}, {1}), {8, 0, -2, 0});
}

NodeCase mel(double high) {
  return NodeCase(17, "MelWeightMatrix")
      .constant({}, {2})
      .constant({}, {8})
      .constant({}, {8000})
      .constant_floats({}, {0})
      .constant_floats({}, {high});
}

TEST(ImportMelWeightMatrix, MakesTriangles) {
  const Tensor weights = mel(4000).run();
  EXPECT_THAT(weights.shape, ElementsAre(5, 2));
  EXPECT_THAT(values(weights), ElementsAre(1, 0, 0, 1, 0, 0, 0, 0, 0, 0));
}

TEST(ImportMelWeightMatrix, RefusesBandsThatAreNone) {
  EXPECT_THAT(mel(-1).import(), IsError(ErrorKind::kCorruptData, "2 bands from 0 to -1 Hz"));
  EXPECT_THAT(mel(400000).import(), IsError(ErrorKind::kCorruptData, "beyond half of 8000 Hz"));
}

}  // namespace
}  // namespace tenon::internal
