#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/messages.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

// An image x[N,C,H,W], the extent of its square blocks, and whether channels come before positions
// in a block where both make up the depth.
struct BlockImage {
  SymbolicShape shape;
  int64_t block = 0;
  bool channels_first = false;
};

Result<BlockImage> block_image(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  BlockImage image = {.shape = TRY(node.input_info(0)).shape};
  image.block = TRY(take_int(attributes, "blocksize", 0));
  if (image.shape.size() != 4) {
    return corrupt("its operand has shape {}, not [N,C,H,W]", to_string(image.shape));
  }
  if (image.block < 1) return corrupt("its attribute 'blocksize' is {}", image.block);
  const std::string mode = TRY(take_string(attributes, "mode", "DCR"));
  image.channels_first = mode == "CRD";
  if (mode != "DCR" && !image.channels_first) {
    return corrupt("its attribute 'mode' is {}", name_text(mode));
  }
  TRY_STATUS(check_all_taken(attributes));
  return image;
}

// x seen with more axes, these reordered, and then joined to those of the output.
Status finish_reordered(ImportNode& node, const SymbolicShape& split,
                        const std::vector<int64_t>& order, const SymbolicShape& joined) {
  const AttributeMap as_stated = {{"allowzero", int64_t{1}}};
  const ValueId split_shape = TRY(node.add_dims(split, "split_shape"));
  const ValueId blocks =
      TRY(node.add("Reshape", as_stated, {node.input(0), split_shape}, "blocks"));
  const ValueId ordered = TRY(node.add("Transpose", {{"perm", order}}, {blocks}, "ordered"));
  const ValueId shape = TRY(node.add_dims(joined, "shape"));
  return node.finish("Reshape", as_stated, {ordered, shape});
}

}  // namespace

Status import_depth_to_space(ImportNode& node) {
  const auto [shape, block, channels_first] = TRY(block_image(node));
  const Dim depth = Dim::floor_div(shape[1], Dim(block) * block);
  const SymbolicShape joined = {shape[0], depth, shape[2] * block, shape[3] * block};
  if (channels_first) {
    return finish_reordered(node, {shape[0], depth, block, block, shape[2], shape[3]},
                            {0, 1, 4, 2, 5, 3}, joined);
  }
  return finish_reordered(node, {shape[0], block, block, depth, shape[2], shape[3]},
                          {0, 3, 4, 1, 5, 2}, joined);
}

Status import_space_to_depth(ImportNode& node) {
  const auto [shape, block, channels_first] = TRY(block_image(node));
  const Dim height = Dim::floor_div(shape[2], block);
  const Dim width = Dim::floor_div(shape[3], block);
  const std::vector<int64_t> order = channels_first ? std::vector<int64_t>{0, 1, 3, 5, 2, 4}
                                                    : std::vector<int64_t>{0, 3, 5, 1, 2, 4};
  return finish_reordered(node, {shape[0], shape[1], height, block, width, block}, order,
                          {shape[0], shape[1] * block * block, height, width});
}

}  // namespace tenon::internal
