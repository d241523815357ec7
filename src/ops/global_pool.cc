#include "ops/global_pool.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/work.h"

#include <array>
#include <limits>
#include <vector>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_global_pool(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  ValueInfo out{in[0].type, in[0].shape, {}};
  if (out.shape.size() < 2) {
    return invalid_argument("x {} must have rank 2 or more: batch, channels, spatial axes",
                            to_string(out.shape));
  }
  for (size_t axis = 2; axis < out.shape.size(); ++axis) out.shape[axis] = 1;
  return std::vector{std::move(out)};
}

// Stores finish(fold, size) for each image and channel, where fold = add(fold, element) over its
// `size` elements, from `start` on.
template <class T, class Add, class Finish>
void pool_planes(const ConstTensorView& in, const TensorView& out, ThreadPool& pool, double start,
                 const Add& add, const Finish& finish) {
  const int64_t plane_size = tenon::element_count(std::span(in.shape).subspan(2));
  const T* x = elements_of<T>(in).data();
  T* y = elements_of<T>(out).data();
  pool.parallel_for(tenon::element_count(out.shape), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      double fold = start;
      for (int64_t i = plane * plane_size; i < (plane + 1) * plane_size; ++i) {
        fold = add(fold, static_cast<double>(load(x[i])));
      }
      y[plane] = store<T>(static_cast<ComputeType<T>>(finish(fold, plane_size)));
    }
  });
}

Status reference_global_average_pool(const Attrs& attrs, std::span<const ConstTensorView> in,
                                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_global_pool, attrs, in, out));
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    pool_planes<T>(
        in[0], out[0], pool, 0.0, [](double sum, double value) { return sum + value; },
        [](double sum, int64_t size) { return size == 0 ? 0.0 : sum / static_cast<double>(size); });
  });
}

Status reference_global_max_pool(const Attrs& attrs, std::span<const ConstTensorView> in,
                                 std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_global_pool, attrs, in, out));
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    pool_planes<T>(in[0], out[0], pool, -std::numeric_limits<double>::infinity(), larger<double>,
                   [](double most, int64_t) { return most; });
  });
}

constexpr OpDef kGlobalAveragePool = {
    .name = "GlobalAveragePool",
    .doc = "Average over all spatial axes.",
    .attrs = &attr_table<NoAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_global_pool,
    .reference = reference_global_average_pool,
    .flops = flops_of_each_input,
};

constexpr OpDef kGlobalMaxPool = {
    .name = "GlobalMaxPool",
    .doc = "Maximum over all spatial axes.",
    .attrs = &attr_table<NoAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_global_pool,
    .reference = reference_global_max_pool,
    .flops = flops_of_each_input,
};

constexpr std::array<const OpDef*, 2> kOps = {&kGlobalAveragePool, &kGlobalMaxPool};

}  // namespace

std::span<const OpDef* const> global_pool_ops() { return kOps; }

}  // namespace tenon::internal
