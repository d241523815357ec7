#include "testing/op_cases.h"

#include "base/errors.h"
#include "base/hash.h"
#include "base/try.h"
#include "ops/extents.h"
#include "ops/list.h"
#include "testing/random_tensor.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <utility>

namespace tenon::internal::testing {

#define TENON_OP_FAMILY(family) std::vector<OpCase> family##_cases();
#include "ops/families.inc"
#undef TENON_OP_FAMILY

namespace {

Result<HostTensor> make_input(const OpCase& op_case, size_t position) {
  const CaseInput& input = op_case.inputs[position];
  if (input.omitted) return HostTensor();
  if (!input.values.empty()) return HostTensor::of(input.type, input.shape, input.values);
  const std::string name = fmt::format("{}/{}/{}", op_case.op, op_case.name, position);
  return random_tensor(input.type, input.shape, hash64(std::as_bytes(std::span(name))), input.low,
                       input.high);
}

// Infers the outputs of a case whose operands are there.
Status infer_case(OpCaseData& data) {
  data.output_infos = TRY(infer_outputs(*data.op, data.attrs, data.input_infos));
  if (data.op->count == nullptr) return {};
  std::vector<ConstTensorView> views;
  for (const HostTensor& input : data.inputs) views.push_back(input.view());
  const auto pool = TRY(ThreadPool::create({}));
  const std::vector<int64_t> numbers = TRY(data.op->count(data.attrs, views, *pool));
  std::map<std::string, Dim, std::less<>> dims;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::string name = extent_name(stem_of(data.attrs), i);
    data.extents.emplace(name, numbers[i]);
    dims.emplace(name, numbers[i]);
  }
  for (ValueInfo& info : data.output_infos) {
    for (Dim& dim : info.shape) dim = dim.substitute(dims);
    if (!info.elements) continue;
    for (Dim& element : *info.elements) element = element.substitute(dims);
  }
  return {};
}

}  // namespace

std::vector<OpCase> all_op_cases() {
  std::vector<OpCase> all;
  const auto add = [&all](std::vector<OpCase> cases) {
    all.insert(all.end(), std::make_move_iterator(cases.begin()),
               std::make_move_iterator(cases.end()));
  };
#define TENON_OP_FAMILY(family) add(family##_cases());
#include "ops/families.inc"
#undef TENON_OP_FAMILY
  return all;
}

Result<OpCaseData> make_case(const OpCase& op_case) {
  OpCaseData data;
  data.op = find_op(op_case.op);
  if (data.op == nullptr) return not_found("there is no op \"{}\"", op_case.op);
  data.attrs = TRY(Attrs::from_map(*data.op->attrs, op_case.attributes));
  for (size_t i = 0; i < op_case.inputs.size(); ++i) {
    HostTensor tensor = TRY(make_input(op_case, i));
    ValueInfo info;
    if (!op_case.inputs[i].omitted) info = tensor.info();
    if (!in_mask(data.op->host_inputs, i)) info.elements.reset();
    data.inputs.push_back(std::move(tensor));
    data.input_infos.push_back(std::move(info));
  }
  TRY_STATUS(infer_case(data));
  return data;
}

Result<std::vector<HostTensor>> run_reference(const OpCaseData& data, ThreadPool& pool) {
  std::vector<ConstTensorView> inputs;
  for (const HostTensor& input : data.inputs) inputs.push_back(input.view());

  std::vector<TensorView> outputs;
  std::vector<HostTensor> results;
  for (const ValueInfo& info : data.output_infos) {
    const Shape shape = TRY(evaluate(info.shape, {}));
    const auto size = static_cast<size_t>(byte_size(info.type, shape));
    // Not zeros: an element that the reference forgets must show.
    auto storage = std::make_shared<std::vector<std::byte>>(size, std::byte{0xcd});
    outputs.push_back({storage->data(), info.type, shape});
    results.push_back(TRY(HostTensor::view(info.type, shape, *storage, storage)));
  }
  TRY_STATUS(data.op->reference(data.attrs, inputs, outputs, pool));
  return results;
}

Result<std::vector<HostTensor>> run_reference(const OpDef& op, const Attrs& attrs,
                                              std::span<const HostTensor> inputs,
                                              ThreadPool& pool) {
  OpCaseData data;
  data.op = &op;
  data.attrs = attrs;
  data.inputs.assign(inputs.begin(), inputs.end());
  for (const HostTensor& input : inputs) data.input_infos.push_back(input.info());
  TRY_STATUS(infer_case(data));
  return run_reference(data, pool);
}

}  // namespace tenon::internal::testing
