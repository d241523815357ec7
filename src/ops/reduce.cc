#include "ops/reduce.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"
#include "ops/work.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// Elements worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;
// Neighbouring results that are computed together, so that the operand is read in order.
constexpr int64_t kLanes = 64;

// Floating sums are double; integer ones wrap.
template <class T>
using Sum = std::conditional_t<std::is_floating_point_v<ComputeType<T>>, double, uint64_t>;

template <class T>
constexpr bool kHasInfinity = std::numeric_limits<ComputeType<T>>::has_infinity;

// A reduction of elements of type T: starts with first(), takes each element with add() and ends
// with result(), which is told how many there were.
template <class T>
struct SumOf {
  using State = Sum<T>;
  static State first() { return 0; }
  static void add(State& sum, ComputeType<T> value) { sum += static_cast<State>(value); }
  static T result(State sum, int64_t) { return store<T>(static_cast<ComputeType<T>>(sum)); }
};

template <class T>
struct ProductOf {
  using State = Sum<T>;
  static State first() { return 1; }
  static void add(State& product, ComputeType<T> value) { product *= static_cast<State>(value); }
  static T result(State product, int64_t) { return store<T>(static_cast<ComputeType<T>>(product)); }
};

// Integers are rounded towards zero; of no integers it is 0, of no floating numbers NaN.
template <class T>
struct MeanOf : SumOf<T> {
  using State = Sum<T>;
  static T result(State sum, int64_t count) {
    if constexpr (std::is_floating_point_v<State>) {
      return store<T>(static_cast<ComputeType<T>>(sum / static_cast<double>(count)));
    } else if constexpr (std::is_signed_v<T>) {
      return count == 0 ? T{0} : static_cast<T>(static_cast<int64_t>(sum) / count);
    } else {
      return count == 0 ? T{0} : static_cast<T>(sum / static_cast<uint64_t>(count));
    }
  }
};

// The absolute value of the lowest integer is itself.
template <class T>
struct AbsoluteSumOf : SumOf<T> {
  using State = Sum<T>;
  static void add(State& sum, ComputeType<T> value) {
    if constexpr (std::is_floating_point_v<State>) {
      sum += std::abs(static_cast<State>(value));
    } else {
      sum += value < 0 ? State{0} - static_cast<State>(value) : static_cast<State>(value);
    }
  }
};

template <class T>
struct SquareSumOf : SumOf<T> {
  using State = Sum<T>;
  static void add(State& sum, ComputeType<T> value) {
    sum += static_cast<State>(value) * static_cast<State>(value);
  }
};

// A real number as an element; integers are rounded towards zero, and have a lowest one for what is
// infinite.
template <class T>
T store_real(double value) {
  if constexpr (std::is_floating_point_v<ComputeType<T>>) {
    return store<T>(static_cast<ComputeType<T>>(value));
  } else {
    using Limits = std::numeric_limits<T>;
    if (!(value > static_cast<double>(Limits::lowest()))) return Limits::lowest();
    if (value >= static_cast<double>(Limits::max())) return Limits::max();
    return static_cast<T>(value);
  }
}

template <class T>
struct RootOfSquaresOf {
  using State = double;
  static State first() { return 0; }
  static void add(State& sum, ComputeType<T> value) {
    sum += static_cast<double>(value) * static_cast<double>(value);
  }
  static T result(State sum, int64_t) { return store_real<T>(std::sqrt(sum)); }
};

template <class T>
struct LogOfSumOf {
  using State = double;
  static State first() { return 0; }
  static void add(State& sum, ComputeType<T> value) { sum += static_cast<double>(value); }
  static T result(State sum, int64_t) { return store_real<T>(std::log(sum)); }
};

// The exponentials are those of the distances to the largest element so far.
template <class T>
struct LogOfExponentialsOf {
  struct State {
    double largest;
    double sum;
  };
  static State first() { return {-std::numeric_limits<double>::infinity(), 0}; }
  static void add(State& state, ComputeType<T> element) {
    const auto value = static_cast<double>(element);
    if (value == state.largest) {
      state.sum += 1;
    } else if (value > state.largest) {
      state.sum = state.sum * std::exp(state.largest - value) + 1;
      state.largest = value;
    } else {
      state.sum += std::exp(value - state.largest);
    }
  }
  static T result(const State& state, int64_t) {
    return store_real<T>(state.largest + std::log(state.sum));
  }
};

