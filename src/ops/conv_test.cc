#include "ops/conv.h"

#include "base/thread_pool.h"
#include "ops/list.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/random_tensor.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::IsOk;
using testing::random_tensor;
using testing::run_reference;

const OpDef& conv() { return *find_op("Conv"); }

Result<std::vector<ValueInfo>> infer(const ConvAttrs& attrs, std::vector<ValueInfo> in) {
  return infer_outputs(conv(), Attrs::of(attrs), in);
}

TEST(ConvInference, KeepsSymbols) {
  const Dim batch = Dim::symbol("N");
  const Dim height = Dim::symbol("H");
  const Dim width = Dim::symbol("W");
  const ConvAttrs attrs{.window = {.pads = {1, 1, 1, 1}, .strides = {2, 1}}};
  const auto out = infer(attrs, {f32({batch, 3, height, width}), f32({8, 3, 3, 3})});
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ((*out)[0].shape, (SymbolicShape{batch, 8, Dim::floor_div(height - 1, 2) + 1, width}));
}

TEST(ConvInference, NamesWhatDoesNotFit) {
  const auto refused = [](const ConvAttrs& attrs, std::vector<ValueInfo> in, const char* text) {
    EXPECT_THAT(infer(attrs, std::move(in)), IsError(ErrorKind::kInvalidArgument, text));
  };
  const ValueInfo x = f32({1, 4, 8, 8});
  refused({}, {x, f32({2, 3, 3, 3})},
          "x [1,4,8,8] and weights [2,3,3,3] with group=1 do not fit: the number of channels is 4");
  refused({}, {x, f32({2, 4, 3})}, "the same rank, 3 or more");
  refused({}, {f32({4, 8}), f32({4, 8})}, "the same rank, 3 or more");
  refused({.group = 0}, {x, f32({2, 4, 3, 3})}, "group=0");
  refused({.group = -1}, {x, f32({2, 4, 3, 3})}, "group=-1");
  refused({.group = 4}, {x, f32({6, 1, 3, 3})}, "do not divide into group=4");
  refused({}, {x, f32({2, 4, 3, 3}), f32({3})}, "bias [3] must be [2]");
  refused({}, {x, f32({2, 4, 3, 3}), f32({1, 2})}, "bias [1,2] must be [2]");
  refused({}, {x, f32({2, 4, 0, 3})}, "a kernel has extent 0");
  refused({}, {x, f32({2, 4, 10, 10})}, "Conv(f32[1,4,8,8], f32[2,4,10,10])");
  refused({.window = {.kernel_shape = {3, 5}}}, {x, f32({2, 4, 3, 3})}, "kernel_shape=[3,5]");
  refused({}, {x, {DataType::kFloat64, {2, 4, 3, 3}, {}}}, "must be of one type");
  refused({}, {{DataType::kInt8, {1, 4, 8, 8}, {}}, {DataType::kInt8, {2, 4, 3, 3}, {}}},
          "elements are i8");
}

TEST(ConvInference, RefusesAnOutputThatIsTooLarge) {
  const int64_t large = (int64_t{1} << 31) - 1;
  const ConvAttrs attrs{.window = {.pads = {large, large, large, large}}};
  EXPECT_THAT(infer(attrs, {f32({1, 1, 2, 2}), f32({1, 1, 1, 1})}),
              IsError(ErrorKind::kInvalidArgument, "too large"));
}

// Shapes that inference on symbols lets pass must not make the reference read beyond its operands.
TEST(ConvReference, RefusesShapesThatInferenceWouldRefuse) {
  const HostTensor x = random_tensor(DataType::kFloat32, {1, 2, 4}, 1);
  const HostTensor weights = random_tensor(DataType::kFloat32, {3, 5, 2}, 2);
  std::vector<float> out(9);
  const std::vector<TensorView> outputs = {{out.data(), DataType::kFloat32, {1, 3, 3}}};
  const std::vector<ConstTensorView> inputs = {x.view(), weights.view()};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(conv().reference(Attrs::of(ConvAttrs()), inputs, outputs, *pool),
              IsError(ErrorKind::kInvalidArgument, "channels"));

  const HostTensor fitting = random_tensor(DataType::kFloat32, {3, 2, 2}, 2);
  const std::vector<ConstTensorView> fitting_inputs = {x.view(), fitting.view()};
  const std::vector<TensorView> wrong = {{out.data(), DataType::kFloat32, {1, 3, 2}}};
  EXPECT_THAT(conv().reference(Attrs::of(ConvAttrs()), fitting_inputs, wrong, *pool),
              IsError(ErrorKind::kInvalidArgument, "output 0 is f32[1,3,2]"));
}

