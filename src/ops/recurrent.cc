#include "ops/recurrent.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/block_product.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/work.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tenon::internal {
namespace {

using enum RecurrentOperand::Position;

// What tells the three ops apart. Each has `kGates` gates of H values and `kFunctions` activations
// in a direction, and takes a step of one sequence:
//   step(attrs, functions, weights, gates, h, c)
// `gates` has the products of the step's input with W and the biases.
struct Weights {
  int64_t hidden = 0;
  int64_t gates = 0;
  // R transposed: [H, gates * H].
  const double* recurrent = nullptr;
  // Of GRU's h, where it is not part of what the gates start with; else nullptr.
  const double* hidden_bias = nullptr;
  // [3 * H], or nullptr.
  const double* peepholes = nullptr;
  double limit = std::numeric_limits<double>::infinity();

  // sums += h * R for the gates [first, first + count).
  void add_product(const double* h, int64_t first, int64_t count, double* sums) const {
    const int64_t columns = count * hidden;
    for (int64_t k = 0; k < hidden; ++k) {
      const double factor = h[k];
      const double* row = recurrent + k * gates * hidden + first * hidden;
      for (int64_t j = 0; j < columns; ++j) sums[j] += factor * row[j];
    }
  }
};

struct Lstm {
  using AttrsType = LstmAttrs;
  static constexpr int64_t kGates = 4;
  static constexpr std::array kDefaults = {"Sigmoid", "Tanh", "Tanh"};
  static constexpr bool kHasCell = true;
  static const RecurrentAttrs& common(const LstmAttrs& attrs) { return attrs.recurrent; }
  static bool splits_bias(const LstmAttrs&) { return false; }

  static void step(const LstmAttrs& attrs, std::span<const GateFunction> functions,
                   const Weights& weights, double* gates, double* h, double* c) {
    const int64_t n = weights.hidden;
    weights.add_product(h, 0, kGates, gates);
    double* const i = gates;
    double* const o = i + n;
    double* const f = o + n;
    double* const cell = f + n;
    const auto apply = [&](const GateFunction& function, double* values) {
      function.apply({values, static_cast<size_t>(n)}, weights.limit);
    };
    const auto add_peephole = [&](int64_t gate, double* values) {
      if (weights.peepholes == nullptr) return;
      for (int64_t k = 0; k < n; ++k) values[k] += weights.peepholes[gate * n + k] * c[k];
    };
    add_peephole(0, i);
    apply(functions[0], i);
    if (attrs.input_forget) {
      for (int64_t k = 0; k < n; ++k) f[k] = 1 - i[k];
    } else {
      add_peephole(2, f);
      apply(functions[0], f);
    }
    apply(functions[1], cell);
    for (int64_t k = 0; k < n; ++k) c[k] = f[k] * c[k] + i[k] * cell[k];
    add_peephole(1, o);
    apply(functions[0], o);
    std::copy_n(c, n, h);
    functions[2].apply({h, static_cast<size_t>(n)}, std::numeric_limits<double>::infinity());
    for (int64_t k = 0; k < n; ++k) h[k] *= o[k];
  }
};

struct Gru {
  using AttrsType = GruAttrs;
  static constexpr int64_t kGates = 3;
  static constexpr std::array kDefaults = {"Sigmoid", "Tanh"};
  static constexpr bool kHasCell = false;
  static const RecurrentAttrs& common(const GruAttrs& attrs) { return attrs.recurrent; }
  static bool splits_bias(const GruAttrs& attrs) { return attrs.linear_before_reset; }

  // `scratch` has H values.
  static void step(const GruAttrs& attrs, std::span<const GateFunction> functions,
                   const Weights& weights, double* gates, double* h, double* scratch) {
    const int64_t n = weights.hidden;
    double* const z = gates;
    double* const r = z + n;
    double* const g = r + n;
    weights.add_product(h, 0, 2, gates);
    functions[0].apply({z, static_cast<size_t>(2 * n)}, weights.limit);
    if (attrs.linear_before_reset) {
      if (weights.hidden_bias == nullptr) {
        std::fill_n(scratch, n, 0.0);
      } else {
        std::copy_n(weights.hidden_bias, n, scratch);
      }
      weights.add_product(h, 2, 1, scratch);
      for (int64_t k = 0; k < n; ++k) g[k] += r[k] * scratch[k];
    } else {
      for (int64_t k = 0; k < n; ++k) scratch[k] = r[k] * h[k];
      weights.add_product(scratch, 2, 1, g);
    }
    functions[1].apply({g, static_cast<size_t>(n)}, weights.limit);
    for (int64_t k = 0; k < n; ++k) h[k] = (1 - z[k]) * g[k] + z[k] * h[k];
  }
};

struct Rnn {
  using AttrsType = RecurrentAttrs;
  static constexpr int64_t kGates = 1;
  static constexpr std::array kDefaults = {"Tanh"};
  static constexpr bool kHasCell = false;
  static const RecurrentAttrs& common(const RecurrentAttrs& attrs) { return attrs; }
  static bool splits_bias(const RecurrentAttrs&) { return false; }

