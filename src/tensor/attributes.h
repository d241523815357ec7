// Attributes of ops: plain structs with one list of fields, held type-erased.
//
//   struct SoftmaxAttrs {
//     int64_t axis = -1;
//     bool operator==(const SoftmaxAttrs&) const = default;
//     static void fields(auto& self, auto&& field) { field("axis", self.axis); }
//   };
//
// From the one list derive: conversion from and to an AttributeMap (import, text form, plan,
// canonical bytes) and the documentation. Field types: int64_t, bool, float, std::string, DataType,
// an enum with an `EnumNames` specialisation, a type with a `TextForm`, std::vector of int64_t,
// float, std::string or a type with a text form, and std::optional of any of these (left out of the
// map when empty). A field that the map does not name keeps its default.
#pragma once

#include <tenon/error.h>
#include <tenon/types.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

namespace tenon::internal {

// Names of an enum's values in order from 0:
//   template <> struct EnumNames<PadMode> { static constexpr std::array names = {"constant", …}; };
template <class E>
struct EnumNames;

// How a type is a string in maps, made where the type is:
//   template <> struct TextForm<PointwiseProgram> {
//     static constexpr std::string_view kName = "program";
//     static std::string to_text(const PointwiseProgram& program);
//     static Result<PointwiseProgram> parse(std::string_view text);
//   };
// Equal values have equal texts, and a text is parsed to a value that has it.
template <class T>
struct TextForm;

template <class T>
concept HasTextForm = requires {
  TextForm<T>::kName;
};

struct AttrTable;

// An immutable attribute struct with its table; copies share it. A default-made one has no fields.
class Attrs {
 public:
  Attrs();

  template <class T>
  static Attrs of(T value);

  // Errors: InvalidArgument naming the attribute that is unknown or has the wrong type.
  static Result<Attrs> from_map(const AttrTable& table, const AttributeMap& map);

  // Fields that equal their defaults are included, so that the map is canonical.
  AttributeMap to_map() const;

  // The struct; T must be the one the table was made for.
  template <class T>
  const T& as() const;

  const AttrTable& table() const { return *table_; }
  friend bool operator==(const Attrs& a, const Attrs& b);

 private:
  Attrs(const AttrTable* table, std::shared_ptr<const void> value)
      : table_(table), value_(std::move(value)) {}

  const AttrTable* table_;
  std::shared_ptr<const void> value_;
};

// What is known of an attribute struct; one constexpr instance a struct, attr_table<T>.
struct AttrTable {
  struct Field {
    std::string name;
    // "int", "float", "bool", "string", "type", the names of an enum as "a|b|c", the name of a text
    // form; "s" behind it for a list, "?" for an optional.
    std::string type;
  };
  // Which struct. Compared by value: a table may exist once in each library that uses it.
  const std::type_info* type;
  Result<std::shared_ptr<const void>> (*from_map)(const AttributeMap&);
  AttributeMap (*to_map)(const void*);
  bool (*equal)(const void*, const void*);
  std::vector<Field> (*fields)();
};

// The struct of ops without attributes.
struct NoAttrs {
  bool operator==(const NoAttrs&) const = default;
  static void fields(auto&, auto&&) {}
};

// Canonical text of a value as the graph's text form writes it: 3, 0.5, "x", [1,2].
std::string to_string(const AttributeValue& value);

}  // namespace tenon::internal

#include "tensor/attributes_inl.h"
