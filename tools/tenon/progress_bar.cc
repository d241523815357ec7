#include "progress_bar.h"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace tenon::cli {
namespace {

constexpr std::chrono::seconds kPatience(1);
constexpr std::chrono::milliseconds kInterval(250);
constexpr size_t kWidth = 24;
constexpr const char* kClearLine = "\r\033[K";

bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace

void ProgressBar::show(std::string_view phase, size_t done, size_t total) {
  const double part =
      total == 0 ? 1
                 : static_cast<double>(done < total ? done : total) / static_cast<double>(total);
  const auto filled = static_cast<size_t>(part * kWidth);
  std::string text = fmt::format("[{:#>{}}{: >{}}] {:>3.0f}% {}", "", filled, "", kWidth - filled,
                                 part * 100, phase);
  {
    const std::scoped_lock lock(mutex_);
    text_ = std::move(text);
  }
  if (drawer_.joinable() || !is_terminal()) return;
  try {
    drawer_ = std::jthread([this](const std::stop_token& stop) { draw_until(stop); });
  } catch (const std::system_error&) {
    // Without another thread the work is done all the same.
  }
}

void ProgressBar::end() {
  drawer_ = std::jthread();
  static_cast<void>(hide());
}

std::unique_lock<std::mutex> ProgressBar::hide() {
  std::unique_lock lock(mutex_);
  if (drawn_) {
    static_cast<void>(std::fputs(kClearLine, stderr));
    std::fflush(stderr);
    drawn_ = false;
  }
  return lock;
}

void ProgressBar::draw_until(const std::stop_token& stop) {
  const auto never = [] { return false; };
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, kPatience, never);
  while (!stop.stop_requested()) {
    static_cast<void>(std::fputs((kClearLine + text_).c_str(), stderr));
    std::fflush(stderr);
    drawn_ = true;
    wake_.wait_for(lock, stop, kInterval, never);
  }
}

}  // namespace tenon::cli
