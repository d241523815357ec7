// What is known of a value before it is computed: the input and output of shape inference.
#pragma once

#include "tensor/dim.h"
#include "tensor/layout.h"

#include <tenon/types.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::internal {

struct ValueInfo {
  // kUndefined: an optional operand that was left out.
  DataType type = DataType::kUndefined;
  SymbolicShape shape;
  // The elements, row-major, of a small integer (or bool) tensor whose values follow from shapes
  // and constants. Present only for at most kMaxKnownElements elements.
  std::optional<std::vector<Dim>> elements;
  // Inference knows nothing of layouts: values get them when tactics are chosen. Never
  // kChannelsLast where has_channels_last() is false.
  Layout layout = Layout::kPlain;

  bool present() const { return type != DataType::kUndefined; }
  bool operator==(const ValueInfo&) const = default;
};

inline constexpr int64_t kMaxKnownElements = 1024;

// "f32[N,3,224,224]", with the layout behind it unless it is plain: "f32[N,3,8,8] channels_last";
// "omitted" for what is not present. Known elements are not part of it.
std::string to_string(const ValueInfo& info);
// Of operands, with commas between them.
std::string to_string(std::span<const ValueInfo> infos);

// Element size x count in bytes, rounded up for four-bit types.
Dim byte_size(const ValueInfo& info);

}  // namespace tenon::internal
