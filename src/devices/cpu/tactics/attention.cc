// Attention tile by tile. Up to kMaxQueryColumns queries of the heads that share keys are taken
// together, as the columns of all that is computed for them: scores are keys times queries, and the
// result is values, whose columns are the rows of that product, times what the softmax made of the
// scores. So keys and values are read where they are, at any distance of their rows, and only the
// queries and the result are turned. Keys pass block by block; what has been summed is scaled when
// a block has a greater score than all before it.
//
// Each panel of queries is computed by one thread, whatever their number.
#include "ops/attention.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/try.h"
#include "devices/cpu/isa.h"
#include "devices/cpu/product/panels.h"
#include "devices/cpu/tactics/anchored.h"
#include "devices/cpu/tactics/attention_code.h"
#include "devices/cpu/tactics/attention_mask.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/layouts.h"
#include "devices/cpu/tactics/tactics.h"
#include "devices/cpu/tactics/transpose_block.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Position = AttentionOperand;

// Keys of a block: their scores stay in a second-level cache of half a megabyte beside the block's
// keys and values.
constexpr int64_t kBlockKeys = 256;
// Parts of the work that have scratch memory of their own: the most threads.
constexpr int64_t kMaxSlots = 32;
constexpr auto kFloatBytes = static_cast<int64_t>(sizeof(float));

struct AttentionPlan {
  AttentionAttrs attrs;
  Isa isa = Isa::kAvx2;
  AttentionLoops loops;
  // By the number of vectors, where there may be panels of that width.
  std::vector<std::optional<PanelCode>> panels = {};
};

// Scratch memory of a panel: rows of its width.
struct Scratch {
  float* queries;
  float* scores;
  float* bias;
  float* sums;

  // For so many elements of a query and keys of a block.
  Scratch(float* memory, int64_t size, int64_t block, int64_t width)
      : queries(memory),
        scores(queries + size * width),
        bias(scores + block * width),
        sums(bias + block * width) {}
};

// Numbers of the columns of a panel.
struct ColumnNumbers {
  alignas(64) std::array<float, kMaxQueryColumns> greatest;
  alignas(64) std::array<float, kMaxQueryColumns> before;
  // Subtracted from scores: the greatest, but 0 where nothing is seen.
  alignas(64) std::array<float, kMaxQueryColumns> shift;
  alignas(64) std::array<float, kMaxQueryColumns> totals;
  alignas(64) std::array<float, kMaxQueryColumns> factors;
};

// One run.
struct Attention {
  std::shared_ptr<const AttentionPlan> plan;
  HeadRows q;
  HeadRows k;
  HeadRows v;
  HeadRows y;
  AttentionMask mask;
  float scale = 1;
  // [factor, its inverse]
  std::array<float, 2> cap = {};
  int lanes = 16;
  // Of the queries that share keys.
  std::vector<Panel> panels;
  std::array<bool, 6> given = {};
  // Bytes of the workspace for each slot.
  int64_t slot_bytes = 0;

  void operator()(const Operands& operands) const {
    const auto count = static_cast<int64_t>(panels.size());
    const int64_t units = q.items * k.heads * count;
    const int64_t slots = std::min(units, kMaxSlots);
    operands.pool.parallel_for(slots, [&](int64_t begin, int64_t end) {
      auto* const memory = reinterpret_cast<float*>(operands.workspace + begin * slot_bytes);
      for (int64_t unit = units * begin / slots; unit < units * end / slots; ++unit) {
        run_panel(operands, unit / count, static_cast<size_t>(unit % count), memory);
      }
    });
  }

 private:
  template <class T>
  const T* operand(const Operands& operands, size_t position) const {
    return given[position] ? operands.input<T>(position) : nullptr;
  }

  // The heads that the columns of a panel belong to. `segments` has room for all columns.
  size_t find_segments(const Panel& panel, int64_t group, std::span<QuerySegment> segments) const {
    const int64_t shared = q.heads / k.heads;
    size_t count = 0;
    for (int64_t column = 0; column < panel.columns;) {
      const int64_t at = panel.first_column + column;
      QuerySegment& segment = segments[count++];
      segment = {.head = group * shared + at / q.rows,
                 .first_query = at % q.rows,
                 .column = column,
                 .count = std::min(panel.columns - column, q.rows - at % q.rows)};
      column += segment.count;
    }
    return count;
  }

