// Reads handwritten digits from 28x28 PGM pictures, white on black.
//
//   digits MODEL.onnx PLAN PICTURE.pgm…
#include "../common/plan.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr size_t kSide = 28;
using Picture = std::array<float, kSide * kSide>;
using Scores = std::array<float, 10>;

// Plain PGM ("P2"), without comments.
bool read_picture(const std::string& path, Picture& picture) {
  std::ifstream file(path);
  std::string magic;
  size_t width = 0;
  size_t height = 0;
  int white = 0;
  file >> magic >> width >> height >> white;
  if (!file || magic != "P2" || width != kSide || height != kSide || white != 255) return false;
  for (float& pixel : picture) file >> pixel;
  return static_cast<bool>(file);
}

// The softmax of the best score.
double confidence(const Scores& scores, float best) {
  double sum = 0;
  for (const float score : scores) sum += std::exp(static_cast<double>(score - best));
  return 1 / sum;
}

tenon::Status read_all(const tenon::Engine& engine, const std::vector<std::string>& files) {
  auto context = engine.create_context();
  if (!context.ok()) return context.error();
  Picture picture{};
  Scores scores{};
  const tenon::TensorView in{picture.data(), tenon::DataType::kFloat32, {1, 1, kSide, kSide}};
  const tenon::TensorView out{scores.data(), tenon::DataType::kFloat32, {1, 10}};
  for (tenon::Status status :
       {context->bind(engine.inputs()[0].name, in), context->bind(engine.outputs()[0].name, out)}) {
    if (!status.ok()) return status;
  }
  size_t unreadable = 0;
  std::printf("%-44s %5s %10s %8s\n", "picture", "digit", "confidence", "ms");
  for (const std::string& file : files) {
    if (!read_picture(file, picture)) {
      std::fprintf(stderr, "%-44s is no 28x28 P2 picture\n", file.c_str());
      ++unreadable;
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    if (tenon::Status ran = context->run(); !ran.ok()) return ran;
    const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
    const auto best = std::max_element(scores.begin(), scores.end());
    std::printf("%-44s %5td %9.1f%% %8.3f\n", file.c_str(), best - scores.begin(),
                confidence(scores, *best) * 100, ms.count());
  }
  if (unreadable == 0) return {};
  return tenon::Error(tenon::ErrorKind::kNotFound,
                      std::to_string(unreadable) + " of the pictures cannot be read");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: digits MODEL.onnx PLAN PICTURE.pgm...\n");
    return 2;
  }
  auto device = tenon::Device::open("cpu");
  auto engine = device.ok() ? examples::load_or_build(argv[1], argv[2], *device)
                            : tenon::Result<tenon::Engine>(device.error());
  const tenon::Status status =
      engine.ok() ? read_all(*engine, {argv + 3, argv + argc}) : engine.error();
  if (!status.ok()) {
    std::fprintf(stderr, "digits: %s\n", status.error().to_string().c_str());
    return 1;
  }
  return 0;
}
