#include "tensor/layout.h"

#include <algorithm>
#include <numeric>

namespace tenon::internal {
namespace {

constexpr std::array<std::string_view, kLastLayout + 1> kNames = {"plain", "channels_last",
                                                                  "packed"};

}  // namespace

std::string_view to_string(Layout layout) { return kNames[static_cast<size_t>(layout)]; }

bool has_channels_last(const SymbolicShape& shape) {
  if (shape.size() < 3) return false;
  const auto is_one = [](const Dim& dim) { return dim.as_constant() == 1; };
  return !is_one(shape[1]) && !std::all_of(shape.begin() + 2, shape.end(), is_one);
}

std::vector<int64_t> storage_order(Layout layout, size_t rank) {
  std::vector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  if (layout == Layout::kChannelsLast && rank > 2) {
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  }
  return order;
}

}  // namespace tenon::internal
