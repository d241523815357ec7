#include "testing/matchers.h"
#include "testing/onnx_node_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(ImportPointwise, IgnoresConsumedInputs) {
  const NodeCase relu =
      NodeCase(1, "Relu").operand({2}, {-1, 2}).attribute(onnx_ints("consumed_inputs", {0}));
  EXPECT_THAT(values(relu.run()), ElementsAre(0, 2));
}

TEST(ImportPointwise, TakesTheDefaultsOfOnnx) {
  EXPECT_THAT(values(NodeCase(6, "LeakyRelu").operand({1}, {-100}).run()), ElementsAre(-1));
  EXPECT_THAT(values(NodeCase(6, "HardSigmoid").operand({2}, {0, 2}).run()),
              ElementsAre(0.5, ::testing::DoubleNear(0.9, 1e-6)));
  EXPECT_THAT(
      values(NodeCase(22, "Elu").operand({1}, {-1000}).attribute(onnx_float("alpha", 2)).run()),
      ElementsAre(-2));
}

TEST(ImportAxisBroadcast, AlignsTheSecondOperandWithAnAxis) {
  const Tensor sum = NodeCase(6, "Add")
                         .operand({2, 3, 1}, {0, 1, 2, 3, 4, 5})
                         .operand({2}, {10, 20})
                         .attribute(onnx_int("broadcast", 1))
                         .attribute(onnx_int("axis", 0))
                         .run();
  EXPECT_THAT(sum.shape, ElementsAre(2, 3, 1));
  EXPECT_THAT(values(sum), ElementsAre(10, 11, 12, 23, 24, 25));
  const NodeCase from_the_end = NodeCase(1, "Mul")
                                    .operand({2, 2}, {1, 2, 3, 4})
                                    .operand({2}, {10, 100})
                                    .attribute(onnx_int("broadcast", 1))
                                    .attribute(onnx_ints("consumed_inputs", {0, 0}));
  EXPECT_THAT(values(from_the_end.run()), ElementsAre(10, 200, 30, 400));
  const NodeCase negative = NodeCase(6, "Sub")
                                .operand({2, 2}, {1, 2, 3, 4})
                                .operand({2}, {1, 2})
                                .attribute(onnx_int("broadcast", 1))
                                .attribute(onnx_int("axis", -2));
  EXPECT_THAT(values(negative.run()), ElementsAre(0, 1, 1, 2));
}

TEST(ImportAxisBroadcast, RefusesAnAxisThatDoesNotFit) {
  const NodeCase outside = NodeCase(6, "Add")
                               .operand({2, 2}, {1, 2, 3, 4})
                               .operand({2}, {1, 2})
                               .attribute(onnx_int("broadcast", 1))
                               .attribute(onnx_int("axis", 2));
  EXPECT_THAT(outside.import(), IsError(ErrorKind::kCorruptData, "from axis 2"));
}

TEST(ImportPow, TakesBaseAndExponentOfTwoTypes) {
  const Tensor integer =
      NodeCase(15, "Pow").operand({2}, {4, 9}, DataType::kInt32).operand({}, {0.5}).run();
  EXPECT_EQ(integer.type, DataType::kInt32);
  EXPECT_THAT(values(integer), ElementsAre(2, 3));
  const Tensor real =
      NodeCase(13, "Pow").operand({2}, {0.5, 3}).operand({}, {2}, DataType::kInt64).run();
  EXPECT_EQ(real.type, DataType::kFloat32);
  EXPECT_THAT(values(real), ElementsAre(0.25, 9));
}

TEST(ImportVariadic, FoldsAnyNumberOfOperands) {
  EXPECT_THAT(values(NodeCase(6, "Max").operand({2}, {1, 2}).run()), ElementsAre(1, 2));
  const NodeCase three =
      NodeCase(13, "Max").operand({2}, {1, 9}).operand({1}, {3}).operand({2}, {0, 20});
  EXPECT_THAT(values(three.run()), ElementsAre(3, 20));
}

TEST(ImportMod, KeepsTheKindOfRemainder) {
  const NodeCase fmod =
      NodeCase(13, "Mod").operand({1}, {-7}).operand({1}, {3}).attribute(onnx_int("fmod", 1));
  EXPECT_THAT(values(fmod.run()), ElementsAre(-1));
  const NodeCase floor =
      NodeCase(10, "Mod").operand({1}, {-7}, DataType::kInt64).operand({1}, {3}, DataType::kInt64);
  EXPECT_THAT(values(floor.run()), ElementsAre(2));
}

