#include "ops/matrix.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;

Result<std::vector<ValueInfo>> infer_eye_like(const Attrs& attrs, std::span<const ValueInfo> in) {
  const DataType type = attrs.as<EyeLikeAttrs>().dtype.value_or(in[0].type);
  if (!dispatch_type<NumericOrBoolTypes>(type, []<class T>() {}).ok()) {
    return invalid_argument("a matrix of ones and zeros cannot have elements of type {}",
                            to_string(type));
  }
  if (in[0].shape.size() != 2) {
    return invalid_argument("the operand {} is no matrix", to_string(in[0]));
  }
  return std::vector{ValueInfo{type, in[0].shape, std::nullopt}};
}

Status eye_like_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                          std::span<const TensorView> out, ThreadPool&) {
  TRY_STATUS(check_shapes(infer_eye_like, attrs, in, out));
  const int64_t rows = out[0].shape[0];
  const int64_t columns = out[0].shape[1];
  const int64_t k = std::clamp(attrs.as<EyeLikeAttrs>().k, -rows, columns);
  return dispatch_type<NumericOrBoolTypes>(out[0].type, [&]<class T>() {
    const std::span<T> elements = elements_of<T>(out[0]);
    std::ranges::fill(elements, store<T>(ComputeType<T>{0}));
    for (int64_t row = std::max<int64_t>(0, -k); row < rows && row + k < columns; ++row) {
      elements[static_cast<size_t>(row * columns + row + k)] = store<T>(ComputeType<T>{1});
    }
  });
}

Result<std::vector<ValueInfo>> infer_trilu(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  if (in[0].shape.size() < 2) {
    return invalid_argument("the operand {} holds no matrices", to_string(in[0]));
  }
  if (has_operand(in, 1)) {
    TRY_STATUS(require_indices(in[1]));
    if (certainly_differ(element_count(in[1].shape), 1)) {
      return invalid_argument("the diagonal is {}, it must be a scalar", to_string(in[1]));
    }
  }
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

Status trilu_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                       std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_trilu, attrs, in, out));
  const int64_t count = tenon::element_count(in[0].shape);
  if (count == 0) return ok_status();
  const bool upper = attrs.as<TriluAttrs>().upper;
  const int64_t rows = in[0].shape[in[0].shape.size() - 2];
  const int64_t columns = in[0].shape.back();
  int64_t k = 0;
  if (has_operand(in, 1)) k = TRY(to_int64s(in[1])).front();
  k = std::clamp(k, -rows, columns);
  return dispatch_size(in[0].type, [&]<class T>() {
    const T* const x = elements_of<T>(in[0]).data();
    T* const y = elements_of<T>(out[0]).data();
    pool.parallel_for(
        count / columns,
        [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            // Above the diagonal, with it, or below.
            const int64_t diagonal = row % rows + k;
            const int64_t split = std::clamp<int64_t>(upper ? diagonal : diagonal + 1, 0, columns);
            for (int64_t i = 0; i < columns; ++i) {
              const bool stays = upper ? i >= split : i < split;
              y[row * columns + i] = stays ? x[row * columns + i] : T{0};
            }
          }
        },
        std::max<int64_t>(1, kGrain / columns));
  });
}

Result<std::vector<ValueInfo>> infer_det(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  const SymbolicShape& x = in[0].shape;
  if (x.size() < 2 || certainly_differ(x[x.size() - 2], x.back())) {
    return invalid_argument("the operand {} holds no square matrices", to_string(in[0]));
  }
  return std::vector{ValueInfo{in[0].type, {x.begin(), x.end() - 2}, std::nullopt}};
}

// By elimination, with the largest element of each column as its pivot. Takes the matrix apart.
double determinant(std::vector<double>& matrix, size_t extent) {
  double product = 1;
  for (size_t k = 0; k < extent; ++k) {
    size_t pivot = k;
    for (size_t row = k + 1; row < extent; ++row) {
      if (std::abs(matrix[row * extent + k]) > std::abs(matrix[pivot * extent + k])) pivot = row;
    }
    if (pivot != k) {
      for (size_t i = k; i < extent; ++i) {
        std::swap(matrix[k * extent + i], matrix[pivot * extent + i]);
      }
      product = -product;
    }
    const double divisor = matrix[k * extent + k];
    product *= divisor;
    if (divisor == 0) return 0;
    for (size_t row = k + 1; row < extent; ++row) {
      const double factor = matrix[row * extent + k] / divisor;
      for (size_t i = k + 1; i < extent; ++i) {
        matrix[row * extent + i] -= factor * matrix[k * extent + i];
      }
    }
  }
  return product;
}

Status det_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_det, attrs, in, out));
  const auto extent = static_cast<size_t>(in[0].shape.back());
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    const std::span<const T> x = elements_of<T>(in[0]);
    const std::span<T> y = elements_of<T>(out[0]);
    pool.parallel_for(static_cast<int64_t>(y.size()), [&](int64_t begin, int64_t end) {
      std::vector<double> matrix(extent * extent);
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        for (size_t k = 0; k < matrix.size(); ++k) {
          matrix[k] = static_cast<double>(load(x[i * matrix.size() + k]));
        }
        y[i] = store<T>(static_cast<ComputeType<T>>(determinant(matrix, extent)));
      }
    });
  });
}

constexpr OpDef kDet = {.name = "Det",
                        .doc = "The determinants of square matrices.",
                        .attrs = &attr_table<NoAttrs>,
                        .min_inputs = 1,
                        .max_inputs = 1,
                        .outputs = 1,
                        .infer = infer_det,
                        .reference = det_reference};

constexpr OpDef kEyeLike = {
    .name = "EyeLike",
    .doc = "A matrix of the operand's shape with ones on a diagonal, and zeros.",
    .attrs = &attr_table<EyeLikeAttrs>,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer_eye_like,
    .reference = eye_like_reference};

constexpr OpDef kTrilu = {.name = "Trilu",
                          .doc = "Matrices with zeros below a diagonal, or above it.",
                          .attrs = &attr_table<TriluAttrs>,
                          .min_inputs = 1,
                          .max_inputs = 2,
                          .outputs = 1,
                          .infer = infer_trilu,
                          .reference = trilu_reference,
                          .in_place = 0b1};

constexpr std::array<const OpDef*, 3> kOps = {&kDet, &kEyeLike, &kTrilu};

}  // namespace

std::span<const OpDef* const> matrix_ops() { return kOps; }

}  // namespace tenon::internal