  void pack_queries(const float* queries, int64_t item, std::span<const QuerySegment> segments,
                    int64_t columns, int64_t width, float* packed) const {
    if (columns < width) std::fill_n(packed, q.size * width, 0.0F);
    for (const QuerySegment& segment : segments) {
      transpose_block(queries + q.offset(item, segment.head) + segment.first_query * q.row_stride,
                      q.row_stride, packed + segment.column, width, segment.count, q.size);
    }
    for (int64_t i = 0; i < q.size * width; ++i) packed[i] *= scale;
  }

  // The greatest score of each column so far, and what the sums before are scaled by.
  void find_greatest(FoldCall& call, bool biased, const float* bias, bool is_first,
                     ColumnNumbers& numbers) const {
    const auto width = static_cast<size_t>(call.number);
    call.results = numbers.greatest.data();
    size_t extra = 0;
    if (plan->attrs.scores.softcap != 0) {
      call.extras[extra++] = &cap[1];
      call.extras[extra++] = &cap[0];
    }
    if (biased) call.extras[extra] = bias;
    plan->loops.greatest[biased ? 1 : 0].run(call);
    constexpr float kNothing = -std::numeric_limits<float>::infinity();
    for (size_t i = 0; i < width; ++i) {
      float& greatest = numbers.greatest[i];
      // What is not a number stays so.
      if (!is_first && numbers.before[i] > greatest) greatest = numbers.before[i];
      numbers.shift[i] = greatest == kNothing ? 0 : greatest;
    }
    if (!is_first) {
      run_rows(plan->loops.decay, numbers.before.data(), numbers.shift.data(),
               numbers.factors.data(), 1, call.number);
    }
    numbers.before = numbers.greatest;
  }

  // Over rows of a and one row of b.
  static void run_rows(const PointwiseLoop& loop, float* a, float* b, float* result, int64_t rows,
                       int64_t width) {
    if (rows == 0) return;
    const int64_t bytes = width * kFloatBytes;
    loop.run(std::array{reinterpret_cast<std::byte*>(a), reinterpret_cast<std::byte*>(b),
                        reinterpret_cast<std::byte*>(result)},
             std::array<int64_t, 3>{bytes, 0, bytes}, rows, width);
  }

  // Scores of a block become exponentials; totals and sums of what came before are scaled.
  void weigh(int64_t keys, int64_t width, bool biased, bool is_first, const Scratch& scratch,
             ColumnNumbers& numbers) const {
    FoldCall call{.elements = scratch.scores,
                  .mapped = scratch.scores,
                  .count = keys,
                  .row_bytes = width * kFloatBytes,
                  .number = width};
    find_greatest(call, biased, scratch.bias, is_first, numbers);
    alignas(64) std::array<float, kMaxQueryColumns> totals;
    call.results = totals.data();
    call.extras = {numbers.shift.data()};
    plan->loops.exponentials.run(call);
    if (!is_first) {
      run_rows(plan->loops.scale, scratch.sums, numbers.factors.data(), scratch.sums, v.size,
               width);
    }
    for (size_t i = 0; i < static_cast<size_t>(width); ++i) {
      numbers.totals[i] = is_first ? totals[i] : numbers.totals[i] * numbers.factors[i] + totals[i];
    }
  }

  void run_panel(const Operands& operands, int64_t item_group, size_t index, float* memory) const {
    const Panel& panel = panels[index];
    const int64_t item = item_group / k.heads;
    const int64_t group = item_group % k.heads;
    const int64_t width = panel.vectors * int64_t{lanes};
    const PanelCode& products = *plan->panels[static_cast<size_t>(panel.vectors)];
    const Scratch scratch(memory, q.size, std::min(k.rows, kBlockKeys), width);
    std::array<QuerySegment, kMaxQueryColumns> places;
    const std::span segments = std::span(places).first(find_segments(panel, group, places));
    pack_queries(operands.input<float>(Position::kQ), item, segments, panel.columns, width,
                 scratch.queries);
    const MaskOperands mask_operands{.mask = operand<void>(operands, Position::kMask),
                                     .lengths = operand<int64_t>(operands, Position::kLengths),
                                     .starts = operand<int64_t>(operands, Position::kStarts)};
    const AttentionMask::Columns columns(mask, mask_operands, item, segments);
    const float* const keys = operands.input<float>(Position::kK) + k.offset(item, group);
    const float* const values = operands.input<float>(Position::kV) + v.offset(item, group);
    ColumnNumbers numbers;
    const auto [begin, end] = columns.keys();
    for (int64_t first = begin; first < end; first += kBlockKeys) {
      const int64_t count = std::min(kBlockKeys, end - first);
      products.scores.run({.data = keys + first * k.row_stride,
                           .rows = count,
                           .row_stride = k.row_stride,
                           .depth = k.size},
                          scratch.queries, scratch.scores);
      const bool biased = columns.write_bias(first, count, width, scratch.bias);
      weigh(count, width, biased, first == begin, scratch, numbers);
      const TileProduct& sums = first == begin ? products.first_sums : products.more_sums;
      sums.run({.data = values + first * v.row_stride,
                .rows = v.size,
                .row_stride = 1,
                .depth = count,
                .depth_stride = v.row_stride},
               scratch.scores, scratch.sums);
    }
    if (begin == end) {
      numbers.totals.fill(0);
      std::fill_n(scratch.sums, v.size * width, 0.0F);
    }
    store(operands.output<float>(operands.pointers.size() - 1), item, segments, width, scratch,
          numbers);
  }

