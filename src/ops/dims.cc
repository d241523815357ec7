#include "ops/dims.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "ops/element_types.h"
#include "ops/operands.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_dims(const Attrs& attrs, std::span<const ValueInfo>) {
  const auto& [shape, type, texts] = attrs.as<DimsAttrs>();
  if (std::ranges::any_of(shape, [](int64_t dim) { return dim < 0; }) ||
      !std::cmp_equal(tenon::element_count(shape), texts.size())) {
    return invalid_argument("a tensor of shape {} is not made of {}", tenon::to_string(shape),
                            counted(texts.size(), "element"));
  }
  if (std::cmp_greater(texts.size(), kMaxKnownElements)) {
    return invalid_argument("{} elements are more than the {} that can be tracked", texts.size(),
                            kMaxKnownElements);
  }
  std::vector<Dim> elements;
  for (const std::string& text : texts) elements.push_back(TRY(Dim::parse(text)));
  ValueInfo out = with_elements({type, to_symbolic(shape), std::nullopt}, std::move(elements));
  if (!out.elements) {
    return invalid_argument("an element is not a number of type {}", to_string(type));
  }
  return std::vector{std::move(out)};
}

Status dims_reference(const Attrs& attrs, std::span<const ConstTensorView>,
                      std::span<const TensorView> out, ThreadPool&) {
  const std::vector<ValueInfo> infos = TRY(infer_dims(attrs, {}));
  const std::vector<Dim>& elements = *infos[0].elements;
  for (const Dim& element : elements) {
    if (element.is_constant()) continue;
    return invalid_argument(
        "{} is known only once shapes are bound; what executes the graph provides such elements",
        element.to_string());
  }
  const auto write = [&]<class T>() {
    std::ranges::transform(elements, static_cast<T*>(out[0].data), [](const Dim& element) {
      return store<T>(static_cast<ComputeType<T>>(element.constant()));
    });
  };
  return out[0].type == DataType::kBool ? dispatch_type<TypeList<Bool>>(out[0].type, write)
                                        : dispatch_type<IntegerTypes>(out[0].type, write);
}

constexpr OpDef kDims = {
    .name = "Dims",
    .doc =
        "A small integer tensor whose elements are expressions over the network's symbolic "
        "dimensions.",
    .attrs = &attr_table<DimsAttrs>,
    .min_inputs = 0,
    .max_inputs = 0,
    .outputs = 1,
    .infer = infer_dims,
    .reference = dims_reference};
constexpr const OpDef* kOps[] = {&kDims};

}  // namespace

std::span<const OpDef* const> dims_ops() { return kOps; }

}  // namespace tenon::internal
