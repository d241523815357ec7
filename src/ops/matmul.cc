#include "ops/matmul.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/block_product.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/work.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using MatrixTypes =
    TypeList<float, double, Float16, BFloat16, int32_t, uint32_t, int64_t, uint64_t>;

Status check_types(std::span<const ValueInfo> in) {
  switch (in[0].type) {
    case DataType::kInt32:
    case DataType::kUInt32:
    case DataType::kInt64:
    case DataType::kUInt64:
      break;
    default:
      if (!require_floating(in[0].type).ok()) {
        return invalid_argument(
            "elements are {}; they must be f32, f64, f16, bf16, i32, u32, i64 or u64",
            to_string(in[0].type));
      }
  }
  return require_same_types(in);
}

// The shapes of matmul's operands, with vectors made matrices.
template <class Dims>
struct Factors {
  Dims a;
  Dims b;
  bool a_is_vector = false;
  bool b_is_vector = false;

  Factors(Dims a_shape, Dims b_shape)
      : a(std::move(a_shape)),
        b(std::move(b_shape)),
        a_is_vector(a.size() == 1),
        b_is_vector(b.size() == 1) {
    if (a_is_vector) a.insert(a.begin(), 1);
    if (b_is_vector) b.push_back(1);
  }
};

Result<std::vector<ValueInfo>> infer_matmul(const Attrs&, std::span<const ValueInfo> in) {
  TRY_STATUS(check_types(in));
  if (in[0].shape.empty() || in[1].shape.empty()) {
    return invalid_argument("operands are {} and {}; scalars cannot be multiplied as matrices",
                            to_string(in[0]), to_string(in[1]));
  }
  const Factors<SymbolicShape> factors(in[0].shape, in[1].shape);
  const auto& [a, b, a_is_vector, b_is_vector] = factors;
  const Dim& rows = a[a.size() - 2];
  const Dim& columns = b.back();
  if (certainly_differ(a.back(), b[b.size() - 2])) {
    return invalid_argument("matrices {} and {} do not fit: {} columns against {} rows",
                            to_string(in[0].shape), to_string(in[1].shape), a.back().to_string(),
                            b[b.size() - 2].to_string());
  }
  ValueInfo out{in[0].type, {}, {}};
  out.shape = TRY(broadcast({a.begin(), a.end() - 2}, {b.begin(), b.end() - 2}));
  if (!a_is_vector) out.shape.push_back(rows);
  if (!b_is_vector) out.shape.push_back(columns);
  return std::vector{std::move(out)};
}

Result<std::vector<ValueInfo>> infer_gemm(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<GemmAttrs>();
  TRY_STATUS(check_types(in));
  const SymbolicShape& a = in[0].shape;
  const SymbolicShape& b = in[1].shape;
  if (a.size() != 2 || b.size() != 2) {
    return invalid_argument("operands {} and {} must be matrices", to_string(a), to_string(b));
  }
  if (certainly_differ(a[attrs.trans_a ? 0 : 1], b[attrs.trans_b ? 1 : 0])) {
    return invalid_argument("matrices {} (transA={:d}) and {} (transB={:d}) do not fit",
                            to_string(a), attrs.trans_a, to_string(b), attrs.trans_b);
  }
  const auto is_whole = [](float scale) {
    return std::abs(scale) < 0x1p62F && std::trunc(scale) == scale;
  };
  if (!require_floating(in[0].type).ok() && !(is_whole(attrs.alpha) && is_whole(attrs.beta))) {
    return invalid_argument("alpha={} and beta={} must be whole numbers where elements are {}",
                            attrs.alpha, attrs.beta, to_string(in[0].type));
  }
  ValueInfo out{in[0].type, {a[attrs.trans_a ? 1 : 0], b[attrs.trans_b ? 0 : 1]}, {}};
  if (has_operand(in, 2)) {
    const SymbolicShape& c = in[2].shape;
    bool fits = c.size() <= 2;
    for (size_t i = 0; fits && i < c.size(); ++i) {
      fits = c[i] == Dim(1) || !certainly_differ(c[i], out.shape[2 - c.size() + i]);
    }
    if (!fits) {
      return invalid_argument("c {} does not broadcast to the product's shape {}", to_string(c),
                              to_string(out.shape));
    }
  }
  return std::vector{std::move(out)};
}

template <class T>
struct Matrix {
  const T* data = nullptr;
  int64_t row_stride = 0;
  int64_t column_stride = 0;
};