  void store(float* result, int64_t item, std::span<const QuerySegment> segments, int64_t width,
             const Scratch& scratch, ColumnNumbers& numbers) const {
    for (size_t i = 0; i < static_cast<size_t>(width); ++i) {
      numbers.factors[i] = numbers.totals[i] == 0 ? 0 : 1 / numbers.totals[i];
    }
    run_rows(plan->loops.scale, scratch.sums, numbers.factors.data(), scratch.sums, v.size, width);
    for (const QuerySegment& segment : segments) {
      transpose_block(scratch.sums + segment.column, width,
                      result + y.offset(item, segment.head) + segment.first_query * y.row_stride,
                      y.row_stride, v.size, segment.count);
    }
  }
};

// Heads of queries and keys, which are numbers.
struct HeadCounts {
  int64_t queries = 0;
  int64_t keys = 0;
};

Result<HeadCounts> head_counts(const Problem& problem) {
  const auto& attrs = problem.attrs.as<AttentionAttrs>();
  const SymbolicShape q = TRY(heads_shape(problem.inputs[Position::kQ], attrs.q_num_heads));
  const SymbolicShape k = TRY(heads_shape(problem.inputs[Position::kK], attrs.kv_num_heads));
  if (!q[1].is_constant() || !k[1].is_constant()) return unsupported("the heads are not counted");
  if (k[1].constant() == 0) return unsupported("there are no heads");
  return HeadCounts{q[1].constant(), k[1].constant()};
}

Result<HeadCounts> check_attention(const Problem& problem) {
  if (problem.op->name != "Attention") return unsupported("it is no Attention");
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    const ValueInfo& input = problem.inputs[i];
    if (!input.present()) continue;
    if (input.layout != Layout::kPlain) return unsupported("operand {} is not plain", i);
    const bool is_mask = i == Position::kMask && input.type == DataType::kBool;
    if (i <= Position::kMask && input.type != DataType::kFloat32 && !is_mask) {
      return unsupported("operand {} is {}, not f32", i, to_string(input.type));
    }
  }
  if (problem.outputs[0].layout != Layout::kPlain) return unsupported("the result is not plain");
  return head_counts(problem);
}

template <Isa kIsa>
std::string rejects(const Problem& problem, const DeviceInfo& device) {
  return isa_of(device) < kIsa ? needs_isa(kIsa) : reason_of(check_attention(problem));
}

int64_t most_columns(Isa isa) { return int64_t{lanes_of(isa)} * max_tile_vectors(isa); }

// Bytes of a slot, for numbers and symbols alike.
template <class T>
T bytes_of_slot(const T& size, const T& value_size, const T& block, Isa isa) {
  return (size + value_size + T(2) * block) * T(most_columns(isa) * kFloatBytes);
}

template <Isa kIsa>
Dim workspace(const Problem& problem) {
  const auto& attrs = problem.attrs.as<AttentionAttrs>();
  const HeadCounts heads = head_counts(problem).value();
  const SymbolicShape q = heads_shape(problem.inputs[Position::kQ], attrs.q_num_heads).value();
  const SymbolicShape k = heads_shape(problem.inputs[Position::kK], attrs.kv_num_heads).value();
  const SymbolicShape v = heads_shape(problem.inputs[Position::kV], attrs.kv_num_heads).value();
  const Dim panels = Dim::ceil_div(q[2] * (heads.queries / heads.keys), most_columns(kIsa));
  const Dim slots = Dim::min(q[0] * heads.keys * panels, kMaxSlots);
  return slots * bytes_of_slot<Dim>(q[3], v[3], Dim::min(k[2], kBlockKeys), kIsa);
}

