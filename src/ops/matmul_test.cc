#include "ops/matmul.h"

#include "base/thread_pool.h"
#include "ops/list.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/random_tensor.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::IsOk;
using testing::random_tensor;
using testing::run_reference;

ValueInfo i32(SymbolicShape shape) { return {DataType::kInt32, std::move(shape), {}}; }

Result<std::vector<ValueInfo>> infer_matmul(std::vector<ValueInfo> in) {
  return infer_outputs(*find_op("MatMul"), Attrs::of(NoAttrs()), in);
}

Result<std::vector<ValueInfo>> infer_gemm(const GemmAttrs& attrs, std::vector<ValueInfo> in) {
  return infer_outputs(*find_op("Gemm"), Attrs::of(attrs), in);
}

std::string shape_text(const Result<std::vector<ValueInfo>>& outputs) {
  return outputs.ok() ? to_string((*outputs)[0].shape) : outputs.error().to_string();
}

TEST(MatMulInference, KeepsSymbols) {
  const Dim batch = Dim::symbol("N");
  const Dim length = Dim::symbol("T");
  EXPECT_EQ(shape_text(infer_matmul({f32({batch, length, 8}), f32({8, 4})})), "[N,T,4]");
  EXPECT_EQ(shape_text(infer_matmul({f32({1, length, 8}), f32({batch, 8, 4})})), "[N,T,4]");
  EXPECT_EQ(shape_text(infer_matmul({f32({length}), f32({length, batch})})), "[N]");
  EXPECT_EQ(shape_text(infer_matmul({f32({batch, length}), f32({length})})), "[N]");
  EXPECT_EQ(shape_text(infer_matmul({f32({length}), f32({length})})), "[]");
}

TEST(MatMulInference, NamesWhatDoesNotFit) {
  const auto refused = [](std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(infer_matmul(std::move(in)), IsError(ErrorKind::kInvalidArgument, text));
  };
  refused({f32({2, 3}), f32({4, 5})}, "[2,3] and [4,5] do not fit: 3 columns against 4 rows");
  refused({f32({}), f32({4, 5})}, "scalars");
  refused({f32({2, 2, 3}), f32({3, 3, 5})}, "do not broadcast");
  refused({f32({2, 3}), i32({3, 5})}, "must be of one type");
  refused({{DataType::kBool, {2, 3}, {}}, {DataType::kBool, {3, 2}, {}}}, "elements are bool");
}

TEST(GemmInference, KeepsSymbolsThroughTransposes) {
  const Dim batch = Dim::symbol("N");
  EXPECT_EQ(shape_text(infer_gemm({.trans_b = true}, {f32({batch, 8}), f32({4, 8}), f32({4})})),
            "[N,4]");
  EXPECT_EQ(shape_text(infer_gemm({.trans_a = true}, {f32({8, batch}), f32({8, 4})})), "[N,4]");
}

TEST(GemmInference, NamesWhatDoesNotFit) {
  const auto refused = [](const GemmAttrs& attrs, std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(infer_gemm(attrs, std::move(in)), IsError(ErrorKind::kInvalidArgument, text));
  };
  refused({}, {f32({1, 2, 3}), f32({3, 4})}, "must be matrices");
  refused({.trans_a = true}, {f32({2, 3}), f32({3, 4})}, "[2,3] (transA=1)");
  refused({}, {f32({2, 3}), f32({3, 4}), f32({3})}, "c [3] does not broadcast");
  refused({}, {f32({1, 3}), f32({3, 4}), f32({2, 4})}, "c [2,4] does not broadcast");
  refused({}, {f32({2, 3}), f32({3, 4}), f32({1, 2, 4})}, "c [1,2,4] does not broadcast");
  refused({.alpha = 0.5F}, {i32({2, 3}), i32({3, 4})}, "must be whole numbers");
  refused({.beta = 1e30F}, {i32({2, 3}), i32({3, 4})}, "must be whole numbers");
}

