// Normalizations with statistics of the operand itself, as generated loops: the mean, the mean
// square of the distances from it, then the elements.
#include "ops/normalization.h"
#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/jit/fold_kernel.h"
#include "devices/cpu/jit/pointwise_loop.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/fold_input.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/tactics.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 8192;
// Neighbouring vectors that are normalized at a time, at most.
constexpr int64_t kVectors = 64;
// Elements that are added up in f32, so that sums of many stay exact.
constexpr int64_t kFolded = 32768;
constexpr auto kBytes = static_cast<int64_t>(sizeof(float));

struct NormalizationPlan {
  FoldInput input;
  // Whether the mean is taken away.
  bool centered = true;
  double epsilon = 0;
  // Whether scale and bias have a number for each channel, not for each element of a vector.
  bool by_channel = false;
  // Vectors begin at this axis: at 1 where they are groups of channels, of which there are so many;
  // 0: each channel is one.
  size_t axis = 1;
  int64_t groups = 0;
  // Operands of the problem.
  size_t scale = 0;
  std::optional<size_t> bias;
  // Made with the kernel. The sum of the elements, which are stored where a program makes them; the
  // sum of squares of their distances from the mean; what the elements become.
  std::optional<FoldKernel> sum;
  std::optional<FoldKernel> squares;
  std::optional<PointwiseLoop> normalize;
};

// Appends an instruction; returns its register.
int32_t append(PointwiseProgram& program, ScalarCode code, int32_t a, int32_t b) {
  program.body.push_back({.code = code, .type = DataType::kFloat32, .operands = {a, b, -1}});
  return static_cast<int32_t>(program.inputs.size() + program.body.size()) - 1;
}

// Input 0: the element; then its mean, where it is centered. Its square.
PointwiseProgram square_program(bool centered) {
  PointwiseProgram program;
  program.inputs.assign(centered ? 2 : 1, DataType::kFloat32);
  const int32_t distance = centered ? append(program, ScalarCode::kSub, 0, 1) : 0;
  program.outputs = {append(program, ScalarCode::kMul, distance, distance)};
  return program;
}

// Inputs: the element, its mean where it is centered, factor, scale, and bias where there is one.
PointwiseProgram normalize_program(bool centered, bool biased) {
  PointwiseProgram program;
  program.inputs.assign(3U + (centered ? 1U : 0U) + (biased ? 1U : 0U), DataType::kFloat32);
  int32_t next = 1;
  int32_t value = centered ? append(program, ScalarCode::kSub, 0, next++) : 0;
  value = append(program, ScalarCode::kMul, value, next++);
  value = append(program, ScalarCode::kMul, value, next++);
  if (biased) value = append(program, ScalarCode::kAdd, value, next);
  program.outputs = {value};
  return program;
}

Status make_code(NormalizationPlan& plan, CodeSet& code) {
  FoldSpec sum = fold_of(ScalarCode::kAdd, FoldDirection::kAlong);
  FoldSpec squares = sum;
  plan.input.apply_to(sum);
  sum.stores = !plan.input.map.is_empty();
  if (plan.centered || sum.stores) plan.sum = TRY(FoldKernel::create(code, sum));
  squares.map = square_program(plan.centered);
  if (plan.centered) squares.extras = {FoldExtra::kResult};
  plan.squares = TRY(FoldKernel::create(code, squares));
  std::vector<bool> repeated = {false};
  if (plan.centered) repeated.push_back(true);
  repeated.push_back(true);
  repeated.push_back(plan.by_channel);
  if (plan.bias) repeated.push_back(plan.by_channel);
  std::array<bool, 5> repeats = {};
  std::ranges::copy(repeated, repeats.begin());
  plan.normalize =
      TRY(PointwiseLoop::create(code, normalize_program(plan.centered, plan.bias.has_value()),
                                std::span(repeats).first(repeated.size())));
  return {};
}

class NormalizationRun {
 public:
  NormalizationRun(std::shared_ptr<const NormalizationPlan> plan, const Shape& shape)
      : plan_(std::move(plan)), elements_(tenon::element_count(shape)) {
    if (elements_ == 0) return;
    count_ = tenon::element_count(std::span(shape).subspan(plan_->axis));
    length_ = count_;
    if (plan_->by_channel) {
      groups_ = plan_->groups == 0 ? shape[1] : plan_->groups;
      count_ /= groups_;
      channels_ = shape[1] / groups_;
      length_ = count_ / channels_;
    }
    piece_ = std::clamp<int64_t>(kGrain / count_, 1, kVectors);
  }

