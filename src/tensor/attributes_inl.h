// The template half of attributes.h; include that.
#pragma once

#include "base/check.h"
#include "base/function_ref.h"
#include "tensor/attributes.h"

#include <cstdint>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace tenon::internal {

// Fills the fields of an attribute struct from a map. Remembers the first problem.
class AttrReader {
 public:
  // The map must outlive the reader.
  explicit AttrReader(const AttributeMap& map) : map_(map) {}

  void operator()(std::string_view name, int64_t& field);
  void operator()(std::string_view name, bool& field);
  void operator()(std::string_view name, float& field);
  void operator()(std::string_view name, std::string& field);
  void operator()(std::string_view name, DataType& field);
  void operator()(std::string_view name, std::vector<int64_t>& field);
  void operator()(std::string_view name, std::vector<float>& field);
  void operator()(std::string_view name, std::vector<std::string>& field);

  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& field) {
    const int value = read_enum(name, std::span<const char* const>(EnumNames<E>::names));
    if (value >= 0) field = static_cast<E>(value);
  }

  template <HasTextForm T>
  void operator()(std::string_view name, T& field) {
    std::string text;
    if (!read_if_given(name, text)) return;
    parse_texts(name, TextForm<T>::kName, {&text, 1},
                [&](const std::string& one) { return parse_into(one, field); });
  }

  template <HasTextForm T>
  void operator()(std::string_view name, std::vector<T>& field) {
    std::vector<std::string> texts;
    if (!read_if_given(name, texts)) return;
    field.clear();
    parse_texts(name, TextForm<T>::kName, texts,
                [&](const std::string& one) { return parse_into(one, field.emplace_back()); });
  }

  template <class T>
  void operator()(std::string_view name, std::optional<T>& field) {
    if (T value{}; read_if_given(name, value)) field = std::move(value);
  }

  // `value`, or the first problem. An attribute that no field asked for is one.
  Result<std::shared_ptr<const void>> finish(std::shared_ptr<const void> value) const;

 private:
  // The named value, or nullptr if the map lacks it.
  const AttributeValue* find(std::string_view name);
  template <class T>
  void read(std::string_view name, std::string_view wanted, T& field);
  // False, and the field as it was, if the map lacks it.
  template <class T>
  bool read_if_given(std::string_view name, T& field) {
    if (map_.contains(name)) {
      (*this)(name, field);
      return true;
    }
    known_.emplace_back(name);
    return false;
  }
  // Position of the value in `names`, or -1.
  int read_enum(std::string_view name, std::span<const char* const> names);
  void reject(std::string_view name, std::string_view wanted, const AttributeValue& value);
  // Calls parse(text) for each; its first error becomes the problem.
  void parse_texts(std::string_view name, std::string_view form, std::span<const std::string> texts,
                   FunctionRef<Status(const std::string&)> parse);
  template <class T>
  static Status parse_into(const std::string& text, T& field) {
    Result<T> parsed = TextForm<T>::parse(text);
    if (!parsed.ok()) return std::move(parsed).error();
    field = *std::move(parsed);
    return {};
  }

  const AttributeMap& map_;
  std::vector<std::string> known_;
  std::string problem_;
};

// Collects the fields of an attribute struct in a map.
class AttrWriter {
 public:
  void operator()(std::string_view name, const int64_t& field);
  void operator()(std::string_view name, const bool& field);
  void operator()(std::string_view name, const float& field);
  void operator()(std::string_view name, const std::string& field);
  void operator()(std::string_view name, const DataType& field);
  void operator()(std::string_view name, const std::vector<int64_t>& field);
  void operator()(std::string_view name, const std::vector<float>& field);
  void operator()(std::string_view name, const std::vector<std::string>& field);

  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, const E& field) {
    const auto index = static_cast<size_t>(field);
    TENON_CHECK(index < EnumNames<E>::names.size());
    (*this)(name, std::string(EnumNames<E>::names[index]));
  }

  template <HasTextForm T>
  void operator()(std::string_view name, const T& field) {
    (*this)(name, TextForm<T>::to_text(field));
  }

  template <HasTextForm T>
  void operator()(std::string_view name, const std::vector<T>& field) {
    std::vector<std::string> texts;
    for (const T& item : field) texts.push_back(TextForm<T>::to_text(item));
    (*this)(name, texts);
  }

  template <class T>
  void operator()(std::string_view name, const std::optional<T>& field) {
    if (field) (*this)(name, *field);
  }

  AttributeMap take() { return std::move(map_); }

 private:
  AttributeMap map_;
};

// Lists the fields of an attribute struct.
class AttrLister {
 public:
  template <class T>
  void operator()(std::string_view name, const T&) {
    fields_.push_back({std::string(name), type_name<T>()});
  }

  std::vector<AttrTable::Field> take() { return std::move(fields_); }

 private:
  template <class T>
  static std::string type_name() {
    if constexpr (std::is_same_v<T, int64_t>) {
      return "int";
    } else if constexpr (std::is_same_v<T, bool>) {
      return "bool";
    } else if constexpr (std::is_same_v<T, float>) {
      return "float";
    } else if constexpr (std::is_same_v<T, std::string>) {
      return "string";
    } else if constexpr (std::is_same_v<T, DataType>) {
      return "type";
    } else if constexpr (std::is_enum_v<T>) {
      return join_names(std::span<const char* const>(EnumNames<T>::names));
    } else if constexpr (HasTextForm<T>) {
      return std::string(TextForm<T>::kName);
    } else if constexpr (requires { typename T::allocator_type; }) {
      return type_name<typename T::value_type>() + "s";
    } else {
      return type_name<typename T::value_type>() + "?";
    }
  }
  static std::string join_names(std::span<const char* const> names);

  std::vector<AttrTable::Field> fields_;
};

template <class T>
Result<std::shared_ptr<const void>> attrs_from_map(const AttributeMap& map) {
  auto value = std::make_shared<T>();
  AttrReader reader(map);
  T::fields(*value, reader);
  return reader.finish(std::move(value));
}

template <class T>
AttributeMap attrs_to_map(const void* value) {
  AttrWriter writer;
  T::fields(*static_cast<const T*>(value), writer);
  return writer.take();
}

template <class T>
bool attrs_equal(const void* a, const void* b) {
  return *static_cast<const T*>(a) == *static_cast<const T*>(b);
}

template <class T>
std::vector<AttrTable::Field> attrs_fields() {
  const T value{};
  AttrLister lister;
  T::fields(value, lister);
  return lister.take();
}

template <class T>
inline constexpr AttrTable attr_table = {.type = &typeid(T),
                                         .from_map = &attrs_from_map<T>,
                                         .to_map = &attrs_to_map<T>,
                                         .equal = &attrs_equal<T>,
                                         .fields = &attrs_fields<T>};

template <class T>
Attrs Attrs::of(T value) {
  return Attrs(&attr_table<T>, std::make_shared<const T>(std::move(value)));
}

template <class T>
const T& Attrs::as() const {
  TENON_CHECK(*table_->type == typeid(T));
  return *static_cast<const T*>(value_.get());
}

}  // namespace tenon::internal