// Shapes that inference on symbols lets pass must not make the reference read beyond its operands.
TEST(MatMulReference, RefusesShapesThatInferenceWouldRefuse) {
  const HostTensor a = random_tensor(DataType::kFloat32, {2, 9}, 1);
  const HostTensor b = random_tensor(DataType::kFloat32, {3, 2}, 2);
  std::vector<float> out(4);
  const std::vector<ConstTensorView> inputs = {a.view(), b.view()};
  const std::vector<TensorView> outputs = {{out.data(), DataType::kFloat32, {2, 2}}};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(find_op("MatMul")->reference(Attrs::of(NoAttrs()), inputs, outputs, *pool),
              IsError(ErrorKind::kInvalidArgument, "do not fit"));
  EXPECT_THAT(find_op("Gemm")->reference(Attrs::of(GemmAttrs()), inputs, outputs, *pool),
              IsError(ErrorKind::kInvalidArgument, "do not fit"));
}

// Sizes below, at and above those of the blocks that the reference works in, with integers small
// enough to be exact, so that a product that is missing or counted twice shows.
TEST(GemmReference, AgreesWithTheDefinitionAcrossBlocks) {
  const auto pool = ThreadPool::create({.workers = 2}).value();
  for (const int64_t rows : {1, 31, 32, 33}) {
    for (const int64_t columns : {1, 15, 64, 65}) {
      for (const int64_t depth : {1, 63, 64, 66, 129}) {
        for (const bool transposed : {false, true}) {
          const GemmAttrs attrs{.trans_a = transposed, .trans_b = transposed};
          const HostTensor a = random_tensor(
              DataType::kInt64, transposed ? Shape{depth, rows} : Shape{rows, depth}, 1, -99, 99);
          const HostTensor b =
              random_tensor(DataType::kInt64,
                            transposed ? Shape{columns, depth} : Shape{depth, columns}, 2, -99, 99);
          std::vector<int64_t> want;
          for (int64_t i = 0; i < rows; ++i) {
            for (int64_t j = 0; j < columns; ++j) {
              int64_t sum = 0;
              for (int64_t k = 0; k < depth; ++k) {
                const int64_t a_at = transposed ? k * rows + i : i * depth + k;
                const int64_t b_at = transposed ? j * depth + k : k * columns + j;
                sum += a.as<int64_t>()[static_cast<size_t>(a_at)] *
                       b.as<int64_t>()[static_cast<size_t>(b_at)];
              }
              want.push_back(sum);
            }
          }
          const auto gemm =
              run_reference(*find_op("Gemm"), Attrs::of(attrs), std::vector{a, b}, *pool);
          ASSERT_THAT(gemm, IsOk());
          ASSERT_EQ(gemm->front().shape(), (Shape{rows, columns}));
          const auto got = gemm->front().as<int64_t>();
          EXPECT_EQ(std::vector<int64_t>(got.begin(), got.end()), want)
              << rows << " x " << depth << " x " << columns;

          if (transposed) continue;
          const HostTensor a_f32 =
              HostTensor::of(DataType::kFloat32, a.shape(),
                             std::vector<double>(a.as<int64_t>().begin(), a.as<int64_t>().end()))
                  .value();
          const HostTensor b_f32 =
              HostTensor::of(DataType::kFloat32, b.shape(),
                             std::vector<double>(b.as<int64_t>().begin(), b.as<int64_t>().end()))
                  .value();
          const auto product = run_reference(*find_op("MatMul"), Attrs::of(NoAttrs()),
                                             std::vector{a_f32, b_f32}, *pool);
          ASSERT_THAT(product, IsOk());
          ASSERT_EQ(product->front().shape(), (Shape{rows, columns}));
          const auto floats = product->front().as<float>();
          EXPECT_EQ(std::vector<int64_t>(floats.begin(), floats.end()), want);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tenon::internal
