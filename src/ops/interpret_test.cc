#include "base/data_types.h"
#include "ops/pointwise.h"
#include "tensor/host_tensor.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/random_tensor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOk;
using testing::random_tensor;
using testing::tensors_close;
using testing::tensors_identical;

constexpr DataType kF16 = DataType::kFloat16;
constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kF64 = DataType::kFloat64;
constexpr DataType kI32 = DataType::kInt32;
constexpr DataType kI64 = DataType::kInt64;

Tensor empty_tensor(DataType type, Shape shape) {
  Tensor tensor{type, std::move(shape), {}};
  tensor.bytes.resize(static_cast<size_t>(byte_size(type, tensor.shape)), std::byte{0xcd});
  return tensor;
}

// The outputs of a program on tensors that broadcast to `shape`.
std::vector<Tensor> run(const PointwiseProgram& program, const std::vector<HostTensor>& inputs,
                        const Shape& shape, int workers = 0) {
  EXPECT_THAT(verify(program), IsOk());
  std::vector<Tensor> outputs;
  for (const int32_t reg : program.outputs) {
    outputs.push_back(empty_tensor(program.type_of(reg), shape));
  }
  std::vector<ConstTensorView> in;
  for (const HostTensor& input : inputs) in.push_back(input.view());
  std::vector<TensorView> out;
  for (Tensor& output : outputs) out.push_back(output.view());
  const auto pool = ThreadPool::create({.workers = workers}).value();
  EXPECT_THAT(interpret(program, in, out, *pool), IsOk());
  return outputs;
}

PointwiseProgram binary_program(ScalarCode code, DataType type) {
  PointwiseProgram program;
  program.inputs = {type, type};
  program.body = {{.code = code, .type = type, .operands = {0, 1, -1}}};
  program.outputs = {2};
  return program;
}

// The element of a tensor that broadcasting puts at place `index` of `shape`.
double broadcast_element(const ConstTensorView& tensor, const Shape& shape, int64_t index) {
  int64_t source = 0;
  int64_t stride = 1;
  for (size_t back = 1; back <= shape.size(); ++back) {
    const int64_t extent = shape[shape.size() - back];
    const int64_t own = back <= tensor.shape.size() ? tensor.shape[tensor.shape.size() - back] : 1;
    if (own != 1) source += index % extent * stride;
    stride *= own;
    index /= extent;
  }
  return element_as_double(tensor, source);
}

TEST(Interpret, BroadcastsEveryPairOfShapes) {
  // Each dim of an operand of rank 0 to 3 is missing, 1 or the output's.
  const Shape full = {3, 4, 5};
  std::vector<Shape> shapes = {{}};
  for (size_t rank = 1; rank <= 3; ++rank) {
    for (unsigned kept = 0; kept < 1U << rank; ++kept) {
      Shape shape;
      for (size_t i = 0; i < rank; ++i) {
        shape.push_back(((kept >> i) & 1) != 0 ? full[full.size() - rank + i] : 1);
      }
      shapes.push_back(shape);
    }
  }
  const PointwiseProgram program = binary_program(ScalarCode::kSub, kI32);
  for (const Shape& x_shape : shapes) {
    for (const Shape& y_shape : shapes) {
      SCOPED_TRACE(tenon::to_string(x_shape) + " and " + tenon::to_string(y_shape));
      const HostTensor x = random_tensor(kI32, x_shape, 1, -1000, 1000);
      const HostTensor y = random_tensor(kI32, y_shape, 2, -1000, 1000);
      std::vector<Tensor> result = run(program, {x, y}, full);
      for (int64_t i = 0; i < tenon::element_count(full); ++i) {
        ASSERT_EQ(element_as_double(result[0].view(), i),
                  broadcast_element(x.view(), full, i) - broadcast_element(y.view(), full, i))
            << "at " << i;
      }
    }
  }
}

TEST(Interpret, BroadcastsAcrossBlocks) {
  const Shape full = {5, 700, 3};
  const PointwiseProgram program = binary_program(ScalarCode::kAdd, kI64);
  for (const Shape& shape : {Shape{5, 1, 3}, Shape{700, 1}, Shape{3}, Shape{5, 1, 1}, Shape{}}) {
    SCOPED_TRACE(tenon::to_string(shape));
    const HostTensor x = random_tensor(kI64, full, 1, -1000, 1000);
    const HostTensor y = random_tensor(kI64, shape, 2, -1000, 1000);
    std::vector<Tensor> result = run(program, {x, y}, full, 2);
    for (int64_t i = 0; i < tenon::element_count(full); ++i) {
      ASSERT_EQ(element_as_double(result[0].view(), i),
                element_as_double(x.view(), i) + broadcast_element(y.view(), full, i))
          << "at " << i;
    }
  }
}

