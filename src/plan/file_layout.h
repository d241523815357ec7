// The fixed part of a plan file, for its writer and its reader.
#pragma once

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

inline constexpr uint64_t kHeaderBytes = 80;
// A page, so that weights can be mapped, advised and shared by themselves.
inline constexpr uint64_t kWeightsRegionAlignment = 4096;

// Offsets count from the start of the file. Regions stand in this order without overlap.
struct FileHeader {
  uint64_t metadata_offset = 0;
  uint64_t metadata_bytes = 0;
  uint64_t weights_offset = 0;
  uint64_t weights_bytes = 0;
  // One xxh3 for each weight, then the xxh3 of these sums.
  uint64_t trailer_offset = 0;
  uint64_t trailer_bytes = 0;
  // xxh3 of the metadata.
  uint64_t metadata_sum = 0;
};

// kHeaderBytes: magic, format version, header size, the fields, and the xxh3 of all that.
std::vector<std::byte> encode_header(const FileHeader& header);

// Checks magic, version, sum, and that the regions lie in order within a file of `file_bytes`.
// Errors: CorruptData, VersionMismatch.
Result<FileHeader> decode_header(std::span<const std::byte> file);

}  // namespace tenon::internal
