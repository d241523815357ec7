#include "ops/col2im.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operand_checks.h"
#include "ops/operands.h"
#include "ops/strided_copy.h"
#include "ops/window.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

constexpr OperandMask kHostInputs = 0b110;

struct Geometry {
  std::vector<Dim> image;
  std::vector<int64_t> block;
  // Along each axis.
  std::vector<Dim> blocks;
};

Result<Geometry> geometry(const Col2ImAttrs& attrs, std::span<const ValueInfo> in) {
  Geometry found = {TRY(list_operand(in[1], "dims of the image")),
                    TRY(constant_list_operand(in[2], "dims of a block")),
                    {}};
  const size_t rank = found.image.size();
  if (rank == 0) return invalid_argument("the image has no axes");
  TRY_STATUS(check_axis_values("dims of a block", found.block, rank, 1));
  if (found.block.empty()) return invalid_argument("a block has no axes");
  TRY_STATUS(check_axis_values("dilations", attrs.dilations, rank, 1));
  TRY_STATUS(check_axis_values("pads", attrs.pads, 2 * rank, 0));
  TRY_STATUS(check_axis_values("strides", attrs.strides, rank, 1));
  for (size_t i = 0; i < rank; ++i) {
    const int64_t reach = (found.block[i] - 1) * value_or(attrs.dilations, i, 1) + 1;
    const Dim room =
        found.image[i] + value_or(attrs.pads, i, 0) + value_or(attrs.pads, i + rank, 0) - reach;
    if (room.is_constant() && room.constant() < 0) {
      return invalid_argument(
          "a block that reaches over {} does not fit into an image {} with its "
          "pads",
          reach, to_string(found.image));
    }
    found.blocks.push_back(Dim::floor_div(room, value_or(attrs.strides, i, 1)) + 1);
  }
  return found;
}

Result<std::vector<ValueInfo>> infer_col2im(const Attrs& attrs, std::span<const ValueInfo> in) {
  TRY_STATUS(require_floating(in[0].type));
  const SymbolicShape& x = in[0].shape;
  const Geometry found = TRY(geometry(attrs.as<Col2ImAttrs>(), in));
  const Dim elements = element_count(to_symbolic(found.block));
  if (x.size() != 3 || certainly_differ(x[2], element_count(found.blocks)) ||
      certainly_differ(Dim::mod(x[1], elements), 0)) {
    return invalid_argument("x {} must be [N, C * {}, {}], blocks of an image {}", to_string(x),
                            elements.to_string(), element_count(found.blocks).to_string(),
                            to_string(found.image));
  }
  ValueInfo out = {in[0].type, {x[0], Dim::floor_div(x[1], elements)}, std::nullopt};
  out.shape.insert(out.shape.end(), found.image.begin(), found.image.end());
  return std::vector{std::move(out)};
}

// Where each element of each block lies in the image, row by row of x; kPadding outside.
constexpr int64_t kPadding = -1;

std::vector<int64_t> element_places(const Col2ImAttrs& attrs, const Shape& image,
                                    const Shape& block, const Shape& blocks) {
  const std::vector<int64_t> strides = dense_strides(image);
  const int64_t elements = tenon::element_count(block);
  const int64_t count = tenon::element_count(blocks);
  std::vector<int64_t> places(static_cast<size_t>(elements * count), 0);
  for (int64_t i = 0; i < elements * count; ++i) {
    int64_t element = i / count;
    int64_t number = i % count;
    int64_t& place = places[static_cast<size_t>(i)];
    for (size_t axis = image.size(); axis-- > 0;) {
      const int64_t position = number % blocks[axis] * value_or(attrs.strides, axis, 1) +
                               element % block[axis] * value_or(attrs.dilations, axis, 1) -
                               value_or(attrs.pads, axis, 0);
      number /= blocks[axis];
      element /= block[axis];
      if (position < 0 || position >= image[axis]) {
        place = kPadding;
        break;
      }
      place += position * strides[axis];
    }
  }
  return places;
}

Status col2im_reference(const Attrs& attrs, std::span<const ConstTensorView> in,
                        std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_col2im, attrs, in, out, kHostInputs));
  const std::vector<ValueInfo> infos = TRY(operand_infos(in, kHostInputs));
  const Geometry found = TRY(geometry(attrs.as<Col2ImAttrs>(), infos));
  const Shape image = TRY(evaluate(found.image, {}));
  const std::vector<int64_t> places =
      element_places(attrs.as<Col2ImAttrs>(), image, found.block, TRY(evaluate(found.blocks, {})));
  const int64_t pixels = tenon::element_count(image);
  return dispatch_type<FloatingTypes>(in[0].type, [&]<class T>() {
    const T* const x = elements_of<T>(in[0]).data();
    T* const y = elements_of<T>(out[0]).data();
    pool.parallel_for(out[0].shape[0] * out[0].shape[1], [&](int64_t begin, int64_t end) {
      std::vector<double> sums(static_cast<size_t>(pixels));
      for (int64_t plane = begin; plane < end; ++plane) {
        sums.assign(sums.size(), 0.0);
        const T* const from = x + plane * static_cast<int64_t>(places.size());
        for (size_t i = 0; i < places.size(); ++i) {
          if (places[i] == kPadding) continue;
          sums[static_cast<size_t>(places[i])] += static_cast<double>(load(from[i]));
        }
        for (int64_t i = 0; i < pixels; ++i) {
          const double sum = sums[static_cast<size_t>(i)];
          y[plane * pixels + i] = store<T>(static_cast<ComputeType<T>>(sum));
        }
      }
    });
  });
}

constexpr OpDef kCol2Im = {.name = "Col2Im",
                           .doc = "Adds up blocks of an image where they lie.",
                           .attrs = &attr_table<Col2ImAttrs>,
                           .min_inputs = 3,
                           .max_inputs = 3,
                           .outputs = 1,
                           .infer = infer_col2im,
                           .reference = col2im_reference,
                           .host_inputs = kHostInputs};
constexpr std::array<const OpDef*, 1> kOps = {&kCol2Im};

}  // namespace

std::span<const OpDef* const> col2im_ops() { return kOps; }

}  // namespace tenon::internal
