#include "ops/non_max_suppression.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/extents.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr size_t kMostBoxes = 2;
constexpr size_t kOverlap = 3;
constexpr size_t kScore = 4;

bool is_single(const ValueInfo& info) {
  return info.shape.empty() || (info.shape.size() == 1 && !certainly_differ(info.shape[0], 1));
}

Result<std::vector<ValueInfo>> infer_nms(const Attrs& erased, std::span<const ValueInfo> in) {
  const auto& attrs = erased.as<NonMaxSuppressionAttrs>();
  const SymbolicShape& boxes = in[0].shape;
  const SymbolicShape& scores = in[1].shape;
  if (in[0].type != DataType::kFloat32 || in[1].type != DataType::kFloat32 || boxes.size() != 3 ||
      scores.size() != 3 || certainly_differ(boxes[2], 4) ||
      certainly_differ(boxes[0], scores[0]) || certainly_differ(boxes[1], scores[2])) {
    return invalid_argument("boxes {} and scores {} must be f32[N,B,4] and f32[N,C,B]",
                            to_string(in[0]), to_string(in[1]));
  }
  for (size_t i = kMostBoxes; i < in.size(); ++i) {
    if (!in[i].present()) continue;
    const DataType type = i == kMostBoxes ? DataType::kInt64 : DataType::kFloat32;
    if (in[i].type != type || !is_single(in[i])) {
      return invalid_argument("operand {} is {}, it must be a single {}", i, to_string(in[i]),
                              to_string(type));
    }
  }
  const Dim count = TRY(extent_symbol(attrs.extent, 0));
  return std::vector{ValueInfo{DataType::kInt64, {count, 3}, std::nullopt}};
}

// Corners in order.
struct Box {
  float y1;
  float x1;
  float y2;
  float x2;
  float area() const { return (y2 - y1) * (x2 - x1); }
};

Box read_box(const float* at, bool center_point) {
  if (center_point) {
    const float half_width = at[2] / 2;
    const float half_height = at[3] / 2;
    return {at[1] - half_height, at[0] - half_width, at[1] + half_height, at[0] + half_width};
  }
  return {std::min(at[0], at[2]), std::min(at[1], at[3]), std::max(at[0], at[2]),
          std::max(at[1], at[3])};
}

bool overlaps(const Box& a, const Box& b, float threshold) {
  const float height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const float width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  if (height <= 0 || width <= 0 || a.area() <= 0 || b.area() <= 0) return false;
  const float both = height * width;
  return both / (a.area() + b.area() - both) > threshold;
}

using Selected = std::array<int64_t, 3>;

class Suppression {
 public:
  Suppression(const Attrs& attrs, std::span<const ConstTensorView> in) : in_(in) {
    center_point_ = attrs.as<NonMaxSuppressionAttrs>().center_point_box;
    if (has_operand(in, kMostBoxes)) most_ = elements_of<int64_t>(in[kMostBoxes])[0];
    if (has_operand(in, kOverlap)) overlap_ = elements_of<float>(in[kOverlap])[0];
    if (has_operand(in, kScore)) score_ = elements_of<float>(in[kScore])[0];
  }

  Result<std::vector<Selected>> run() {
    if (!(overlap_ >= 0 && overlap_ <= 1)) {
      return invalid_argument("the overlap is {}, it must be from 0 to 1", overlap_);
    }
    std::vector<Selected> selected;
    if (most_ <= 0) return selected;
    for (int64_t batch = 0; batch < in_[1].shape[0]; ++batch) {
      for (int64_t kind = 0; kind < in_[1].shape[1]; ++kind) select(batch, kind, selected);
    }
    return selected;
  }

 private:
  void select(int64_t batch, int64_t kind, std::vector<Selected>& selected) const {
    const int64_t count = in_[1].shape[2];
    const float* scores =
        elements_of<float>(in_[1]).data() + (batch * in_[1].shape[1] + kind) * count;
    const float* boxes = elements_of<float>(in_[0]).data() + batch * count * 4;
    std::vector<int64_t> order;
    for (int64_t i = 0; i < count; ++i) {
      if (!score_ || scores[i] > *score_) order.push_back(i);
    }
    std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
    std::vector<Box> kept;
    for (const int64_t i : order) {
      if (std::cmp_greater_equal(kept.size(), most_)) break;
      const Box box = read_box(boxes + i * 4, center_point_);
      const auto hides = [&](const Box& other) { return overlaps(box, other, overlap_); };
      if (std::ranges::any_of(kept, hides)) continue;
      kept.push_back(box);
      selected.push_back({batch, kind, i});
    }
  }

  std::span<const ConstTensorView> in_;
  bool center_point_ = false;
  int64_t most_ = 0;
  float overlap_ = 0;
  std::optional<float> score_;
};

// Shapes that inference on symbols could not compare.
Result<std::vector<Selected>> suppress(const Attrs& attrs, std::span<const ConstTensorView> in) {
  TRY(infer_nms(attrs, TRY(operand_infos(in, 0))));
  for (size_t i = kMostBoxes; i < in.size(); ++i) {
    if (has_operand(in, i) && tenon::element_count(in[i].shape) != 1) {
      return invalid_argument("operand {} has {} elements, not one", i,
                              tenon::element_count(in[i].shape));
    }
  }
  return Suppression(attrs, in).run();
}

Result<std::vector<int64_t>> count_nms(const Attrs& attrs, std::span<const ConstTensorView> in,
                                       ThreadPool&) {
  return std::vector<int64_t>{static_cast<int64_t>(TRY(suppress(attrs, in)).size())};
}

Status nms_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                     std::span<const TensorView> out, ThreadPool&) {
  const std::vector<Selected> selected = TRY(suppress(attrs, in));
  if (out[0].shape != Shape{static_cast<int64_t>(selected.size()), 3}) {
    return invalid_argument("{} boxes are selected, the result is {}", selected.size(),
                            tenon::to_string(out[0].shape));
  }
  int64_t* to = elements_of<int64_t>(out[0]).data();
  for (const Selected& one : selected) to = std::ranges::copy(one, to).out;
  return ok_status();
}

constexpr OpDef kNms = {
    .name = "NonMaxSuppression",
    .doc = "Batch, class and number of the best boxes among those that overlap.",
    .attrs = &attr_table<NonMaxSuppressionAttrs>,
    .min_inputs = 2,
    .max_inputs = 5,
    .outputs = 1,
    .infer = infer_nms,
    .reference = nms_reference,
    .count = count_nms};
constexpr const OpDef* kOps[] = {&kNms};

}  // namespace

std::span<const OpDef* const> non_max_suppression_ops() { return kOps; }

}  // namespace tenon::internal
