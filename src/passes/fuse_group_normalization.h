// Recognizes GroupNormalization in what exporters write where an opset has no operator for it:
//   r = Reshape(x[N, C, D...]) as [N, groups, elements of a group]
//   n = InstanceNormalization(r, scale[groups], bias[groups])
//   y = Reshape(n) as x
// and the constant scales and shifts of channels behind it.
#pragma once

#include "passes/pass.h"

namespace tenon::internal {

Result<Patch> fuse_group_normalization(const Graph& graph);

}  // namespace tenon::internal
