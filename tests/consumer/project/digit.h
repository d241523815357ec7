// What both programs do with an engine: the digit on a picture.
#pragma once

#include <tenon/engine.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

// A plain PGM ("P2") of 28x28 pixels; -1 where it cannot be read or the run fails.
inline int read_digit(const tenon::Engine& engine, const char* picture) {
  std::array<float, 28 * 28> pixels{};
  std::array<float, 10> scores{};
  std::ifstream file(picture);
  std::string magic;
  int width = 0;
  int height = 0;
  int white = 0;
  file >> magic >> width >> height >> white;
  for (float& pixel : pixels) file >> pixel;
  auto context = engine.create_context();
  if (!file || !context.ok()) return -1;
  const tenon::TensorView in{pixels.data(), tenon::DataType::kFloat32, {1, 1, 28, 28}};
  const tenon::TensorView out{scores.data(), tenon::DataType::kFloat32, {1, 10}};
  if (!context->bind(engine.inputs()[0].name, in).ok() ||
      !context->bind(engine.outputs()[0].name, out).ok() || !context->run().ok()) {
    return -1;
  }
  return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}
