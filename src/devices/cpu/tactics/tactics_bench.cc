// Times each tactic of the CPU on each large case that it takes, in each form: one row for each,
// with the bytes of all operands and, for products and convolutions, the operations by the second.
#include "device/open.h"
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/tactics/large_cases.h"
#include "testing/bound_case.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

constexpr std::string_view kDeviceFlag = "--device=";

int64_t bytes_moved(const OpCaseData& data) {
  int64_t bytes = 0;
  for (const HostTensor& input : data.inputs) bytes += static_cast<int64_t>(input.bytes().size());
  for (const ValueInfo& info : data.output_infos) bytes += byte_size(info).constant();
  return bytes;
}

// Multiplications and additions; 0 where that is not what the op is about.
int64_t operations(const OpCaseData& data) {
  const int64_t results = element_count(data.output_infos[0].shape).constant();
  if (data.op->name == "MatMul") return 2 * results * data.inputs[0].shape().back();
  if (data.op->name == "Conv") {
    return 2 * results * data.inputs[1].elements() / data.inputs[1].shape()[0];
  }
  return 0;
}

void run(benchmark::State& state, const Tactic& tactic, const OpCaseData& data,
         const CaseVariant& variant, const std::shared_ptr<Device>& device) {
  const Result<std::unique_ptr<BoundCase>> bound = BoundCase::create(tactic, data, device, variant);
  if (!bound.ok()) return state.SkipWithError(bound.error().to_string().c_str());
  while (state.KeepRunning()) {
    const Status status = (*bound)->enqueue();
    if (!status.ok()) return state.SkipWithError(status.error().to_string().c_str());
  }
  state.SetBytesProcessed(state.iterations() * bytes_moved(data));
  const auto done = static_cast<double>(state.iterations() * operations(data));
  if (done > 0) state.counters["flop"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
}

void add_rows(const OpCase& op_case, const std::shared_ptr<Device>& device) {
  const auto data = std::make_shared<OpCaseData>(make_case(op_case).value());
  for (const Tactic& tactic : device->tactics()) {
    for (const CaseVariant& variant : case_variants()) {
      if (!accepts(tactic, *data, variant, device->info())) continue;
      if (!is_distinct(variant, tactic, problem_of(*data, variant))) continue;
      const std::string name =
          fmt::format("{}/{}/{}/{}", op_case.op, op_case.name, to_string(variant), tactic.name);
      benchmark::RegisterBenchmark(name.c_str(), [&tactic, data, variant,
                                                  device](benchmark::State& state) {
        run(state, tactic, *data, variant, device);
      })->UseRealTime();
    }
  }
}

int bench(int argc, char** argv) {
  std::string name = "cpu:threads=1";
  std::vector<char*> others;
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kDeviceFlag)) {
      name = argument.substr(kDeviceFlag.size());
    } else {
      others.push_back(argv[i]);
    }
  }
  const Result<DeviceName> parsed = parse_device_name(name);
  const auto device =
      parsed.ok() ? open_cpu_device(*parsed) : Result<std::shared_ptr<Device>>(parsed.error());
  if (!device.ok()) {
    std::fputs(fmt::format("{}\n", device.error().to_string()).c_str(), stderr);
    return 2;
  }
  int count = static_cast<int>(others.size());
  benchmark::Initialize(&count, others.data());
  if (benchmark::ReportUnrecognizedArguments(count, others.data())) return 2;
  benchmark::AddCustomContext("device",
                              fmt::format("{}, isa {}, {} threads", (*device)->info().description,
                                          (*device)->info().isa, (*device)->info().threads));
  for (const OpCase& op_case : large_cases()) add_rows(op_case, *device);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace tenon::internal::testing

int main(int argc, char** argv) {
  try {
    return tenon::internal::testing::bench(argc, argv);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
}
