#include "commands.h"
#include "session.h"

#include <tenon/tenon.h>

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <sstream>
#include <string>

int main(int argc, char** argv) {
  using namespace tenon::cli;
  CLI::App app("Builds, runs and examines ONNX models with Tenon.", "tenon");
  app.set_version_flag("--version", std::string(tenon::version()));
  app.require_subcommand(1);
  Session session;
  Action action;
  for (const auto add :
       {add_build, add_run, add_bench, add_compare, add_inspect, add_devices, add_ops}) {
    add(app, session, action);
  }
  try {
    app.parse(argc, argv);
    return action(session);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with exit code 0; they ask for no document.
    session.json_path.clear();
    std::ostringstream out;
    const int code = app.exit(error, out, std::cerr) == 0 ? kOk : kUsage;
    session.print("{}", out.str());
    return session.finish(code);
  } catch (const std::exception& error) {
    return session.finish(error);
  }
}
