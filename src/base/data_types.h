#pragma once

// What the layers above need to know about element types beyond include/tenon/types.h, which
// types.cc implements together with this.

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace tenon::internal {

// Every type but kUndefined, in the order of their numbers.
std::span<const DataType> all_data_types();

// Inverse of to_string(DataType). Errors: InvalidArgument with the nearest name.
Result<DataType> parse_data_type(std::string_view name);

// Floating types of any width; integers of any width, bool not among them.
bool is_floating(DataType type);
bool is_integer(DataType type);
bool is_signed(DataType type);

// Writes element `index` (flat, row-major) of a host tensor, rounding as convert() does. The index
// must be in range and the type defined.
void set_element(const TensorView& tensor, int64_t index, double value);

}  // namespace tenon::internal