TEST(Interpret, RefusesTensorsThatAreNotTheProgramS) {
  const PointwiseProgram program = binary_program(ScalarCode::kAdd, kF32);
  const auto pool = ThreadPool::create({}).value();
  Tensor out = empty_tensor(kF32, {2, 3});
  const std::vector<TensorView> outs = {out.view()};
  const HostTensor x = random_tensor(kF32, {2, 3}, 1);
  const auto attempt = [&](const HostTensor& y) {
    return interpret(program, {{x.view(), y.view()}}, outs, *pool);
  };
  EXPECT_THAT(attempt(random_tensor(kF32, {4}, 1)),
              IsError(ErrorKind::kInvalidArgument, "[4] does not broadcast to [2,3]"));
  EXPECT_THAT(attempt(random_tensor(kF32, {1, 2, 3}, 1)),
              IsError(ErrorKind::kInvalidArgument, "[1,2,3] does not broadcast to [2,3]"));
  EXPECT_THAT(attempt(random_tensor(kF32, {0, 3}, 1)),
              IsError(ErrorKind::kInvalidArgument, "[0,3] does not broadcast to [2,3]"));
  EXPECT_THAT(attempt(random_tensor(kF64, {3}, 1)),
              IsError(ErrorKind::kInvalidArgument, "input 1 of the program is f32, not f64"));
  EXPECT_THAT(interpret(program, {{x.view()}}, outs, *pool),
              IsError(ErrorKind::kInvalidArgument, "2 inputs and 1 output, not 1 and 1"));
  Tensor wrong = empty_tensor(kF64, {2, 3});
  const std::vector<TensorView> wrong_outs = {wrong.view()};
  EXPECT_THAT(interpret(program, {{x.view(), x.view()}}, wrong_outs, *pool),
              IsError(ErrorKind::kInvalidArgument, "output 0 of the program is f32"));
}

TEST(Interpret, RoundsBetweenInstructions) {
  // (x + 2048) - 2048 loses what f16 cannot hold beside 2048.
  PointwiseProgram program;
  program.inputs = {kF16, kF16};
  program.body = {{.code = ScalarCode::kAdd, .type = kF16, .operands = {0, 1, -1}},
                  {.code = ScalarCode::kSub, .type = kF16, .operands = {2, 1, -1}}};
  program.outputs = {3};
  const std::vector<double> values = {0.75, 1.0, 1.25, 3.0};
  const HostTensor x = HostTensor::of(kF16, {4}, values).value();
  const HostTensor big = HostTensor::of(kF16, {}, std::vector<double>{2048}).value();
  std::vector<Tensor> result = run(program, {x, big}, {4});
  const std::vector<double> want = {0, 0, 2, 4};
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(element_as_double(result[0].view(), i), want[static_cast<size_t>(i)]);
  }
}

TEST(Interpret, GivesSeveralOutputsOfDifferentTypes) {
  PointwiseProgram program;
  program.inputs = {kF32, kF32};
  program.body = {{.code = ScalarCode::kMul, .type = kF32, .operands = {0, 1, -1}},
                  {.code = ScalarCode::kLess, .type = DataType::kBool, .operands = {2, 0, -1}},
                  {.code = ScalarCode::kCast, .type = DataType::kInt4, .operands = {2, -1, -1}},
                  {.code = ScalarCode::kCast, .type = DataType::kInt4, .operands = {2, -1, -1}}};
  program.outputs = {3, 4, 2, 4};
  const HostTensor x = random_tensor(kF32, {3001}, 1, -4, 4);
  const HostTensor y = random_tensor(kF32, {1}, 2, 0, 2);
  std::vector<Tensor> result = run(program, {x, y}, {3001}, 1);
  const float factor = y.as<float>()[0];
  for (int64_t i = 0; i < 3001; ++i) {
    const float value = x.as<float>()[static_cast<size_t>(i)];
    const float product = value * factor;
    ASSERT_EQ(element_as_double(result[0].view(), i), product < value ? 1 : 0);
    ASSERT_EQ(element_as_double(result[1].view(), i), std::clamp(std::trunc(product), -8.0F, 7.0F));
    ASSERT_EQ(element_as_double(result[2].view(), i), product);
  }
  EXPECT_TRUE(tensors_identical(result[1].view(), result[3].view()));
}

