// What a machine gives at this moment: f32 arithmetic and memory bandwidth of single cores and of
// all at once. Two virtual cores that are threads of one core give together what one gives alone.
//
//   machine_probe CPU[,CPU…] SECONDS [--together]
//
// Prints one line of JSON. SECONDS is the length of each loop; --together leaves out the loops of
// single cores and the memory.
#include "probe_loops.h"

#include <nlohmann/json.hpp>

#include <pthread.h>
#include <sched.h>

#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// Beyond every cache.
constexpr size_t kBufferBytes = 256U << 20U;

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
    std::fprintf(stderr, "machine_probe: cannot run on cpu %d\n", cpu);
    std::exit(1);
  }
}

// Units of work per second of `work`, which does some and says how much, for at least `seconds`.
template <class Work>
double rate(double seconds, const Work& work) {
  double done = 0;
  const Clock::time_point start = Clock::now();
  while (true) {
    done += work();
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    if (elapsed >= seconds) return done / elapsed;
  }
}

// The rates of all cpus at once, in billions. `make` gives a thread its work.
template <class Make>
std::vector<double> rates(const std::vector<int>& cpus, double seconds, const Make& make) {
  std::vector<double> result(cpus.size());
  std::barrier start(static_cast<std::ptrdiff_t>(cpus.size()));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < cpus.size(); ++i) {
    threads.emplace_back([&, i] {
      pin(cpus[i]);
      const auto work = make();
      work();
      start.arrive_and_wait();
      result[i] = rate(seconds, work) * 1e-9;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return result;
}

std::vector<double> gflops(const std::vector<int>& cpus, double seconds) {
  return rates(cpus, seconds, [] { return [] { return bench::multiply_add(); }; });
}

std::vector<double> gigabytes(const std::vector<int>& cpus, double seconds) {
  return rates(cpus, seconds, [] {
    return [buffer = std::vector<std::byte>(kBufferBytes)] { return bench::read_all(buffer); };
  });
}

// One cpu after the other.
template <class Measure>
std::vector<double> alone(const std::vector<int>& cpus, double seconds, const Measure& measure) {
  std::vector<double> result;
  for (const int cpu : cpus) result.push_back(measure({cpu}, seconds)[0]);
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
  Json json = {{"isa", bench::multiply_add_isa()}, {"cpus", cpus}};
  if (!quick) json["alone_gflops"] = alone(cpus, seconds, gflops);
  json["together_gflops"] = gflops(cpus, seconds);
  if (!quick) {
    json["alone_gb_per_s"] = alone(cpus, seconds, gigabytes);
    json["together_gb_per_s"] = gigabytes(cpus, seconds);
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
