#include "plan/file_layout.h"

#include "base/bytes.h"
#include "base/errors.h"
#include "base/hash.h"
#include "base/try.h"
#include "plan/format.h"

#include <algorithm>
#include <string_view>

namespace tenon::internal {
namespace {

constexpr std::string_view kMagic = "TENONPLN";

}  // namespace

bool looks_like_plan(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::ranges::equal(bytes.first(kMagic.size()), bytes_of(kMagic));
}

std::vector<std::byte> encode_header(const FileHeader& header) {
  ByteWriter writer;
  writer.write_bytes(bytes_of(kMagic));
  writer.write(kPlanFormatVersion);
  writer.write(static_cast<uint32_t>(kHeaderBytes));
  for (const uint64_t field :
       {header.metadata_offset, header.metadata_bytes, header.weights_offset, header.weights_bytes,
        header.trailer_offset, header.trailer_bytes, header.metadata_sum}) {
    writer.write(field);
  }
  writer.write(hash64(writer.bytes()));
  return std::move(writer).take();
}

Result<FileHeader> decode_header(std::span<const std::byte> file) {
  if (!looks_like_plan(file))
    return corrupt("this is not a plan: it does not begin with {}", kMagic);
  ByteReader reader(file, "plan header");
  TRY_STATUS(reader.skip(kMagic.size()));
  const auto version = TRY(reader.read<uint32_t>());
  if (version != kPlanFormatVersion) {
    return version_mismatch(
        "the plan has format version {}, this library reads version {}: build the plan again",
        version, kPlanFormatVersion);
  }
  const auto header_bytes = TRY(reader.read<uint32_t>());
  FileHeader header;
  for (uint64_t* field : {&header.metadata_offset, &header.metadata_bytes, &header.weights_offset,
                          &header.weights_bytes, &header.trailer_offset, &header.trailer_bytes,
                          &header.metadata_sum}) {
    *field = TRY(reader.read<uint64_t>());
  }
  const std::span<const std::byte> summed = file.first(reader.offset());
  if (TRY(reader.read<uint64_t>()) != hash64(summed) || header_bytes != kHeaderBytes) {
    return corrupt("the plan's header does not match its checksum");
  }
  uint64_t end = kHeaderBytes;
  const auto follows = [&](uint64_t offset, uint64_t bytes) {
    if (offset < end || offset > file.size() || bytes > file.size() - offset) return false;
    end = offset + bytes;
    return true;
  };
  if (!follows(header.metadata_offset, header.metadata_bytes) ||
      !follows(header.weights_offset, header.weights_bytes) ||
      !follows(header.trailer_offset, header.trailer_bytes) ||
      header.weights_offset % kWeightsRegionAlignment != 0) {
    return corrupt("the plan is cut short: {} bytes, its header states {}", file.size(),
                   header.trailer_offset + header.trailer_bytes);
  }
  return header;
}

}  // namespace tenon::internal
