#include "base/text.h"
#include "graph/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

using Lines = std::vector<std::string_view>;

// A line of a diff: '-', '+' or ' ' for one that both sides have.
struct DiffLine {
  char sign;
  std::string_view text;
};

// Part [begin, end) of the lines of one side.
struct Range {
  size_t begin = 0;
  size_t end = 0;
  size_t size() const { return end - begin; }
};

// Patience diff (B. Cohen): lines that are unique on both sides and stand in the same order anchor
// the comparison. Lines of graphs are nearly all unique, as each names the values it computes.
class LineDiff {
 public:
  LineDiff(const Lines& before, const Lines& after) : sides_{&before, &after} {}

  std::vector<DiffLine> run() {
    compare({0, sides_[0]->size()}, {0, sides_[1]->size()});
    return std::move(out_);
  }

 private:
  using Match = std::pair<size_t, size_t>;

  std::string_view before(size_t line) const { return (*sides_[0])[line]; }
  std::string_view after(size_t line) const { return (*sides_[1])[line]; }

  void compare(Range a, Range b) {
    while (a.size() > 0 && b.size() > 0 && before(a.begin) == after(b.begin)) {
      emit(' ', before(a.begin));
      ++a.begin;
      ++b.begin;
    }
    Range tail{a.end, a.end};
    while (a.size() > 0 && b.size() > 0 && before(a.end - 1) == after(b.end - 1)) {
      --a.end;
      --b.end;
      --tail.begin;
    }
    const std::vector<Match> anchors = longest_rise(unique_matches(a, b));
    if (anchors.empty()) {
      for (size_t i = a.begin; i < a.end; ++i) emit('-', before(i));
      for (size_t i = b.begin; i < b.end; ++i) emit('+', after(i));
    }
    for (const auto& [line_a, line_b] : anchors) {
      compare({a.begin, line_a}, {b.begin, line_b});
      emit(' ', before(line_a));
      a.begin = line_a + 1;
      b.begin = line_b + 1;
    }
    if (!anchors.empty()) compare(a, b);
    for (size_t i = tail.begin; i < tail.end; ++i) emit(' ', before(i));
  }

  // Pairs of equal lines that occur once on either side, by the line before.
  std::vector<Match> unique_matches(Range a, Range b) const {
    struct Occurrences {
      std::array<int, 2> count{};
      std::array<size_t, 2> line{};
    };
    std::map<std::string_view, Occurrences> found;
    const std::array<Range, 2> ranges{a, b};
    for (size_t side = 0; side < 2; ++side) {
      for (size_t i = ranges[side].begin; i < ranges[side].end; ++i) {
        Occurrences& line = found[(*sides_[side])[i]];
        ++line.count[side];
        line.line[side] = i;
      }
    }
    std::vector<Match> matches;
    for (const auto& [text, line] : found) {
      if (line.count[0] == 1 && line.count[1] == 1) {
        matches.emplace_back(line.line[0], line.line[1]);
      }
    }
    std::ranges::sort(matches);
    return matches;
  }

  // The longest part of `matches` in which the lines after rise too.
  static std::vector<Match> longest_rise(const std::vector<Match>& matches) {
    // Piles as in patience sorting: ends[n] is the index of the match with the least line after
    // that ends a rise of n + 1 matches.
    std::vector<size_t> ends;
    std::vector<std::optional<size_t>> previous(matches.size());
    for (size_t i = 0; i < matches.size(); ++i) {
      const auto pile = std::ranges::lower_bound(ends, matches[i].second, {},
                                                 [&](size_t end) { return matches[end].second; });
      if (pile != ends.begin()) previous[i] = *(pile - 1);
      if (pile == ends.end()) {
        ends.push_back(i);
      } else {
        *pile = i;
      }
    }
    std::vector<Match> rise;
    if (ends.empty()) return rise;
    for (std::optional<size_t> at = ends.back(); at; at = previous[*at]) {
      rise.push_back(matches[*at]);
    }
    std::ranges::reverse(rise);
    return rise;
  }

  void emit(char sign, std::string_view text) { out_.push_back({sign, text}); }

  std::array<const Lines*, 2> sides_;
  std::vector<DiffLine> out_;
};

Lines lines_of(std::string_view text) {
  if (text.empty()) return {};
  if (text.ends_with('\n')) text.remove_suffix(1);
  return split(text, '\n');
}

bool same_attrs(const Attrs& a, const Attrs& b) {
  // As text, because a NaN does not equal itself.
  const auto text = [](const auto& item) { return item.first + "=" + to_string(item.second); };
  return join(a.to_map(), ",", text) == join(b.to_map(), ",", text);
}

}  // namespace

bool same_graph(const Graph& a, const Graph& b) {
  const auto same_name = [&](ValueId i, ValueId j) {
    if (!i.valid() || !j.valid()) return i.valid() == j.valid();
    return a.value(i).name == b.value(j).name;
  };
  const auto same_value = [&](ValueId i, ValueId j) {
    return same_name(i, j) && a.value(i).info == b.value(j).info &&
           a.value(i).constant == b.value(j).constant;
  };
  const auto same_node = [&](NodeId i, NodeId j) {
    const Node& left = a.node(i);
    const Node& right = b.node(j);
    return left.op->name == right.op->name && left.name == right.name &&
           same_attrs(left.attrs, right.attrs) &&
           std::ranges::equal(left.inputs, right.inputs, same_name) &&
           std::ranges::equal(left.outputs, right.outputs, same_value) &&
           std::ranges::equal(left.bodies, right.bodies, [](const auto& body, const auto& other) {
             return same_graph(*body, *other);
           });
  };
  const auto same_output = [&](const GraphOutput& left, const GraphOutput& right) {
    return left.name == right.name && same_name(left.value, right.value);
  };
  return a.name() == b.name() && std::ranges::equal(a.inputs(), b.inputs(), same_value) &&
         std::ranges::equal(a.used_constants(), b.used_constants(), same_value) &&
         std::ranges::equal(a.order(), b.order(), same_node) &&
         std::ranges::equal(a.outputs(), b.outputs(), same_output);
}

std::string diff_lines(std::string_view before, std::string_view after) {
  const Lines lines_before = lines_of(before);
  const Lines lines_after = lines_of(after);
  const std::vector<DiffLine> lines = LineDiff(lines_before, lines_after).run();
  constexpr size_t kContext = 3;
  std::vector<bool> shown(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].sign == ' ') continue;
    const size_t end = std::min(lines.size(), i + kContext + 1);
    for (size_t j = i - std::min(i, kContext); j < end; ++j) shown[j] = true;
  }
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!shown[i]) continue;
    if (!text.empty() && !shown[i - 1]) text += "…\n";
    text += fmt::format("{} {}\n", lines[i].sign, lines[i].text);
  }
  return text;
}

}  // namespace tenon::internal
