#include "passes/node_windows.h"

#include "ops/conv.h"
#include "ops/pool.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tenon::internal {
namespace {

struct WindowedOp {
  std::string_view name;
  const WindowAttrs& (*window)(const Attrs& attrs);
  Attrs (*with)(const Attrs& attrs, const WindowAttrs& window);
};

template <class T>
constexpr WindowedOp windowed(std::string_view name) {
  return {.name = name,
          .window = [](const Attrs& attrs) -> const WindowAttrs& { return attrs.as<T>().window; },
          .with =
              [](const Attrs& attrs, const WindowAttrs& window) {
                T changed = attrs.as<T>();
                changed.window = window;
                return Attrs::of(std::move(changed));
              }};
}

constexpr std::array kWindowedOps = {windowed<AveragePoolAttrs>("AveragePool"),
                                     windowed<ConvAttrs>("Conv"), windowed<LpPoolAttrs>("LpPool"),
                                     windowed<MaxPoolAttrs>("MaxPool"),
                                     windowed<MaxPoolAttrs>("MaxPoolIndices")};

const WindowedOp* find_windowed(const Node& node) {
  const auto* found = std::ranges::find(kWindowedOps, node.op->name, &WindowedOp::name);
  return found == kWindowedOps.end() ? nullptr : found;
}

}  // namespace

std::optional<WindowAttrs> window_of(const Node& node) {
  const WindowedOp* op = find_windowed(node);
  return op == nullptr ? std::nullopt : std::optional(op->window(node.attrs));
}

Attrs with_window(const Node& node, const WindowAttrs& window) {
  return find_windowed(node)->with(node.attrs, window);
}

}  // namespace tenon::internal
