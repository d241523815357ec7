// Matrix products. A right operand that is one constant matrix lies packed in the plan; others are
// packed at each run, matrix by matrix, into the workspace. Operands may be read in another order
// of axes than they are stored in, as long as the left one's rows are dense. A vector is one row on
// the left, and one column on the right.

#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/product/product.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/loop_axes.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/strided_copy.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace tenon::internal {
namespace {

// Positions of the anchor's operands.
constexpr size_t kLeft = 0;
constexpr size_t kRight = 1;

struct MatmulPlan {
  AnchoredProblem problem;
  // The right operand is one packed constant.
  bool packed = false;
  // There is more than one right matrix.
  bool batched = false;
  int64_t depth = 0;
  int64_t columns = 0;
  // Made with the kernel.
  std::optional<Product> product = std::nullopt;

  ProductSize size() const { return {.columns = columns, .depth = depth}; }
  const OperandView& view(size_t operand) const {
    return problem.parts.views[problem.position(operand)];
  }
};

// Strides, in elements, of the axes of an operand as it is read.
std::vector<int64_t> read_strides(const OperandView& view, std::span<const int64_t> stored) {
  std::vector<int64_t> dense = dense_strides(stored);
  if (view.is_identity()) return dense;
  std::vector<int64_t> strides;
  for (const int64_t axis : view.perm) strides.push_back(dense[static_cast<size_t>(axis)]);
  return strides;
}

Shape read_shape(const OperandView& view, std::span<const int64_t> stored) {
  if (view.is_identity()) return Shape(stored.begin(), stored.end());
  Shape shape;
  for (const int64_t axis : view.perm) shape.push_back(stored[static_cast<size_t>(axis)]);
  return shape;
}

// Whether there may be more than one matrix, or none.
bool has_batch(const SymbolicShape& shape) {
  const auto is_one = [](const Dim& extent) { return extent == Dim(1); };
  return shape.size() > 2 && !std::all_of(shape.begin(), shape.end() - 2, is_one);
}

// The last two dims of the right operand, and what the leading ones mean.
Status plan_operands(MatmulPlan& plan) {
  const SymbolicShape& left = plan.problem.operand(kLeft)->shape;
  SymbolicShape right = plan.problem.operand(kRight)->shape;
  if (right.size() == 1) {
    const auto along_rows = [](ExtraKind kind) { return kind == ExtraKind::kRow; };
    if (std::ranges::any_of(plan.problem.extras, along_rows)) {
      return unsupported("an operand repeats along the rows of a product with one column");
    }
    right.emplace_back(1);
  }
  const std::optional<int64_t> depth = right[right.size() - 2].as_constant();
  const std::optional<int64_t> columns = right.back().as_constant();
  if (!depth || !columns) return unsupported("the size of the right operand is open");
  if (*depth < 1 || *columns < 1) return unsupported("the right operand is empty");
  plan.depth = *depth;
  plan.columns = *columns;
  plan.batched = has_batch(right);
  const OperandView& view = plan.view(kLeft);
  // All rows are one matrix where there is one on the right.
  const bool matrices_apart = plan.batched || !has_batch(left);
  const bool rows_dense =
      view.is_identity() ||
      (matrices_apart && view.perm.back() + 1 == static_cast<int64_t>(left.size()));
  if (!rows_dense) return unsupported("rows of the left operand are not stored one by one");
  return {};
}

Result<MatmulPlan> plan_matmul(const Problem& problem) {
  MatmulPlan plan;
  plan.problem = TRY(anchored_problem(problem, "MatMul", /*column_axis=*/-1));
  for (const ValueInfo& input : problem.inputs) {
    if (input.layout != Layout::kPlain) return unsupported("an operand is not plain");
  }
  if (problem.outputs[0].layout != Layout::kPlain) return unsupported("the result is not plain");
  TRY_STATUS(plan_operands(plan));
  plan.packed = in_mask(problem.constants, plan.problem.position(kRight)) && !plan.batched;
  return plan;
}

// Packs a matrix whose last two strides are given.
void pack_right(const MatmulPlan& plan, Isa isa, std::span<const int64_t> strides,
                const float* matrix, float* packed) {
  const MatrixStrides last_two{.depth = strides[strides.size() - 2], .column = strides.back()};
  pack_panels(plan.size(), isa, matrix, last_two,
              {packed, static_cast<size_t>(packed_elements(plan.size(), isa))});
}

// The matrices of one operand at concrete shapes.
struct Matrices {
  Shape shape;
  std::vector<int64_t> strides;

