// How far a command is, on a terminal.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace tenon::cli {

// A bar on the last line of stderr, for work that lasts over a second. Nothing is drawn where
// stderr is no terminal, so that logs stay clean. Used by one thread; another one draws, so that
// the bar also comes where a single step takes long.
class ProgressBar {
 public:
  // "[########                ]  33% optimize" from now on. The first call begins the second.
  void show(std::string_view phase, size_t done, size_t total);

  // Takes the bar away; the next show() begins again.
  void end();

  // Takes the bar away until the lock is released: for printing something else.
  [[nodiscard]] std::unique_lock<std::mutex> hide();

 private:
  void draw_until(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::string text_;
  bool drawn_ = false;
  // Last, so that it ends first.
  std::jthread drawer_;
};

}  // namespace tenon::cli