TEST(Interpret, WritesOverAnInputThatLaterInstructionsRead) {
  // (x + y) * x over the memory of x.
  PointwiseProgram program;
  program.inputs = {kF32, kF32};
  program.body = {{.code = ScalarCode::kAdd, .type = kF32, .operands = {0, 1, -1}},
                  {.code = ScalarCode::kMul, .type = kF32, .operands = {2, 0, -1}}};
  program.outputs = {3};
  const HostTensor x = random_tensor(kF32, {5, 1000}, 1);
  const HostTensor y = random_tensor(kF32, {1000}, 2);
  std::vector<Tensor> want = run(program, {x, y}, {5, 1000});
  Tensor shared{kF32, {5, 1000}, {x.bytes().begin(), x.bytes().end()}};
  const std::vector<TensorView> out = {shared.view()};
  const auto pool = ThreadPool::create({.workers = 2}).value();
  ASSERT_THAT(interpret(program, {{shared.view(), y.view()}}, out, *pool), IsOk());
  EXPECT_TRUE(tensors_identical(shared.view(), want[0].view()));
}

TEST(Interpret, ReadsAnyByteButZeroAsTrue) {
  PointwiseProgram program;
  program.inputs = {DataType::kBool, DataType::kBool};
  program.body = {{.code = ScalarCode::kEqual, .type = DataType::kBool, .operands = {0, 1, -1}}};
  program.outputs = {2};
  const auto bools = [](std::vector<int> bytes) {
    return HostTensor::make(DataType::kBool, {static_cast<int64_t>(bytes.size())},
                            [&](std::span<std::byte> to) {
                              std::ranges::transform(bytes, to.begin(), [](int byte) {
                                return static_cast<std::byte>(byte);
                              });
                            })
        .value();
  };
  std::vector<Tensor> result = run(program, {bools({2, 1, 0, 0}), bools({1, 255, 7, 0})}, {4});
  EXPECT_EQ(result[0].bytes,
            (std::vector<std::byte>{std::byte{1}, std::byte{1}, std::byte{0}, std::byte{1}}));
}

TEST(Interpret, HandsNaNOnWhereONNXDoes) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const HostTensor nan = HostTensor::of(kF32, {}, std::vector<double>{kNaN}).value();
  const HostTensor one = HostTensor::of(kF32, {}, std::vector<double>{1}).value();
  for (const ScalarCode code : {ScalarCode::kMin, ScalarCode::kMax}) {
    const PointwiseProgram program = binary_program(code, kF32);
    EXPECT_TRUE(std::isnan(element_as_double(run(program, {nan, one}, {})[0].view(), 0)));
    EXPECT_TRUE(std::isnan(element_as_double(run(program, {one, nan}, {})[0].view(), 0)));
  }
  for (const ScalarCode code : {ScalarCode::kRelu, ScalarCode::kSign, ScalarCode::kHardSigmoid,
                                ScalarCode::kSoftplus, ScalarCode::kAbs}) {
    PointwiseProgram program;
    program.inputs = {kF32};
    program.body = {{.code = code, .type = kF32, .operands = {0, -1, -1}}};
    program.outputs = {1};
    EXPECT_TRUE(std::isnan(element_as_double(run(program, {nan}, {})[0].view(), 0)))
        << scalar_op(code).name;
  }
}

// A direct evaluation of one instruction on numbers.
double evaluate(ScalarCode code, const std::vector<double>& x) {
  switch (code) {
    case ScalarCode::kAdd:
      return x[0] + x[1];
    case ScalarCode::kSub:
      return x[0] - x[1];
    case ScalarCode::kMul:
      return x[0] * x[1];
    case ScalarCode::kDiv:
      return x[0] / x[1];
    case ScalarCode::kMin:
      return std::min(x[0], x[1]);
    case ScalarCode::kMax:
      return std::max(x[0], x[1]);
    case ScalarCode::kAbs:
      return std::abs(x[0]);
    case ScalarCode::kNeg:
      return -x[0];
    case ScalarCode::kTanh:
      return std::tanh(x[0]);
    case ScalarCode::kErf:
      return std::erf(x[0]);
    case ScalarCode::kSigmoid:
      return 1 / (1 + std::exp(-x[0]));
    case ScalarCode::kFloor:
      return std::floor(x[0]);
    case ScalarCode::kLess:
      return x[0] < x[1] ? 1 : 0;
    case ScalarCode::kWhere:
      return x[0] != 0 ? x[1] : x[2];
    default:
      ADD_FAILURE() << scalar_op(code).name;
      return 0;
  }
}

