/// Pictures, and the tensors that models take of them.
#pragma once

#include <tenon/error.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace examples {

/// RGB, a byte a channel, rows from the top.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;
};

/// In pixels; right and bottom lie outside.
struct Box {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;

  int width() const { return right - left; }
  int height() const { return bottom - top; }
};

/// A PNG file; what is transparent becomes white. Errors: NotFound for what is none.
tenon::Result<Picture> read_png(const std::filesystem::path& path);

/// How a channel from 0 to 1 is stored in a tensor: (channel - mean) / deviation.
struct Normalization {
  std::array<float, 3> mean;
  std::array<float, 3> deviation;
};

/// Writes a part of a picture into the left of f32[3,height,tensor_width], resized to
/// `height` x `width` by linear interpolation: blue, green, red, as these models were trained. What
/// is right of it stays.
void write_tensor(const Picture& picture, const Box& part, int width, int height, int tensor_width,
                  const Normalization& how, float* tensor);

}  // namespace examples
