#include "ops/region_parts.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/list.h"
#include "ops/matmul.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/reduce.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tenon::internal {
namespace {

// What a region reads of an operand.
Result<ValueInfo> viewed(const OperandView& view, const ValueInfo& operand) {
  if (view.is_identity()) return operand;
  TRY_STATUS(require_whole_bytes(operand.type));
  const size_t rank = operand.shape.size();
  const auto negative = [](int64_t axis) { return axis < 0; };
  if (view.perm.size() != rank || std::ranges::any_of(view.perm, negative)) {
    return invalid_argument("perm={} does not order the axes of {}", tenon::to_string(view.perm),
                            to_string(operand));
  }
  ValueInfo info{operand.type, {}, {}};
  for (const size_t axis : TRY(normalize_axes(view.perm, rank))) {
    info.shape.push_back(operand.shape[axis]);
  }
  if (std::ranges::is_sorted(view.perm)) {
    return invalid_argument("perm={} changes nothing: leave it out", tenon::to_string(view.perm));
  }
  return info;
}

// Every register but the output is an operand: nothing is computed or read in vain, and so the
// result has the shape that all inputs broadcast to.
Status check_all_used(const PointwiseProgram& program) {
  if (program.outputs.size() != 1) {
    return invalid_argument("the program has {} outputs; it must have one", program.outputs.size());
  }
  std::vector<bool> used(program.inputs.size() + program.body.size());
  used[static_cast<size_t>(program.outputs[0])] = true;
  for (const PointwiseProgram::Instruction& instruction : program.body) {
    for (const int32_t reg : instruction.operands) {
      if (reg >= 0) used[static_cast<size_t>(reg)] = true;
    }
  }
  const auto unused = std::ranges::find(used, false);
  if (unused == used.end()) return ok_status();
  return invalid_argument("register {} of the program is never used", unused - used.begin());
}

// The inputs of a program against the operands that they are.
Status check_inputs(const PointwiseProgram& program, std::span<const ValueInfo> operands) {
  TRY_STATUS(verify(program));
  TRY_STATUS(check_all_used(program));
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].type == program.inputs[i]) continue;
    return invalid_argument("input {} of the program is {}, not {}", i,
                            to_string(program.inputs[i]),
                            operands[i].present() ? to_string(operands[i]) : "omitted");
  }
  return ok_status();
}

// The result of a program over operands that broadcast; an empty one has one operand. Errors:
// InvalidArgument.
Result<ValueInfo> run_over(const PointwiseProgram& program, std::span<const ValueInfo> operands) {
  if (program.is_empty()) return operands[0];
  TRY_STATUS(check_inputs(program, operands));
  ValueInfo result{program.type_of(program.outputs[0]), operands[0].shape, {}};
  for (const ValueInfo& operand : operands.subspan(1)) {
    result.shape = TRY(broadcast(result.shape, operand.shape));
  }
  return result;
}

// Whether a shape can broadcast to another without enlarging it.
bool may_broadcast(const SymbolicShape& from, const SymbolicShape& to) {
  if (from.size() > to.size()) return false;
  const size_t added = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) {
    const Dim& dim = from[i];
    const Dim& target = to[added + i];
    if (dim == target || dim == Dim(1)) continue;
    if (certainly_differ(dim, target) || target == Dim(1)) return false;
  }
  return true;
}

class Parts {
 public:
  Parts(const RegionAttrs& attrs, std::span<const ValueInfo> in) : attrs_(attrs), in_(in) {}

  Result<RegionParts> run() {
    TRY_STATUS(check_form());
    TRY_STATUS(view_operands());
    parts_.after = attrs_.after;
    if (attrs_.anchor.op == nullptr) {
      TRY_STATUS(add_no_anchor());
    } else {
      TRY_STATUS(add_anchor());
      TRY_STATUS(add_after());
    }
    return std::move(parts_);
  }