// A program over f64 whose last register is the output, on inputs that broadcast to `shape`.
struct RandomRun {
  explicit RandomRun(uint64_t seed) : random(seed) {
    shape = {below(4) + 1, below(5) + 1, below(900) + 1};
    const auto count = static_cast<size_t>(below(3) + 1);
    for (size_t i = 0; i < count; ++i) {
      program.inputs.push_back(kF64);
      Shape own = shape;
      for (int64_t& dim : own) dim = below(3) == 0 ? 1 : dim;
      own.erase(own.begin(), own.begin() + below(4));
      inputs.push_back(random_tensor(kF64, own, random(), -4, 4));
    }
    const int64_t length = below(6) + 1;
    for (int64_t i = 0; i < length; ++i) add_instruction();
    program.outputs = {last()};
  }

  int64_t below(int64_t end) { return static_cast<int64_t>(random() % static_cast<uint64_t>(end)); }
  int32_t last() const {
    return static_cast<int32_t>(program.inputs.size() + program.body.size()) - 1;
  }
  int32_t any_number() {
    while (true) {
      const auto reg = static_cast<int32_t>(below(last() + 1));
      if (program.type_of(reg) == kF64) return reg;
    }
  }

  void add_instruction() {
    constexpr std::array kCodes = {
        ScalarCode::kAdd,  ScalarCode::kSub, ScalarCode::kMul,   ScalarCode::kDiv,
        ScalarCode::kMin,  ScalarCode::kMax, ScalarCode::kAbs,   ScalarCode::kNeg,
        ScalarCode::kTanh, ScalarCode::kErf, ScalarCode::kFloor, ScalarCode::kSigmoid,
        ScalarCode::kLess,
    };
    const ScalarCode code = kCodes[static_cast<size_t>(below(kCodes.size()))];
    PointwiseProgram::Instruction instruction{.code = code, .type = kF64};
    for (int i = 0; i < scalar_op(code).arity; ++i) {
      instruction.operands[static_cast<size_t>(i)] = any_number();
    }
    if (code == ScalarCode::kLess) {
      instruction.type = DataType::kBool;
      program.body.push_back(instruction);
      instruction = {.code = ScalarCode::kWhere,
                     .type = kF64,
                     .operands = {last(), any_number(), any_number()}};
    }
    program.body.push_back(instruction);
  }

  double element(int64_t index) const {
    std::vector<double> registers;
    for (const HostTensor& input : inputs) {
      registers.push_back(broadcast_element(input.view(), shape, index));
    }
    for (const PointwiseProgram::Instruction& instruction : program.body) {
      std::vector<double> operands;
      for (const int32_t reg : instruction.operands) {
        if (reg >= 0) operands.push_back(registers[static_cast<size_t>(reg)]);
      }
      registers.push_back(evaluate(instruction.code, operands));
    }
    return registers.back();
  }

  std::mt19937_64 random;
  Shape shape;
  PointwiseProgram program;
  std::vector<HostTensor> inputs;
};

TEST(Interpret, ComputesRandomProgramsAsDirectArithmeticDoes) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const RandomRun random(seed);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, to_string(random.program)));
    Tensor want = empty_tensor(kF64, random.shape);
    for (int64_t i = 0; i < tenon::element_count(random.shape); ++i) {
      set_element(want.view(), i, random.element(i));
    }
    std::vector<Tensor> got = run(random.program, random.inputs, random.shape);
    EXPECT_TRUE(tensors_close(got[0].view(), want.view(), {.absolute = 0, .relative = 1e-14}));
  }
}

TEST(Interpret, GivesTheSameBitsWithAnyNumberOfThreads) {
  for (uint64_t seed = 100; seed < 120; ++seed) {
    const RandomRun random(seed);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, to_string(random.program)));
    std::vector<Tensor> alone = run(random.program, random.inputs, random.shape, 0);
    std::vector<Tensor> shared = run(random.program, random.inputs, random.shape, 2);
    EXPECT_TRUE(tensors_identical(shared[0].view(), alone[0].view()));
  }
}

}  // namespace
}  // namespace tenon::internal
