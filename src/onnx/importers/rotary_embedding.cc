#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

const AttributeMap kAsStated = {{"allowzero", int64_t{1}}};
const AttributeMap kJoin = {{"axis", int64_t{-1}}};
constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();

// Elements [begin, end) of the last axis, a step apart.
Result<ValueId> part(ImportNode& node, ValueId value, int64_t begin, int64_t end,
                     std::string_view role, int64_t step = 1) {
  const ValueId start = TRY(node.add_int64s({{begin}}, "start"));
  const ValueId stop = TRY(node.add_int64s({{end}}, "end"));
  const ValueId axis = TRY(node.add_int64s({{-1}}, "axis"));
  const ValueId steps = TRY(node.add_int64s({{step}}, "step"));
  return node.add("Slice", {}, {value, start, stop, axis, steps}, role);
}

// A table of cosines or sines, [N,S,R/2], with an axis for the heads.
Result<ValueId> angles(ImportNode& node, size_t index, int64_t heads_axis, std::string_view role) {
  ValueId table = node.input(index);
  if (node.has_input(3)) table = TRY(node.add("Gather", {}, {table, node.input(3)}, role));
  const ValueId axis = TRY(node.add_int64s({{heads_axis}}, "heads_axis"));
  return node.add("Unsqueeze", {}, {table, axis}, role);
}

struct Rotation {
  ValueId cos = {};
  ValueId sin = {};
  // Elements of a head that are rotated.
  int64_t size = 0;
  // Whether the two numbers of a pair are neighbours, not half of `size` apart.
  bool interleaved = false;
};

Result<ValueId> rotated(ImportNode& node, ValueId x, const SymbolicShape& shape,
                        const Rotation& rotation) {
  const int64_t half = rotation.size / 2;
  const bool interleaved = rotation.interleaved;
  const ValueId re =
      TRY(interleaved ? part(node, x, 0, rotation.size, "re", 2) : part(node, x, 0, half, "re"));
  const ValueId im = TRY(interleaved ? part(node, x, 1, rotation.size, "im", 2)
                                     : part(node, x, half, rotation.size, "im"));
  const auto product = [&](ValueId a, ValueId b, std::string_view role) {
    return node.add("Mul", {}, {a, b}, role);
  };
  const ValueId re_cos = TRY(product(rotation.cos, re, "re_cos"));
  const ValueId im_sin = TRY(product(rotation.sin, im, "im_sin"));
  const ValueId re_sin = TRY(product(rotation.sin, re, "re_sin"));
  const ValueId im_cos = TRY(product(rotation.cos, im, "im_cos"));
  ValueId new_re = TRY(node.add("Sub", {}, {re_cos, im_sin}, "new_re"));
  ValueId new_im = TRY(node.add("Add", {}, {re_sin, im_cos}, "new_im"));
  if (!interleaved) return node.add("Concat", kJoin, {new_re, new_im}, "rotated");
  const ValueId axis = TRY(node.add_int64s({{4}}, "pair_axis"));
  new_re = TRY(node.add("Unsqueeze", {}, {new_re, axis}, "re_of_pairs"));
  new_im = TRY(node.add("Unsqueeze", {}, {new_im, axis}, "im_of_pairs"));
  const ValueId pairs = TRY(node.add("Concat", kJoin, {new_re, new_im}, "pairs"));
  SymbolicShape dims = shape;
  dims[3] = rotation.size;
  return node.add("Reshape", kAsStated, {pairs, TRY(node.add_dims(dims, "rotated_shape"))},
                  "rotated");
}

}  // namespace

Status import_rotary_embedding(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const int64_t heads = TRY(take_int(attributes, "num_heads", 0));
  Rotation rotation = {.size = TRY(take_int(attributes, "rotary_embedding_dim", 0)),
                       .interleaved = TRY(take_int(attributes, "interleaved", 0)) != 0};
  TRY_STATUS(check_all_taken(attributes));
  const SymbolicShape given = TRY(node.input_info(0)).shape;
  ValueId x = node.input(0);
  SymbolicShape shape = given;
  if (given.size() == 3) {
    if (heads < 1) return corrupt("its attribute 'num_heads' is {}", heads);
    shape = {given[0], given[1], heads, Dim::floor_div(given[2], heads)};
    x = TRY(node.add("Reshape", kAsStated, {x, TRY(node.add_dims(shape, "heads_shape"))}, "heads"));
  }
  if (shape.size() != 4) return corrupt("its operand 0 is {}", to_string(given));
  const bool whole = rotation.size == 0;
  if (whole) {
    if (!shape[3].is_constant()) {
      return unsupported("the size of its heads is open: {}", to_string(given));
    }
    rotation.size = shape[3].constant();
  }
  if (rotation.size < 0 || rotation.size % 2 != 0) {
    return corrupt("{} elements of a head are no pairs", rotation.size);
  }
  const int64_t heads_axis = given.size() == 3 ? 2 : 1;
  rotation.cos = TRY(angles(node, 1, heads_axis, "cos"));
  rotation.sin = TRY(angles(node, 2, heads_axis, "sin"));
  ValueId y = TRY(rotated(node, x, shape, rotation));
  if (!whole) {
    const ValueId rest = TRY(part(node, x, rotation.size, kToTheEnd, "rest"));
    y = TRY(node.add("Concat", kJoin, {y, rest}, "heads_y"));
  }
  if (given.size() == 4) return node.finish("Identity", {}, {y});
  return node.finish("Reshape", kAsStated, {y, TRY(node.add_dims(given, "y_shape"))});
}

}  // namespace tenon::internal