 private:
  // What says nothing is written as nothing.
  Status check_form() const {
    const auto is_odd = [](const PointwiseProgram& program) {
      return program.is_empty() && program != PointwiseProgram();
    };
    if (is_odd(attrs_.after) || std::ranges::any_of(attrs_.before, is_odd)) {
      return invalid_argument("a program without instructions has inputs or outputs");
    }
    if (!attrs_.before.empty() && std::ranges::all_of(attrs_.before, &PointwiseProgram::is_empty)) {
      return invalid_argument("all programs before the anchor are empty: leave them out");
    }
    if (!attrs_.views.empty() && std::ranges::all_of(attrs_.views, &OperandView::is_identity)) {
      return invalid_argument("all operands are read as stored: leave the views out");
    }
    return ok_status();
  }

  Status view_operands() {
    parts_.views = attrs_.views;
    if (!parts_.views.empty() && parts_.views.size() != in_.size()) {
      return invalid_argument("it has {} for {}", counted(parts_.views.size(), "view"),
                              counted(in_.size(), "operand"));
    }
    parts_.views.resize(in_.size());
    for (size_t i = 0; i < in_.size(); ++i) {
      operands_.push_back(TRY_CONTEXT(viewed(parts_.views[i], in_[i]),
                                      fmt::format("at the view of operand {}", i)));
      operands_.back().elements.reset();
    }
    return ok_status();
  }

  Status add_no_anchor() {
    if (!attrs_.before.empty()) {
      return invalid_argument("it has programs before an anchor, but no anchor");
    }
    if (attrs_.after.is_empty()) return invalid_argument("it has neither an anchor nor a program");
    if (attrs_.after.inputs.size() != operands_.size()) {
      return invalid_argument("its program has {} for {}",
                              counted(attrs_.after.inputs.size(), "input"),
                              counted(operands_.size(), "operand"));
    }
    parts_.output = TRY(run_over(attrs_.after, operands_));
    parts_.anchor_output = operands_.front();
    parts_.after_inputs = operands_;
    return ok_status();
  }

  Status add_anchor() {
    const size_t extras = attrs_.after.inputs.empty() ? 0 : attrs_.after.inputs.size() - 1;
    if (extras > operands_.size()) {
      return invalid_argument("the program after the anchor has {} for {}",
                              counted(extras, "extra input"), counted(operands_.size(), "operand"));
    }
    parts_.after_first = operands_.size() - extras;
    parts_.before = attrs_.before;
    if (parts_.before.empty()) parts_.before.resize(parts_.after_first);
    if (attrs_.views.empty() && attrs_.before.empty() && attrs_.after.is_empty()) {
      return invalid_argument("it is nothing but {}", attrs_.anchor.op->name);
    }
    TRY_STATUS(add_anchor_inputs());
    const OpDef& op = *attrs_.anchor.op;
    TRY_STATUS(check_anchor(op, parts_.anchor_inputs.size()));
    parts_.anchor = &op;
    parts_.anchor_attrs = attrs_.anchor.attrs;
    parts_.anchor_output = TRY(infer_outputs(op, attrs_.anchor.attrs, parts_.anchor_inputs))[0];
    return ok_status();
  }

  Status add_anchor_inputs() {
    size_t next = 0;
    for (size_t i = 0; i < parts_.before.size(); ++i) {
      const PointwiseProgram& program = parts_.before[i];
      const size_t count = program.is_empty() ? 1 : program.inputs.size();
      if (count == 0 || count > parts_.after_first - next) {
        return invalid_argument("the program before operand {} of the anchor lacks operands", i);
      }
      const auto operands = std::span(operands_).subspan(next, count);
      parts_.before_first.push_back(next);
      parts_.anchor_inputs.push_back(
          TRY_CONTEXT(run_over(program, operands), fmt::format("before operand {}", i)));
      next += count;
    }
    if (next != parts_.after_first) {
      return invalid_argument(
          "operands that neither the anchor nor the program after it takes: {} of {}",
          parts_.after_first - next, operands_.size());
    }
    if (next == 0 || !operands_[next - 1].present()) {
      return invalid_argument("the last operand of the anchor is omitted: leave it off");
    }
    return ok_status();
  }

