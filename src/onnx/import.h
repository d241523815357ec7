// ONNX models to graphs. The reader decodes the protobuf wire format over mapped bytes and copies
// no weights; importers map operators of all supported opset versions to ops and do nothing else:
// folding and shape arithmetic are passes.
#pragma once

#include "graph/graph.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// Asked for the shape of an input for which nothing states one: its name and type, and its place
// among the inputs.
using MissingShape = std::function<Result<std::optional<Shape>>(const TensorInfo&, size_t)>;

struct ImportSettings {
  // Fixes open dims of inputs, by name.
  InputShapes input_shapes;
  MissingShape missing_shape = {};
  // Told what is odd about the model and does not keep it from running.
  std::function<void(std::string_view)> warning = {};
  // Folder of external data; files outside of it are refused. Empty: external data is an error.
  std::filesystem::path external_data_folder;
  // A second folder, into which symbolic links in the first may lead.
  std::filesystem::path linked_data_folder;
};

// `owner` keeps `bytes` alive; the graph's constants view them. Errors: CorruptData for malformed
// bytes (with the offset or the name of what is wrong), Unsupported listing every node that cannot
// be imported at once, InvalidArgument for settings that do not fit, NotFound and IoError for
// external data.
Result<Graph> import_onnx(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                          const ImportSettings& settings = {});

// Maps the file and imports it. Unless the settings name a folder, external data lies beside it;
// where `path` is a symbolic link, links of the data may lead into the folder of the model's real
// file, as they do in caches that keep every file under its hash.
Result<Graph> import_onnx_file(const std::filesystem::path& path,
                               const ImportSettings& settings = {});

// One serialized TensorProto; the elements are copied where the encoding is not that of HostTensor.
Result<HostTensor> read_tensor_proto(std::span<const std::byte> bytes,
                                     std::shared_ptr<const void> owner);

// One row of what can be imported.
struct ImportedOperator {
  std::string domain;  // "" is ai.onnx
  std::string op_type;
  int since_version = 1;
  // The newest version whose meaning was checked.
  int until_version = 1;
  // Name of the op that it becomes, or empty for a rewrite into several.
  std::string op;
};

std::vector<ImportedOperator> importable_operators();

}  // namespace tenon::internal
