#include "devices/cpu/cpu_device.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/list.h"
#include "testing/value_infos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace tenon::internal::testing {
namespace {

using ::testing::ElementsAre;

BoundOperand bound(Shape shape) {
  return {.type = DataType::kFloat32, .shape = std::move(shape), .host_bytes = {}};
}

TEST(Pointwise, LearnsFromTheShapesWhichOperandsRepeat) {
  const std::shared_ptr<Device> device = CpuDevice::create(1, best_isa()).value();
  Problem problem{.op = find_op("Sub"), .attrs = {}, .inputs = {}, .outputs = {}};
  problem.inputs = {f32({Dim::symbol("rows"), Dim::symbol("columns")}),
                    f32({Dim::symbol("n"), Dim::symbol("m")})};
  problem.outputs = infer_outputs(*problem.op, problem.attrs, problem.inputs).value();
  if (!kPointwiseTactic.rejects(problem, device->info()).empty()) GTEST_SKIP() << "portable code";
  const auto kernel = kPointwiseTactic.make(problem, *device).value();
  const auto stream = device->create_stream().value();
  const auto run = [&](const Shape& a, const Shape& b, const Shape& out) {
    std::array<float, 4> x = {1, 2, 3, 4};
    std::array<float, 4> y = {10, 20, 30, 40};
    std::vector<float> result(static_cast<size_t>(tenon::element_count(out)));
    const auto invocation =
        kernel->bind(std::array{bound(a), bound(b)}, std::array{bound(out)}).value();
    const std::array<void*, 3> pointers = {x.data(), y.data(), result.data()};
    EXPECT_TRUE(invocation->enqueue(*stream, pointers, nullptr).ok());
    return result;
  };
  EXPECT_THAT(run({2, 2}, {2, 2}, {2, 2}), ElementsAre(-9, -18, -27, -36));
  EXPECT_THAT(run({2, 2}, {2, 1}, {2, 2}), ElementsAre(-9, -8, -17, -16));
  EXPECT_THAT(run({2, 2}, {1, 2}, {2, 2}), ElementsAre(-9, -18, -7, -16));
  EXPECT_THAT(run({1, 2}, {2, 1}, {2, 2}), ElementsAre(-9, -8, -19, -18));
  EXPECT_THAT(run({1, 1}, {1, 3}, {1, 3}), ElementsAre(-9, -19, -29));
}

}  // namespace
}  // namespace tenon::internal::testing