  Status add_after() {
    parts_.output = parts_.anchor_output;
    if (attrs_.after.is_empty()) return ok_status();
    std::vector<ValueInfo> inputs = {parts_.anchor_output};
    parts_.after_inputs.assign(operands_.begin() + static_cast<ptrdiff_t>(parts_.after_first),
                               operands_.end());
    inputs.insert(inputs.end(), parts_.after_inputs.begin(), parts_.after_inputs.end());
    TRY_CONTEXT(check_inputs(attrs_.after, inputs), "after the anchor");
    for (const ValueInfo& extra : parts_.after_inputs) {
      if (may_broadcast(extra.shape, parts_.anchor_output.shape)) continue;
      return invalid_argument("an extra operand {} does not broadcast to the anchor's result {}",
                              to_string(extra), to_string(parts_.anchor_output));
    }
    parts_.output.type = attrs_.after.type_of(attrs_.after.outputs[0]);
    parts_.output.elements.reset();
    return ok_status();
  }

  const RegionAttrs& attrs_;
  std::span<const ValueInfo> in_;
  // After their views.
  std::vector<ValueInfo> operands_;
  RegionParts parts_;
};

// A pointwise node as a region.
Result<RegionParts> pointwise_parts(const Problem& problem) {
  std::vector<DataType> types;
  for (const ValueInfo& operand : problem.inputs) types.push_back(operand.type);
  RegionParts parts;
  parts.after = TRY(program_of(*problem.op, problem.attrs, types));
  parts.views.resize(problem.inputs.size());
  parts.after_inputs = problem.inputs;
  parts.anchor_output = problem.inputs.front();
  return parts;
}

// Any other node.
RegionParts anchor_parts(const Operation& anchor, std::span<const ValueInfo> in) {
  RegionParts parts;
  parts.anchor = anchor.op;
  parts.anchor_attrs = anchor.attrs;
  parts.views.resize(in.size());
  parts.anchor_inputs.assign(in.begin(), in.end());
  parts.before.resize(in.size());
  for (size_t i = 0; i < in.size(); ++i) parts.before_first.push_back(i);
  parts.after_first = in.size();
  return parts;
}

// A * B + C without scales, or without C at all.
Result<RegionParts> gemm_parts(const Problem& problem) {
  const auto& gemm = problem.attrs.as<GemmAttrs>();
  RegionAttrs region{
      .anchor = {find_op("MatMul"), Attrs()}, .views = {}, .before = {}, .after = {}};
  if (gemm.trans_a || gemm.trans_b) {
    region.views.resize(problem.inputs.size());
    if (gemm.trans_a) region.views[0].perm = {1, 0};
    if (gemm.trans_b) region.views[1].perm = {1, 0};
  }
  if (has_operand(problem.inputs, 2)) {
    const DataType type = problem.inputs[2].type;
    region.after = TRY(program_of(*find_op("Add"), Attrs(), {{type, type}}));
  } else if (region.views.empty()) {
    return anchor_parts(region.anchor, std::span(problem.inputs).first(2));
  }
  return Parts(region, problem.inputs).run();
}

bool has_no_scales(const Problem& problem) {
  const auto& gemm = problem.attrs.as<GemmAttrs>();
  return gemm.alpha == 1 && (gemm.beta == 1 || !has_operand(problem.inputs, 2));
}

Result<RegionParts> plain_parts(const Problem& problem) {
  if (problem.outputs.size() != 1) {
    return unsupported("{} has {} outputs, a region has one", problem.op->name,
                       problem.outputs.size());
  }
  if (pointwise_row(*problem.op) != nullptr) return pointwise_parts(problem);
  if (problem.op->name == "Gemm" && has_no_scales(problem)) return gemm_parts(problem);
  Operation anchor{problem.op, problem.attrs};
  std::span<const ValueInfo> in = problem.inputs;
  if (std::ranges::find(reduce_ops(), problem.op) != reduce_ops().end()) {
    anchor.attrs = TRY(with_axes(problem.attrs, in));
    in = in.first(1);
  }
  return anchor_parts(anchor, in);
}

}  // namespace

Result<RegionParts> region_parts(const RegionAttrs& attrs, std::span<const ValueInfo> in) {
  return Parts(attrs, in).run();
}

Result<RegionParts> region_parts(const Problem& problem) {
  if (problem.op->name == kRegionName) {
    return region_parts(problem.attrs.as<RegionAttrs>(), problem.inputs);
  }
  RegionParts parts = TRY(plain_parts(problem));
  parts.output = problem.outputs[0];
  if (parts.after.is_empty()) parts.anchor_output = parts.output;
  return parts;
}

}  // namespace tenon::internal