// NaN wins over all numbers; of no elements it is the least of the type.
template <class T>
struct MaxOf {
  using State = ComputeType<T>;
  using Limits = std::numeric_limits<State>;
  static State first() { return kHasInfinity<T> ? -Limits::infinity() : Limits::lowest(); }
  static void add(State& best, State value) { best = larger(best, value); }
  static T result(State best, int64_t) { return store<T>(best); }
};

template <class T>
struct MinOf {
  using State = ComputeType<T>;
  using Limits = std::numeric_limits<State>;
  static State first() { return kHasInfinity<T> ? Limits::infinity() : Limits::max(); }
  static void add(State& best, State value) { best = smaller(best, value); }
  static T result(State best, int64_t) { return store<T>(best); }
};

// Which axes are reduced, from the attributes and the axes operand where there is one. Errors:
// InvalidArgument.
Result<std::vector<bool>> reduced_axes(const ReduceAttrs& attrs,
                                       const std::optional<std::vector<int64_t>>& operand,
                                       size_t rank) {
  if (attrs.axes && operand) {
    return invalid_argument("axes are given as an attribute and as an operand");
  }
  const std::vector<int64_t> axes = operand.value_or(attrs.axes.value_or(std::vector<int64_t>()));
  if (axes.empty()) return std::vector<bool>(rank, !attrs.noop_with_empty_axes);
  return axis_mask(axes, rank);
}

// The same where the operand is known. Errors: also Unsupported where it is not.
Result<std::vector<bool>> reduced_axes(const ReduceAttrs& attrs, std::span<const ValueInfo> in) {
  std::optional<std::vector<int64_t>> operand;
  if (has_operand(in, 1)) operand = TRY(constant_list_operand(in[1], "axes to reduce"));
  return reduced_axes(attrs, operand, in[0].shape.size());
}

template <class T>
std::vector<T> reduced_shape(const std::vector<T>& shape, const std::vector<bool>& reduced,
                             bool keepdims) {
  std::vector<T> kept;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!reduced[axis]) kept.push_back(shape[axis]);
    if (reduced[axis] && keepdims) kept.push_back(1);
  }
  return kept;
}

// The operand walked as loops over kept axes outside of loops over reduced ones.
struct Loops {
  // Where the elements for each result start.
  ReadOrder kept;
  // Where the elements for one result lie, seen from the start.
  ReadOrder reduced;
};

Loops loops_of(std::span<const int64_t> shape, const std::vector<bool>& reduced) {
  const std::vector<int64_t> strides = dense_strides(shape);
  Loops loops;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    ReadOrder& order = reduced[axis] ? loops.reduced : loops.kept;
    // Axes that one loop can walk are joined.
    if (!order.shape.empty() && order.strides.back() == strides[axis] * shape[axis]) {
      order.shape.back() *= shape[axis];
      order.strides.back() = strides[axis];
    } else {
      order.shape.push_back(shape[axis]);
      order.strides.push_back(strides[axis]);
    }
  }
  return loops;
}

// Adds elements to the states of neighbouring results.
template <class Reduction, class T>
void add_all(std::span<const int64_t> extents, std::span<const int64_t> strides, const T* from,
             std::span<typename Reduction::State> states) {
  if (extents.empty()) {
    for (size_t lane = 0; lane < states.size(); ++lane) {
      Reduction::add(states[lane], load(from[lane]));
    }
  } else if (extents.size() == 1 && states.size() == 1) {
    typename Reduction::State state = states[0];
    for (int64_t i = 0; i < extents[0]; ++i) Reduction::add(state, load(from[i * strides[0]]));
    states[0] = state;
  } else {
    for (int64_t i = 0; i < extents[0]; ++i) {
      add_all<Reduction>(extents.subspan(1), strides.subspan(1), from + i * strides[0], states);
    }
  }
}

