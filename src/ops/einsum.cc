#include "ops/einsum.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/block_product.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/work.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace tenon::internal {
namespace {

// Products that are worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 14;
constexpr size_t kLetters = 52;

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// 0 to 51 in the order of codes.
size_t letter_index(char c) {
  return c <= 'Z' ? static_cast<size_t>(c - 'A') : static_cast<size_t>(c - 'a') + 26;
}

// One operand, or the result: letters in order, and where among them an ellipsis stands.
struct Term {
  std::string letters;
  bool has_ellipsis = false;
  size_t ellipsis_at = 0;
};

Result<Term> parse_term(std::string_view text) {
  Term term;
  while (!text.empty()) {
    if (is_letter(text.front())) {
      term.letters += text.front();
      text.remove_prefix(1);
    } else if (text.starts_with("...") && !term.has_ellipsis) {
      term.has_ellipsis = true;
      term.ellipsis_at = term.letters.size();
      text.remove_prefix(3);
    } else {
      return invalid_argument("\"{}\" is no part of an equation: letters, and one ellipsis", text);
    }
  }
  return term;
}

struct Equation {
  std::vector<Term> operands;
  Term result;
};

// The result of an equation without an arrow.
Term implied_result(const std::vector<Term>& operands) {
  Term result;
  std::array<size_t, kLetters> counts{};
  for (const Term& operand : operands) {
    result.has_ellipsis = result.has_ellipsis || operand.has_ellipsis;
    for (const char letter : operand.letters) ++counts[letter_index(letter)];
  }
  for (size_t i = 0; i < kLetters; ++i) {
    if (counts[i] == 1) result.letters += static_cast<char>(i < 26 ? 'A' + i : 'a' + (i - 26));
  }
  return result;
}

Result<Equation> parse_equation(std::string_view equation) {
  std::string text(equation);
  std::erase(text, ' ');
  const size_t arrow = text.find("->");
  std::string_view left = std::string_view(text).substr(0, arrow);
  Equation parsed;
  for (;;) {
    const size_t comma = left.find(',');
    parsed.operands.push_back(TRY(parse_term(left.substr(0, comma))));
    if (comma == std::string_view::npos) break;
    left.remove_prefix(comma + 1);
  }
  parsed.result = arrow == std::string::npos
                      ? implied_result(parsed.operands)
                      : TRY(parse_term(std::string_view(text).substr(arrow + 2)));
  return parsed;
}

Status check_result(const Equation& equation) {
  const Term& result = equation.result;
  for (size_t i = 0; i < result.letters.size(); ++i) {
    const char letter = result.letters[i];
    if (result.letters.find(letter, i + 1) != std::string::npos) {
      return invalid_argument("the result has '{}' twice", letter);
    }
    if (std::ranges::none_of(equation.operands, [&](const Term& operand) {
          return operand.letters.find(letter) != std::string::npos;
        })) {
      return invalid_argument("the result has '{}', which no operand has", letter);
    }
  }
  return ok_status();
}

// The numbers of a term's axes, of which `ellipsis` are the ellipsis's, out of `all` of those.
std::vector<size_t> numbers(const Term& term, const std::array<size_t, kLetters>& of_letters,
                            size_t ellipsis, size_t all) {
  std::vector<size_t> axes;
  for (const char letter : term.letters) axes.push_back(of_letters[letter_index(letter)]);
  std::vector<size_t> between;
  if (term.has_ellipsis) {
    for (size_t i = all - ellipsis; i < all; ++i) between.push_back(i);
  }
  axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(term.ellipsis_at), between.begin(),
              between.end());
  return axes;
}

std::vector<size_t> ranks_of(const auto& operands) {
  std::vector<size_t> ranks;
  for (const auto& operand : operands) ranks.push_back(operand.shape.size());
  return ranks;
}

// The extent of all axes of a number, from one more of them.
Result<Dim> joined(const Dim& so_far, const Dim& extent, bool broadcasts) {
  if (so_far == Dim(1)) return extent;
  if (extent == Dim(1) || extent == so_far) return so_far;
  if (certainly_differ(so_far, extent)) {
    return invalid_argument("axes of extents {} and {} go together", so_far.to_string(),
                            extent.to_string());
  }
  if (broadcasts) return Dim::broadcast(so_far, extent);
  return so_far.is_constant() ? so_far : extent;
}