// Element (i, j) of the part goes to packed[i * stride + j].
template <class T, class Sum>
void pack(const Matrix<T>& matrix, Extent rows, Extent columns, int64_t stride, Sum* packed) {
  const T* corner =
      matrix.data + rows.begin * matrix.row_stride + columns.begin * matrix.column_stride;
  if (matrix.column_stride == 1) {
    for (int64_t i = 0; i < rows.count; ++i) {
      const T* row = corner + i * matrix.row_stride;
      for (int64_t j = 0; j < columns.count; ++j) {
        packed[i * stride + j] = static_cast<Sum>(load(row[j]));
      }
    }
    return;
  }
  for (int64_t j = 0; j < columns.count; ++j) {
    const T* column = corner + j * matrix.column_stride;
    for (int64_t i = 0; i < rows.count; ++i) {
      packed[i * stride + j] = static_cast<Sum>(load(column[i * matrix.row_stride]));
    }
  }
}

// The first factors, their second factors and the dense results of each batch.
template <class T>
struct Products {
  ProductSize size;
  Matrix<T> a;
  Matrix<T> b;
  // Of each batch, in elements.
  std::vector<int64_t> a_offsets;
  std::vector<int64_t> b_offsets;
  T* out = nullptr;
};

// Stores finish(row, column, sum).
template <class T, class Finish>
void multiply(const Products<T>& products, ThreadPool& pool, const Finish& finish) {
  using Sum = SumType<T>;
  const auto at = [](Matrix<T> matrix, int64_t offset) {
    matrix.data += offset;
    return matrix;
  };
  block_product<Sum>(
      products.size, pool,
      [&](int64_t batch, Extent rows, Extent depth, Sum* packed) {
        const int64_t offset = products.a_offsets[static_cast<size_t>(batch)];
        pack(at(products.a, offset), rows, depth, kBlockDepth, packed);
      },
      [&](int64_t batch, Extent depth, Extent columns, Sum* packed) {
        const int64_t offset = products.b_offsets[static_cast<size_t>(batch)];
        pack(at(products.b, offset), depth, columns, kBlockColumns, packed);
      },
      [&](int64_t batch, Extent rows, Extent columns, const Sum* sums) {
        for (int64_t i = 0; i < rows.count; ++i) {
          const int64_t row = rows.begin + i;
          T* write = products.out + (batch * products.size.rows + row) * products.size.columns;
          for (int64_t j = columns.begin; j < columns.begin + columns.count; ++j) {
            const Sum sum = finish(row, j, sums[i * kBlockColumns + j - columns.begin]);
            write[j] = store<T>(static_cast<ComputeType<T>>(sum));
          }
        }
      });
}

// Where the matrices of an operand [batch..., rows, columns] that broadcasts to `batch` start.
std::vector<int64_t> matrix_offsets(const Shape& operand, std::span<const int64_t> batch) {
  std::vector<int64_t> offsets = {0};
  const size_t missing = batch.size() + 2 - operand.size();
  for (size_t axis = 0; axis < batch.size(); ++axis) {
    const int64_t extent = axis < missing ? 1 : operand[axis - missing];
    std::vector<int64_t> finer;
    finer.reserve(offsets.size() * static_cast<size_t>(batch[axis]));
    for (const int64_t offset : offsets) {
      for (int64_t i = 0; i < batch[axis]; ++i) finer.push_back(offset * extent + i % extent);
    }
    offsets = std::move(finer);
  }
  const int64_t matrix = operand[operand.size() - 2] * operand.back();
  for (int64_t& offset : offsets) offset *= matrix;
  return offsets;
}

template <class T>
void matmul(std::span<const ConstTensorView> in, const TensorView& out, ThreadPool& pool) {
  const auto& [a, b, a_is_vector, b_is_vector] = Factors<Shape>(in[0].shape, in[1].shape);
  const size_t batch_rank = std::max(a.size(), b.size()) - 2;
  const auto batch = std::span(out.shape).first(batch_rank);
  Products<T> products{
      .size = {.batches = 1, .rows = a[a.size() - 2], .columns = b.back(), .depth = a.back()},
      .a = {elements_of<T>(in[0]).data(), a.back(), 1},
      .b = {elements_of<T>(in[1]).data(), b.back(), 1},
      .a_offsets = matrix_offsets(a, batch),
      .b_offsets = matrix_offsets(b, batch),
      .out = elements_of<T>(out).data()};
  const auto batches = static_cast<int64_t>(products.a_offsets.size());
  if (tenon::element_count(std::span(b).first(b.size() - 2)) == 1) {
    // One second factor for all: the first ones stand below each other.
    products.size.rows *= batches;
  } else {
    products.size.batches = batches;
  }
  multiply(products, pool, [](int64_t, int64_t, SumType<T> sum) { return sum; });
}

