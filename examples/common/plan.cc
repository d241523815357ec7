#include "plan.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace examples {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool is_newer(const fs::path& plan, const fs::path& model) {
  std::error_code error;
  const auto built = fs::last_write_time(plan, error);
  return !error && built >= fs::last_write_time(model, error) && !error;
}

// Whether a plan that fails to load like that is replaced: it is cut, or of another version, or was
// built for another machine that shares the folder.
bool is_mendable(tenon::ErrorKind kind) {
  return kind == tenon::ErrorKind::kVersionMismatch || kind == tenon::ErrorKind::kCorruptData ||
         kind == tenon::ErrorKind::kUnsupported;
}

// A bar that a terminal redraws in place.
void draw(const tenon::BuildProgress& at) {
  if (isatty(STDOUT_FILENO) == 0) return;
  const std::string bar(24 * at.done / at.total, '#');
  std::printf("\r\033[K[%-24s] %s", bar.c_str(), std::string(at.phase).c_str());
  if (at.done == at.total) std::printf("\r\033[K");
  std::fflush(stdout);
}

tenon::Status build(const fs::path& model, const fs::path& plan, const tenon::Device& device,
                    const tenon::ImportOptions& import_options) {
  auto network = tenon::Network::from_onnx(model, import_options);
  if (!network.ok()) return network.error();
  tenon::BuildOptions options;
  options.progress = draw;
  auto report = tenon::build_to_file(*network, device, options, plan);
  if (!report.ok()) return report.error();
  std::printf("built  %s: %zu nodes became %zu steps, %.1f MB, in %.0f ms\n", plan.c_str(),
              report->nodes_imported, report->nodes_planned,
              static_cast<double>(report->plan_bytes) * 1e-6, report->seconds * 1e3);
  return {};
}

}  // namespace

tenon::Result<tenon::Engine> load_or_build(const fs::path& model, const fs::path& plan,
                                           const tenon::Device& device,
                                           const tenon::ImportOptions& options) {
  if (is_newer(plan, model)) {
    const auto start = Clock::now();
    auto engine = tenon::Engine::load(plan, device);
    if (engine.ok()) {
      std::printf("reused %s, loaded in %.1f ms\n", plan.c_str(), ms_since(start));
      return engine;
    }
    // What building again cannot mend is for the user to know.
    if (!is_mendable(engine.error().kind())) return engine;
    std::printf("cannot use %s: %s\n", plan.c_str(), engine.error().message().c_str());
  }
  if (tenon::Status built = build(model, plan, device, options); !built.ok()) return built.error();
  const auto start = Clock::now();
  auto engine = tenon::Engine::load(plan, device);
  if (engine.ok()) std::printf("loaded it in %.1f ms\n", ms_since(start));
  return engine;
}

}  // namespace examples
