#include "devices/cpu/jit/pointwise_loop.h"

#include "devices/cpu/jit/emitted_program.h"
#include "testing/matchers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace tenon::internal::testing {
namespace {

using Instruction = PointwiseProgram::Instruction;

constexpr DataType kF32 = DataType::kFloat32;
constexpr DataType kBool = DataType::kBool;

// Bytes of a tensor between guards.
class Memory {
 public:
  explicit Memory(size_t bytes) : bytes_(bytes + 2 * kGuardBytes, kGuard) {}

  std::byte* data() { return bytes_.data() + kGuardBytes; }
  float* floats() { return reinterpret_cast<float*>(data()); }
  uint8_t* bools() { return reinterpret_cast<uint8_t*>(data()); }
  bool guards_hold() const {
    for (size_t i = 0; i < kGuardBytes; ++i) {
      if (bytes_[i] != kGuard || bytes_[bytes_.size() - 1 - i] != kGuard) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuardBytes = 64;
  static constexpr std::byte kGuard{0x5a};
  std::vector<std::byte> bytes_;
};

PointwiseLoop make_loop(const std::shared_ptr<Device>& device, const PointwiseProgram& program,
                        std::span<const bool> repeats) {
  EXPECT_THAT(verify(program), IsOk());
  CodeSet code(static_cast<CpuDevice&>(*device));
  return PointwiseLoop::create(code, program, repeats).value();
}

TEST(PointwiseLoop, ComputesRowsOfEachLengthAndWritesNothingElse) {
  // x + y, where y repeats along a row; rows are 41 elements apart.
  constexpr int64_t kRows = 3;
  constexpr int64_t kStride = 41;
  const PointwiseProgram sum{
      .inputs = {kF32, kF32},
      .body = {{.code = ScalarCode::kAdd, .type = kF32, .operands = {0, 1, -1}}},
      .outputs = {2}};
  for (const Isa isa : generated_isas()) {
    const std::shared_ptr<Device> device = CpuDevice::create(1, isa).value();
    const auto loop = make_loop(device, sum, std::array{false, true});
    for (int64_t length = 1; length <= kStride; ++length) {
      SCOPED_TRACE(fmt::format("{} elements on {}", length, to_string(isa)));
      Memory x(kRows * kStride * sizeof(float));
      Memory y(kRows * sizeof(float));
      Memory result(static_cast<size_t>((kRows - 1) * kStride + length) * sizeof(float));
      std::iota(x.floats(), x.floats() + kRows * kStride, 1.0F);
      std::iota(y.floats(), y.floats() + kRows, 1000.0F);
      std::fill_n(result.floats(), (kRows - 1) * kStride + length, -1.0F);
      loop.run(std::array{x.data(), y.data(), result.data()},
               std::array<int64_t, 3>{kStride * 4, 4, kStride * 4}, kRows, length);
      for (int64_t i = 0; i < (kRows - 1) * kStride + length; ++i) {
        const int64_t row = i / kStride;
        const float want = i % kStride < length ? x.floats()[i] + y.floats()[row] : -1.0F;
        ASSERT_EQ(result.floats()[i], want) << "element " << i;
      }
      EXPECT_TRUE(result.guards_hold());
    }
  }
}

TEST(PointwiseLoop, ReadsAndWritesBoolsAsBytes) {
  // c and x > 1: bool, f32 -> bool; and where c is repeated.
  const PointwiseProgram both{
      .inputs = {kBool, kF32, kF32},
      .body = {{.code = ScalarCode::kGreater, .type = kBool, .operands = {1, 2, -1}},
               {.code = ScalarCode::kAnd, .type = kBool, .operands = {0, 3, -1}}},
      .outputs = {4}};
  for (const Isa isa : generated_isas()) {
    const std::shared_ptr<Device> device = CpuDevice::create(1, isa).value();
    for (const bool repeats : {false, true}) {
      const auto loop = make_loop(device, both, std::array{repeats, false, true});
      for (int64_t length = 1; length <= 35; ++length) {
        SCOPED_TRACE(fmt::format("{} elements on {}", length, to_string(isa)));
        Memory c(static_cast<size_t>(length));
        Memory x(static_cast<size_t>(length) * sizeof(float));
        Memory limit(sizeof(float));
        Memory result(static_cast<size_t>(length));
        for (int64_t i = 0; i < length; ++i) {
          c.bools()[i] = i % 3 != 1 ? 1 : 0;
          x.floats()[i] = static_cast<float>(i % 5) - 1;
        }
        limit.floats()[0] = 1;
        loop.run(std::array{c.data(), x.data(), limit.data(), result.data()},
                 std::array<int64_t, 4>{}, 1, length);
        for (int64_t i = 0; i < length; ++i) {
          const bool want = c.bools()[repeats ? 0 : i] != 0 && x.floats()[i] > 1;
          ASSERT_EQ(result.bools()[i], want ? 1 : 0) << "element " << i;
        }
        EXPECT_TRUE(result.guards_hold());
      }
    }
  }
}

TEST(PointwiseLoop, TakesMoreOperandsThanTheProcessorHasRegisters) {
  constexpr size_t kInputs = 30;
  constexpr int64_t kLength = 21;
  PointwiseProgram sum{.inputs = std::vector<DataType>(kInputs, kF32), .body = {}, .outputs = {}};
  for (int32_t i = 1; i < static_cast<int32_t>(kInputs); ++i) {
    const int32_t before = i == 1 ? 0 : static_cast<int32_t>(kInputs) + i - 2;
    sum.body.push_back({.code = ScalarCode::kAdd, .type = kF32, .operands = {before, i, -1}});
  }
  sum.outputs = {static_cast<int32_t>(2 * kInputs) - 2};
  for (const Isa isa : generated_isas()) {
    const std::shared_ptr<Device> device = CpuDevice::create(1, isa).value();
    const auto loop = make_loop(device, sum, std::array<bool, kInputs>{});
    std::vector<float> memory(kInputs * kLength * 2);
    std::iota(memory.begin(), memory.end(), 0.0F);
    std::vector<float> result(kLength * 2);
    std::vector<std::byte*> pointers;
    for (size_t i = 0; i < kInputs; ++i) {
      pointers.push_back(reinterpret_cast<std::byte*>(&memory[i * kLength * 2]));
    }
    pointers.push_back(reinterpret_cast<std::byte*>(result.data()));
    loop.run(pointers, std::vector<int64_t>(kInputs + 1, kLength * 4), 2, kLength);
    for (size_t i = 0; i < result.size(); ++i) {
      float want = 0;
      for (size_t k = 0; k < kInputs; ++k) want += memory[k * kLength * 2 + i];
      ASSERT_EQ(result[i], want) << "element " << i << " on " << to_string(isa);
    }
  }
}

}  // namespace
}  // namespace tenon::internal::testing
