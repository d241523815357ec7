#include "plan/epochs.h"

#include "ops/control_flow.h"
#include "ops/extents.h"
#include "ops/list.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace tenon::internal {
namespace {

std::string stem_of(const PlanStep& step) {
  const auto found = step.attributes.find("extent");
  const auto* stem =
      found == step.attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
  return stem == nullptr ? std::string() : *stem;
}

// Dims of some values, counted through.
template <class NameOf>
std::vector<std::string> names_of_dims(const Plan& plan, std::span<const uint32_t> values,
                                       const NameOf& name_of) {
  std::vector<std::string> names;
  for (const uint32_t value : values) {
    if (value == kNoIndex) continue;
    for (size_t i = 0; i < plan.values[value].info.shape.size(); ++i) {
      names.push_back(name_of(names.size()));
    }
  }
  return names;
}

class EpochFinder {
 public:
  explicit EpochFinder(const Plan& plan) : plan_(plan) {
    epochs_.of_value.assign(plan.values.size(), 0);
    epochs_.of_step.assign(plan.steps.size(), 0);
    epochs_.after_step.assign(plan.steps.size(), 0);
    epochs_.in_step.assign(plan.steps.size(), 0);
  }

  PlanEpochs run() {
    const auto on_host = [](const PlanStep& step) { return step.on_host(); };
    const bool any = std::ranges::any_of(plan_.steps, on_host);
    if (any) {
      for (const PlanValue& value : plan_.values) collect_symbols(value, used_);
      for (const PlanStep& step : plan_.steps) step.workspace.collect_symbols(used_);
      begin_epochs(0, static_cast<uint32_t>(plan_.steps.size()));
    }
    std::vector<std::set<std::string>> symbols(count_);
    if (any) {
      for (uint32_t i = 0; i < plan_.values.size(); ++i) place_value(i);
      for (uint32_t i = 0; i < plan_.values.size(); ++i) {
        symbols[epochs_.of_value[i]].merge(symbols_of(i));
      }
      for (uint32_t i = 0; i < plan_.steps.size(); ++i) place_step(i, symbols);
    }
    for (const std::set<std::string>& used : symbols) {
      epochs_.symbols.emplace_back(used.begin(), used.end());
    }
    return std::move(epochs_);
  }

 private:
  void begin_epochs(uint32_t begin, uint32_t end) {
    while (begin < end) {
      const PlanStep& step = plan_.steps[begin];
      if (step.on_host()) epochs_.in_step[begin] = begin_epoch(told_inside(plan_, step));
      uint32_t body = begin + 1;
      for (const PlanBody& steps : step.bodies) {
        begin_epochs(body, steps.end);
        body = steps.end;
      }
      if (step.on_host()) epochs_.after_step[begin] = begin_epoch(told_after(plan_, step));
      begin = step.next(begin);
    }
  }

  // None where nothing stands on what is told.
  uint32_t begin_epoch(const std::vector<std::string>& symbols) {
    const auto is_used = [&](const std::string& symbol) { return used_.contains(symbol); };
    if (std::ranges::none_of(symbols, is_used)) return 0;
    for (const std::string& symbol : symbols) epoch_of_.emplace(symbol, count_);
    return count_++;
  }

  uint32_t epoch_of(const std::set<std::string>& symbols) const {
    uint32_t epoch = 0;
    for (const std::string& symbol : symbols) {
      const auto found = epoch_of_.find(symbol);
      if (found != epoch_of_.end()) epoch = std::max(epoch, found->second);
    }
    return epoch;
  }

  // An alias is known once what it lies in is.
  std::set<std::string> symbols_of(uint32_t value) const {
    std::set<std::string> symbols;
    collect_symbols(plan_.values[value], symbols);
    while (plan_.values[value].storage == Storage::kAlias) {
      value = plan_.values[value].index;
      collect_symbols(plan_.values[value], symbols);
    }
    return symbols;
  }

  void place_value(uint32_t value) { epochs_.of_value[value] = epoch_of(symbols_of(value)); }

  void place_step(uint32_t index, std::vector<std::set<std::string>>& symbols) {
    const PlanStep& step = plan_.steps[index];
    std::set<std::string> used;
    step.workspace.collect_symbols(used);
    uint32_t epoch = epoch_of(used);
    const auto add = [&](uint32_t value) {
      if (value != kNoIndex) epoch = std::max(epoch, epochs_.of_value[value]);
    };
    std::ranges::for_each(step.inputs, add);
    if (!step.on_host()) std::ranges::for_each(step.outputs, add);
    epochs_.of_step[index] = epoch;
    symbols[epoch].insert(used.begin(), used.end());
    // What is ready only then is made anew where any of its operands has changed.
    const auto add_symbols = [&](uint32_t value) {
      if (value != kNoIndex) symbols[epoch].merge(symbols_of(value));
    };
    if (!step.on_host()) {
      std::ranges::for_each(step.inputs, add_symbols);
      std::ranges::for_each(step.outputs, add_symbols);
    }
  }

  const Plan& plan_;
  PlanEpochs epochs_;
  uint32_t count_ = 1;
  std::map<std::string, uint32_t> epoch_of_;
  std::set<std::string> used_;
};

}  // namespace

void collect_symbols(const PlanValue& value, std::set<std::string>& symbols) {
  for (const Dim& dim : value.info.shape) dim.collect_symbols(symbols);
  if (value.info.elements) {
    for (const Dim& element : *value.info.elements) element.collect_symbols(symbols);
  }
  if (!value.window) return;
  value.window->offset.collect_symbols(symbols);
  value.window->pitch.collect_symbols(symbols);
}

std::vector<std::string> told_after(const Plan& plan, const PlanStep& step) {
  const OpDef* op = find_op(step.op);
  const std::string stem = stem_of(step);
  if (op == nullptr || stem.empty()) return {};
  if (op->bodies > 0) {
    return names_of_dims(plan, step.outputs,
                         [&](size_t index) { return extent_name(stem, index); });
  }
  if (op->count == nullptr || step.inputs.empty() || step.inputs[0] == kNoIndex) return {};
  std::vector<std::string> symbols;
  const size_t count = extent_count(*op, std::span(&plan.values[step.inputs[0]].info, 1));
  for (size_t i = 0; i < count; ++i) symbols.push_back(extent_name(stem, i));
  return symbols;
}

std::vector<std::string> told_inside(const Plan& plan, const PlanStep& step) {
  const std::string stem = stem_of(step);
  if (step.op != kLoopName || stem.empty()) return {};
  constexpr size_t kNotCarried = 2;
  std::vector<std::string> symbols;
  for (const PlanBody& body : step.bodies) {
    if (body.inputs.size() < kNotCarried) continue;
    for (std::string& name :
         names_of_dims(plan, std::span(body.inputs).subspan(kNotCarried),
                       [&](size_t index) { return carried_extent_name(stem, index); })) {
      symbols.push_back(std::move(name));
    }
  }
  return symbols;
}

PlanEpochs plan_epochs(const Plan& plan) { return EpochFinder(plan).run(); }

}  // namespace tenon::internal
