// What a machine gives at this moment: f32 arithmetic and memory bandwidth of single cores and of
// all at once. Two virtual cores that are threads of one core give together what one gives alone.
//
//   machine_probe CPU[,CPU…] SECONDS [--together]
//
// Prints one line of JSON. SECONDS is the length of each loop; --together leaves out the loops of
// single cores and the memory.
#include <tenon/tenon.h>

#include <nlohmann/json.hpp>

#include <pthread.h>
#include <sched.h>

#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Json = nlohmann::json;

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
    std::fprintf(stderr, "machine_probe: cannot run on cpu %d\n", cpu);
    std::exit(1);
  }
}

// Stops the program where Tenon says no.
template <class T>
T value_of(tenon::Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "machine_probe: %s\n", result.error().to_string().c_str());
  std::exit(1);
}

// What all cpus give at once, in billions a second.
std::vector<double> rates(const std::vector<int>& cpus, tenon::PeakKind kind, double seconds) {
  std::vector<double> result(cpus.size());
  std::barrier start(static_cast<std::ptrdiff_t>(cpus.size()));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < cpus.size(); ++i) {
    threads.emplace_back([&, i] {
      pin(cpus[i]);
      const tenon::Device device = value_of(tenon::Device::open("cpu:threads=1"));
      start.arrive_and_wait();
      result[i] = value_of(device.measure_peak(kind, seconds)) * 1e-9;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return result;
}

// One cpu after the other.
std::vector<double> alone(const std::vector<int>& cpus, tenon::PeakKind kind, double seconds) {
  std::vector<double> result;
  for (const int cpu : cpus) result.push_back(rates({cpu}, kind, seconds)[0]);
  return result;
}

std::vector<int> parse_cpus(const std::string& text) {
  std::vector<int> cpus;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) cpus.push_back(std::atoi(part.c_str()));
  return cpus;
}

int run(int argc, char** argv) {
  const std::vector<int> cpus = argc > 1 ? parse_cpus(argv[1]) : std::vector<int>();
  const double seconds = argc > 2 ? std::atof(argv[2]) : 0;
  const bool quick = argc == 4 && std::string_view(argv[3]) == "--together";
  if (cpus.empty() || seconds <= 0 || argc > 4 || (argc == 4 && !quick)) {
    std::fprintf(stderr, "usage: machine_probe CPU[,CPU...] SECONDS [--together]\n");
    return 2;
  }
  const auto kFlops = tenon::PeakKind::kFlops;
  const auto kBandwidth = tenon::PeakKind::kBandwidth;
  Json json = {{"isa", value_of(tenon::Device::open("cpu:threads=1")).info().isa}, {"cpus", cpus}};
  if (!quick) json["alone_gflops"] = alone(cpus, kFlops, seconds);
  json["together_gflops"] = rates(cpus, kFlops, seconds);
  if (!quick) {
    json["alone_gb_per_s"] = alone(cpus, kBandwidth, seconds);
    json["together_gb_per_s"] = rates(cpus, kBandwidth, seconds);
  }
  std::printf("%s\n", json.dump().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    // Of the standard library, where it gets no thread or no memory.
    std::fprintf(stderr, "machine_probe: %s\n", error.what());
    return 1;
  }
}