  void operator()(const Operands& operands) const {
    if (elements_ == 0) return;
    const int64_t vectors = elements_ / count_;
    operands.pool.parallel_for(
        ceil_div(vectors, piece_),
        [&](int64_t begin, int64_t end) {
          for (int64_t piece = begin; piece < end; ++piece) {
            const int64_t first = piece * piece_;
            normalize(operands, first, std::min(piece_, vectors - first));
          }
        },
        std::max<int64_t>(1, kGrain / (count_ * piece_)));
  }

 private:
  // For each vector of a call the sum of what the kernel makes of its elements, over their number.
  // advance(call, elements): to where so many elements come before.
  template <class Advance>
  std::array<double, kVectors> means_of(const FoldKernel& kernel, const FoldCall& whole,
                                        const Advance& advance) const {
    std::array<double, kVectors> means = {};
    std::array<float, kVectors> sums = {};
    for (int64_t first = 0; first < count_; first += kFolded) {
      FoldCall call = whole;
      call.elements += first;
      if (call.mapped != nullptr) call.mapped += first;
      call.results = sums.data();
      call.count = std::min(kFolded, count_ - first);
      advance(call, first);
      kernel.run(call);
      for (size_t i = 0; i < static_cast<size_t>(call.number); ++i) means[i] += sums[i];
    }
    for (double& mean : means) mean /= static_cast<double>(count_);
    return means;
  }

  void normalize(const Operands& operands, int64_t first, int64_t vectors) const {
    const int64_t offset = first * count_;
    float* const to = static_cast<float*>(operands.pointers.back()) + offset;
    FoldCall call{.elements = operands.input<float>(plan_->input.position) + offset,
                  .row_bytes = count_ * kBytes,
                  .number = vectors};
    std::array<float, kVectors> means = {};
    if (plan_->sum) {
      FoldCall sum = call;
      sum.mapped = to;
      const auto exact = means_of(*plan_->sum, sum, [&](FoldCall& part, int64_t before) {
        plan_->input.set_extras(part, operands, offset + before);
      });
      std::ranges::transform(exact, means.begin(), [](double x) { return static_cast<float>(x); });
      if (!plan_->input.map.is_empty()) call.elements = to;
    }
    const auto squares = means_of(*plan_->squares, call, [&](FoldCall& part, int64_t) {
      if (plan_->centered) part.extras = {means.data()};
    });
    std::array<float, kVectors> factors = {};
    std::ranges::transform(squares, factors.begin(), [&](double square) {
      return static_cast<float>(1 / std::sqrt(square + plan_->epsilon));
    });
    if (!plan_->by_channel) {
      run(operands, {call.elements, to, means.data(), factors.data()}, vectors, kBytes, 0);
      return;
    }
    for (int64_t i = 0; i < vectors; ++i) {
      const int64_t channel = (first + i) % groups_ * channels_;
      run(operands,
          {call.elements + i * count_, to + i * count_, means.data() + i, factors.data() + i},
          channels_, 0, channel);
    }
  }

  struct Rows {
    const float* from;
    float* to;
    const float* means;
    const float* factors;
  };

  // Rows of length_ elements, whose statistics lie `step` bytes apart; with scale and bias from
  // `channel` on.
  void run(const Operands& operands, const Rows& rows, int64_t number, int64_t step,
           int64_t channel) const {
    std::array<std::byte*, 6> pointers = {};
    std::array<int64_t, 6> strides = {};
    size_t next = 0;
    const auto add = [&](const float* pointer, int64_t stride) {
      // The loop reads its inputs and writes its output through one list of addresses.
      pointers[next] = reinterpret_cast<std::byte*>(const_cast<float*>(pointer));
      strides[next++] = stride;
    };
    const int64_t affine_step = plan_->by_channel ? kBytes : 0;
    add(rows.from, length_ * kBytes);
    if (plan_->centered) add(rows.means, step);
    add(rows.factors, step);
    add(operands.input<float>(plan_->scale) + channel, affine_step);
    if (plan_->bias) add(operands.input<float>(*plan_->bias) + channel, affine_step);
    add(rows.to, length_ * kBytes);
    plan_->normalize->run(std::span(pointers).first(next), std::span(strides).first(next), number,
                          length_);
  }

  std::shared_ptr<const NormalizationPlan> plan_;
  int64_t elements_ = 0;
  // Elements of a vector, which are so many rows, one for each channel.
  int64_t count_ = 1;
  int64_t channels_ = 1;
  int64_t length_ = 1;
  // Vectors of an image.
  int64_t groups_ = 1;
  int64_t piece_ = 1;
};