  static void step(const RecurrentAttrs&, std::span<const GateFunction> functions,
                   const Weights& weights, double* gates, double* h, double*) {
    weights.add_product(h, 0, 1, gates);
    functions[0].apply({gates, static_cast<size_t>(weights.hidden)}, weights.limit);
    std::copy_n(gates, weights.hidden, h);
  }
};

int64_t directions_of(const RecurrentAttrs& attrs) {
  return attrs.direction == RecurrentDirection::kBidirectional ? 2 : 1;
}

// Of each direction.
template <class Cell>
Result<std::vector<std::vector<GateFunction>>> functions_of(const RecurrentAttrs& attrs) {
  constexpr size_t kCount = Cell::kDefaults.size();
  const size_t count = static_cast<size_t>(directions_of(attrs)) * kCount;
  std::vector<std::string> names = attrs.activations;
  for (size_t i = 0; attrs.activations.empty() && i < count; ++i) {
    names.emplace_back(Cell::kDefaults[i % kCount]);
  }
  if (names.size() != count) {
    return invalid_argument("the number of activations is {}, it takes {}", names.size(), count);
  }
  const std::vector<GateFunction> all =
      TRY(gate_functions(names, attrs.activation_alpha, attrs.activation_beta));
  std::vector<std::vector<GateFunction>> functions;
  for (auto first = all.begin(); first != all.end(); first += kCount) {
    functions.emplace_back(first, first + kCount);
  }
  return functions;
}

template <class Cell>
Status check_attributes(const RecurrentAttrs& attrs) {
  TRY(functions_of<Cell>(attrs));
  if (attrs.layout != 0 && attrs.layout != 1) {
    return invalid_argument("layout={} must be 0 or 1", attrs.layout);
  }
  if (attrs.hidden_size < 0) {
    return invalid_argument("hidden_size={} must not be negative", attrs.hidden_size);
  }
  if (attrs.clip && !(*attrs.clip > 0)) {
    return invalid_argument("clip={} must be positive", *attrs.clip);
  }
  return ok_status();
}

Status check_operand(std::span<const ValueInfo> in, size_t position, std::string_view name,
                     const SymbolicShape& expected) {
  if (!has_operand(in, position)) return ok_status();
  const SymbolicShape& shape = in[position].shape;
  if (shape.size() == expected.size() &&
      std::ranges::equal(shape, expected,
                         [](const Dim& a, const Dim& b) { return !certainly_differ(a, b); })) {
    return ok_status();
  }
  return invalid_argument("{} is {} where {} is expected", name, to_string(shape),
                          to_string(expected));
}

Status check_types(std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[kX].type));
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].present()) continue;
    const DataType wanted = i == kLengths ? DataType::kInt32 : in[kX].type;
    if (in[i].type != wanted) {
      return invalid_argument("operand {} is {}, its elements must be {}", i, to_string(in[i]),
                              to_string(wanted));
    }
  }
  return ok_status();
}