// Of the queries that share keys.
std::vector<Panel> query_panels(int64_t queries, Isa isa) {
  return cut_panels({.columns = queries}, isa);
}

// Code for each width that panels of queries may have.
Status make_panels(const Problem& problem, AttentionPlan& plan, CodeSet& code) {
  const HeadCounts heads = TRY(head_counts(problem));
  const SymbolicShape q = TRY(heads_shape(problem.inputs[Position::kQ], plan.attrs.q_num_heads));
  const auto most = static_cast<size_t>(max_tile_vectors(plan.isa));
  std::vector<bool> wanted(most + 1, !q[2].is_constant());
  if (q[2].is_constant()) {
    const int64_t queries = q[2].constant() * (heads.queries / heads.keys);
    for (const Panel& panel : query_panels(queries, plan.isa)) {
      wanted[static_cast<size_t>(panel.vectors)] = true;
    }
  }
  plan.panels.resize(most + 1);
  for (size_t vectors = 1; vectors <= most; ++vectors) {
    if (!wanted[vectors]) continue;
    plan.panels[vectors] = TRY(PanelCode::create(code, plan.isa, static_cast<int>(vectors)));
  }
  return {};
}

Result<BoundFunction> bind(const std::shared_ptr<const AttentionPlan>& plan,
                           std::span<const BoundOperand> inputs,
                           std::span<const BoundOperand> outputs) {
  const auto operand = [&](size_t position) {
    return position < inputs.size() ? inputs[position] : BoundOperand();
  };
  const auto rows = [&](size_t position, int64_t heads) {
    return head_rows(inputs[position].shape, heads, pitch_in_elements(inputs[position]));
  };
  const AttentionAttrs& attrs = plan->attrs;
  const HeadRows q = rows(Position::kQ, attrs.q_num_heads);
  const HeadRows k = rows(Position::kK, attrs.kv_num_heads);
  const HeadRows v = rows(Position::kV, attrs.kv_num_heads);
  const HeadRows y = head_rows(outputs[0].shape, q.heads, pitch_in_elements(outputs[0]));
  const auto root = static_cast<float>(1 / std::sqrt(static_cast<double>(q.size)));
  const Isa isa = plan->isa;
  Attention attention{.plan = plan,
                      .q = q,
                      .k = k,
                      .v = v,
                      .y = y,
                      .mask = AttentionMask(attrs.scores, q.rows, k.rows, operand(Position::kMask),
                                            operand(Position::kStarts)),
                      .scale = attrs.scores.scale.value_or(root),
                      .cap = {attrs.scores.softcap, 1 / attrs.scores.softcap},
                      .lanes = lanes_of(isa),
                      .panels = query_panels(q.rows * (q.heads / k.heads), isa)};
  for (size_t i = 0; i < attention.given.size(); ++i) {
    attention.given[i] = operand(i).type != DataType::kUndefined;
  }
  attention.slot_bytes = bytes_of_slot(q.size, v.size, std::min(k.rows, kBlockKeys), isa);
  return BoundFunction(std::move(attention));
}

template <Isa kIsa>
Result<std::unique_ptr<Kernel>> make(const Problem& problem, Device& device) {
  TRY(check_attention(problem));
  const auto& attrs = problem.attrs.as<AttentionAttrs>();
  CodeSet code(static_cast<CpuDevice&>(device));
  AttentionPlan plan{.attrs = attrs,
                     .isa = kIsa,
                     .loops = TRY(AttentionLoops::create(code, attrs.scores.softcap != 0))};
  TRY_STATUS(make_panels(problem, plan, code));
  return planned_kernel(std::move(plan), device, code, bind);
}

bool takes_pitches(const Problem& problem, std::span<const Dim> pitches) {
  for (size_t i = Position::kMask; i < problem.inputs.size(); ++i) {
    if (pitches[i] != Dim(0)) return false;
  }
  return true;
}

template <Isa kIsa>
constexpr Tactic tactic(std::string_view name) {
  return {.source = "own",
          .name = name,
          .version = 1,
          .doc = "Attention of f32, some queries and a block of keys at a time.",
          .rejects = rejects<kIsa>,
          .workspace = workspace<kIsa>,
          .make = make<kIsa>,
          .takes_pitches = takes_pitches};
}

constexpr std::array kTactics = {tactic<Isa::kAvx512>("attention_avx512"),
                                 tactic<Isa::kAvx2>("attention_avx2")};

}  // namespace

std::span<const Tactic> attention_tactics() { return kTactics; }

}  // namespace tenon::internal
