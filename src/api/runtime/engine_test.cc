#include <tenon/tenon.h>

#include "runtime/engine.h"
#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace tenon {
namespace {

using internal::testing::IsError;
using internal::testing::IsOk;

constexpr ErrorKind kNotFound = ErrorKind::kNotFound;

// On the device cpu.
Engine engine_of(std::string_view text) {
  const Device device = Device::open("cpu").value();
  const auto plan = build_to_bytes(Network::from_text(text).value(), device).value();
  return Engine::load(plan, device).value();
}

TensorView view(std::array<float, 2>& tensor) { return {tensor.data(), DataType::kFloat32, {2}}; }

TEST(Context, BindsAnInputThatIsAnOutputToo) {
  Context context = engine_of(R"(graph "g" {
    input %x: f32[2]
    output "x" = %x
  })")
                        .create_context()
                        .value();
  std::array<float, 2> in = {1, 2};
  std::array<float, 2> out = {};
  ASSERT_THAT(context.bind_input("x", view(in)), IsOk());
  ASSERT_THAT(context.bind_output("x", view(out)), IsOk());
  ASSERT_THAT(context.run(), IsOk());
  EXPECT_EQ(out, in);
}

TEST(Context, BindsInputsAndOutputsByEitherName) {
  Context context = engine_of(R"(graph "g" {
    input %x: f32[2]
    %y = Neg(%x)
    output "y" = %y
  })")
                        .create_context()
                        .value();
  std::array<float, 2> in = {1, 2};
  std::array<float, 2> out = {};
  EXPECT_THAT(context.bind_input("y", view(in)), IsError(kNotFound, "no input 'y'"));
  EXPECT_THAT(context.bind_output("x", view(out)), IsError(kNotFound, "no output 'x'"));
  ASSERT_THAT(context.bind("x", view(in)), IsOk());
  ASSERT_THAT(context.bind("y", view(out)), IsOk());
  ASSERT_THAT(context.run(), IsOk());
  EXPECT_EQ(out, (std::array<float, 2>{-1, -2}));
}

TEST(Engine, AlignsWeightsThatComeFromMemory) {
  const Device device = Device::open("cpu").value();
  const Network network = Network::from_text(R"(graph "g" {
    input %x: f32[2]
    const %w: f32[2] = [1, 2]
    %y = Add(%x, %w)
    output "y" = %y
  })")
                              .value();
  const auto plan = build_to_bytes(network, device).value();
  // At an odd address too.
  for (const size_t shift : {0U, 1U, 8U}) {
    std::vector<std::byte> shifted(shift + plan.size());
    std::copy(plan.begin(), plan.end(), shifted.begin() + static_cast<std::ptrdiff_t>(shift));
    const Engine engine = Engine::load(std::span(shifted).subspan(shift), device).value();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(engine.impl()->weight(0)) % 64, 0U) << shift;
  }
}

}  // namespace
}  // namespace tenon
