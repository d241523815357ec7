#include "commands.h"
#include "session.h"

#include <tenon/tenon.h>

#include <CLI/CLI.hpp>

#include <exception>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

namespace tenon::cli {
namespace {

// Where the report goes. Parsing may have failed before it came to the flag.
std::string find_json_path(std::span<char*> words) {
  constexpr std::string_view kFlag = "--json";
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == kFlag && i + 1 < words.size()) return words[i + 1];
    if (word.starts_with(kFlag) && word.substr(kFlag.size(), 1) == "=") {
      return std::string(word.substr(kFlag.size() + 1));
    }
  }
  return {};
}

// --help and --version, which are exceptions too, or a wrong command line.
int finish_parsing(const CLI::App& app, const CLI::ParseError& error, std::span<char*> words,
                   Session& session) {
  std::ostringstream shown;
  if (app.exit(error, shown, shown) == 0) {
    session.json_path.clear();
    session.print("{}", shown.str());
    return session.finish(kOk);
  }
  // A document says of which command it is.
  session.json_path = session.has_begun() ? find_json_path(words) : std::string();
  const Failure failure = wrong_usage("{}\nRun with --help for more information.", error.what());
  return session.finish(failure.code, &failure);
}

int run(std::span<char*> words, Session& session) {
  CLI::App app("Builds, runs and examines ONNX models with Tenon.", "tenon");
  app.set_version_flag("--version", std::string(version()));
  app.require_subcommand(1);
  Action action;
  for (const auto add :
       {add_build, add_run, add_bench, add_compare, add_inspect, add_devices, add_ops}) {
    add(app, session, action);
  }
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    return finish_parsing(app, error, words, session);
  }
  return action(session);
}

}  // namespace
}  // namespace tenon::cli

int main(int argc, char** argv) {
  tenon::cli::Session session;
  try {
    return tenon::cli::run(std::span(argv, static_cast<size_t>(argc)), session);
  } catch (const std::exception& error) {
    return session.finish(error);
  }
}
