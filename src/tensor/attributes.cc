#include "tensor/attributes.h"

#include "base/data_types.h"
#include "base/errors.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tenon::internal {
namespace {

constexpr std::array kTypeNames = {"an int",         "a float",          "a string",
                                   "a list of ints", "a list of floats", "a list of strings"};
static_assert(kTypeNames.size() == std::variant_size_v<AttributeValue>);

// Each `assign` stores the value in the field if the types fit, and tells whether they do.
bool assign(const AttributeValue& value, int64_t& field) {
  const auto* number = std::get_if<int64_t>(&value);
  if (number != nullptr) field = *number;
  return number != nullptr;
}

bool assign(const AttributeValue& value, bool& field) {
  const auto* number = std::get_if<int64_t>(&value);
  if (number == nullptr || (*number != 0 && *number != 1)) return false;
  field = *number != 0;
  return true;
}

// A finite number must stay finite.
bool assign_float(double number, float& field) {
  const auto rounded = static_cast<float>(number);
  if (std::isinf(rounded) && !std::isinf(number)) return false;
  field = rounded;
  return true;
}

// A parser of text reads 1 where 1.0 is meant, so an int is a float too.
bool assign(const AttributeValue& value, float& field) {
  if (const auto* number = std::get_if<double>(&value)) return assign_float(*number, field);
  if (const auto* number = std::get_if<int64_t>(&value)) {
    field = static_cast<float>(*number);
    return true;
  }
  return false;
}

bool assign(const AttributeValue& value, std::string& field) {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr) field = *text;
  return text != nullptr;
}

bool assign(const AttributeValue& value, DataType& field) {
  const auto* name = std::get_if<std::string>(&value);
  if (name == nullptr) return false;
  const Result<DataType> type = parse_data_type(*name);
  if (type.ok()) field = *type;
  return type.ok();
}

// An empty list has no element type of its own.
bool is_empty_list(const AttributeValue& value) {
  return std::visit(
      [](const auto& list) {
        if constexpr (
            requires { list.front(); } && !requires { list.c_str(); }) {
          return list.empty();
        } else {
          return false;
        }
      },
      value);
}

template <class T>
bool assign(const AttributeValue& value, std::vector<T>& field) {
  if (const auto* list = std::get_if<std::vector<T>>(&value)) {
    field = *list;
    return true;
  }
  if (!is_empty_list(value)) return false;
  field.clear();
  return true;
}

bool assign(const AttributeValue& value, std::vector<float>& field) {
  std::vector<float> floats;
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    floats.resize(list->size());
    for (size_t i = 0; i < list->size(); ++i) {
      if (!assign_float((*list)[i], floats[i])) return false;
    }
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&value)) {
    std::ranges::transform(*integers, std::back_inserter(floats),
                           [](int64_t integer) { return static_cast<float>(integer); });
  } else if (!is_empty_list(value)) {
    return false;
  }
  field = std::move(floats);
  return true;
}

