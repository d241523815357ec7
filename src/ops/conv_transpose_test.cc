#include "ops/conv_transpose.h"

#include "base/thread_pool.h"
#include "ops/list.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"
#include "testing/random_tensor.h"
#include "testing/value_infos.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using testing::f32;
using testing::IsError;
using testing::IsOk;
using testing::random_tensor;
using testing::run_reference;

const OpDef& conv_transpose() { return *find_op("ConvTranspose"); }

Result<std::vector<ValueInfo>> infer(const ConvTransposeAttrs& attrs, std::vector<ValueInfo> in) {
  return infer_outputs(conv_transpose(), Attrs::of(attrs), in);
}

TEST(ConvTransposeInference, KeepsSymbols) {
  const Dim batch = Dim::symbol("N");
  const Dim height = Dim::symbol("H");
  const std::vector<ValueInfo> operands = {f32({batch, 4, height, 7}), f32({4, 3, 3, 2})};
  const auto shape = [&](const ConvTransposeAttrs& attrs) {
    const auto out = infer(attrs, operands);
    return out.ok() ? to_string((*out)[0].shape) : out.error().to_string();
  };
  EXPECT_EQ(shape({.window = {.pads = {1, 0, 1, 0}, .strides = {2, 2}}}), "[N,3,2*H - 1,14]");
  EXPECT_EQ(shape({.window = {.strides = {2, 2}}, .group = 2, .output_padding = {1, 0}}),
            "[N,6,2*H + 2,14]");
  EXPECT_EQ(shape({.window = {.auto_pad = AutoPad::kSameLower, .strides = {2, 3}}}),
            "[N,3,2*H,21]");
  EXPECT_EQ(shape({.output_shape = {9, 8}}), "[N,3,9,8]");
}

TEST(ConvTransposeInference, NamesWhatDoesNotFit) {
  const auto refused = [](const ConvTransposeAttrs& attrs, std::vector<ValueInfo> in,
                          const char* text) {
    EXPECT_THAT(infer(attrs, std::move(in)), IsError(ErrorKind::kInvalidArgument, text));
  };
  const ValueInfo x = f32({1, 4, 8, 8});
  refused({}, {x, f32({3, 2, 3, 3})},
          "x [1,4,8,8] and weights [3,2,3,3] do not fit: the number of channels is 4, the weights "
          "take 3");
  refused({}, {x, f32({4, 2, 3})}, "the same rank, 3 or more");
  refused({}, {f32({4, 8}), f32({4, 8})}, "the same rank, 3 or more");
  refused({.group = 0}, {x, f32({4, 2, 3, 3})}, "group=0");
  refused({.group = 3}, {x, f32({4, 2, 3, 3})}, "do not divide into group=3");
  refused({.group = 2}, {x, f32({4, 2, 3, 3}), f32({2})}, "bias [2] must be [4]");
  refused({}, {x, f32({4, 2, 0, 3})}, "a kernel has extent 0");
  refused({.window = {.kernel_shape = {3, 5}}}, {x, f32({4, 2, 3, 3})}, "kernel_shape=[3,5]");
  refused({.output_padding = {1}}, {x, f32({4, 2, 3, 3})}, "output_padding=[1] must have 2 values");
  refused({.output_padding = {1, -1}}, {x, f32({4, 2, 3, 3})}, "output_padding=[1,-1]");
  refused({.output_shape = {1, 2, 9, 9}}, {x, f32({4, 2, 3, 3})}, "output_shape=[1,2,9,9]");
  refused({.window = {.pads = {9, 0, 9, 0}}}, {x, f32({4, 2, 3, 3})}, "negative dimension");
  refused({}, {x, {DataType::kFloat64, {4, 2, 3, 3}, {}}}, "must be of one type");
  refused({}, {{DataType::kInt8, {1, 4, 8, 8}, {}}, {DataType::kInt8, {4, 2, 3, 3}, {}}},
          "elements are i8");
}

TEST(ConvTransposeInference, RefusesFourSpatialAxes) {
  EXPECT_THAT(infer({}, {f32({1, 1, 2, 2, 2, 2}), f32({1, 1, 1, 1, 1, 1})}),
              IsError(ErrorKind::kUnsupported, "windows over 4 spatial axes"));
}

