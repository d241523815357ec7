#include "text.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace examples {
namespace {

// A pixel is in a line from kInLine on; the mean over a line must be kSure.
constexpr float kInLine = 0.2F;
constexpr float kSure = 0.4F;
// Boxes are widened by this times area / perimeter.
constexpr float kWiden = 1.4F;
// Narrower boxes are no text.
constexpr int kNarrowest = 3;

struct Middle {
  Box box;
  double sum = 0;
  int pixels = 0;
};

// The pixels that touch `start`, which are taken out of `is_open`.
Middle take_component(std::span<const float> map, std::vector<bool>& is_open, int width, int height,
                      size_t start) {
  const auto columns = static_cast<size_t>(width);
  Middle middle{{width, height, 0, 0}};
  std::vector<size_t> waiting = {start};
  is_open[start] = false;
  while (!waiting.empty()) {
    const size_t at = waiting.back();
    waiting.pop_back();
    const int x = static_cast<int>(at % columns);
    const int y = static_cast<int>(at / columns);
    middle.sum += static_cast<double>(map[at]);
    ++middle.pixels;
    middle.box = {std::min(middle.box.left, x), std::min(middle.box.top, y),
                  std::max(middle.box.right, x + 1), std::max(middle.box.bottom, y + 1)};
    for (int near_y = std::max(y - 1, 0); near_y <= std::min(y + 1, height - 1); ++near_y) {
      for (int near_x = std::max(x - 1, 0); near_x <= std::min(x + 1, width - 1); ++near_x) {
        const size_t near = static_cast<size_t>(near_y) * columns + static_cast<size_t>(near_x);
        if (!is_open[near]) continue;
        is_open[near] = false;
        waiting.push_back(near);
      }
    }
  }
  return middle;
}

Box widened(const Box& box, int width, int height) {
  const int by = static_cast<int>(
      std::lround(kWiden * static_cast<float>(box.width()) * static_cast<float>(box.height()) /
                  static_cast<float>(2 * (box.width() + box.height()))));
  return {std::max(box.left - by, 0), std::max(box.top - by, 0), std::min(box.right + by, width),
          std::min(box.bottom + by, height)};
}

// Sorts by rows: a box whose middle is in the upper half of the next is in its row.
void sort_by_rows(std::vector<Box>& boxes) {
  const auto middle = [](const Box& box) { return box.top + box.bottom; };
  std::ranges::sort(boxes, {}, middle);
  for (auto row = boxes.begin(); row != boxes.end();) {
    const auto next = std::find_if(row, boxes.end(), [&](const Box& box) {
      return middle(box) - middle(*row) > std::min(box.height(), row->height());
    });
    std::ranges::sort(row, next, {}, &Box::left);
    row = next;
  }
}

}  // namespace

std::vector<Box> find_lines(std::span<const float> map, int width, int height) {
  std::vector<bool> is_open(map.size());
  std::transform(map.begin(), map.end(), is_open.begin(),
                 [](float value) { return value > kInLine; });
  std::vector<Box> boxes;
  for (size_t at = 0; at < map.size(); ++at) {
    if (!is_open[at]) continue;
    const Middle middle = take_component(map, is_open, width, height, at);
    const bool is_text = std::min(middle.box.width(), middle.box.height()) >= kNarrowest &&
                         middle.sum >= static_cast<double>(kSure) * middle.pixels;
    if (is_text) boxes.push_back(widened(middle.box, width, height));
  }
  sort_by_rows(boxes);
  return boxes;
}

Line decode(std::span<const float> scores, const std::vector<std::string>& characters) {
  const size_t classes = characters.size() + 2;
  Line line;
  size_t previous = 0;
  size_t count = 0;
  for (; scores.size() >= classes; scores = scores.subspan(classes)) {
    const auto best = std::max_element(scores.begin(), scores.begin() + std::ssize(characters) + 2);
    const auto index = static_cast<size_t>(best - scores.begin());
    if (index != 0 && index != previous) {
      line.text += index + 1 == classes ? " " : characters[index - 1];
      line.confidence += *best;
      ++count;
    }
    previous = index;
  }
  if (count > 0) line.confidence /= static_cast<float>(count);
  return line;
}

}  // namespace examples
