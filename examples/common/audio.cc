#include "audio.h"

#include <sndfile.h>

#include <memory>
#include <numeric>
#include <string>

namespace examples {

using tenon::Error;
using tenon::ErrorKind;

tenon::Result<std::vector<float>> read_audio(const std::filesystem::path& path, int rate) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, decltype(&sf_close)> file(sf_open(path.c_str(), SFM_READ, &info),
                                                           sf_close);
  if (file == nullptr) {
    return Error(ErrorKind::kNotFound, path.string() + ": " + sf_strerror(nullptr));
  }
  if (info.samplerate != rate) {
    return Error(ErrorKind::kUnsupported,
                 path.string() + " has " + std::to_string(info.samplerate) +
                     " samples a second, the model wants " + std::to_string(rate) +
                     ": convert it first, e.g. with sox IN.wav -r " + std::to_string(rate) +
                     " OUT.wav");
  }
  const auto channels = static_cast<size_t>(info.channels);
  std::vector<float> interleaved(static_cast<size_t>(info.frames) * channels);
  if (sf_readf_float(file.get(), interleaved.data(), info.frames) != info.frames) {
    return Error(ErrorKind::kIoError, path.string() + " is shorter than it says");
  }
  std::vector<float> samples(interleaved.size() / channels);
  for (size_t i = 0; i < samples.size(); ++i) {
    const float* frame = interleaved.data() + i * channels;
    samples[i] = std::accumulate(frame, frame + channels, 0.0F) / static_cast<float>(channels);
  }
  return samples;
}

}  // namespace examples