  // `position`: kLeft or kRight.
  Matrices(const OperandView& view, const BoundOperand& operand, size_t position)
      : shape(read_shape(view, operand.shape)), strides(read_strides(view, operand.shape)) {
    if (operand.pitch != 0) {
      // Only what is read as it is stored has a pitch.
      for (size_t axis = 0; axis + 1 < shape.size(); ++axis) {
        strides[axis] = strides[axis] / shape.back() * row_stride(operand, shape.back());
      }
    }
    if (shape.size() > 1) return;
    const auto added = static_cast<std::ptrdiff_t>(position == kLeft ? 0 : shape.size());
    shape.insert(shape.begin() + added, 1);
    strides.insert(strides.begin() + added, 0);
  }

  int64_t rows() const { return shape[shape.size() - 2]; }
  int64_t step() const { return strides[strides.size() - 2]; }
  std::span<const int64_t> batch() const { return std::span(shape).first(shape.size() - 2); }
  int64_t count() const { return tenon::element_count(batch()); }
  // Elements before a matrix; 0 before the first of none.
  int64_t offset(int64_t matrix) const {
    if (matrix == 0) return 0;
    int64_t offset = 0;
    for (size_t axis = shape.size() - 2; axis-- > 0;) {
      offset += matrix % shape[axis] * strides[axis];
      matrix /= shape[axis];
    }
    return offset;
  }
};

// Loops over the matrices of the result, with the number of the left and of the right one.
std::vector<LoopAxis> batch_loops(const Matrices& left, const Matrices& right) {
  const std::array<const Matrices*, 2> operands = {&left, &right};
  std::vector<LoopAxis> loops(std::max(left.batch().size(), right.batch().size()),
                              LoopAxis{.extent = 1, .strides = {0, 0}});
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::span<const int64_t> batch = operands[i]->batch();
    const std::vector<int64_t> strides = dense_strides(batch);
    for (size_t axis = 0; axis < batch.size(); ++axis) {
      if (batch[axis] == 1) continue;
      LoopAxis& loop = loops[loops.size() - batch.size() + axis];
      loop.extent = batch[axis];
      loop.strides[i] = strides[axis];
    }
  }
  return merge_axes(loops);
}

// One run.
struct Matmul {
  std::shared_ptr<const MatmulPlan> plan;
  Matrices left;
  Matrices right;
  // Where there are several right matrices.
  std::vector<LoopAxis> batches;
  // Of each product.
  int64_t rows;
  // Elements from a row of the result to the next.
  int64_t result_stride;

  void operator()(const Operands& operands) const {
    const auto* stored = operands.input<float>(plan->problem.position(kRight));
    if (plan->packed) {
      multiply(0, 0, operands, stored);
      return;
    }
    auto* packed = reinterpret_cast<float*>(operands.workspace);
    const Isa isa = plan->product->isa();
    if (!plan->batched) {
      pack_right(*plan, isa, right.strides, stored, packed);
      multiply(0, 0, operands, packed);
      return;
    }
    const int64_t elements = packed_elements(plan->size(), isa);
    const auto pack = [&](int64_t matrix) {
      pack_right(*plan, isa, right.strides, stored + right.offset(matrix),
                 packed + matrix * elements);
    };
    const int64_t products = iterations(batches);
    // Each is packed by the thread that needs it, unless several products do.
    const bool shared = right.count() < products;
    if (shared) {
      operands.pool.parallel_for(right.count(), [&](int64_t begin, int64_t end) {
        for (int64_t matrix = begin; matrix < end; ++matrix) pack(matrix);
      });
    }
    operands.pool.parallel_for(products, [&](int64_t begin, int64_t end) {
      std::array<int64_t, 2> matrices{};
      for_iterations(batches, begin, end, matrices, [&](int64_t index) {
        if (!shared) pack(matrices[kRight]);
        multiply(index, matrices[kLeft], operands, packed + matrices[kRight] * elements);
      });
    });
  }

  // `matrix` of the result, from `left_matrix`; without batches all rows are one matrix.
  void multiply(int64_t matrix, int64_t left_matrix, const Operands& operands,
                const float* packed) const {
    const int64_t stride = left.step();
    const auto* a_matrix = operands.input<float>(kLeft) + left.offset(left_matrix);
    auto* result = static_cast<float*>(operands.pointers.back());
    auto* c_matrix = result + matrix * left.rows() * result_stride;
    const auto rows_of_a = [&](int64_t first, int64_t, const float** a) {
      *a = a_matrix + first * stride;
      return true;
    };
    const auto rows_of_c = [&](int64_t first, int64_t count, float** c) {
      for (int64_t row = 0; row < count; ++row) c[row] = c_matrix + (first + row) * result_stride;
    };
    std::array<const float*, kMaxTileExtras> extras{};
    const size_t count = extra_pointers(plan->problem, operands, extras);
    plan->product->run(rows,
                       {.rows = {.rows_of_a = rows_of_a,
                                 .rows_of_c = rows_of_c,
                                 .a_stride = stride,
                                 .c_stride = result_stride},
                        .packed = packed,
                        .extras = std::span(extras).first(count),
                        // Full extras lie beside the whole result.
                        .c = result},
                       operands.pool);
  }
};