// The extents by number.
Result<SymbolicShape> extents_of(const EinsumLabels& labels, std::span<const ValueInfo> in) {
  SymbolicShape extents(labels.count, Dim(1));
  for (size_t i = 0; i < in.size(); ++i) {
    for (size_t axis = 0; axis < in[i].shape.size(); ++axis) {
      const size_t label = labels.operands[i][axis];
      extents[label] = TRY(joined(extents[label], in[i].shape[axis], label < labels.ellipsis));
    }
  }
  return extents;
}

Result<std::vector<ValueInfo>> infer_einsum(const Attrs& attrs, std::span<const ValueInfo> in) {
  if (!dispatch_type<NumericTypes>(in[0].type, []<class T>() {}).ok()) {
    return invalid_argument("elements of type {} cannot be multiplied", to_string(in[0].type));
  }
  TRY_STATUS(require_same_types(in));
  const EinsumLabels labels = TRY(einsum_labels(attrs.as<EinsumAttrs>().equation, ranks_of(in)));
  const SymbolicShape extents = TRY(extents_of(labels, in));
  ValueInfo out{in[0].type, {}, {}};
  for (const size_t label : labels.result) out.shape.push_back(extents[label]);
  return std::vector{std::move(out)};
}

// A loop over the axes of one number: how far each operand goes in a step.
struct Loop {
  int64_t extent = 1;
  std::vector<int64_t> strides;
};

// The loops of an equation on operands of these shapes: those over the result, outermost first, and
// those of a sum.
struct Loops {
  std::vector<Loop> result;
  std::vector<Loop> sum;
  // Of each sum.
  int64_t terms = 1;
};

Loops loops_of(const EinsumLabels& labels, std::span<const ConstTensorView> in) {
  std::vector<Loop> loops(labels.count, Loop{1, std::vector<int64_t>(in.size(), 0)});
  for (size_t i = 0; i < in.size(); ++i) {
    int64_t stride = 1;
    for (size_t axis = in[i].shape.size(); axis-- > 0;) {
      Loop& loop = loops[labels.operands[i][axis]];
      const int64_t extent = in[i].shape[axis];
      if (extent != 1) {
        loop.extent = extent;
        loop.strides[i] += stride;
      }
      stride *= extent;
    }
  }
  Loops result;
  for (const size_t label : labels.result) result.result.push_back(loops[label]);
  Shape extents;
  for (size_t label = 0; label < labels.count; ++label) {
    if (std::ranges::find(labels.result, label) != labels.result.end()) continue;
    result.sum.push_back(loops[label]);
    extents.push_back(loops[label].extent);
  }
  result.terms = tenon::element_count(extents);
  return result;
}

template <class T>
class Summation {
 public:
  Summation(const Loops& loops, std::span<const ConstTensorView> in) : loops_(loops) {
    for (const ConstTensorView& operand : in) data_.push_back(elements_of<T>(operand).data());
  }

  // Elements [begin, end) of the result.
  void run(int64_t begin, int64_t end, T* out) const {
    std::vector<int64_t> at(data_.size());
    for (int64_t index = begin; index < end; ++index) {
      std::ranges::fill(at, 0);
      int64_t rest = index;
      for (size_t i = loops_.result.size(); i-- > 0;) {
        const Loop& loop = loops_.result[i];
        move(at, loop, rest % loop.extent);
        rest /= loop.extent;
      }
      const Sum value = loops_.terms == 0 ? Sum{0} : sum(0, at);
      out[index] = store<T>(static_cast<ComputeType<T>>(value));
    }
  }

 private:
  using Sum = SumType<T>;

  static void move(std::vector<int64_t>& at, const Loop& loop, int64_t steps) {
    for (size_t i = 0; i < at.size(); ++i) at[i] += loop.strides[i] * steps;
  }

