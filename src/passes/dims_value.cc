#include "passes/dims_value.h"

#include "base/check.h"
#include "base/try.h"
#include "graph/executor.h"
#include "ops/dims.h"
#include "ops/list.h"
#include "ops/reshape.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal {

Result<ValueId> add_dims(Patch& patch, NodeId before, const ValueInfo& info,
                         std::string_view name) {
  if (std::ranges::all_of(*info.elements, &Dim::is_constant)) {
    return patch.add_constant(TRY(known_tensor(info, {})), name);
  }
  const OpDef* dims = find_op(kDimsName);
  TENON_CHECK(dims != nullptr);
  DimsAttrs attrs{.shape = TRY(evaluate(info.shape, {})), .type = info.type, .elements = {}};
  std::ranges::transform(*info.elements, std::back_inserter(attrs.elements), &Dim::to_string);
  const std::vector<ValueId> outputs =
      TRY(patch.add_node(before, *dims, Attrs::of(std::move(attrs)), {}, std::string(name)));
  return outputs.front();
}

Result<ValueId> add_reshape(Patch& patch, NodeId before, ValueId value, const SymbolicShape& shape,
                            std::string_view name) {
  const ValueInfo target{.type = DataType::kInt64,
                         .shape = {Dim(static_cast<int64_t>(shape.size()))},
                         .elements = shape};
  const ValueId dims = TRY(add_dims(patch, before, target, name));
  // All dims are given as they are: a 0 is an empty dim.
  return TRY(patch.add_node(before, *find_op("Reshape"), Attrs::of(ReshapeAttrs{.allowzero = true}),
                            {value, dims}, std::string(name)))
      .front();
}

}  // namespace tenon::internal
