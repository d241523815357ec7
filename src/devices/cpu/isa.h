// The instruction sets that kernels of the CPU are made for.
#pragma once

#include <tenon/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenon::internal {

// From the least to the richest.
enum class Isa : uint8_t {
  kPortable,  // what the compiler was told to use
  kAvx2,      // with FMA and BMI2
  kAvx512,    // F, BW, DQ and VL, and all of kAvx2
};

// The name in DeviceInfo::isa and in the device option isa.
std::string_view to_string(Isa isa);
// Empty if there is none of that name.
std::optional<Isa> isa_of_name(std::string_view name);

// The richest one that the processor has and the operating system saves registers of.
Isa best_isa();

// What kernels of a device may use.
Isa isa_of(const DeviceInfo& device);

// Why a tactic rejects a device with less.
std::string needs_isa(Isa isa);

}  // namespace tenon::internal