  // Over the loops from `depth` on; leaves `at` as it was.
  Sum sum(size_t depth, std::vector<int64_t>& at) const {
    if (depth == loops_.sum.size()) return product(at);
    const Loop& loop = loops_.sum[depth];
    Sum total = 0;
    for (int64_t i = 0; i < loop.extent; ++i) {
      total += sum(depth + 1, at);
      move(at, loop, 1);
    }
    move(at, loop, -loop.extent);
    return total;
  }

  Sum product(const std::vector<int64_t>& at) const {
    Sum result = 1;
    for (size_t i = 0; i < data_.size(); ++i) result *= static_cast<Sum>(load(data_[i][at[i]]));
    return result;
  }

  const Loops& loops_;
  std::vector<const T*> data_;
};

Status reference_einsum(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_einsum, attrs, in, out));
  const EinsumLabels labels = TRY(einsum_labels(attrs.as<EinsumAttrs>().equation, ranks_of(in)));
  const Loops loops = loops_of(labels, in);
  return dispatch_type<NumericTypes>(in[0].type, [&]<class T>() {
    const Summation<T> summation(loops, in);
    T* const write = elements_of<T>(out[0]).data();
    pool.parallel_for(
        tenon::element_count(out[0].shape),
        [&](int64_t begin, int64_t end) { summation.run(begin, end, write); },
        std::max<int64_t>(1, kGrain / std::max<int64_t>(loops.terms, 1)));
  });
}

// A product of all operands, and an addition, for each term.
double einsum_flops(const Attrs& attrs, std::span<const ValueInfo> in, const ValueInfo& out) {
  const Result<EinsumLabels> labels = einsum_labels(attrs.as<EinsumAttrs>().equation, ranks_of(in));
  if (!labels.ok()) return 0;
  Result<SymbolicShape> extents = extents_of(*labels, in);
  if (!extents.ok()) return 0;
  for (const size_t label : labels->result) (*extents)[label] = 1;
  return static_cast<double>(in.size()) * elements_in(out.shape) * elements_in(*extents);
}

constexpr OpDef kEinsum = {
    .name = "Einsum",
    .doc =
        "Products of tensors by an equation of their axes, summed over those that the result "
        "does not have.",
    .attrs = &attr_table<EinsumAttrs>,
    .min_inputs = 1,
    .max_inputs = kVariadic,
    .outputs = 1,
    .infer = infer_einsum,
    .reference = reference_einsum,
    .flops = einsum_flops};
constexpr const OpDef* kOps[] = {&kEinsum};

}  // namespace

Result<EinsumLabels> einsum_labels(std::string_view equation, std::span<const size_t> ranks) {
  const Equation parsed = TRY(parse_equation(equation));
  TRY_STATUS(check_result(parsed));
  if (parsed.operands.size() != ranks.size()) {
    return invalid_argument("equation \"{}\" is one of {}, not {}", equation,
                            counted(parsed.operands.size(), "operand"), ranks.size());
  }
  EinsumLabels labels;
  std::array<size_t, kLetters> of_letters{};
  for (size_t i = 0; i < ranks.size(); ++i) {
    const Term& term = parsed.operands[i];
    const size_t letters = term.letters.size();
    if (ranks[i] < letters || (ranks[i] > letters && !term.has_ellipsis)) {
      return invalid_argument("term {} of equation \"{}\" does not name the {} axes of its operand",
                              i, equation, ranks[i]);
    }
    labels.ellipsis = std::max(labels.ellipsis, ranks[i] - letters);
    for (const char letter : term.letters) of_letters[letter_index(letter)] = 1;
  }
  labels.count = labels.ellipsis;
  for (size_t& letter : of_letters) letter = letter == 0 ? 0 : labels.count++;
  for (size_t i = 0; i < ranks.size(); ++i) {
    const Term& term = parsed.operands[i];
    labels.operands.push_back(
        numbers(term, of_letters, ranks[i] - term.letters.size(), labels.ellipsis));
  }
  labels.result = numbers(parsed.result, of_letters, labels.ellipsis, labels.ellipsis);
  return labels;
}

std::span<const OpDef* const> einsum_ops() { return kOps; }

}  // namespace tenon::internal
