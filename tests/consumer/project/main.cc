// consumer MODEL.onnx PICTURE.pgm PLAN: builds the plan through a sink of its own, runs it from
// memory, writes it, and prints the version and the digit.
#include "digit.h"

#include <tenon/tenon.h>

#include <cstddef>
#include <fstream>
#include <iostream>
#include <span>
#include <vector>

namespace {

class Bytes : public tenon::PlanSink {
 public:
  tenon::Status write(std::span<const std::byte> bytes) override {
    plan.insert(plan.end(), bytes.begin(), bytes.end());
    return {};
  }

  std::vector<std::byte> plan;
};

int fail(const tenon::Error& error) {
  std::cerr << error.to_string() << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto device = tenon::Device::open("cpu");
  if (!device.ok()) return fail(device.error());
  const auto missing = tenon::Network::from_onnx("no such model.onnx");
  if (missing.ok() || missing.error().kind() != tenon::ErrorKind::kNotFound) return 1;
  const auto network = tenon::Network::from_onnx(argv[1]);
  if (!network.ok()) return fail(network.error());
  Bytes bytes;
  const auto report = tenon::build(*network, *device, {}, bytes);
  if (!report.ok()) return fail(report.error());
  const auto engine = tenon::Engine::load(bytes.plan, *device);
  if (!engine.ok()) return fail(engine.error());
  std::ofstream(argv[3], std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.plan.data()),
             static_cast<std::streamsize>(bytes.plan.size()));
  std::cout << tenon::version() << ' ' << read_digit(*engine, argv[2]) << '\n';
}
