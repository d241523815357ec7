// The commands. Each file adds its subcommand with its flags; what it returns is the process's exit
// code.
#pragma once

#include "session.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace tenon::cli {

// How a command ended.
using Outcome = std::variant<ExitCode, Failure>;

// What main() runs once the command line is parsed.
using Action = std::function<int(Session&)>;

void add_build(CLI::App& app, Session& session, Action& action);
void add_run(CLI::App& app, Session& session, Action& action);
void add_bench(CLI::App& app, Session& session, Action& action);
void add_compare(CLI::App& app, Session& session, Action& action);
void add_inspect(CLI::App& app, Session& session, Action& action);
void add_devices(CLI::App& app, Session& session, Action& action);
void add_ops(CLI::App& app, Session& session, Action& action);

// A subcommand with the flags that all have. `run` gets the parsed flags and the session, and
// returns the exit code or the failure.
template <class Flags>
CLI::App& add_command(CLI::App& app, Session& session, Action& action, const std::string& name,
                      const std::string& description, std::shared_ptr<Flags> flags,
                      Outcome (*run)(const Flags&, Session&)) {
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("--json", session.json_path, "Writes a report to a file, or to stdout for -")
      ->type_name("FILE|-");
  command->add_flag("-v,--verbose", session.verbose, "Tells more on stderr");
  command->callback([&action, name, flags, run] {
    action = [name, flags, run](Session& active) {
      active.begin(name);
      const Outcome result = run(*flags, active);
      if (const auto* failure = std::get_if<Failure>(&result)) {
        return active.finish(failure->code, failure);
      }
      return active.finish(std::get<ExitCode>(result));
    };
  });
  return *command;
}

}  // namespace tenon::cli