// A float must look like one, so that it is read back as one.
std::string float_text(double value) {
  std::string text = number_text(value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

struct ValuePrinter {
  std::string operator()(int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return float_text(number); }
  std::string operator()(const std::string& text) const { return quote(text); }
  template <class T>
  std::string operator()(const std::vector<T>& list) const {
    return "[" + join(list, ",", *this) + "]";
  }
};

}  // namespace

Attrs::Attrs() : Attrs(of(NoAttrs{})) {}

Result<Attrs> Attrs::from_map(const AttrTable& table, const AttributeMap& map) {
  Result<std::shared_ptr<const void>> value = table.from_map(map);
  if (!value.ok()) return std::move(value).error();
  return Attrs(&table, *std::move(value));
}

AttributeMap Attrs::to_map() const { return table_->to_map(value_.get()); }

bool operator==(const Attrs& a, const Attrs& b) {
  return *a.table_->type == *b.table_->type && a.table_->equal(a.value_.get(), b.value_.get());
}

std::string to_string(const AttributeValue& value) { return std::visit(ValuePrinter{}, value); }

const AttributeValue* AttrReader::find(std::string_view name) {
  known_.emplace_back(name);
  const auto found = map_.find(name);
  return found == map_.end() ? nullptr : &found->second;
}

void AttrReader::reject(std::string_view name, std::string_view wanted,
                        const AttributeValue& value) {
  if (!problem_.empty()) return;
  constexpr size_t kShown = 80;
  std::string text = to_string(value);
  if (text.size() > kShown) text = text.substr(0, kShown) + "…";
  problem_ = fmt::format("attribute {} must be {}, not {} ({})", quote(name), wanted, text,
                         kTypeNames[value.index()]);
}

template <class T>
void AttrReader::read(std::string_view name, std::string_view wanted, T& field) {
  const AttributeValue* value = find(name);
  if (value != nullptr && !assign(*value, field)) reject(name, wanted, *value);
}

void AttrReader::operator()(std::string_view name, int64_t& field) { read(name, "an int", field); }
void AttrReader::operator()(std::string_view name, bool& field) { read(name, "0 or 1", field); }
void AttrReader::operator()(std::string_view name, float& field) {
  read(name, "a float within the range of f32", field);
}
void AttrReader::operator()(std::string_view name, std::string& field) {
  read(name, "a string", field);
}
void AttrReader::operator()(std::string_view name, DataType& field) {
  read(name, "the name of an element type, such as \"f32\"", field);
}
void AttrReader::operator()(std::string_view name, std::vector<int64_t>& field) {
  read(name, "a list of ints", field);
}
void AttrReader::operator()(std::string_view name, std::vector<float>& field) {
  read(name, "a list of floats within the range of f32", field);
}
void AttrReader::operator()(std::string_view name, std::vector<std::string>& field) {
  read(name, "a list of strings", field);
}

int AttrReader::read_enum(std::string_view name, std::span<const char* const> names) {
  const AttributeValue* value = find(name);
  if (value == nullptr) return -1;
  if (const auto* text = std::get_if<std::string>(value)) {
    const auto found = std::ranges::find(names, std::string_view(*text));
    if (found != names.end()) return static_cast<int>(found - names.begin());
  }
  reject(name, "one of " + join(names, ", ", quote), *value);
  return -1;
}

void AttrReader::parse_texts(std::string_view name, std::string_view form,
                             std::span<const std::string> texts,
                             FunctionRef<Status(const std::string&)> parse) {
  for (size_t i = 0; i < texts.size() && problem_.empty(); ++i) {
    const Status parsed = parse(texts[i]);
    if (parsed.ok()) continue;
    const std::string position = texts.size() > 1 ? fmt::format("[{}]", i) : std::string();
    problem_ = fmt::format("attribute {}{} is not {} text: {}", quote(name), position, form,
                           parsed.error().message());
  }
}

Result<std::shared_ptr<const void>> AttrReader::finish(std::shared_ptr<const void> value) const {
  if (!problem_.empty()) return invalid_argument("{}", problem_);
  for (const auto& [name, unused] : map_) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    const std::vector<std::string_view> candidates(known_.begin(), known_.end());
    return invalid_argument(
        "unknown attribute {}{}; {}", quote(name), did_you_mean(name, candidates),
        known_.empty() ? "the op has none" : "known are " + join(candidates, ", ", quote));
  }
  return value;
}

void AttrWriter::operator()(std::string_view name, const int64_t& field) {
  map_.emplace(name, field);
}
void AttrWriter::operator()(std::string_view name, const bool& field) {
  map_.emplace(name, int64_t{field});
}
void AttrWriter::operator()(std::string_view name, const float& field) {
  map_.emplace(name, double{field});
}
void AttrWriter::operator()(std::string_view name, const std::string& field) {
  map_.emplace(name, field);
}
void AttrWriter::operator()(std::string_view name, const DataType& field) {
  map_.emplace(name, std::string(to_string(field)));
}
void AttrWriter::operator()(std::string_view name, const std::vector<int64_t>& field) {
  map_.emplace(name, field);
}
void AttrWriter::operator()(std::string_view name, const std::vector<float>& field) {
  map_.emplace(name, std::vector<double>(field.begin(), field.end()));
}
void AttrWriter::operator()(std::string_view name, const std::vector<std::string>& field) {
  map_.emplace(name, field);
}

std::string AttrLister::join_names(std::span<const char* const> names) { return join(names, "|"); }

}  // namespace tenon::internal
