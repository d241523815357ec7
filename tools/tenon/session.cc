#include "session.h"

#include "file_output.h"

#include <tenon/device.h>

#include <csignal>
#include <cstdio>

namespace tenon::cli {
namespace {

// A signal handler can reach nothing else.
std::stop_source& stop_source() {
  static std::stop_source source;
  return source;
}

extern "C" void on_interrupt(int signal) {
  static_cast<void>(std::signal(signal, SIG_DFL));
  stop_source().request_stop();
}

}  // namespace

void Session::begin(std::string_view command) {
  // Made before the handler can need it.
  static_cast<void>(stop_source());
  static_cast<void>(std::signal(SIGINT, on_interrupt));
  json_["schema"] = fmt::format("tenon.{}/1", command);
  json_["version"] = version();
  json_["command"] = command;
}

std::stop_token Session::stop_token() { return stop_source().get_token(); }

int Session::finish(int code, const Failure* failure) {
  bar_.end();
  if (failure != nullptr) {
    fmt::print(stderr, "tenon: {}\n", failure->error.to_string());
    Json& error = json_["error"];
    error["kind"] = to_string(failure->error.kind());
    error["message"] = failure->error.message();
    if (!failure->error.node().empty()) error["node"] = failure->error.node();
    code = failure->code;
  }
  if (json_path.empty()) return code;
  // Names may hold bytes that are no UTF-8.
  const std::string text = json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const Status written = json_path == "-" ? write_stdout(text) : write_file(json_path, text);
  if (!written.ok()) {
    fmt::print(stderr, "tenon: {}\n", written.error().to_string());
    return code == kOk ? static_cast<int>(kFailed) : code;
  }
  return code;
}

}  // namespace tenon::cli
