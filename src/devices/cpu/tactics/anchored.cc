#include "devices/cpu/tactics/anchored.h"

#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/tactics/layouts.h"

#include <algorithm>
#include <optional>

namespace tenon::internal {
namespace {

// How an operand that broadcasts to the result lies beside it, if a tile can read it so.
std::optional<ExtraKind> extra_kind(const ValueInfo& extra, const ValueInfo& result,
                                    size_t column_axis) {
  const auto is_one = [](const Dim& dim) { return dim == Dim(1); };
  if (std::ranges::all_of(extra.shape, is_one)) return ExtraKind::kScalar;
  if (extra.shape == result.shape) {
    if (extra.layout == result.layout) return ExtraKind::kFull;
    return std::nullopt;
  }
  // One element a column: all other axes, counted from the last, are 1.
  const size_t missing = result.shape.size() - extra.shape.size();
  for (size_t axis = 0; axis < extra.shape.size(); ++axis) {
    const bool fits = axis + missing == column_axis ? extra.shape[axis] == result.shape[column_axis]
                                                    : is_one(extra.shape[axis]);
    if (!fits) return std::nullopt;
  }
  return ExtraKind::kRow;
}

bool is_f32(const ValueInfo& info) { return !info.present() || info.type == DataType::kFloat32; }

}  // namespace

std::string_view anchor_name(const Problem& problem) {
  const Result<RegionParts> parts = region_parts(problem);
  return parts.ok() && parts->anchor != nullptr ? parts->anchor->name : std::string_view();
}

const ValueInfo* AnchoredProblem::operand(size_t position) const {
  if (position >= parts.anchor_inputs.size()) return nullptr;
  const ValueInfo& info = parts.anchor_inputs[position];
  return info.present() ? &info : nullptr;
}

ProductEpilogue AnchoredProblem::epilogue(bool bias) const {
  return {.bias = bias, .program = parts.after, .extras = extras};
}

Result<AnchoredProblem> anchored_problem(const Problem& problem, std::string_view anchor,
                                         int column_axis) {
  AnchoredProblem result{.parts = TRY(region_parts(problem)), .extras = {}};
  const RegionParts& parts = result.parts;
  if (parts.anchor == nullptr || parts.anchor->name != anchor) {
    return unsupported("its anchor is no {}", anchor);
  }
  if (!std::ranges::all_of(problem.inputs, is_f32)) return unsupported("its operands are not f32");
  if (!is_f32(problem.outputs[0])) return unsupported("its result is not f32");
  for (const PointwiseProgram& program : parts.before) {
    if (!program.body.empty()) return unsupported("a program stands before its anchor");
  }
  const std::string reason = rejects_epilogue(parts.after);
  if (!reason.empty()) return unsupported("{}", reason);
  if (parts.after_inputs.size() > kMaxTileExtras) {
    return unsupported("the program behind its anchor has more than {} operands", kMaxTileExtras);
  }
  const auto rank = static_cast<int>(parts.output.shape.size());
  const auto column = static_cast<size_t>(column_axis < 0 ? rank + column_axis : column_axis);
  for (size_t i = 0; i < parts.after_inputs.size(); ++i) {
    const size_t position = parts.after_first + i;
    ValueInfo extra = parts.after_inputs[i];
    extra.layout = problem.inputs[position].layout;
    const std::optional<ExtraKind> kind = extra_kind(extra, problem.outputs[0], column);
    if (!kind || !parts.views[position].is_identity()) {
      return unsupported("operand {} does not lie beside the result", position);
    }
    result.extras.push_back(*kind);
  }
  return result;
}

size_t extra_pointers(const AnchoredProblem& problem, const Operands& operands,
                      std::span<const float*, kMaxTileExtras> extras) {
  for (size_t i = 0; i < problem.extras.size(); ++i) {
    extras[i] = operands.input<float>(problem.parts.after_first + i);
  }
  return problem.extras.size();
}

bool takes_tile_pitches(const AnchoredProblem& problem, std::optional<size_t> rows,
                        std::span<const Dim> pitches) {
  const size_t first_extra = problem.parts.after_first;
  for (size_t i = 0; i + 1 < pitches.size(); ++i) {
    if (i == rows) continue;
    const bool beside = i >= first_extra && problem.extras[i - first_extra] == ExtraKind::kFull;
    if (pitches[i] != (beside ? pitches.back() : Dim(0))) return false;
  }
  return true;
}

bool takes_image_pitches(const Problem& problem, const AnchoredProblem& anchored,
                         std::optional<size_t> image, std::span<const Dim> pitches) {
  const auto is_image = [](const ValueInfo& info) { return info.layout == Layout::kChannelsLast; };
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    if (pitches[i] != Dim(0) && !is_image(problem.inputs[i])) return false;
  }
  if (pitches.back() != Dim(0) && !is_image(problem.outputs[0])) return false;
  return takes_tile_pitches(anchored, image, pitches);
}

int64_t row_stride(const BoundOperand& operand, int64_t elements) {
  return operand.pitch == 0 ? elements : pitch_in_elements(operand);
}

Status require_channels_last(const ValueInfo& info, std::string_view what) {
  if (info.layout == Layout::kChannelsLast || !has_channels_last(info.shape)) return {};
  return unsupported("the {} is {}, not channels_last", what, to_string(info.layout));
}

Status require_stored_as_read(const AnchoredProblem& problem) {
  for (const size_t position : problem.parts.before_first) {
    if (position < problem.parts.views.size() && !problem.parts.views[position].is_identity()) {
      return unsupported("operand {} is read in another order", position);
    }
  }
  return {};
}

std::span<float> floats_of(std::span<std::byte> bytes) {
  return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

}  // namespace tenon::internal
