#include "session.h"

#include "file_output.h"

#include <tenon/device.h>

#include <csignal>
#include <cstdio>
#include <new>
#include <system_error>

namespace tenon::cli {
namespace {

// A signal handler can reach nothing else.
std::stop_source& stop_source() {
  static std::stop_source source;
  return source;
}

// The signal that asked to stop; 0 before.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void on_stop(int signal) {
  static_cast<void>(std::signal(signal, SIG_DFL));
  stop_signal = signal;
  stop_source().request_stop();
}

}  // namespace

void Session::begin(std::string_view command) {
  // Made before the handler can need it.
  static_cast<void>(stop_source());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // What is ignored stays so: nohup asks for it.
    if (std::signal(signal, on_stop) == SIG_IGN) static_cast<void>(std::signal(signal, SIG_IGN));
  }
  // A limit on the size of files is an error of the write, which cleans up.
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  json_["schema"] = fmt::format("tenon.{}/1", command);
  json_["version"] = version();
  json_["command"] = command;
}

std::stop_token Session::stop_token() { return stop_source().get_token(); }

int Session::finish(int code, const Failure* failure) {
  bar_.end();
  if (output_.ok()) output_ = flush_stdout();
  if (failure != nullptr) {
    report(failure->error);
    code = failure->code;
    if (code == kInterrupted && stop_signal != 0) code = 128 + stop_signal;
  } else if (!output_.ok()) {
    report(output_.error());
    if (code == kOk) code = kFailed;
  }
  return write_document(code);
}

int Session::finish(const std::exception& thrown) {
  bar_.end();
  std::string_view kind = "Internal";
  std::string_view message = thrown.what();
  if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr) {
    kind = to_string(ErrorKind::kOutOfMemory);
    message = "the memory of this machine, or the limit set on it, is exhausted";
  } else if (dynamic_cast<const std::system_error*>(&thrown) != nullptr) {
    kind = to_string(ErrorKind::kIoError);
  }
  put_note(fmt::format("tenon: {}: {}\n", kind, message));
  json_["error"] = {{"kind", kind}, {"message", message}};
  return write_document(kFailed);
}

void Session::put_out(const std::string& text) {
  const auto hidden = bar_.hide();
  if (output_.ok()) output_ = write_stdout(text);
}

void Session::put_note(const std::string& text) {
  const auto hidden = bar_.hide();
  // Where stderr cannot be written to, there is nobody to tell.
  static_cast<void>(std::fputs(text.c_str(), stderr));
}

void Session::report(const Error& failed) {
  put_note(fmt::format("tenon: {}\n", failed.to_string()));
  Json& error = json_["error"];
  error["kind"] = to_string(failed.kind());
  error["message"] = failed.message();
  if (!failed.node().empty()) error["node"] = failed.node();
}

int Session::write_document(int code) {
  if (json_path.empty()) return code;
  // Names may hold bytes that are no UTF-8.
  const std::string text = json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  Status written = json_path == "-" ? write_stdout(text) : write_file(json_path, text);
  if (written.ok()) written = flush_stdout();
  if (written.ok()) return code;
  put_note(fmt::format("tenon: {}\n", written.error().to_string()));
  return code == kOk ? static_cast<int>(kFailed) : code;
}

}  // namespace tenon::cli
