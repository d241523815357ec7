// Follows the pitch of a voice or an instrument.
//
//   pitch MODEL.onnx PLAN SOUND.wav
//
// Prints the frequency for every 16 ms; "-" where nothing has a pitch.
#include "../common/audio.h"
#include "../common/plan.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

namespace {

using tenon::DataType;

constexpr int kRate = 16000;
// A frame is kHop samples, and the model looks at kBefore frames before it and kAfter behind it.
// Long sounds are cut into windows of kWindow frames, which give what the whole would give.
constexpr size_t kHop = 256;
constexpr size_t kBefore = 11;
constexpr size_t kAfter = 10;
constexpr size_t kWindow = 1875;
// The lowest and the highest pitch that the model knows, in Hz.
constexpr float kLowest = 46.875F;
constexpr float kHighest = 2093.75F;
constexpr float kSure = 0.5F;
// The model answers at random where all samples of a frame are below this.
constexpr float kSilence = 1e-3F;

struct Frame {
  double hz = 0;
  float confidence = 0;
};

// The frames of one window, in order.
tenon::Result<std::vector<Frame>> follow(tenon::Context& context, std::span<const float> samples) {
  const tenon::Shape shape = {1, static_cast<int64_t>(samples.size())};
  if (tenon::Status set = context.set_shape("audio", shape); !set.ok()) return set.error();
  const auto frames = context.shape("pitch");
  if (!frames.ok()) return frames.error();
  const auto count = static_cast<size_t>((*frames)[1]);
  std::vector<double> hz(count);
  std::vector<float> confidence(count);
  for (const tenon::Status& status :
       {context.bind_input("audio", {samples.data(), DataType::kFloat32, shape}),
        context.bind_input("fmin", {&kLowest, DataType::kFloat32, {}}),
        context.bind_input("fmax", {&kHighest, DataType::kFloat32, {}}),
        context.bind_output("pitch", {hz.data(), DataType::kFloat64, *frames}),
        context.bind_output("confidence", {confidence.data(), DataType::kFloat32, *frames}),
        context.run()}) {
    if (!status.ok()) return status.error();
  }
  std::vector<Frame> result(count);
  for (size_t i = 0; i < count; ++i) {
    const auto heard = samples.subspan(std::min(i * kHop, samples.size()));
    const bool is_silent =
        std::ranges::all_of(heard.first(std::min(kHop, heard.size())),
                            [](float sample) { return std::abs(sample) < kSilence; });
    result[i] = {hz[i], is_silent ? 0 : confidence[i]};
  }
  return result;
}

tenon::Result<std::vector<Frame>> follow_all(const tenon::Engine& engine,
                                             std::span<const float> samples) {
  auto context = engine.create_context();
  if (!context.ok()) return context.error();
  std::vector<Frame> all;
  const size_t total = std::max<size_t>(samples.size() / kHop, 1);
  for (size_t start = 0; start < total; start += kWindow) {
    const size_t first = start - std::min(start, kBefore);
    const size_t end = std::min(start + kWindow, total);
    auto window = samples.subspan(first * kHop);
    if (end < total) window = window.first(std::min(window.size(), (end + kAfter - first) * kHop));
    auto frames = follow(*context, window);
    if (!frames.ok()) return frames.error();
    if (frames->size() < end - first) {
      return tenon::Error(tenon::ErrorKind::kUnsupported, "the model's frames are not of 16 ms");
    }
    const auto wanted = frames->begin() + static_cast<std::ptrdiff_t>(start - first);
    all.insert(all.end(), wanted, wanted + static_cast<std::ptrdiff_t>(end - start));
  }
  return all;
}

tenon::Status print_pitch(const tenon::Engine& engine, const char* sound) {
  const auto samples = examples::read_audio(sound, kRate);
  if (!samples.ok()) return samples.error();
  if (samples->empty()) {
    return tenon::Error(tenon::ErrorKind::kInvalidArgument, "the sound is empty");
  }
  const auto start = std::chrono::steady_clock::now();
  const auto frames = follow_all(engine, *samples);
  if (!frames.ok()) return frames.error();
  const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
  std::printf("%8s %9s %11s\n", "s", "Hz", "confidence");
  std::vector<double> sure;
  for (size_t i = 0; i < frames->size(); ++i) {
    const Frame& frame = (*frames)[i];
    const double seconds = static_cast<double>(i * kHop) / kRate;
    if (frame.confidence < kSure) {
      std::printf("%8.3f %9s %10.1f%%\n", seconds, "-", frame.confidence * 100.0);
      continue;
    }
    std::printf("%8.3f %9.1f %10.1f%%\n", seconds, frame.hz, frame.confidence * 100.0);
    sure.push_back(frame.hz);
  }
  std::printf("%zu frames in %.1f ms\n", frames->size(), ms.count());
  if (!sure.empty()) {
    const auto middle = sure.begin() + std::ssize(sure) / 2;
    std::nth_element(sure.begin(), middle, sure.end());
    std::printf("median %.1f Hz\n", *middle);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: pitch MODEL.onnx PLAN SOUND.wav\n");
    return 2;
  }
  auto device = tenon::Device::open("cpu");
  auto engine = device.ok() ? examples::load_or_build(argv[1], argv[2], *device)
                            : tenon::Result<tenon::Engine>(device.error());
  const tenon::Status status = engine.ok() ? print_pitch(*engine, argv[3]) : engine.error();
  if (!status.ok()) {
    std::fprintf(stderr, "pitch: %s\n", status.error().to_string().c_str());
    return 1;
  }
  return 0;
}
