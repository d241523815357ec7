// What every command of the CLI shares: where output goes, the JSON document, failures, signals.
#pragma once

#include "progress_bar.h"

#include <tenon/error.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <exception>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace tenon::cli {

// Keys keep the order in which they are set.
using Json = nlohmann::ordered_json;

// The exit codes that scripts rely on.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kDiffers = 3,
  kInterrupted = 130,  // by Ctrl-C; by another signal 128 and its number
};

// A command's failure: an error of the library, or a wrong use of the command line.
struct Failure {
  ExitCode code = kFailed;
  Error error;

  Failure(Error failed)  // NOLINT(google-explicit-constructor)
      : code(failed.kind() == ErrorKind::kCancelled ? kInterrupted : kFailed),
        error(std::move(failed)) {}
  Failure(ExitCode exit_code, Error failed) : code(exit_code), error(std::move(failed)) {}
};

// A flag's value that cannot be used.
template <class... Args>
Failure wrong_usage(fmt::format_string<Args...> format, Args&&... args) {
  return {kUsage,
          Error(ErrorKind::kInvalidArgument, fmt::format(format, std::forward<Args>(args)...))};
}

// One run of the program. Human output goes to stdout, or nowhere where stdout is the JSON's;
// diagnostics go to stderr.
class Session {
 public:
  // Flags that every command has.
  std::string json_path;
  bool verbose = false;

  // Starts the document of `command` with its schema and the library's version.
  void begin(std::string_view command);
  bool has_begun() const { return json_.contains("command"); }

  Json& json() { return json_; }

  template <class... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    if (json_path == "-" || stdout_given_away_) return;
    put_out(fmt::format(format, std::forward<Args>(args)...));
  }
  // On stderr, beside the output.
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    put_note(fmt::format(format, std::forward<Args>(args)...));
  }
  // For people who asked for more.
  template <class... Args>
  void detail(fmt::format_string<Args...> format, Args&&... args) {
    if (verbose) note(format, std::forward<Args>(args)...);
  }

  // Stdout takes the command's result from now on, and no text.
  void give_stdout_away() { stdout_given_away_ = true; }

  // Where the command is, for people who wait.
  void progress(std::string_view phase, size_t done, size_t total) {
    bar_.show(phase, done, total);
  }

  // Requested by the first SIGINT (Ctrl-C), SIGTERM or SIGHUP; the second ends the process as
  // usual.
  static std::stop_token stop_token();

  // Ends the command: prints the failure if there is one, writes the document, and returns the exit
  // code. Output that could not be written is a failure too.
  int finish(int code, const Failure* failure = nullptr);

  // Ends a command that threw. We throw nothing: this is the standard library, or a mistake of
  // ours.
  int finish(const std::exception& thrown);

 private:
  void put_out(const std::string& text);
  void put_note(const std::string& text);
  void report(const Error& error);
  int write_document(int code);

  Json json_ = Json::object();
  ProgressBar bar_;
  bool stdout_given_away_ = false;
  // The first failure to write to stdout.
  Status output_;
};

}  // namespace tenon::cli
