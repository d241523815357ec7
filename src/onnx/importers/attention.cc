#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/casts.h"
#include "onnx/importers/importers.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

const AttributeMap kAsStated = {{"allowzero", int64_t{1}}};
// From [N,S,H,D] to [N,H,S,D].
const std::vector<int64_t> kSwapHeads = {0, 2, 1, 3};

enum Operand : size_t { kQ, kK, kV, kMask, kPastKey, kPastValue, kLengths };
enum Output : size_t { kY, kPresentKey, kPresentValue, kScores };

bool is_wanted(const ImportNode& node, size_t output) {
  return output < node.outputs().size() && !node.outputs()[output].name.empty();
}

// Operand `index`, [N,H,S,D] or [N,S,H*D]; where `split`, as [N,H,S,D].
Result<ValueId> heads_of(ImportNode& node, size_t index, int64_t heads, bool split,
                         std::string_view role) {
  const SymbolicShape shape = TRY(node.input_info(index)).shape;
  if (shape.size() == 4) return node.input(index);
  if (shape.size() != 3) return corrupt("its operand {} is {}", index, to_string(shape));
  if (heads < 1) return corrupt("heads are not told apart: the numbers of heads are missing");
  if (shape[2].is_constant() && shape[2].constant() % heads != 0) {
    return corrupt("its operand {} is {}, which does not divide into {} heads", index,
                   to_string(shape), heads);
  }
  if (!split) return node.input(index);
  const ValueId dims = TRY(
      node.add_dims({{shape[0], shape[1], heads, Dim::floor_div(shape[2], heads)}}, "heads_shape"));
  const ValueId parts = TRY(node.add("Reshape", kAsStated, {node.input(index), dims}, "heads"));
  return node.add("Transpose", {{"perm", kSwapHeads}}, {parts}, role);
}

// Past and new keys or values, which are output `output` too where that is wanted.
Result<ValueId> present(ImportNode& node, size_t past, ValueId fresh, size_t output) {
  std::vector<ValueId> parts = {fresh};
  if (node.has_input(past)) parts.insert(parts.begin(), node.input(past));
  const char* const op = parts.size() == 1 ? "Identity" : "Concat";
  AttributeMap attributes;
  if (parts.size() > 1) attributes.emplace("axis", int64_t{2});
  if (!is_wanted(node, output)) return node.add(op, attributes, std::move(parts), "present");
  TRY_STATUS(node.finish_output(output, op, attributes, std::move(parts)));
  return node.results()[output];
}

// Extent of the sequence of operand `index`.
Result<Dim> sequence(const ImportNode& node, size_t index) {
  const SymbolicShape shape = TRY(node.input_info(index)).shape;
  if (shape.size() < 3) return corrupt("its operand {} is {}", index, to_string(shape));
  return shape[shape.size() - 2];
}

Result<Dim> queries(const ImportNode& node) {
  const SymbolicShape shape = TRY(node.input_info(kQ)).shape;
  return shape.size() == 3 ? shape[1] : TRY(sequence(node, kQ));
}

// The positions of the first queries among the keys; none where they are 0, or do not matter.
Result<ValueId> starts_of(ImportNode& node, const AttributeMap& attributes) {
  const auto states = [&](std::string_view name, int64_t nothing) {
    const auto found = attributes.find(name);
    return found != attributes.end() && found->second != AttributeValue(nothing);
  };
  if (!states("is_causal", 0) && !states("left_window_size", -1) &&
      !states("right_window_size", -1)) {
    return ValueId();
  }
  if (node.has_input(kPastKey)) {
    return node.add_dims({{TRY(sequence(node, kPastKey))}}, "starts");
  }
  if (!node.has_input(kLengths)) return ValueId();
  const ValueId count = TRY(node.add_dims({{TRY(queries(node))}}, "queries"));
  return node.add("Sub", {}, {node.input(kLengths), count}, "starts");
}

struct Parts {
  ValueId q;
  ValueId k;
  ValueId v;
  // Mask, lengths and starts.
  std::vector<ValueId> optional;
};

Result<Parts> parts_of(ImportNode& node, const AttributeMap& attributes, int64_t q_heads,
                       int64_t kv_heads) {
  if (node.has_input(kPastKey) != node.has_input(kPastValue)) {
    return corrupt("past keys and past values must be given together");
  }
  Parts parts;
  const bool scores = is_wanted(node, kScores);
  const auto is_cached = [&](size_t past, size_t present_output) {
    return node.has_input(past) || is_wanted(node, present_output);
  };
  const bool split_keys = scores || is_cached(kPastKey, kPresentKey);
  const bool split_values = is_cached(kPastValue, kPresentValue);
  parts.q = TRY(heads_of(node, kQ, q_heads, scores, "queries"));
  const ValueId k = TRY(heads_of(node, kK, kv_heads, split_keys, "keys"));
  const ValueId v = TRY(heads_of(node, kV, kv_heads, split_values, "values"));
  parts.k = TRY(present(node, kPastKey, k, kPresentKey));
  parts.v = TRY(present(node, kPastValue, v, kPresentValue));
  const DataType type = TRY(node.input_info(kQ)).type;
  parts.v = TRY(add_cast(node, parts.v, TRY(node.input_info(kV)).type, type, "cast_values"));
  parts.optional = {node.input(kMask), node.input(kLengths), TRY(starts_of(node, attributes))};
  return parts;
}

std::vector<ValueId> joined(std::vector<ValueId> operands, const std::vector<ValueId>& optional) {
  operands.insert(operands.end(), optional.begin(), optional.end());
  while (!operands.back().valid()) operands.pop_back();
  return operands;
}

// The scores at the stage that the attribute asks for.
Status finish_scores(ImportNode& node, const Parts& parts, AttributeMap attributes, int64_t mode) {
  constexpr std::array kStages = {"products", "capped", "masked", "probabilities"};
  if (mode < 0 || mode >= static_cast<int64_t>(kStages.size())) {
    return corrupt("its attribute 'qk_matmul_output_mode' is {}", mode);
  }
  attributes.emplace("stage", std::string(kStages[static_cast<size_t>(mode)]));
  return node.finish_output(kScores, "AttentionScores", attributes,
                            joined({parts.q, parts.k}, parts.optional));
}

}  // namespace

Status import_attention(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const int64_t q_heads = TRY(take_int(attributes, "q_num_heads", 0));
  const int64_t kv_heads = TRY(take_int(attributes, "kv_num_heads", 0));
  const int64_t mode = TRY(take_int(attributes, "qk_matmul_output_mode", 0));
  // At least so many digits: the softmax is computed in more.
  TRY(take_int(attributes, "softmax_precision", 0));
  const SymbolicShape shape = TRY(node.input_info(kQ)).shape;
  const Parts parts = TRY(parts_of(node, attributes, q_heads, kv_heads));
  std::vector<ValueId> operands = joined({parts.q, parts.k, parts.v}, parts.optional);
  if (is_wanted(node, kScores)) TRY_STATUS(finish_scores(node, parts, attributes, mode));
  // Of operands that have their heads apart the numbers say nothing.
  attributes.emplace("q_num_heads", q_heads);
  attributes.emplace("kv_num_heads", kv_heads);
  attributes.emplace("joins_heads", int64_t{shape.size() == 3});
  return node.finish_output(kY, node.op(), attributes, std::move(operands));
}

}  // namespace tenon::internal
