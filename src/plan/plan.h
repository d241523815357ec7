// The plan: the flat, immutable result of a build. It holds everything a runtime needs and nothing
// that anyone rewrites: values with symbolic shapes and where they are stored, steps with the
// tactic that computes each, and the weights beside it. Offsets of values in the arena are not part
// of it: they follow from lifetimes and sizes (memory_planner.h), by the same function wherever
// they are needed.
#pragma once

#include "tensor/attributes.h"
#include "tensor/value_info.h"

#include <tenon/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tenon::internal {

inline constexpr uint32_t kNoIndex = UINT32_MAX;
// Weights start at multiples of this in the file and, where the device copies them, in its memory.
inline constexpr int64_t kWeightAlignment = 64;
// Values in the arena start at multiples of this.
inline constexpr int64_t kArenaAlignment = 64;

// Where the bytes of a value are.
enum class Storage : uint8_t {
  // In memory that the caller binds: `index` counts inputs.
  kInput = 0,
  // The same for outputs.
  kOutput = 1,
  // `index` into Plan::weights.
  kWeight = 2,
  // In the context's arena.
  kArena = 3,
  // In the bytes of another value: `index` is that value. With a window in a part of them, and the
  // value is no alias; else in all, and the value may be an alias with a window.
  kAlias = 4,
  // On the host only: the elements follow from the shapes.
  kHost = 5,
};
inline constexpr uint8_t kLastStorage = 5;

// A part of the bytes of a value.
struct PlanWindow {
  // Bytes before it.
  Dim offset;
  // Bytes from a row to the next, where a row is the axis that the part's layout stores innermost:
  // the last one, or the channels of an image; 0 where all its bytes lie together.
  Dim pitch;
  bool operator==(const PlanWindow&) const = default;
};

struct PlanValue {
  // For messages and observers; may be empty.
  std::string name;
  ValueInfo info;
  Storage storage = Storage::kArena;
  uint32_t index = kNoIndex;
  // Of aliases alone.
  std::optional<PlanWindow> window = std::nullopt;
};

struct PlanTactic {
  std::string source;
  std::string name;
  uint32_t version = 0;
};

// Steps that an If or Loop runs, or does not. They stand behind the step in Plan::steps: those of
// the first body right behind it, those of a further one behind the body before.
struct PlanBody {
  // One past its last step.
  uint32_t end = 0;
  // Into Plan::values. What the step writes before the body runs: of a Loop the number of the
  // iteration, the condition and what is carried.
  std::vector<uint32_t> inputs;
  // What the step reads when the body is done.
  std::vector<uint32_t> outputs;
};

// A step with a tactic is work for the device. One without is a host step: the runtime itself does
// it, with the op's definition, because it decides what comes next: it tells open extents
// (ops/extents.h), or it has bodies.
struct PlanStep {
  std::string name;
  // Op and attributes: the problem together with the operands' infos.
  std::string op;
  AttributeMap attributes;
  // Into Plan::tactics; kNoIndex for a host step.
  uint32_t tactic = 0;
  // Into Plan::values; kNoIndex for omitted operands and, of a host step, for results that nobody
  // needs.
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> outputs;
  // Scratch bytes.
  Dim workspace;
  std::vector<PlanBody> bodies = {};

  bool on_host() const { return tactic == kNoIndex; }
  // The step after this one, which stands at `index`, and its bodies.
  uint32_t next(uint32_t index) const { return bodies.empty() ? index + 1 : bodies.back().end; }
};

struct PlanBinding {
  std::string name;
  // Into Plan::values.
  uint32_t value = 0;
};

// A range of the weights region, in bytes.
struct PlanWeight {
  int64_t offset = 0;
  int64_t bytes = 0;
};

struct Plan {
  // "cpu", "null": the kind of device it runs on.
  std::string device_kind;
  std::string network_name;
  std::vector<PlanValue> values;
  std::vector<PlanStep> steps;
  std::vector<PlanTactic> tactics;
  std::vector<PlanBinding> inputs;
  std::vector<PlanBinding> outputs;
  std::vector<PlanWeight> weights;
  std::vector<Profile> profiles;
  // Nodes of the imported network, for reports.
  uint32_t imported_nodes = 0;
  // Machine code of its kernels, as MemoryKind::kCode counts it, on the device that it was built
  // for. An engine tells what there is on its own.
  int64_t code_bytes = 0;

  // Size of the weights region.
  int64_t weight_bytes() const;
};

// The value whose storage `value` uses: itself unless it is an alias.
uint32_t storage_root(const Plan& plan, uint32_t value);

// The window of that storage in which `value` lies, or nullptr where it has all of it.
const PlanWindow* window_of(const Plan& plan, uint32_t value);

// A step as users see it. A region goes by the ops that it fuses: "Conv+Add+Relu".
LayerInfo layer_info(const Plan& plan, const PlanStep& step);

// An input or output as users see it.
TensorInfo tensor_info(const std::string& name, const ValueInfo& info);

// The plan as users see it.
PlanInfo describe(const Plan& plan);

}  // namespace tenon::internal
