#include "ops/one_hot.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/axis_vectors.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b10;
// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;

Result<std::vector<ValueInfo>> infer_one_hot(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_indices(in[0]));
  TRY_STATUS(require_whole_bytes(in[2].type));
  const std::vector<Dim> depth = TRY(list_operand(in[1], "extent of the vectors"));
  if (depth.size() != 1 || (depth[0].is_constant() && depth[0].constant() < 0)) {
    return invalid_argument("the extent of the vectors is {}, it must be one number from 0 on",
                            to_string(depth));
  }
  if (in[2].shape.size() != 1 || certainly_differ(in[2].shape[0], 2)) {
    return invalid_argument("the values are {}, they must be a list of two", to_string(in[2]));
  }
  ValueInfo out = {in[2].type, in[0].shape, std::nullopt};
  const size_t axis = TRY(normalize_axis(attrs.as<OneHotAttrs>().axis, out.shape.size() + 1));
  out.shape.insert(out.shape.begin() + static_cast<ptrdiff_t>(axis), depth[0]);
  return std::vector{std::move(out)};
}

Status one_hot_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                         std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_one_hot, attrs, in, out, kHostInputs));
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  const std::vector<int64_t> indices = TRY(to_int64s(in[0]));
  const size_t axis = TRY(normalize_axis(attrs.as<OneHotAttrs>().axis, out[0].shape.size()));
  const AxisVectors vectors(out[0].shape, axis);
  return dispatch_size(in[2].type, [&]<class T>() {
    const std::span<const T> values = elements_of<T>(in[2]);
    T* const y = elements_of<T>(out[0]).data();
    for_each_vector_group(
        vectors, vectors.inner, kGrain, pool, [&](int64_t outer, int64_t first, int64_t lanes) {
          for (int64_t k = 0; k < vectors.count; ++k) {
            for (int64_t inner = first; inner < first + lanes; ++inner) {
              const int64_t index = indices[static_cast<size_t>(outer * vectors.inner + inner)];
              const bool here = index == k || index == k - vectors.count;
              y[(outer * vectors.count + k) * vectors.inner + inner] = values[here ? 1 : 0];
            }
          }
        });
  });
}

constexpr OpDef kOneHot = {
    .name = "OneHot",
    .doc = "A vector for each index, with another value there than elsewhere.",
    .attrs = &attr_table<OneHotAttrs>,
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_one_hot,
    .reference = one_hot_reference,
    .host_inputs = kHostInputs};
constexpr std::array<const OpDef*, 1> kOps = {&kOneHot};

}  // namespace

std::span<const OpDef* const> one_hot_ops() { return kOps; }

}  // namespace tenon::internal
