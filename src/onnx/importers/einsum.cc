#include "ops/einsum.h"
#include "base/data_types.h"
#include "base/try.h"
#include "onnx/importers/importers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Labels = std::vector<size_t>;

bool contains(std::span<const size_t> labels, size_t label) {
  return std::ranges::find(labels, label) != labels.end();
}

// A tensor whose axes have labels.
struct Labelled {
  ValueId value;
  Labels labels;
  // By label.
  const SymbolicShape* extents = nullptr;

  Dim extent(std::span<const size_t> of) const {
    Dim product = 1;
    for (const size_t label : of) product = product * (*extents)[label];
    return product;
  }
};

// Sums over the axes that nobody asks for.
Status keep(ImportNode& node, Labelled& tensor, const Labels& wanted) {
  std::vector<int64_t> axes;
  Labels kept;
  for (size_t axis = 0; axis < tensor.labels.size(); ++axis) {
    if (contains(wanted, tensor.labels[axis])) {
      kept.push_back(tensor.labels[axis]);
    } else {
      axes.push_back(static_cast<int64_t>(axis));
    }
  }
  if (axes.empty()) return ok_status();
  const ValueId list = TRY(node.add_int64s(axes, "summed_axes"));
  tensor.value =
      TRY(node.add("ReduceSum", {{"keepdims", int64_t{0}}}, {tensor.value, list}, "sum"));
  tensor.labels = std::move(kept);
  return ok_status();
}

// Its axes in another order; `order` has the same labels.
Status reorder(ImportNode& node, Labelled& tensor, const Labels& order) {
  if (tensor.labels == order) return ok_status();
  std::vector<int64_t> perm;
  for (const size_t label : order) {
    perm.push_back(std::ranges::find(tensor.labels, label) - tensor.labels.begin());
  }
  tensor.value = TRY(node.add("Transpose", {{"perm", perm}}, {tensor.value}, "ordered"));
  tensor.labels = order;
  return ok_status();
}

Result<ValueId> reshaped(ImportNode& node, ValueId value, const SymbolicShape& shape) {
  const ValueId dims = TRY(node.add_dims(shape, "shape"));
  return node.add("Reshape", {{"allowzero", int64_t{1}}}, {value, dims}, "reshaped");
}

// The labels of the axes of a product of two operands as a matrix product.
struct MatrixForm {
  Labels batch;
  Labels rows;
  Labels columns;
  Labels depth;
};

MatrixForm matrix_form(const Labels& a, const Labels& b, const Labels& result) {
  MatrixForm form;
  for (const size_t label : a) {
    if (!contains(b, label)) {
      if (contains(result, label)) form.rows.push_back(label);
    } else {
      (contains(result, label) ? form.batch : form.depth).push_back(label);
    }
  }
  for (const size_t label : b) {
    if (!contains(a, label) && contains(result, label)) form.columns.push_back(label);
  }
  return form;
}

// [batch…, first, second], where each of the two joins all axes of its labels.
Result<ValueId> as_matrices(ImportNode& node, Labelled tensor, const Labels& batch,
                            const Labels& first, const Labels& second) {
  Labels order = batch;
  order.insert(order.end(), first.begin(), first.end());
  order.insert(order.end(), second.begin(), second.end());
  TRY_STATUS(keep(node, tensor, order));
  TRY_STATUS(reorder(node, tensor, order));
  if (first.size() == 1 && second.size() == 1) return tensor.value;
  SymbolicShape shape;
  for (const size_t label : batch) shape.push_back((*tensor.extents)[label]);
  shape.push_back(tensor.extent(first));
  shape.push_back(tensor.extent(second));
  return reshaped(node, tensor.value, shape);
}

Result<Labelled> product(ImportNode& node, const Labelled& a, const Labelled& b,
                         const MatrixForm& form) {
  const ValueId left = TRY(as_matrices(node, a, form.batch, form.rows, form.depth));
  const ValueId right = TRY(as_matrices(node, b, form.batch, form.depth, form.columns));
  Labelled result = {.value = TRY(node.add("MatMul", {}, {left, right}, "product")),
                     .labels = form.batch,
                     .extents = a.extents};
  result.labels.insert(result.labels.end(), form.rows.begin(), form.rows.end());
  result.labels.insert(result.labels.end(), form.columns.begin(), form.columns.end());
  if (form.rows.size() == 1 && form.columns.size() == 1) return result;
  SymbolicShape shape;
  for (const size_t label : result.labels) shape.push_back((*a.extents)[label]);
  result.value = TRY(reshaped(node, result.value, shape));
  return result;
}

// Whether each operand has each label once, and axes that go together have one extent, which
// `extents` gets: what the reference can do beyond that, a matrix product cannot.
Result<bool> is_plain(const ImportNode& node, const EinsumLabels& labels, SymbolicShape& extents) {
  std::vector<bool> known(labels.count);
  extents.assign(labels.count, Dim(1));
  for (size_t i = 0; i < labels.operands.size(); ++i) {
    Labels of = labels.operands[i];
    const SymbolicShape shape = TRY(node.input_info(i)).shape;
    for (size_t axis = 0; axis < of.size(); ++axis) {
      if (known[of[axis]] && extents[of[axis]] != shape[axis]) return false;
      known[of[axis]] = true;
      extents[of[axis]] = shape[axis];
    }
    std::ranges::sort(of);
    if (std::ranges::adjacent_find(of) != of.end()) return false;
  }
  return true;
}

}  // namespace

Status import_einsum(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const std::vector<ValueId> inputs = {node.inputs().begin(), node.inputs().end()};
  const auto as_it_is = [&] { return node.finish(node.op(), attributes, inputs); };
  std::vector<size_t> ranks;
  for (size_t i = 0; i < inputs.size(); ++i) {
    ranks.push_back(TRY(node.input_info(i)).shape.size());
  }
  AttributeMap copy = attributes;
  const EinsumLabels labels = TRY(einsum_labels(TRY(take_string(copy, "equation", "")), ranks));
  SymbolicShape extents;
  const bool floating = is_floating(TRY(node.input_info(0)).type);
  if (inputs.size() > 2 || !floating || !TRY(is_plain(node, labels, extents))) return as_it_is();

  Labelled result = {.value = inputs[0], .labels = labels.operands[0], .extents = &extents};
  if (inputs.size() == 2) {
    const Labelled b = {.value = inputs[1], .labels = labels.operands[1], .extents = &extents};
    const MatrixForm form = matrix_form(result.labels, b.labels, labels.result);
    // Nothing is summed over in pairs: no matrix product.
    if (form.depth.empty()) return as_it_is();
    result = TRY(product(node, result, b, form));
  }
  TRY_STATUS(keep(node, result, labels.result));
  TRY_STATUS(reorder(node, result, labels.result));
  return node.finish("Identity", {}, {result.value});
}

}  // namespace tenon::internal
