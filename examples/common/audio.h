/// Sound files, as the examples that hear take them.
#pragma once

#include <tenon/error.h>

#include <filesystem>
#include <vector>

namespace examples {

/// The samples of a WAV file (or FLAC, Ogg …) in [-1, 1], its channels averaged. Errors: NotFound
/// for what is no sound file, Unsupported for another sample rate than `rate`, IoError.
tenon::Result<std::vector<float>> read_audio(const std::filesystem::path& path, int rate);

}  // namespace examples
