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

// A subcommand over its flags.
template <class Flags>
struct Command {
  std::string name;
  std::string description;
  // Gives the document all its keys, so that readers find them whatever happens.
  void (*prepare)(Json& json) = nullptr;
  // Gets the parsed flags; returns the exit code or the failure.
  Outcome (*run)(const Flags& flags, Session& session) = nullptr;
};

// Adds a subcommand with the flags that all have.
template <class Flags>
CLI::App& add_command(CLI::App& app, Session& session, Action& action, std::shared_ptr<Flags> flags,
                      const Command<Flags>& command) {
  CLI::App* added = app.add_subcommand(command.name, command.description);
  added->add_option("--json", session.json_path, "Writes a report to a file, or to stdout for -")
      ->type_name("FILE|-");
  added->add_flag("-v,--verbose", session.verbose, "Tells more on stderr");
  // Before the flags, which may be wrong.
  added->preparse_callback([&session, command](size_t) {
    session.begin(command.name);
    command.prepare(session.json());
  });
  added->callback([&action, flags, run = command.run] {
    action = [flags, run](Session& active) {
      const Outcome result = run(*flags, active);
      if (const auto* failure = std::get_if<Failure>(&result)) {
        return active.finish(failure->code, failure);
      }
      return active.finish(std::get<ExitCode>(result));
    };
  });
  return *added;
}

}  // namespace tenon::cli