template <class Cell>
Result<std::vector<ValueInfo>> infer_recurrent(const Attrs& erased, std::span<const ValueInfo> in) {
  const RecurrentAttrs& attrs = Cell::common(erased.as<typename Cell::AttrsType>());
  TRY_STATUS(check_attributes<Cell>(attrs));
  TRY_STATUS(check_types(in));
  const SymbolicShape& x = in[kX].shape;
  if (x.size() != 3 || in[kR].shape.size() != 3) {
    return invalid_argument("x {} and the recurrent weights {} must have rank 3", to_string(x),
                            to_string(in[kR].shape));
  }
  const bool batch_first = attrs.layout == 1;
  const Dim& steps = x[batch_first ? 1 : 0];
  const Dim& batch = x[batch_first ? 0 : 1];
  const Dim directions = directions_of(attrs);
  const Dim hidden = attrs.hidden_size > 0 ? Dim(attrs.hidden_size) : in[kR].shape[2];
  const SymbolicShape states = batch_first ? SymbolicShape{batch, directions, hidden}
                                           : SymbolicShape{directions, batch, hidden};
  const Dim gates = hidden * Cell::kGates;
  TRY_STATUS(check_operand(in, kW, "w", {directions, gates, x[2]}));
  TRY_STATUS(check_operand(in, kR, "r", {directions, gates, hidden}));
  TRY_STATUS(check_operand(in, kB, "b", {directions, gates * 2}));
  TRY_STATUS(check_operand(in, kLengths, "sequence_lens", {batch}));
  TRY_STATUS(check_operand(in, kInitialH, "initial_h", states));
  TRY_STATUS(check_operand(in, kInitialC, "initial_c", states));
  TRY_STATUS(check_operand(in, kPeepholes, "p", {directions, hidden * 3}));
  const DataType type = in[kX].type;
  std::vector<ValueInfo> out = {{type, {steps, directions, batch, hidden}, {}}, {type, states, {}}};
  if (batch_first) out[0].shape = {batch, steps, directions, hidden};
  if (Cell::kHasCell) out.push_back(out[1]);
  return out;
}

// A layer in numbers; operands as in recurrent.h.
template <class Cell, class T>
class Layer {
 public:
  Layer(const typename Cell::AttrsType& attrs, std::span<const ConstTensorView> in,
        std::span<const TensorView> out)
      : attrs_(attrs),
        in_(in),
        batch_first_(Cell::common(attrs).layout == 1),
        steps_(in[kX].shape[batch_first_ ? 1 : 0]),
        batch_(in[kX].shape[batch_first_ ? 0 : 1]),
        inputs_(in[kX].shape[2]),
        hidden_(in[kR].shape[2]),
        directions_(directions_of(Cell::common(attrs))),
        out_(out) {}

