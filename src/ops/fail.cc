#include "ops/fail.h"

#include "base/errors.h"
#include "base/try.h"

#include <optional>
#include <utility>

namespace tenon::internal {
namespace {

Result<std::vector<ValueInfo>> infer_fail(const Attrs& erased, std::span<const ValueInfo>) {
  const auto& attrs = erased.as<FailAttrs>();
  ValueInfo info{attrs.type, {}, std::nullopt};
  if (!info.present()) return invalid_argument("the result has no element type");
  for (const std::string& text : attrs.shape) info.shape.push_back(TRY(Dim::parse(text)));
  return std::vector{std::move(info)};
}

Status fail_reference(const Attrs& erased, std::span<const ConstTensorView>,
                      std::span<const TensorView> out, ThreadPool&) {
  if (tenon::element_count(out[0].shape) == 0) return ok_status();
  return invalid_argument("what is run here has no result: {}", erased.as<FailAttrs>().message);
}

constexpr OpDef kFail = {
    .name = kFailName,
    .doc = "An error where it is run: a branch that makes no sense for the shapes of a network.",
    .attrs = &attr_table<FailAttrs>,
    .min_inputs = 0,
    .max_inputs = 0,
    .outputs = 1,
    .infer = infer_fail,
    .reference = fail_reference};
constexpr const OpDef* kOps[] = {&kFail};

}  // namespace

std::span<const OpDef* const> fail_ops() { return kOps; }

}  // namespace tenon::internal