// The operand has elements.
template <class Reduction, class T>
void reduce(const Loops& loops, const T* in, T* out, ThreadPool& pool) {
  const std::span<const int64_t> shape(loops.kept.shape);
  const std::span<const int64_t> strides(loops.kept.strides);
  const bool side_by_side = !shape.empty() && strides.back() == 1;
  const int64_t row = side_by_side ? shape.back() : 1;
  const size_t outer = shape.size() - (side_by_side ? 1 : 0);
  const int64_t chunks = (row + kLanes - 1) / kLanes;
  const int64_t count = tenon::element_count(loops.reduced.shape);

  pool.parallel_for(
      tenon::element_count(shape) / row * chunks,
      [&](int64_t begin, int64_t end) {
        for (int64_t chunk = begin; chunk < end; ++chunk) {
          int64_t index = chunk / chunks;
          const int64_t first = chunk % chunks * kLanes;
          T* to = out + index * row + first;
          const T* from = in + first;
          for (size_t axis = outer; axis-- > 0;) {
            from += index % shape[axis] * strides[axis];
            index /= shape[axis];
          }
          std::array<typename Reduction::State, kLanes> states;
          const auto lanes = static_cast<size_t>(std::min(kLanes, row - first));
          std::fill_n(states.begin(), lanes, Reduction::first());
          add_all<Reduction>(loops.reduced.shape, loops.reduced.strides, from,
                             std::span(states).first(lanes));
          for (size_t lane = 0; lane < lanes; ++lane) {
            to[lane] = Reduction::result(states[lane], count);
          }
        }
      },
      std::max<int64_t>(1, kGrain / (count * std::min(kLanes, row))));
}

template <class Types, template <class> class Reduction>
Status reduce_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  const auto& options = attrs.as<ReduceAttrs>();
  std::optional<std::vector<int64_t>> axes;
  if (has_operand(in, 1)) axes = TRY(to_int64s(in[1]));
  const Shape& shape = in[0].shape;
  const std::vector<bool> reduced = TRY(reduced_axes(options, axes, shape.size()));
  const Shape expected = reduced_shape(shape, reduced, options.keepdims);
  if (out[0].shape != expected) {
    return invalid_argument("the output has shape {}, but the operands make it {}",
                            tenon::to_string(out[0].shape), tenon::to_string(expected));
  }
  return dispatch_type<Types>(in[0].type, [&]<class T>() {
    if (tenon::element_count(shape) == 0) {
      std::ranges::fill(elements_of<T>(out[0]), Reduction<T>::result(Reduction<T>::first(), 0));
    } else {
      reduce<Reduction<T>>(loops_of(shape, reduced), static_cast<const T*>(in[0].data),
                           static_cast<T*>(out[0].data), pool);
    }
  });
}

using Fold = Dim (*)(const Dim&, const Dim&);
Dim sum_of(const Dim& a, const Dim& b) { return a + b; }
Dim product_of(const Dim& a, const Dim& b) { return a * b; }

// Known elements of a non-empty tensor reduced; none where a result of constants does not fit.
std::optional<std::vector<Dim>> folded(const Loops& loops, std::span<const Dim> elements,
                                       Fold fold) {
  ReadOrder order = loops.kept;
  order.shape.insert(order.shape.end(), loops.reduced.shape.begin(), loops.reduced.shape.end());
  order.strides.insert(order.strides.end(), loops.reduced.strides.begin(),
                       loops.reduced.strides.end());
  const std::vector<Dim> ordered = in_order(order, elements);
  const auto count = static_cast<size_t>(tenon::element_count(loops.reduced.shape));
  std::vector<Dim> results;
  for (size_t first = 0; first < ordered.size(); first += count) {
    const std::span<const Dim> group = std::span(ordered).subspan(first, count);
    Dim result = group[0];
    for (const Dim& element : group.subspan(1)) result = fold(result, element);
    if (!result.is_constant() && std::ranges::all_of(group, &Dim::is_constant)) return {};
    results.push_back(std::move(result));
  }
  return results;
}

