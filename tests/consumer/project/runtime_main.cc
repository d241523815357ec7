// runtime_consumer PLAN PICTURE.pgm: runs a plan with the small library alone, and prints the
// version and the digit.
#include "digit.h"

#include <tenon/device.h>
#include <tenon/engine.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto device = tenon::Device::open("cpu");
  if (!device.ok()) return 1;
  const auto engine = tenon::Engine::load(argv[1], *device);
  if (!engine.ok()) {
    std::cerr << engine.error().to_string() << '\n';
    return 1;
  }
  std::cout << tenon::version() << ' ' << read_digit(*engine, argv[2]) << '\n';
}
