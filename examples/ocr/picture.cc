#include "picture.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace examples {
namespace {

// Between which two pixels of `size`, from `first` on, the middle of pixel `index` of `count` lies,
// and how far it is from the first of them.
struct Place {
  int before = 0;
  int after = 0;
  float weight = 0;
};

std::vector<Place> places(int first, int size, int count) {
  std::vector<Place> all;
  const float scale = static_cast<float>(size) / static_cast<float>(count);
  for (int i = 0; i < count; ++i) {
    const float at = std::clamp((static_cast<float>(i) + 0.5F) * scale - 0.5F, 0.0F,
                                static_cast<float>(size - 1));
    const int before = static_cast<int>(at);
    all.push_back(
        {first + before, first + std::min(before + 1, size - 1), at - static_cast<float>(before)});
  }
  return all;
}

}  // namespace

tenon::Result<Picture> read_png(const std::filesystem::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  Picture picture;
  constexpr png_color kWhite = {255, 255, 255};
  if (png_image_begin_read_from_file(&image, path.c_str()) != 0) {
    image.format = PNG_FORMAT_RGB;
    picture.width = static_cast<int>(image.width);
    picture.height = static_cast<int>(image.height);
    picture.pixels.resize(PNG_IMAGE_SIZE(image));
    // A stride of 0: rows without gaps.
    if (png_image_finish_read(&image, &kWhite, picture.pixels.data(), 0, nullptr) != 0) {
      return picture;
    }
  }
  return tenon::Error(tenon::ErrorKind::kNotFound,
                      path.string() + " is no PNG that can be read: " + image.message);
}

void write_tensor(const Picture& picture, const Box& part, int width, int height, int tensor_width,
                  const Normalization& how, float* tensor) {
  const std::vector<Place> columns = places(part.left, part.width(), width);
  const std::vector<Place> rows = places(part.top, part.height(), height);
  for (size_t channel = 0; channel < 3; ++channel) {
    const auto pixel = [&](int y, int x) {
      const auto index =
          static_cast<size_t>(y) * static_cast<size_t>(picture.width) + static_cast<size_t>(x);
      return static_cast<float>(picture.pixels[3 * index + 2 - channel]);
    };
    for (const Place& row : rows) {
      for (size_t i = 0; i < columns.size(); ++i) {
        const Place& column = columns[i];
        const float above = std::lerp(pixel(row.before, column.before),
                                      pixel(row.before, column.after), column.weight);
        const float below = std::lerp(pixel(row.after, column.before),
                                      pixel(row.after, column.after), column.weight);
        const float value = std::lerp(above, below, row.weight) / 255;
        tensor[i] = (value - how.mean[channel]) / how.deviation[channel];
      }
      tensor += tensor_width;
    }
  }
}

}  // namespace examples