// The attributes of the anchor. Errors: Unsupported for another op.
Status plan_anchor(const Problem& problem, const RegionParts& parts, NormalizationPlan& plan) {
  const std::string_view anchor = anchor_name(problem);
  const size_t rank = parts.output.shape.size();
  if (anchor == "LayerNormalization" || anchor == "RMSNormalization") {
    const auto& attrs = parts.anchor_attrs.as<LayerNormalizationAttrs>();
    plan.centered = anchor == "LayerNormalization";
    plan.axis = TRY(normalize_axis(attrs.axis, rank));
    plan.epsilon = attrs.epsilon;
    return {};
  }
  plan.by_channel = true;
  if (anchor == "GroupNormalization") {
    const auto& attrs = parts.anchor_attrs.as<GroupNormalizationAttrs>();
    plan.groups = attrs.num_groups;
    plan.epsilon = attrs.epsilon;
    return {};
  }
  if (anchor == "InstanceNormalization") {
    plan.epsilon = parts.anchor_attrs.as<InstanceNormalizationAttrs>().epsilon;
    return {};
  }
  return unsupported("it normalizes nothing");
}

// Scale or bias: where it stands among the problem's operands. Errors: Unsupported with the reason.
Result<size_t> plan_vector(const Problem& problem, const RegionParts& parts, size_t operand,
                           const Dim& elements) {
  const size_t at = parts.before_first[operand];
  const ValueInfo& info = problem.inputs[at];
  if (!parts.before[operand].is_empty() || !parts.views[at].is_identity()) {
    return unsupported("operand {} is not read as it is stored", at);
  }
  if (info.type != DataType::kFloat32) {
    return unsupported("operand {} is {}, not f32", at, to_string(info.type));
  }
  if (info.layout != Layout::kPlain || element_count(info.shape) != elements) {
    return unsupported("operand {} has not one number each in the order of what it is for", at);
  }
  return at;
}

// Errors: Unsupported with the reason.
Result<NormalizationPlan> plan_normalization(const Problem& problem) {
  const std::string_view anchor = anchor_name(problem);
  if (!anchor.ends_with("Normalization") || anchor == "BatchNormalization") {
    return unsupported("it normalizes nothing");
  }
  const RegionParts parts = TRY(region_parts(problem));
  NormalizationPlan plan;
  TRY_STATUS(plan_anchor(problem, parts, plan));
  if (!parts.after.is_empty()) return unsupported("a program stands behind its anchor");
  plan.input = TRY(fold_input(problem, parts));
  const ValueInfo& in = problem.inputs[plan.input.position];
  if (in.layout != Layout::kPlain || problem.outputs[0].layout != Layout::kPlain) {
    return unsupported("an operand or the result is not plain");
  }
  const std::span<const Dim> dims = in.shape;
  const Dim elements = plan.by_channel
                           ? dims[1]
                           : element_count(SymbolicShape(
                                 dims.begin() + static_cast<ptrdiff_t>(plan.axis), dims.end()));
  plan.scale = TRY(plan_vector(problem, parts, 1, elements));
  if (parts.anchor_inputs.size() > 2 && parts.anchor_inputs[2].present()) {
    plan.bias = TRY(plan_vector(problem, parts, 2, elements));
  }
  return plan;
}

std::string rejects(const Problem& problem, const DeviceInfo& device) {
  if (isa_of(device) == Isa::kPortable) return needs_isa(Isa::kAvx2);
  return reason_of(plan_normalization(problem));
}

Result<BoundFunction> bind(const std::shared_ptr<const NormalizationPlan>& plan,
                           std::span<const BoundOperand> inputs,
                           std::span<const BoundOperand> outputs) {
  static_cast<void>(inputs);
  return BoundFunction(NormalizationRun(plan, outputs[0].shape));
}

Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  NormalizationPlan plan = TRY(plan_normalization(problem));
  CodeSet code(static_cast<CpuDevice&>(device));
  TRY_STATUS(make_code(plan, code));
  return planned_kernel(std::move(plan), device, code, bind);
}

}  // namespace

constinit const Tactic kNormalizationTactic = {
    .source = "own",
    .name = "normalization",
    .version = 1,
    .doc =
        "Layer, RMS, group and instance normalization of f32 in plain layout as generated loops, "
        "on AVX2 and AVX-512.",
    .rejects = rejects,
    .workspace = no_workspace,
    .make = make,
};

}  // namespace tenon::internal