  Status run(ThreadPool& pool) {
    functions_ = TRY(functions_of<Cell>(Cell::common(attrs_)));
    for (int64_t direction = 0; direction < directions_; ++direction) {
      const HostTensor inputs = TRY(input_products(direction, pool));
      const HostTensor recurrent = TRY(recurrent_weights(direction));
      const HostTensor vectors = TRY(vectors_of(direction));
      Weights weights{
          .hidden = hidden_, .gates = Cell::kGates, .recurrent = recurrent.as<double>().data()};
      const double* const first = vectors.as<double>().data();
      if (has_operand(in_, kB) && Cell::splits_bias(attrs_)) weights.hidden_bias = first;
      if (has_operand(in_, kPeepholes)) weights.peepholes = first + hidden_;
      if (const auto clip = Cell::common(attrs_).clip) weights.limit = static_cast<double>(*clip);
      pool.parallel_for(batch_, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          walk(direction, i, weights, inputs.as<double>().data());
        }
      });
    }
    return ok_status();
  }

 private:
  static constexpr int64_t kGates = Cell::kGates;

  const T* operand(size_t position) const {
    return has_operand(in_, position) ? elements_of<T>(in_[position]).data() : nullptr;
  }

  // Positions in x, without its last axis; in y; and in the states.
  int64_t x_row(int64_t step, int64_t item) const {
    return batch_first_ ? item * steps_ + step : step * batch_ + item;
  }
  int64_t y_at(int64_t step, int64_t direction, int64_t item) const {
    const int64_t row = batch_first_ ? (item * steps_ + step) * directions_ + direction
                                     : (step * directions_ + direction) * batch_ + item;
    return row * hidden_;
  }
  int64_t state_at(int64_t direction, int64_t item) const {
    return (batch_first_ ? item * directions_ + direction : direction * batch_ + item) * hidden_;
  }

  // Where the gates of a step start: the bias of the inputs, and of the recurrence unless it is
  // GRU's and kept apart.
  double bias_of(int64_t direction, int64_t column) const {
    const T* bias = operand(kB);
    if (bias == nullptr) return 0;
    bias += direction * 2 * kGates * hidden_;
    const bool apart = Cell::splits_bias(attrs_) && column >= (kGates - 1) * hidden_;
    return static_cast<double>(load(bias[column])) +
           (apart ? 0.0 : static_cast<double>(load(bias[kGates * hidden_ + column])));
  }

  // x * W^T and the biases, for all rows of x: [S * N, G * H].
  Result<HostTensor> input_products(int64_t direction, ThreadPool& pool) const {
    const int64_t columns = kGates * hidden_;
    const T* const x = operand(kX);
    const T* const w = operand(kW) + direction * columns * inputs_;
    const auto fill = [&](std::span<std::byte> bytes) {
      auto* const products = reinterpret_cast<double*>(bytes.data());
      block_product<double>(
          {.batches = 1, .rows = steps_ * batch_, .columns = columns, .depth = inputs_}, pool,
          [&](int64_t, Extent rows, Extent depth, double* packed) {
            for (int64_t i = 0; i < rows.count; ++i) {
              const T* row = x + (rows.begin + i) * inputs_ + depth.begin;
              for (int64_t k = 0; k < depth.count; ++k) packed[i * kBlockDepth + k] = load(row[k]);
            }
          },
          [&](int64_t, Extent depth, Extent range, double* packed) {
            for (int64_t j = 0; j < range.count; ++j) {
              const T* row = w + (range.begin + j) * inputs_ + depth.begin;
              for (int64_t k = 0; k < depth.count; ++k)
                packed[k * kBlockColumns + j] = load(row[k]);
            }
          },
          [&](int64_t, Extent rows, Extent range, const double* sums) {
            for (int64_t i = 0; i < rows.count; ++i) {
              for (int64_t j = 0; j < range.count; ++j) {
                products[(rows.begin + i) * columns + range.begin + j] =
                    sums[i * kBlockColumns + j] + bias_of(direction, range.begin + j);
              }
            }
          });
    };
    return HostTensor::make(DataType::kFloat64, {steps_ * batch_, columns}, fill);
  }

  // Transposed, as Weights::recurrent.
  Result<HostTensor> recurrent_weights(int64_t direction) const {
    const int64_t columns = kGates * hidden_;
    const T* const r = operand(kR) + direction * columns * hidden_;
    return HostTensor::make(DataType::kFloat64, {hidden_, columns},
                            [&](std::span<std::byte> bytes) {
                              auto* const transposed = reinterpret_cast<double*>(bytes.data());
                              for (int64_t j = 0; j < columns; ++j) {
                                for (int64_t k = 0; k < hidden_; ++k) {
                                  transposed[k * columns + j] = load(r[j * hidden_ + k]);
                                }
                              }
                            });
  }

  // The last part of the bias, and the peepholes; zeros for what is not given.
  Result<HostTensor> vectors_of(int64_t direction) const {
    const auto fill = [&](std::span<std::byte> bytes) {
      auto* vectors = reinterpret_cast<double*>(bytes.data());
      if (const T* bias = operand(kB)) {
        bias += ((direction + 1) * 2 * kGates - 1) * hidden_;
        for (int64_t k = 0; k < hidden_; ++k) vectors[k] = load(bias[k]);
      }
      if (const T* peepholes = operand(kPeepholes)) {
        peepholes += direction * 3 * hidden_;
        for (int64_t k = 0; k < 3 * hidden_; ++k) vectors[hidden_ + k] = load(peepholes[k]);
      }
    };
    return HostTensor::make(DataType::kFloat64, {4, hidden_}, fill);
  }

  static void store_values(const double* values, int64_t count, T* to) {
    for (int64_t k = 0; k < count; ++k) to[k] = store<T>(static_cast<ComputeType<T>>(values[k]));
  }

  // One sequence of the batch.
  void walk(int64_t direction, int64_t item, const Weights& weights, const double* inputs) const {
    const auto count = static_cast<size_t>(hidden_);
    std::vector<double> h(count);
    std::vector<double> c(count);
    std::vector<double> gates(static_cast<size_t>(kGates) * count);
    const auto start = [&](size_t position, std::vector<double>& state) {
      const T* initial = operand(position);
      if (initial == nullptr) return;
      initial += state_at(direction, item);
      for (size_t k = 0; k < count; ++k) state[k] = load(initial[k]);
    };
    start(kInitialH, h);
    start(kInitialC, c);
    const bool reverse =
        direction == 1 || Cell::common(attrs_).direction == RecurrentDirection::kReverse;
    const int64_t length = has_operand(in_, kLengths)
                               ? elements_of<int32_t>(in_[kLengths])[static_cast<size_t>(item)]
                               : steps_;
    T* const y = elements_of<T>(out_[0]).data();
    for (int64_t i = 0; i < length; ++i) {
      const int64_t step = reverse ? length - 1 - i : i;
      std::copy_n(inputs + x_row(step, item) * kGates * hidden_, kGates * hidden_, gates.data());
      Cell::step(attrs_, functions_[static_cast<size_t>(direction)], weights, gates.data(),
                 h.data(), c.data());
      store_values(h.data(), hidden_, y + y_at(step, direction, item));
    }
    if (length == 0) {
      std::ranges::fill(h, 0);
      std::ranges::fill(c, 0);
    }
    for (int64_t step = length; step < steps_; ++step) {
      std::fill_n(y + y_at(step, direction, item), hidden_, T{});
    }
    store_values(h.data(), hidden_, elements_of<T>(out_[1]).data() + state_at(direction, item));
    if constexpr (Cell::kHasCell) {
      store_values(c.data(), hidden_, elements_of<T>(out_[2]).data() + state_at(direction, item));
    }
  }

  const typename Cell::AttrsType& attrs_;
  std::span<const ConstTensorView> in_;
  bool batch_first_;
  int64_t steps_;
  int64_t batch_;
  int64_t inputs_;
  int64_t hidden_;
  int64_t directions_;
  std::span<const TensorView> out_;
  std::vector<std::vector<GateFunction>> functions_;
};

