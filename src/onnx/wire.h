// Walking over the fields of protobuf messages with protozero. Fields are told apart by number and
// wire type together, so that one of an unexpected wire type is skipped like an unknown one, as
// protobuf itself does.
#pragma once

#include "base/errors.h"

#include <tenon/error.h>

#include <protozero/pbf_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tenon::internal {

// The bytes of one message, and where in the file they begin.
struct Message {
  std::string_view bytes;
  size_t offset = 0;
};

// What pbf_reader::tag_and_type() gives for field `number`, by how it is encoded.
constexpr uint32_t varint_field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::varint);
}
// Strings, bytes, messages and packed numbers.
constexpr uint32_t bytes_field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::length_delimited);
}
constexpr uint32_t fixed32_field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed32);
}
constexpr uint32_t fixed64_field(uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed64);
}

// The current field, which must be a bytes_field.
inline std::string_view view_of(protozero::pbf_reader& field) {
  const protozero::data_view view = field.get_view();
  return {view.data(), view.size()};
}

inline Message message_of(const Message& parent, protozero::pbf_reader& field) {
  const std::string_view bytes = view_of(field);
  return {bytes, parent.offset + static_cast<size_t>(bytes.data() - parent.bytes.data())};
}

// Calls on_field(reader), which returns a Status, on every field; it must read or skip the field.
// The exceptions of protozero end here. Errors: CorruptData with the offset, and what on_field
// returns.
template <class OnField>
Status for_each_field(const Message& message, std::string_view type, OnField&& on_field) {
  protozero::pbf_reader reader(message.bytes.data(), message.bytes.size());
  try {
    while (reader.next()) {
      if (Status status = on_field(reader); !status.ok()) return status;
    }
  } catch (const protozero::exception& error) {
    const size_t position = message.bytes.size() - reader.length();
    return corrupt("malformed ONNX data: {} in {} at byte {}", error.what(), type,
                   message.offset + position);
  }
  return ok_status();
}

}  // namespace tenon::internal