TEST(ImportClip, TakesBoundsAsAttributes) {
  const auto clip = [](int64_t opset) {
    return NodeCase(opset, "Clip").operand({3}, {-9, 0.25, kInf});
  };
  EXPECT_THAT(values(clip(1).attribute(onnx_float("min", 0.5)).run()), ElementsAre(0.5, 0.5, kInf));
  EXPECT_THAT(values(clip(6).attribute(onnx_float("max", 0)).run()), ElementsAre(-9, 0, 0));
  EXPECT_THAT(values(clip(10).run()), ElementsAre(-9, 0.25, std::numeric_limits<float>::max()))
      << "the default bounds are finite";
}

TEST(ImportClip, TakesBoundsAsOperands) {
  const auto clip = [] { return NodeCase(13, "Clip").operand({3}, {-9, 0.25, kInf}); };
  EXPECT_THAT(values(clip().run()), ElementsAre(-9, 0.25, kInf));
  EXPECT_THAT(values(clip().constant_floats({}, {0.5}).run()), ElementsAre(0.5, 0.5, kInf));
  EXPECT_THAT(values(clip().omitted().constant_floats({1}, {0}).run()), ElementsAre(-9, 0, 0));
  EXPECT_THAT(values(clip().operand({}, {-1}).constant_floats({}, {6}).run()),
              ElementsAre(-1, 0.25, 6));
  EXPECT_THAT(values(clip().omitted().operand({}, {6}).run()), ElementsAre(-9, 0.25, 6));
  EXPECT_THAT(values(clip().operand({}, {2}).operand({}, {1}).run()), ElementsAre(1, 1, 1))
      << "the upper bound wins where they cross";
  EXPECT_THAT(clip().constant_floats({2}, {0, 1}).import(),
              IsError(ErrorKind::kCorruptData, "operand 1 is a bound of shape [2]"));
}

TEST(ImportClip, KeepsWhatF32CannotHold) {
  const auto run = [](DataType type, std::vector<double> x, double min) {
    return values(
        NodeCase(12, "Clip").operand({2}, std::move(x), type).operand({}, {min}, type).run());
  };
  EXPECT_THAT(run(DataType::kInt64, {7, 9e15}, 8e15 + 1), ElementsAre(8e15 + 1, 9e15));
  EXPECT_THAT(run(DataType::kUInt8, {3, 200}, 4), ElementsAre(4, 200));
  const NodeCase fine = NodeCase(13, "Clip")
                            .operand({1}, {0}, DataType::kFloat64)
                            .constant_tensor({}, {0.1}, DataType::kFloat64);
  EXPECT_THAT(values(fine.run()), ElementsAre(0.1));
  const NodeCase no_bounds = NodeCase(13, "Clip").operand({1}, {5}, DataType::kInt8);
  EXPECT_THAT(values(no_bounds.run()), ElementsAre(5));
}

TEST(ImportCast, KnowsTypesByNumberAndByName) {
  const Tensor number =
      NodeCase(13, "Cast").operand({2}, {1.5, -2.5}).attribute(onnx_int("to", 6)).run();
  EXPECT_EQ(number.type, DataType::kInt32);
  EXPECT_THAT(values(number), ElementsAre(1, -2));
  const Tensor named =
      NodeCase(5, "Cast").operand({1}, {1.5}).attribute(onnx_string("to", "INT64")).run();
  EXPECT_EQ(named.type, DataType::kInt64);
  const NodeCase newest = NodeCase(25, "Cast")
                              .operand({1}, {1000})
                              .attribute(onnx_int("to", 17))
                              .attribute(onnx_int("saturate", 0))
                              .attribute(onnx_string("round_mode", "up"));
  EXPECT_THAT(values(newest.run()), ElementsAre(::testing::IsNan()));
}