Result<BoundFunction> bind_matmul(const std::shared_ptr<const MatmulPlan>& plan,
                                  std::span<const BoundOperand> inputs,
                                  std::span<const BoundOperand> outputs) {
  Matrices left(plan->view(kLeft), inputs[kLeft], kLeft);
  Matrices right(plan->view(kRight), inputs[plan->problem.position(kRight)], kRight);
  std::vector<LoopAxis> batches = batch_loops(left, right);
  const int64_t rows = plan->batched ? left.rows() : left.rows() * left.count();
  return BoundFunction(Matmul{plan, std::move(left), std::move(right), std::move(batches), rows,
                              row_stride(outputs[0], plan->columns)});
}

// Of one product: a matrix with others on the right, else all matrices on the left.
PossibleRows possible_rows(const MatmulPlan& plan) {
  const SymbolicShape& left = plan.problem.operand(kLeft)->shape;
  if (!plan.batched) return {.number = {left.begin(), left.end() - 1}, .forms = kEvenRows};
  SymbolicShape rows;
  if (left.size() > 1) rows.push_back(left[left.size() - 2]);
  return {.number = rows, .forms = kEvenRows};
}

template <Isa kIsa>
std::string rejects_matmul(const Problem& problem, const DeviceInfo& device) {
  return isa_of(device) < kIsa ? needs_isa(kIsa) : reason_of(plan_matmul(problem));
}

template <Isa kIsa>
Dim matmul_workspace(const Problem& problem) {
  const MatmulPlan plan = plan_matmul(problem).value();
  if (plan.packed) return 0;
  Dim matrices = 1;
  const SymbolicShape& right = plan.problem.operand(kRight)->shape;
  for (size_t axis = 0; axis + 2 < right.size(); ++axis) matrices = matrices * right[axis];
  return matrices * packed_bytes(plan.size(), kIsa);
}

template <Isa kIsa>
std::vector<Packing> matmul_packings(const Problem& problem) {
  const MatmulPlan plan = plan_matmul(problem).value();
  if (!plan.packed) return {};
  return {{plan.problem.position(kRight), packed_bytes(plan.size(), kIsa)}};
}

template <Isa kIsa>
Status pack_matmul(const Problem& problem, size_t operand, const ConstTensorView& constant,
                   std::span<std::byte> packed) {
  static_cast<void>(operand);
  const MatmulPlan plan = TRY(plan_matmul(problem));
  const Matrices matrices(plan.view(kRight),
                          {.type = constant.type, .shape = constant.shape, .host_bytes = {}},
                          kRight);
  pack_right(plan, kIsa, matrices.strides, static_cast<const float*>(constant.data),
             floats_of(packed).data());
  return {};
}

bool matmul_takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  const MatmulPlan plan = plan_matmul(problem).value();
  // Numbers that are rows of the product lie together.
  if (plan.problem.operand(kRight)->shape.size() == 1 && pitches.back() != Dim(0)) return false;
  const bool as_stored = plan.view(kLeft).is_identity();
  return takes_tile_pitches(plan.problem, as_stored ? std::optional(kLeft) : std::nullopt, pitches);
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make_matmul(const Problem& problem, Device& device) {
  MatmulPlan plan = TRY(plan_matmul(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  plan.product = TRY(
      Product::create(plan.size(), possible_rows(plan), plan.problem.epilogue(false), kIsa, code));
  return planned_kernel(std::move(plan), device, code, bind_matmul);
}

template <Isa kIsa>
constexpr Tactic matmul_tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Matrix products over packed panels of the right operand.",
          .rejects = rejects_matmul<kIsa>,
          .workspace = matmul_workspace<kIsa>,
          .make = make_matmul<kIsa>,
          .packings = matmul_packings<kIsa>,
          .pack = pack_matmul<kIsa>,
          .takes_pitches = matmul_takes_pitches};
}

constexpr std::array kTactics = {matmul_tactic<Isa::kAvx512>("matmul_avx512"),
                                 matmul_tactic<Isa::kAvx2>("matmul_avx2")};

}  // namespace

std::span<const Tactic> matmul_tactics() { return kTactics; }

}  // namespace tenon::internal
