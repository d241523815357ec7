// Finds and reads the lines of text in a picture.
//
//   ocr DETECTOR.onnx READER.onnx CHARACTERS.txt PLANS PICTURE.png
//
// PLANS is the folder for the plans of the two models. Prints the box of each line (left, top,
// width and height in pixels), how sure it is, and the text.
#include "../common/plan.h"
#include "picture.h"
#include "text.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using examples::Box;
using examples::Picture;

// Larger pictures are made smaller; the detector takes multiples of kGrid.
constexpr int kLongest = 960;
constexpr int kGrid = 32;
constexpr examples::Normalization kForDetector = {{0.485F, 0.456F, 0.406F},
                                                  {0.229F, 0.224F, 0.225F}};
// The reader takes lines of this height, and was trained with none shorter than kShortest.
constexpr int kLineHeight = 48;
constexpr int kShortest = 320;
constexpr examples::Normalization kForReader = {{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}};
constexpr float kSure = 0.5F;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Output {
  tenon::Shape shape;
  std::vector<float> elements;
};

// Runs a model of one input and one output, whose shapes are open.
tenon::Result<Output> run(const tenon::Engine& engine, tenon::Context& context,
                          const std::vector<float>& input, const tenon::Shape& shape) {
  const std::string& in = engine.inputs()[0].name;
  const std::string& out = engine.outputs()[0].name;
  if (tenon::Status set = context.set_shape(in, shape); !set.ok()) return set.error();
  const auto out_shape = context.shape(out);
  if (!out_shape.ok()) return out_shape.error();
  Output result{*out_shape, {}};
  result.elements.resize(static_cast<size_t>(tenon::element_count(result.shape)));
  constexpr auto kType = tenon::DataType::kFloat32;
  for (const tenon::Status& status :
       {context.bind_input(in, {input.data(), kType, shape}),
        context.bind_output(out, {result.elements.data(), kType, *out_shape}), context.run()}) {
    if (!status.ok()) return status.error();
  }
  return result;
}

// Boxes around the lines, in pixels of the picture.
tenon::Result<std::vector<Box>> detect(const tenon::Engine& engine, const Picture& picture) {
  auto context = engine.create_context();
  if (!context.ok()) return context.error();
  const int longest = std::max(picture.width, picture.height);
  const double scale = std::min(1.0, static_cast<double>(kLongest) / longest);
  const auto on_grid = [&](int size) {
    return std::max(1, static_cast<int>(std::lround(size * scale / kGrid))) * kGrid;
  };
  const int width = on_grid(picture.width);
  const int height = on_grid(picture.height);
  const tenon::Shape shape = {1, 3, height, width};
  std::vector<float> input(static_cast<size_t>(tenon::element_count(shape)));
  write_tensor(picture, {0, 0, picture.width, picture.height}, width, height, width, kForDetector,
               input.data());
  const auto map = run(engine, *context, input, shape);
  if (!map.ok()) return map.error();
  if (map->shape != tenon::Shape{1, 1, height, width}) {
    return tenon::Error(tenon::ErrorKind::kUnsupported, "the detector gives no map of its input");
  }
  std::vector<Box> boxes = examples::find_lines(map->elements, width, height);
  for (Box& box : boxes) {
    box = {box.left * picture.width / width, box.top * picture.height / height,
           box.right * picture.width / width, box.bottom * picture.height / height};
  }
  return boxes;
}

tenon::Result<examples::Line> read_line(const tenon::Engine& engine, tenon::Context& context,
                                        const std::vector<std::string>& characters,
                                        const Picture& picture, const Box& box) {
  const int width = std::max(1, static_cast<int>(std::ceil(static_cast<double>(kLineHeight) *
                                                           box.width() / box.height())));
  const int padded = std::max(width, kShortest);
  const tenon::Shape shape = {1, 3, kLineHeight, padded};
  std::vector<float> input(static_cast<size_t>(tenon::element_count(shape)));
  write_tensor(picture, box, width, kLineHeight, padded, kForReader, input.data());
  const auto scores = run(engine, context, input, shape);
  if (!scores.ok()) return scores.error();
  if (scores->shape.back() != std::ssize(characters) + 2) {
    return tenon::Error(tenon::ErrorKind::kInvalidArgument,
                        "the reader knows " + std::to_string(scores->shape.back() - 2) +
                            " characters, the list has " + std::to_string(characters.size()));
  }
  return examples::decode(scores->elements, characters);
}

tenon::Status read_all(const tenon::Engine& detector, const tenon::Engine& reader,
                       const std::vector<std::string>& characters, const char* file) {
  const auto picture = examples::read_png(file);
  if (!picture.ok()) return picture.error();
  auto start = Clock::now();
  const auto boxes = detect(detector, *picture);
  if (!boxes.ok()) return boxes.error();
  std::printf("%zu lines found in %.1f ms\n", boxes->size(), ms_since(start));
  auto context = reader.create_context();
  if (!context.ok()) return context.error();
  for (const Box& box : *boxes) {
    if (box.width() < 1 || box.height() < 1) continue;
    start = Clock::now();
    const auto line = read_line(reader, *context, characters, *picture, box);
    if (!line.ok()) return line.error();
    if (line->confidence < kSure) continue;
    std::printf("%5d %5d %5d %5d %6.1f%% %6.1f ms  %s\n", box.left, box.top, box.width(),
                box.height(), static_cast<double>(line->confidence) * 100, ms_since(start),
                line->text.c_str());
  }
  return {};
}

tenon::Status run_program(char** argv) {
  std::ifstream list(argv[3]);
  std::vector<std::string> characters;
  for (std::string line; std::getline(list, line);) characters.push_back(line);
  auto device = tenon::Device::open("cpu");
  if (!device.ok()) return device.error();
  const fs::path plans = argv[4];
  const auto detector = examples::load_or_build(argv[1], plans / "text_detector.plan", *device);
  if (!detector.ok()) return detector.error();
  const auto reader = examples::load_or_build(argv[2], plans / "text_reader.plan", *device);
  if (!reader.ok()) return reader.error();
  return read_all(*detector, *reader, characters, argv[5]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: ocr DETECTOR.onnx READER.onnx CHARACTERS.txt PLANS PICTURE.png\n");
    return 2;
  }
  const tenon::Status status = run_program(argv);
  if (!status.ok()) {
    std::fprintf(stderr, "ocr: %s\n", status.error().to_string().c_str());
    return 1;
  }
  return 0;
}
