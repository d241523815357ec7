// Finds out when somebody speaks.
//
//   vad MODEL.onnx PLAN SOUND.wav
//
// Prints the begin and the end of each piece of speech. The model hears 32 ms at a time and keeps
// what it has heard in a state, which goes from one run to the next.
#include "../common/audio.h"
#include "../common/plan.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

using tenon::DataType;

constexpr int64_t kRate = 16000;
// A run takes a chunk of new samples behind the last ones of the chunk before.
constexpr size_t kChunk = 512;
constexpr size_t kContext = 64;
constexpr std::array<int64_t, 3> kStateShape = {2, 1, 128};

// Speech begins with a probability of kBegin and ends when it stays below kEnd for kPause samples;
// what is shorter than kShortest is none. Pieces are widened by kMargin.
constexpr float kBegin = 0.5F;
constexpr float kEnd = 0.35F;
constexpr size_t kPause = kRate / 10;
constexpr size_t kShortest = kRate / 4;
constexpr size_t kMargin = kRate * 30 / 1000;

// The probability of speech for each chunk.
tenon::Result<std::vector<float>> listen(const tenon::Engine& engine,
                                         const std::vector<float>& samples) {
  auto context = engine.create_context();
  if (!context.ok()) return context.error();
  std::array<float, kContext + kChunk> heard{};
  std::vector<float> state(2 * 128);
  std::vector<float> next_state(state.size());
  float probability = 0;
  const tenon::Shape state_shape(kStateShape.begin(), kStateShape.end());
  for (const tenon::Status& status :
       {context->bind_input("input", {heard.data(), DataType::kFloat32, {1, std::ssize(heard)}}),
        context->bind_input("state", {state.data(), DataType::kFloat32, state_shape}),
        context->bind_input("sr", {&kRate, DataType::kInt64, {}}),
        context->bind_output("output", {&probability, DataType::kFloat32, {1, 1}}),
        context->bind_output("stateN", {next_state.data(), DataType::kFloat32, state_shape})}) {
    if (!status.ok()) return status.error();
  }
  std::vector<float> probabilities;
  for (size_t at = 0; at < samples.size(); at += kChunk) {
    std::copy(heard.end() - kContext, heard.end(), heard.begin());
    const size_t count = std::min(kChunk, samples.size() - at);
    const auto first = samples.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = std::copy_n(first, count, heard.begin() + kContext);
    std::fill(end, heard.end(), 0.0F);
    if (tenon::Status ran = context->run(); !ran.ok()) return ran.error();
    state = next_state;
    probabilities.push_back(probability);
  }
  return probabilities;
}

struct Piece {
  size_t begin = 0;
  size_t end = 0;
};

// In samples.
std::vector<Piece> find_speech(const std::vector<float>& probabilities, size_t total) {
  std::vector<Piece> pieces;
  bool is_speech = false;
  size_t begin = 0;
  // Where the pause began that may end the piece; kNone outside of pauses.
  constexpr size_t kNone = SIZE_MAX;
  size_t pause = kNone;
  const auto finish = [&](size_t end) {
    if (end - begin >= kShortest) pieces.push_back({begin, end});
    is_speech = false;
    pause = kNone;
  };
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const size_t at = i * kChunk;
    if (probabilities[i] >= kBegin) {
      pause = kNone;
      if (!is_speech) begin = at;
      is_speech = true;
    } else if (is_speech && probabilities[i] < kEnd) {
      if (pause == kNone) pause = at;
      if (at - pause >= kPause) finish(pause);
    }
  }
  if (is_speech) finish(pause == kNone ? total : pause);
  for (Piece& piece : pieces) {
    piece.begin -= std::min(piece.begin, kMargin);
    piece.end = std::min(piece.end + kMargin, total);
  }
  return pieces;
}

tenon::Status print_speech(const tenon::Engine& engine, const char* sound) {
  const auto samples = examples::read_audio(sound, kRate);
  if (!samples.ok()) return samples.error();
  const auto start = std::chrono::steady_clock::now();
  const auto probabilities = listen(engine, *samples);
  if (!probabilities.ok()) return probabilities.error();
  const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
  const auto seconds = [](size_t count) { return static_cast<double>(count) / kRate; };
  for (const Piece& piece : find_speech(*probabilities, samples->size())) {
    std::printf("speech from %.2f s to %.2f s\n", seconds(piece.begin), seconds(piece.end));
  }
  std::printf("%.2f s of sound, %zu chunks in %.1f ms\n", seconds(samples->size()),
              probabilities->size(), ms.count());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: vad MODEL.onnx PLAN SOUND.wav\n");
    return 2;
  }
  // Branches of the model that other lengths would take go away.
  tenon::ImportOptions options;
  options.input_shapes = {{"input", {1, kContext + kChunk}},
                          {"state", {kStateShape.begin(), kStateShape.end()}}};
  auto device = tenon::Device::open("cpu");
  auto engine = device.ok() ? examples::load_or_build(argv[1], argv[2], *device, options)
                            : tenon::Result<tenon::Engine>(device.error());
  const tenon::Status status = engine.ok() ? print_speech(*engine, argv[3]) : engine.error();
  if (!status.ok()) {
    std::fprintf(stderr, "vad: %s\n", status.error().to_string().c_str());
    return 1;
  }
  return 0;
}
