#include "devices/cpu/cpu_info.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tenon::internal {
namespace {

void add_cache_sizes(DeviceInfo& info) {
  const auto add = [&](const char* key, int name) {
    const long bytes = sysconf(name);
    if (bytes > 0) info.properties[key] = std::to_string(bytes);
  };
  add("l1d_bytes", _SC_LEVEL1_DCACHE_SIZE);
  add("l2_bytes", _SC_LEVEL2_CACHE_SIZE);
  add("l3_bytes", _SC_LEVEL3_CACHE_SIZE);
}

#if defined(__x86_64__)

using Registers = std::array<unsigned, 4>;

Registers cpuid(unsigned leaf) {
  Registers registers{};
  __get_cpuid_count(leaf, 0, &registers[0], &registers[1], &registers[2], &registers[3]);
  return registers;
}

std::string brand_string() {
  // Compilers differ in the signedness of the result.
  const auto highest = static_cast<unsigned>(__get_cpuid_max(0x80000000U, nullptr));
  if (highest < 0x80000004U) return "x86-64 processor";
  std::string text;
  for (unsigned leaf = 0x80000002U; leaf <= 0x80000004U; ++leaf) {
    const Registers registers = cpuid(leaf);
    text.append(reinterpret_cast<const char*>(registers.data()), sizeof(registers));
  }
  text.resize(std::strlen(text.c_str()));
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string vendor() {
  const Registers registers = cpuid(0);
  const std::array<unsigned, 3> order = {registers[1], registers[3], registers[2]};
  return {reinterpret_cast<const char*>(order.data()), sizeof(order)};
}

// Family, model and stepping as the vendors' manuals combine them.
void add_model(DeviceInfo& info) {
  const unsigned signature = cpuid(1)[0];
  const unsigned base_family = (signature >> 8) & 0xFU;
  const unsigned family = base_family + (base_family == 0xFU ? (signature >> 20) & 0xFFU : 0U);
  unsigned model = (signature >> 4) & 0xFU;
  if (base_family == 0xFU || base_family == 0x6U) model += ((signature >> 16) & 0xFU) << 4;
  info.properties["cpu_vendor"] = vendor();
  info.properties["cpu_family"] = std::to_string(family);
  info.properties["cpu_model"] = std::to_string(model);
  info.properties["cpu_stepping"] = std::to_string(signature & 0xFU);
}

std::string isa_flags() {
  __builtin_cpu_init();
  std::string flags;
  const auto add = [&](bool supported, const char* name) {
    if (!supported) return;
    if (!flags.empty()) flags += ' ';
    flags += name;
  };
  add(__builtin_cpu_supports("avx2") != 0, "avx2");
  add(__builtin_cpu_supports("fma") != 0, "fma");
  add(__builtin_cpu_supports("avx512f") != 0, "avx512f");
  add(__builtin_cpu_supports("avx512bw") != 0, "avx512bw");
  add(__builtin_cpu_supports("avx512dq") != 0, "avx512dq");
  add(__builtin_cpu_supports("avx512vl") != 0, "avx512vl");
  add(__builtin_cpu_supports("avx512vnni") != 0, "avx512vnni");
  add(__builtin_cpu_supports("avx512bf16") != 0, "avx512bf16");
  return flags;
}

void add_processor(DeviceInfo& info) {
  info.description = brand_string();
  add_model(info);
  info.properties["isa_flags"] = isa_flags();
}

#else

void add_processor(DeviceInfo& info) { info.description = "processor without a description"; }

#endif

}  // namespace

DeviceInfo cpu_device_info(int threads, Isa isa) {
  DeviceInfo info;
  info.name = "cpu";
  info.kind = "cpu";
  info.threads = threads;
  info.isa = to_string(isa);
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  info.memory_bytes = std::max<int64_t>(pages, 0) * std::max<int64_t>(page_bytes, 0);
  add_processor(info);
  add_cache_sizes(info);
  return info;
}

}  // namespace tenon::internal
