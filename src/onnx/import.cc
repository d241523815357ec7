#include "onnx/import.h"

#include "base/files.h"
#include "base/text.h"
#include "base/try.h"
#include "onnx/import_graph.h"
#include "onnx/import_table.h"
#include "onnx/model_reader.h"

#include <system_error>
#include <utility>

namespace tenon::internal {

Result<Graph> import_onnx(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                          const ImportSettings& settings) {
  const ModelProto model = TRY(read_model(bytes));
  return import_graph(model, std::move(owner), settings);
}

Result<Graph> import_onnx_file(const std::filesystem::path& path, const ImportSettings& settings) {
  const std::shared_ptr<const MappedFile> file = TRY(MappedFile::open(path));
  ImportSettings with_folder = settings;
  if (with_folder.external_data_folder.empty()) {
    with_folder.external_data_folder = path.has_parent_path() ? path.parent_path() : ".";
    std::error_code unresolved;
    with_folder.linked_data_folder = std::filesystem::canonical(path, unresolved).parent_path();
  }
  return TRY_CONTEXT(import_onnx(file->bytes(), file, with_folder),
                     "while importing " + quote(path.string()));
}

std::vector<ImportedOperator> importable_operators() {
  std::vector<ImportedOperator> operators;
  for (const ImportRow& row : import_table()) {
    operators.push_back({.domain = std::string(row.domain),
                         .op_type = std::string(row.op_type),
                         .since_version = row.since,
                         .until_version = row.until,
                         .op = std::string(row.op)});
  }
  return operators;
}

}  // namespace tenon::internal