template <class Types, Fold fold>
Result<std::vector<ValueInfo>> infer_reduce(const Attrs& attrs, std::span<const ValueInfo> in) {
  if (!dispatch_type<Types>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be reduced", to_string(in[0].type));
  }
  const auto& options = attrs.as<ReduceAttrs>();
  const std::vector<bool> reduced = TRY(reduced_axes(options, in));
  ValueInfo out = {in[0].type, reduced_shape(in[0].shape, reduced, options.keepdims), std::nullopt};
  const std::optional<Shape> shape = constant_shape(in[0].shape);
  if (fold != nullptr && in[0].elements && !in[0].elements->empty() && shape) {
    if (auto elements = folded(loops_of(*shape, reduced), *in[0].elements, fold)) {
      out = with_elements(std::move(out), *std::move(elements));
    }
  }
  return std::vector{std::move(out)};
}

template <class Types, template <class> class Reduction, Fold fold>
constexpr OpDef reduction(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .attrs = &attr_table<ReduceAttrs>,
          .min_inputs = 1,
          .max_inputs = 2,
          .outputs = 1,
          .infer = infer_reduce<Types, fold>,
          .reference = reduce_reference<Types, Reduction>,
          .host_inputs = 0b10,
          .flops = flops_of_each_input};
}

constexpr OpDef kReduceL1 = reduction<NumericTypes, AbsoluteSumOf, nullptr>(
    "ReduceL1", "The sum of the absolute values along axes.");
constexpr OpDef kReduceL2 = reduction<NumericTypes, RootOfSquaresOf, nullptr>(
    "ReduceL2", "The square root of the sum of the squares along axes.");
constexpr OpDef kReduceLogSum = reduction<NumericTypes, LogOfSumOf, nullptr>(
    "ReduceLogSum", "The natural logarithm of the sum of the elements along axes.");
constexpr OpDef kReduceLogSumExp = reduction<NumericTypes, LogOfExponentialsOf, nullptr>(
    "ReduceLogSumExp", "The natural logarithm of the sum of exp(x) along axes.");
constexpr OpDef kReduceMax =
    reduction<NumericOrBoolTypes, MaxOf, Dim::max>("ReduceMax", "The largest element along axes.");
constexpr OpDef kReduceMean =
    reduction<NumericTypes, MeanOf, nullptr>("ReduceMean", "The mean of the elements along axes.");
constexpr OpDef kReduceMin =
    reduction<NumericOrBoolTypes, MinOf, Dim::min>("ReduceMin", "The smallest element along axes.");
constexpr OpDef kReduceProd = reduction<NumericTypes, ProductOf, product_of>(
    "ReduceProd", "The product of the elements along axes.");
constexpr OpDef kReduceSum =
    reduction<NumericTypes, SumOf, sum_of>("ReduceSum", "The sum of the elements along axes.");
constexpr OpDef kReduceSumSquare = reduction<NumericTypes, SquareSumOf, nullptr>(
    "ReduceSumSquare", "The sum of the squares along axes.");
constexpr const OpDef* kOps[] = {&kReduceL1,  &kReduceL2,       &kReduceLogSum, &kReduceLogSumExp,
                                 &kReduceMax, &kReduceMean,     &kReduceMin,    &kReduceProd,
                                 &kReduceSum, &kReduceSumSquare};

}  // namespace

std::span<const OpDef* const> reduce_ops() { return kOps; }

Result<Attrs> with_axes(const Attrs& attrs, std::span<const ValueInfo> in) {
  ReduceAttrs options = attrs.as<ReduceAttrs>();
  const std::vector<bool> reduced = TRY(reduced_axes(options, in));
  std::vector<int64_t>& axes = options.axes.emplace();
  for (size_t axis = 0; axis < reduced.size(); ++axis) {
    if (reduced[axis]) axes.push_back(static_cast<int64_t>(axis));
  }
  options.noop_with_empty_axes = axes.empty();
  return Attrs::of(std::move(options));
}

}  // namespace tenon::internal