// The definition, one element at a time, for images x[N, C, H, W].
std::vector<double> convolve(const HostTensor& x, const HostTensor& weights, int64_t group,
                             int64_t stride, int64_t dilation, int64_t pad, const Shape& out) {
  const Shape& xs = x.shape();
  const Shape& ws = weights.shape();
  std::vector<double> result;
  for (int64_t n = 0; n < out[0]; ++n) {
    for (int64_t m = 0; m < out[1]; ++m) {
      for (int64_t oy = 0; oy < out[2]; ++oy) {
        for (int64_t ox = 0; ox < out[3]; ++ox) {
          double sum = 0;
          for (int64_t c = 0; c < ws[1]; ++c) {
            const int64_t channel = m / (ws[0] / group) * ws[1] + c;
            for (int64_t ky = 0; ky < ws[2]; ++ky) {
              for (int64_t kx = 0; kx < ws[3]; ++kx) {
                const int64_t iy = oy * stride - pad + ky * dilation;
                const int64_t ix = ox * stride - pad + kx * dilation;
                if (iy < 0 || iy >= xs[2] || ix < 0 || ix >= xs[3]) continue;
                const int64_t at = ((n * xs[1] + channel) * xs[2] + iy) * xs[3] + ix;
                const int64_t tap = ((m * ws[1] + c) * ws[2] + ky) * ws[3] + kx;
                sum += element_as_double(x.view(), at) * element_as_double(weights.view(), tap);
              }
            }
          }
          result.push_back(sum);
        }
      }
    }
  }
  return result;
}

// Sizes below, at and above those of the blocks that the reference works in.
TEST(ConvReference, AgreesWithTheDefinitionAcrossBlocks) {
  struct Sizes {
    int64_t group, channels, filters, kernel, extent, stride, dilation, pad;
  };
  const std::vector<Sizes> all = {
      {1, 7, 33, 3, 9, 1, 1, 1},  {1, 64, 32, 1, 8, 1, 1, 0}, {1, 65, 31, 1, 9, 1, 1, 0},
      {2, 20, 40, 2, 7, 2, 1, 0}, {5, 5, 10, 3, 11, 2, 2, 3}, {9, 9, 9, 3, 13, 1, 1, 1},
  };
  const auto pool = ThreadPool::create({}).value();
  for (const Sizes& s : all) {
    const ConvAttrs attrs{.window = {.dilations = {s.dilation, s.dilation},
                                     .pads = {s.pad, s.pad, s.pad, s.pad},
                                     .strides = {s.stride, s.stride}},
                          .group = s.group};
    const HostTensor x =
        random_tensor(DataType::kFloat32, {2, s.channels, s.extent, s.extent + 2}, 1);
    const HostTensor weights =
        random_tensor(DataType::kFloat32, {s.filters, s.channels / s.group, s.kernel, s.kernel}, 2);
    const auto got = run_reference(conv(), Attrs::of(attrs), std::vector{x, weights}, *pool);
    ASSERT_THAT(got, IsOk());
    const Shape& shape = got->front().shape();
    const auto want =
        HostTensor::of(DataType::kFloat32, shape,
                       convolve(x, weights, s.group, s.stride, s.dilation, s.pad, shape));
    ASSERT_THAT(want, IsOk());
    EXPECT_TRUE(testing::tensors_close(got->front().view(), want->view(), {1e-6, 1e-6}))
        << "channels " << s.channels << ", filters " << s.filters;
  }
}

}  // namespace
}  // namespace tenon::internal