Status check_lengths(std::span<const ConstTensorView> in, int64_t steps) {
  if (!has_operand(in, kLengths)) return ok_status();
  for (const int32_t length : elements_of<int32_t>(in[kLengths])) {
    if (length < 0 || length > steps) {
      return invalid_argument("a sequence of length {} in a batch of {} steps", length, steps);
    }
  }
  return ok_status();
}

template <class Cell>
Status reference_recurrent(const Attrs& erased, std::span<const ConstTensorView> in,
                           std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_recurrent<Cell>, erased, in, out));
  const auto& attrs = erased.as<typename Cell::AttrsType>();
  TRY_STATUS(check_lengths(in, in[kX].shape[Cell::common(attrs).layout == 1 ? 1 : 0]));
  return dispatch_type<FloatingTypes>(
      in[kX].type, [&]<class T>() { return Layer<Cell, T>(attrs, in, out).run(pool); });
}

template <class Cell>
double recurrent_flops(const Attrs&, std::span<const ValueInfo> in, const ValueInfo& out) {
  const double factors = elements_in({&in[kW].shape[2], 1}) + elements_in({&in[kR].shape[2], 1});
  return 2 * Cell::kGates * factors * elements_in(out.shape);
}

template <class Cell>
constexpr OpDef recurrent(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .attrs = &attr_table<typename Cell::AttrsType>,
          .min_inputs = 3,
          .max_inputs = Cell::kHasCell ? 8 : 6,
          .outputs = Cell::kHasCell ? 3 : 2,
          .infer = infer_recurrent<Cell>,
          .reference = reference_recurrent<Cell>,
          .flops = recurrent_flops<Cell>};
}

constexpr OpDef kGru = recurrent<Gru>(
    "GRU", "A layer of gated recurrent units over sequences, in one direction or both.");
constexpr OpDef kLstm = recurrent<Lstm>(
    "LSTM", "A layer of long short-term memory over sequences, in one direction or both.");
constexpr OpDef kRnn =
    recurrent<Rnn>("RNN", "A simple recurrent layer over sequences, in one direction or both.");
constexpr const OpDef* kOps[] = {&kGru, &kLstm, &kRnn};

template <class Cell>
Result<RecurrentForm> form_of(RecurrentCell cell, const Attrs& erased) {
  const auto& attrs = erased.as<typename Cell::AttrsType>();
  RecurrentForm form{.cell = cell, .attrs = Cell::common(attrs), .gates = Cell::kGates};
  form.functions = TRY(functions_of<Cell>(form.attrs));
  if constexpr (Cell::kHasCell) form.input_forget = attrs.input_forget;
  form.linear_before_reset = Cell::splits_bias(attrs);
  return form;
}

}  // namespace

Result<RecurrentForm> recurrent_form(const OpDef& op, const Attrs& attrs) {
  if (&op == &kLstm) return form_of<Lstm>(RecurrentCell::kLstm, attrs);
  if (&op == &kGru) return form_of<Gru>(RecurrentCell::kGru, attrs);
  if (&op == &kRnn) return form_of<Rnn>(RecurrentCell::kRnn, attrs);
  return unsupported("{} is no recurrent layer", op.name);
}

std::span<const OpDef* const> recurrent_ops() { return kOps; }

}  // namespace tenon::internal
