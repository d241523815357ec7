#include "ops/problem.h"

#include "base/bytes.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <variant>

namespace tenon::internal {
namespace {

using Names = std::map<std::string, Dim, std::less<>>;

// Symbols of compound dims that are tried in every order. With more of them, equal problems may
// have different bytes where their symbols sort differently.
constexpr size_t kMaxPermuted = 5;

// Calls visit(dim) for all dims in order.
void for_each_dim(const Problem& problem, const auto& visit) {
  const auto visit_infos = [&](const std::vector<ValueInfo>& infos) {
    for (const ValueInfo& info : infos) {
      for (const Dim& dim : info.shape) visit(dim);
      if (!info.elements) continue;
      for (const Dim& element : *info.elements) visit(element);
    }
  };
  visit_infos(problem.inputs);
  visit_infos(problem.outputs);
}

class Encoder {
 public:
  explicit Encoder(const Names& names) : names_(names) {}

  void problem(const Problem& problem) {
    writer_.write_string(problem.op->name);
    const AttributeMap attributes = problem.attrs.to_map();
    writer_.write_varint(attributes.size());
    for (const auto& [name, value] : attributes) {
      writer_.write_string(name);
      attribute(value);
    }
    infos(problem.inputs);
    infos(problem.outputs);
    writer_.write(problem.constants);
  }

  std::vector<std::byte> take() && { return std::move(writer_).take(); }

 private:
  void attribute(const AttributeValue& value) {
    writer_.write(static_cast<uint8_t>(value.index()));
    std::visit([this](const auto& alternative) { item(alternative); }, value);
  }

  void item(int64_t number) { writer_.write(number); }
  void item(double number) { writer_.write(number); }
  void item(const std::string& text) { writer_.write_string(text); }
  template <class T>
  void item(const std::vector<T>& list) {
    writer_.write_varint(list.size());
    for (const T& entry : list) item(entry);
  }

  // A number is written as one, since most are: 0, then its bits. A text is never empty.
  void dim(const Dim& dim) {
    if (dim.is_constant()) {
      writer_.write_string("");
      writer_.write(dim.constant());
    } else {
      writer_.write_string(dim.substitute(names_).to_string());
    }
  }

  void dims(const std::vector<Dim>& list) {
    writer_.write_varint(list.size());
    for (const Dim& entry : list) dim(entry);
  }

  void infos(const std::vector<ValueInfo>& list) {
    writer_.write_varint(list.size());
    for (const ValueInfo& info : list) {
      writer_.write(static_cast<uint8_t>(info.type));
      writer_.write(static_cast<uint8_t>(info.layout));
      dims(info.shape);
      writer_.write(static_cast<uint8_t>(info.elements.has_value()));
      if (info.elements) dims(*info.elements);
    }
  }

  const Names& names_;
  ByteWriter writer_;
};

std::vector<std::byte> encode(const Problem& problem, const Names& names) {
  Encoder encoder(names);
  encoder.problem(problem);
  return std::move(encoder).take();
}

void add_name(Names& names, std::string_view symbol) {
  names.emplace(symbol, Dim::symbol(fmt::format("s{}", names.size())));
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string attributes;
  for (const auto& [name, value] : problem.attrs.to_map()) {
    attributes += fmt::format("{}{}={}", attributes.empty() ? "" : " ", name, to_string(value));
  }
  if (!attributes.empty()) attributes = " {" + attributes + "}";
  return fmt::format("{}({}){} -> {}", problem.op->name, to_string(problem.inputs), attributes,
                     to_string(problem.outputs));
}

std::vector<std::byte> canonical_bytes(const Problem& problem) {
  Names names;
  for_each_dim(problem, [&](const Dim& dim) {
    const std::string_view symbol = dim.as_symbol();
    if (!symbol.empty() && !names.contains(symbol)) add_name(names, symbol);
  });
  // Symbols that never stand alone have no order that is free of their names: the one that gives
  // the least bytes is taken.
  std::set<std::string> symbols;
  for_each_dim(problem, [&](const Dim& dim) { dim.collect_symbols(symbols); });
  std::vector<std::string> order;
  std::ranges::copy_if(symbols, std::back_inserter(order),
                       [&](const std::string& symbol) { return !names.contains(symbol); });
  std::vector<std::byte> least;
  do {
    Names all = names;
    for (const std::string& symbol : order) add_name(all, symbol);
    std::vector<std::byte> bytes = encode(problem, all);
    if (least.empty() || bytes < least) least = std::move(bytes);
  } while (order.size() <= kMaxPermuted && std::ranges::next_permutation(order).found);
  return least;
}

}  // namespace tenon::internal
