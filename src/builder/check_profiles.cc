#include "builder/check_profiles.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/pointwise.h"
#include "plan/bind_plan.h"
#include "plan/profile_ranges.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tenon::internal {
namespace {

std::vector<ProfiledInput> inputs_of(const Graph& graph) {
  std::vector<ProfiledInput> inputs;
  for (const ValueId id : graph.inputs()) {
    const Value& input = graph.value(id);
    inputs.push_back({.name = input.name, .shape = input.info.shape});
  }
  return inputs;
}

// "where N is 2 to 4, M is 5 to 8"
std::string where_text(const std::set<std::string>& symbols, const SymbolRanges& ranges) {
  std::vector<std::string> texts;
  for (const std::string& symbol : symbols) {
    const auto range = ranges.find(symbol);
    if (range != ranges.end()) texts.push_back(symbol + " is " + to_string(range->second));
  }
  return texts.empty() ? std::string() : " where " + join(texts);
}

class PossibleShapes {
 public:
  PossibleShapes(const Graph& graph, const SymbolRanges& ranges) : graph_(graph), ranges_(ranges) {}

  Status check() const {
    for (const NodeId id : graph_.order()) {
      Status possible = check_operands(id);
      if (possible.ok()) possible = check_outputs(id);
      if (possible.ok()) continue;
      return std::move(possible).error().with_node(graph_.node(id).name);
    }
    return {};
  }

 private:
  Status check_outputs(NodeId id) const {
    for (const ValueId output : graph_.node(id).outputs) {
      const Value& value = graph_.value(output);
      for (const Dim& dim : value.info.shape) {
        const std::optional<DimRange> range = dim.range(ranges_);
        if (dim.may_have_value(ranges_) && (!range || range->max >= 0)) continue;
        std::set<std::string> symbols;
        dim.collect_symbols(symbols);
        return invalid_argument("at {}: the dim {} of '{}' is no number from 0 up{}",
                                describe(graph_, id), dim.to_string(), value.name,
                                where_text(symbols, ranges_));
      }
    }
    return {};
  }

  // Extents of one axis that are not 1 are equal, so that all their ranges have a number in common:
  // the largest min and the smallest max tell whether they do.
  struct Bounds {
    ValueId min_of;
    ValueId max_of;
    DimRange common;
  };

  Status check_operands(NodeId id) const {
    const Node& node = graph_.node(id);
    if (pointwise_row(*node.op) == nullptr) return {};
    std::vector<std::optional<Bounds>> axes;
    for (const ValueId operand : node.inputs) {
      const SymbolicShape& shape = graph_.value(operand).info.shape;
      axes.resize(std::max(axes.size(), shape.size()));
      for (size_t from_back = 1; from_back <= shape.size(); ++from_back) {
        const std::optional<DimRange> range = shape[shape.size() - from_back].range(ranges_);
        if (!range || (range->min <= 1 && range->max >= 1)) continue;
        std::optional<Bounds>& bounds = axes[from_back - 1];
        if (!bounds) bounds = Bounds{operand, operand, *range};
        TRY_STATUS(check_pair(id, bounds->min_of, operand, from_back));
        TRY_STATUS(check_pair(id, bounds->max_of, operand, from_back));
        if (range->min > bounds->common.min) {
          bounds->min_of = operand;
          bounds->common.min = range->min;
        }
        if (range->max < bounds->common.max) {
          bounds->max_of = operand;
          bounds->common.max = range->max;
        }
      }
    }
    return {};
  }

  Status check_pair(NodeId id, ValueId left, ValueId right, size_t from_back) const {
    const Value& a = graph_.value(left);
    const Value& b = graph_.value(right);
    const Dim& x = a.info.shape[a.info.shape.size() - from_back];
    const Dim& y = b.info.shape[b.info.shape.size() - from_back];
    if (Dim::may_broadcast(x, y, ranges_)) return {};
    std::set<std::string> symbols;
    x.collect_symbols(symbols);
    y.collect_symbols(symbols);
    return invalid_argument("at {}: '{}' {} and '{}' {} do not broadcast: {} against {}{}",
                            describe(graph_, id), a.name, to_string(a.info), b.name,
                            to_string(b.info), x.to_string(), y.to_string(),
                            where_text(symbols, ranges_));
  }

  const Graph& graph_;
  const SymbolRanges& ranges_;
};

// The shape of an input that a profile is tuned for, if it states one.
std::optional<Shape> optimum_of(const PlanValue& input, const ShapeRange* range) {
  const Result<Shape> fixed = evaluate(input.info.shape, {});
  if (fixed.ok()) return *fixed;
  if (range == nullptr) return std::nullopt;
  if (!range->opt.empty()) return range->opt;
  if (!range->min.empty() && range->min == range->max) return range->min;
  return std::nullopt;
}

}  // namespace

Status check_profiles(const Graph& graph, const std::vector<Profile>& profiles) {
  if (profiles.size() > 1) {
    return unsupported("{} profiles are given, this version plans for one", profiles.size());
  }
  for (const Profile& profile : profiles) TRY(profile_ranges(inputs_of(graph), profile));
  return {};
}

Status check_shapes_possible(const Graph& graph, const std::vector<Profile>& profiles) {
  const Profile profile = profiles.empty() ? Profile() : profiles.front();
  const SymbolRanges ranges = TRY(possible_ranges(inputs_of(graph), profile));
  TRY_CONTEXT(PossibleShapes(graph, ranges).check(),
              profiles.empty() ? "whatever the shapes of the inputs are"
                               : "for all shapes that the profile allows");
  return {};
}

Status check_optimum(const Plan& plan) {
  if (plan.profiles.empty()) return {};
  const Profile& profile = plan.profiles.front();
  std::vector<Shape> shapes;
  for (const PlanBinding& input : plan.inputs) {
    const auto range = profile.inputs.find(input.name);
    std::optional<Shape> shape = optimum_of(
        plan.values[input.value], range == profile.inputs.end() ? nullptr : &range->second);
    if (!shape) return {};
    shapes.push_back(*std::move(shape));
  }
  const auto bound = [&]() -> Status {
    TRY(bind_plan(plan, TRY(bind_inputs(plan, shapes))));
    return {};
  };
  TRY_CONTEXT(bound(), "at the shapes that the profile is tuned for (opt)");
  return {};
}

}  // namespace tenon::internal
