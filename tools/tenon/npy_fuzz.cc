// A hostile .npy file must be refused or give a tensor that is written and read back the same.
#include "npy.h"

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tensor = tenon::cli::decode_npy(std::as_bytes(std::span(data, size)));
  if (!tensor.ok()) return 0;
  const auto again = tenon::cli::decode_npy(tenon::cli::encode_npy(tensor->view()));
  TENON_CHECK(again.ok(), "{}", again.error().message());
  TENON_CHECK(again->type == tensor->type && again->shape == tensor->shape);
  TENON_CHECK(again->bytes == tensor->bytes);
  return 0;
}
