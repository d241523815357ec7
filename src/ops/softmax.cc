#include "ops/softmax.h"

#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread: each costs two exponentials.
constexpr int64_t kGrain = int64_t{1} << 10;
// Neighbouring vectors that are computed together, so that the operand is read in order.
constexpr int64_t kLanes = 16;

Result<std::vector<ValueInfo>> infer_softmax(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  TRY(normalize_axis(attrs.as<SoftmaxAttrs>().axis, in[0].shape.size()));
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

// Calls body(lane, position) for the elements of `lanes` neighbouring vectors of `count` elements,
// which lie `stride` apart.
template <class Body>
void for_each_element(int64_t count, int64_t stride, int64_t lanes, const Body& body) {
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
      body(static_cast<size_t>(lane), i * stride + lane);
    }
  }
}

// Stores finish(x - max, sum of exp(x - max)) for each element of neighbouring vectors. Whatever
// exponentials it takes are computed again, so that narrow types round only once.
template <class T, class Finish>
void normalize_vectors(const T* in, T* out, int64_t count, int64_t stride, int64_t lanes,
                       const Finish& finish) {
  std::array<double, kLanes> largest;
  largest.fill(-std::numeric_limits<double>::infinity());
  for_each_element(count, stride, lanes, [&](size_t lane, int64_t at) {
    largest[lane] = std::max(largest[lane], static_cast<double>(load(in[at])));
  });
  std::array<double, kLanes> sum{};
  for_each_element(count, stride, lanes, [&](size_t lane, int64_t at) {
    sum[lane] += std::exp(load(in[at]) - largest[lane]);
  });
  for_each_element(count, stride, lanes, [&](size_t lane, int64_t at) {
    const double value = finish(load(in[at]) - largest[lane], sum[lane]);
    out[at] = store<T>(static_cast<ComputeType<T>>(value));
  });
}

struct Exponential {
  double operator()(double distance, double sum) const { return std::exp(distance) / sum; }
};
struct Logarithm {
  double operator()(double distance, double sum) const { return distance - std::log(sum); }
};

template <class Finish>
struct Normalize {
  template <class T>
  static void run(const T* in, T* out, int64_t count, int64_t stride, int64_t lanes) {
    normalize_vectors(in, out, count, stride, lanes, Finish());
  }
};

// 1 at the first of the largest elements, a NaN being larger than numbers.
struct MarkLargest {
  template <class T>
  static void run(const T* in, T* out, int64_t count, int64_t stride, int64_t lanes) {
    std::array<double, kLanes> largest;
    std::array<int64_t, kLanes> where;
    for_each_element(count, stride, lanes, [&](size_t lane, int64_t at) {
      const auto value = static_cast<double>(load(in[at]));
      const bool first = at < stride && at < lanes;
      const bool more = value > largest[lane] || (value != value && largest[lane] == largest[lane]);
      if (!first && !more) return;
      largest[lane] = value;
      where[lane] = at;
    });
    for_each_element(count, stride, lanes, [&](size_t lane, int64_t at) {
      out[at] = store<T>(static_cast<ComputeType<T>>(at == where[lane] ? 1 : 0));
    });
  }
};

template <class Vectors>
Status softmax_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                         std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_softmax, attrs, in, out));
  const std::span<const int64_t> shape(in[0].shape);
  if (tenon::element_count(shape) == 0) return ok_status();
  const size_t axis = TRY(normalize_axis(attrs.as<SoftmaxAttrs>().axis, shape.size()));
  const AxisVectors vectors(shape, axis);
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    for_each_vector_group(
        vectors, kLanes, kGrain, pool, [&](int64_t outer, int64_t inner, int64_t lanes) {
          const int64_t first = outer * vectors.count * vectors.inner + inner;
          Vectors::run(static_cast<const T*>(in[0].data) + first,
                       static_cast<T*>(out[0].data) + first, vectors.count, vectors.inner, lanes);
        });
  });
}

template <class Vectors>
constexpr OpDef along_axis(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .attrs = &attr_table<SoftmaxAttrs>,
          .min_inputs = 1,
          .max_inputs = 1,
          .outputs = 1,
          .infer = infer_softmax,
          .reference = softmax_reference<Vectors>,
          .in_place = 0b1};
}

constexpr OpDef kHardmax =
    along_axis<MarkLargest>("Hardmax", "1 for the first largest element along an axis, else 0.");
constexpr OpDef kLogSoftmax = along_axis<Normalize<Logarithm>>(
    "LogSoftmax", "The natural logarithm of exp(x) / sum(exp(x)) along an axis.");
constexpr OpDef kSoftmax =
    along_axis<Normalize<Exponential>>("Softmax", "exp(x) / sum(exp(x)) along an axis.");
constexpr const OpDef* kOps[] = {&kHardmax, &kLogSoftmax, &kSoftmax};

}  // namespace

std::span<const OpDef* const> softmax_ops() { return kOps; }

}  // namespace tenon::internal