// Shapes that inference on symbols lets pass must not make the reference read beyond its operands.
TEST(ConvTransposeReference, RefusesShapesThatInferenceWouldRefuse) {
  const HostTensor x = random_tensor(DataType::kFloat32, {1, 2, 4}, 1);
  const HostTensor weights = random_tensor(DataType::kFloat32, {3, 1, 2}, 2);
  std::vector<float> out(5);
  const std::vector<TensorView> outputs = {{out.data(), DataType::kFloat32, {1, 1, 5}}};
  const std::vector<ConstTensorView> inputs = {x.view(), weights.view()};
  const auto pool = ThreadPool::create({}).value();
  EXPECT_THAT(conv_transpose().reference(Attrs::of(ConvTransposeAttrs()), inputs, outputs, *pool),
              IsError(ErrorKind::kInvalidArgument, "channels"));
}

// The definition for images x[N, C, H, W]: what each input adds to the outputs that its window
// covers.
std::vector<double> scatter(const HostTensor& x, const HostTensor& weights, int64_t group,
                            int64_t stride, int64_t dilation, int64_t pad, const Shape& out) {
  const Shape& xs = x.shape();
  const Shape& ws = weights.shape();
  std::vector<double> result(static_cast<size_t>(tenon::element_count(out)));
  const auto add_window = [&](int64_t n, int64_t c, int64_t iy, int64_t ix) {
    const double value = element_as_double(x.view(), ((n * xs[1] + c) * xs[2] + iy) * xs[3] + ix);
    for (int64_t m = 0; m < ws[1]; ++m) {
      for (int64_t tap = 0; tap < ws[2] * ws[3]; ++tap) {
        const int64_t oy = iy * stride - pad + tap / ws[3] * dilation;
        const int64_t ox = ix * stride - pad + tap % ws[3] * dilation;
        if (oy < 0 || oy >= out[2] || ox < 0 || ox >= out[3]) continue;
        const int64_t filter = c / (xs[1] / group) * ws[1] + m;
        const int64_t at = ((n * out[1] + filter) * out[2] + oy) * out[3] + ox;
        result[static_cast<size_t>(at)] +=
            value * element_as_double(weights.view(), (c * ws[1] + m) * ws[2] * ws[3] + tap);
      }
    }
  };
  for (int64_t i = 0; i < tenon::element_count(xs); ++i) {
    const int64_t plane = i / (xs[2] * xs[3]);
    add_window(plane / xs[1], plane % xs[1], i / xs[3] % xs[2], i % xs[3]);
  }
  return result;
}

// Sizes below, at and above those of the blocks that the reference works in.
TEST(ConvTransposeReference, AgreesWithTheDefinitionAcrossBlocks) {
  struct Sizes {
    int64_t group, channels, filters, kernel, extent, stride, dilation, pad;
  };
  const std::vector<Sizes> all = {
      {1, 7, 33, 3, 9, 1, 1, 1},  {1, 64, 32, 2, 8, 2, 1, 0}, {1, 65, 31, 1, 9, 1, 1, 0},
      {2, 20, 20, 2, 7, 3, 1, 0}, {5, 5, 2, 3, 11, 2, 2, 3},  {9, 9, 1, 4, 13, 4, 2, 1},
      {1, 3, 5, 5, 17, 3, 2, 2},
  };
  const auto pool = ThreadPool::create({}).value();
  for (const Sizes& s : all) {
    const ConvTransposeAttrs attrs{.window = {.dilations = {s.dilation, s.dilation},
                                              .pads = {s.pad, s.pad, s.pad, s.pad},
                                              .strides = {s.stride, s.stride}},
                                   .group = s.group};
    const HostTensor x =
        random_tensor(DataType::kFloat32, {2, s.channels, s.extent, s.extent + 2}, 1);
    const HostTensor weights =
        random_tensor(DataType::kFloat32, {s.channels, s.filters, s.kernel, s.kernel}, 2);
    const auto got =
        run_reference(conv_transpose(), Attrs::of(attrs), std::vector{x, weights}, *pool);
    ASSERT_THAT(got, IsOk());
    const Shape& shape = got->front().shape();
    const auto want =
        HostTensor::of(DataType::kFloat32, shape,
                       scatter(x, weights, s.group, s.stride, s.dilation, s.pad, shape));
    ASSERT_THAT(want, IsOk());
    EXPECT_TRUE(testing::tensors_close(got->front().view(), want->view(), {1e-6, 1e-6}))
        << "channels " << s.channels << ", filters " << s.filters;
  }
}

}  // namespace
}  // namespace tenon::internal