TEST(ImportCast, NamesTypesThatAreNotSupported) {
  const auto cast = [](int64_t opset, Bytes attribute) {
    return NodeCase(opset, "Cast").operand({1}, {1}).attribute(std::move(attribute)).import();
  };
  EXPECT_THAT(cast(13, onnx_int("to", 8)), IsError(ErrorKind::kUnsupported, "STRING"));
  EXPECT_THAT(cast(13, onnx_int("to", 1LL << 40)), IsError(ErrorKind::kCorruptData, "'to'"));
  EXPECT_THAT(cast(5, onnx_string("to", "FLOTE")), IsError(ErrorKind::kCorruptData, "'FLOTE'"));
  EXPECT_THAT(cast(5, onnx_int("to", 1)), IsError(ErrorKind::kCorruptData, "not a string"));
}

TEST(ImportBitShift, TakesADirection) {
  const auto shifted = [](const char* direction) {
    return NodeCase(11, "BitShift")
        .operand({2}, {8, 3}, DataType::kUInt8)
        .operand({2}, {1, 2}, DataType::kUInt8)
        .attribute(onnx_string("direction", direction));
  };
  EXPECT_THAT(values(shifted("LEFT").run()), ElementsAre(16, 12));
  EXPECT_THAT(values(shifted("RIGHT").run()), ElementsAre(4, 0));
  EXPECT_THAT(shifted("UP").import(), IsError(ErrorKind::kCorruptData, "LEFT or RIGHT"));
}

TEST(ImportCastLike, CastsToTheTypeOfTheSecondOperand) {
  const NodeCase cast =
      NodeCase(19, "CastLike").operand({2}, {1.5, -2.5}).operand({}, {0}, DataType::kInt8);
  EXPECT_EQ(cast.run().type, DataType::kInt8);
  EXPECT_THAT(values(cast.run()), ElementsAre(1, -2));
}

TEST(ImportGelu, KnowsTwoFormulas) {
  const auto gelu = [](const char* approximate) {
    return NodeCase(20, "Gelu")
        .operand({1}, {-3})
        .attribute(onnx_string("approximate", approximate));
  };
  EXPECT_THAT(values(gelu("none").run()), ElementsAre(::testing::DoubleNear(-0.00404969, 1e-7)));
  EXPECT_THAT(values(gelu("tanh").run()), ElementsAre(::testing::DoubleNear(-0.00363752, 1e-7)));
  EXPECT_THAT(gelu("sigmoid").import(), IsError(ErrorKind::kCorruptData, "none or tanh"));
}

TEST(ImportSum, TakesAnyNumberOfOperands) {
  EXPECT_THAT(values(NodeCase(8, "Sum").operand({2}, {1, 2}).run()), ElementsAre(1, 2));
  const auto three = [](const char* op) {
    return NodeCase(13, op).operand({2}, {1, 2}).operand({1}, {3}).operand({}, {5});
  };
  EXPECT_THAT(values(three("Sum").run()), ElementsAre(9, 10));
  EXPECT_THAT(values(three("Mean").run()), ElementsAre(3, ::testing::DoubleNear(10. / 3, 1e-6)));
  EXPECT_THAT(values(NodeCase(6, "Mean").operand({2}, {1, 2}).run()), ElementsAre(1, 2));
  EXPECT_THAT(NodeCase(13, "Sum").import(), IsError(ErrorKind::kCorruptData, "no operands"));
}

TEST(ImportPRelu, HasOneSlopeForEachChannelInOldModels) {
  const NodeCase old =
      NodeCase(6, "PRelu").operand({1, 2, 2}, {-1, 2, -3, -4}).operand({2}, {0.5, 2});
  EXPECT_THAT(values(old.run()), ElementsAre(-0.5, 2, -6, -8));
  const NodeCase shared = NodeCase(6, "PRelu").operand({1, 2, 1}, {-1, -2}).operand({1}, {0.5});
  EXPECT_THAT(values(shared.run()), ElementsAre(-0.5, -1));
  const NodeCase now =
      NodeCase(7, "PRelu").operand({1, 2, 2}, {-1, 2, -3, -4}).operand({2}, {0.5, 2});
  EXPECT_THAT(values(now.run()), ElementsAre(-0.5, 2, -1.5, -8));
}

TEST(ImportSelu, HadOtherDefaults) {
  EXPECT_THAT(values(NodeCase(1, "Selu").operand({1}, {1}).run()),
              ElementsAre(static_cast<double>(1.0507F)));
  EXPECT_THAT(values(NodeCase(6, "Selu").operand({1}, {1}).run()),
              ElementsAre(static_cast<double>(1.05070102F)));
}

}  // namespace
}  // namespace tenon::internal
