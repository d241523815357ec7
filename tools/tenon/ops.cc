#include "commands.h"

#include <tenon/tenon.h>

namespace tenon::cli {
namespace {

struct OpsFlags {
  bool markdown = false;
};

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// A cell of a table in Markdown, where a bar would begin the next one.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : or_dash(text)) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void prepare(Json& json) { json["ops"] = Json::array(); }

Outcome ops(const OpsFlags& flags, Session& session) {
  if (flags.markdown) {
    session.print("# Operators\n\nWritten by `tenon ops --markdown`.\n\n");
    session.print("| op | ONNX operator and versions | attributes | meaning |\n");
    session.print("| --- | --- | --- | --- |\n");
  }
  for (const OperatorInfo& op : list_operators()) {
    session.json()["ops"].push_back(
        {{"name", op.name}, {"doc", op.doc}, {"onnx", op.onnx}, {"attributes", op.attributes}});
    if (flags.markdown) {
      session.print("| {} | {} | {} | {} |\n", cell(op.name), cell(op.onnx), cell(op.attributes),
                    cell(op.doc));
    } else {
      session.print("{:<20} {:<34} {}\n", op.name, or_dash(op.onnx), op.doc);
      if (!op.attributes.empty()) session.detail("{:<20} attributes: {}\n", "", op.attributes);
    }
  }
  return kOk;
}

}  // namespace

void add_ops(CLI::App& app, Session& session, Action& action) {
  auto flags = std::make_shared<OpsFlags>();
  CLI::App& command = add_command<OpsFlags>(
      app, session, action, flags,
      {.name = "ops",
       .description = "Lists the operators and the ONNX versions that can be imported",
       .prepare = &prepare,
       .run = &ops});
  command.add_flag("--markdown", flags->markdown, "As the table of docs/ops.md");
}

}  // namespace tenon::cli