Status reference_matmul(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_matmul, attrs, in, out));
  return dispatch_type<MatrixTypes>(in[0].type, [&]<class T>() {
    if (tenon::element_count(out[0].shape) > 0) matmul<T>(in, out[0], pool);
  });
}

template <class T>
Matrix<T> matrix_of(const ConstTensorView& operand, bool transposed) {
  const int64_t columns = operand.shape[1];
  const T* data = elements_of<T>(operand).data();
  return transposed ? Matrix<T>{data, 1, columns} : Matrix<T>{data, columns, 1};
}

// An operand that broadcasts to a matrix.
template <class T>
Matrix<T> addend_of(const ConstTensorView& operand) {
  const Shape& shape = operand.shape;
  const int64_t columns = shape.empty() ? 1 : shape.back();
  const int64_t rows = shape.size() < 2 ? 1 : shape[0];
  return {elements_of<T>(operand).data(), rows == 1 ? 0 : columns, columns == 1 ? 0 : 1};
}

template <class T>
SumType<T> scale_of(float scale) {
  if constexpr (std::is_same_v<SumType<T>, double>) {
    return static_cast<double>(scale);
  } else {
    return static_cast<uint64_t>(static_cast<int64_t>(scale));
  }
}

template <class T>
void gemm(const GemmAttrs& attrs, std::span<const ConstTensorView> in, const TensorView& out,
          ThreadPool& pool) {
  using Sum = SumType<T>;
  const Products<T> products{.size = {.batches = 1,
                                      .rows = out.shape[0],
                                      .columns = out.shape[1],
                                      .depth = in[0].shape[attrs.trans_a ? 0 : 1]},
                             .a = matrix_of<T>(in[0], attrs.trans_a),
                             .b = matrix_of<T>(in[1], attrs.trans_b),
                             .a_offsets = {0},
                             .b_offsets = {0},
                             .out = elements_of<T>(out).data()};
  const Sum alpha = scale_of<T>(attrs.alpha);
  const Sum beta = scale_of<T>(attrs.beta);
  if (!has_operand(in, 2)) {
    multiply(products, pool, [&](int64_t, int64_t, Sum sum) { return alpha * sum; });
    return;
  }
  const Matrix<T> c = addend_of<T>(in[2]);
  multiply(products, pool, [&](int64_t row, int64_t column, Sum sum) {
    const T addend = c.data[row * c.row_stride + column * c.column_stride];
    return alpha * sum + beta * static_cast<Sum>(load(addend));
  });
}

Status reference_gemm(const Attrs& attrs, std::span<const ConstTensorView> in,
                      std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_gemm, attrs, in, out));
  return dispatch_type<MatrixTypes>(in[0].type, [&]<class T>() {
    if (tenon::element_count(out[0].shape) > 0) gemm<T>(attrs.as<GemmAttrs>(), in, out[0], pool);
  });
}

double gemm_flops(const Attrs& attrs, std::span<const ValueInfo> in, const ValueInfo& out) {
  const Dim& depth = in[0].shape[attrs.as<GemmAttrs>().trans_a ? 0 : 1];
  return 2 * elements_in(out.shape) * elements_in({&depth, 1});
}

double matmul_flops(const Attrs&, std::span<const ValueInfo> in, const ValueInfo& out) {
  return 2 * elements_in(out.shape) * elements_in({&in[0].shape.back(), 1});
}

constexpr OpDef kGemm = {
    .name = "Gemm",
    .doc = "alpha * A * B + beta * C for matrices, with A and B transposed where asked for.",
    .attrs = &attr_table<GemmAttrs>,
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer_gemm,
    .reference = reference_gemm,
    .flops = gemm_flops,
};

constexpr OpDef kMatMul = {
    .name = "MatMul",
    .doc = "Matrix product with broadcasting over leading dimensions, as NumPy's matmul.",
    .attrs = &attr_table<NoAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_matmul,
    .reference = reference_matmul,
    .flops = matmul_flops,
};

constexpr std::array<const OpDef*, 2> kOps = {&kGemm, &kMatMul};

}  // namespace

std::span<const OpDef* const> matmul_ops() { return kOps; }

}  // namespace tenon::internal
