#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::DoubleNear;
using ::testing::ElementsAre;

NodeCase window(const char* op, int64_t size) { return NodeCase(17, op).constant({}, {size}); }

TEST(ImportWindowFunction, IsPeriodicUnlessToldOtherwise) {
  EXPECT_THAT(values(window("HannWindow", 4).run()),
              ElementsAre(0, DoubleNear(0.5, 1e-7), 1, DoubleNear(0.5, 1e-7)));
  const NodeCase symmetric = window("HannWindow", 3).attribute(onnx_int("periodic", 0));
  EXPECT_THAT(values(symmetric.run()), ElementsAre(0, 1, 0));
}

TEST(ImportWindowFunction, HasTheCoefficientsOfItsName) {
  EXPECT_THAT(values(window("HammingWindow", 2).run()), ElementsAre(DoubleNear(4. / 46, 1e-7), 1));
  EXPECT_THAT(values(window("BlackmanWindow", 4).run()),
              ElementsAre(DoubleNear(0, 1e-7), DoubleNear(0.34, 1e-7), 1, DoubleNear(0.34, 1e-7)));
}

TEST(ImportWindowFunction, HasTheTypeThatTheAttributeNumbers) {
  const auto typed = [](int64_t number) {
    return window("HannWindow", 2).attribute(onnx_int("output_datatype", number));
  };
  EXPECT_EQ(typed(11).run().type, DataType::kFloat64);
  EXPECT_THAT(typed(8).import(), IsError(ErrorKind::kUnsupported, "STRING"));
}

}  // namespace
}  // namespace tenon::internal
