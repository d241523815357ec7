// TensorProtos as host tensors: every encoding, and data in files beside the model.
#pragma once

#include "base/files.h"
#include "onnx/model_reader.h"
#include "tensor/host_tensor.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace tenon::internal {

// TensorProto.DataType as an element type. Errors: Unsupported, with ONNX's name of the type;
// CorruptData for a number that ONNX does not know.
Result<DataType> to_data_type(int32_t onnx_type);

// "FLOAT"; empty for a number that ONNX does not know.
std::string_view onnx_type_name(int32_t onnx_type);

// The files that external data of one model lies in, mapped at first use and kept mapped by the
// tensors. One thread at a time.
class ExternalFiles {
 public:
  // `folder` is the one that locations are relative to and may not leave, but for symbolic links
  // into `linked_folder`; empty: external data is an error.
  explicit ExternalFiles(std::filesystem::path folder, std::filesystem::path linked_folder = {})
      : folder_(std::move(folder)), linked_folder_(std::move(linked_folder)) {}

  // Errors: InvalidArgument for a path that leaves the folder or if there is no folder, NotFound,
  // IoError.
  Result<std::shared_ptr<const MappedFile>> open(std::string_view location);

 private:
  std::filesystem::path folder_;
  std::filesystem::path linked_folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>, std::less<>> files_;
};

// `owner` keeps the bytes of the message alive. Raw and external data whose address is a multiple
// of the element size is viewed, anything else is copied once. That the elements are as many as the
// dims say is checked before anything is allocated. Errors name the tensor: CorruptData,
// Unsupported (no such element type, segments), OutOfMemory and those of ExternalFiles::open.
Result<HostTensor> read_tensor(const TensorProto& proto, std::shared_ptr<const void> owner,
                               ExternalFiles& files);

}  // namespace tenon::internal
