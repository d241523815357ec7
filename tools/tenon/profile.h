// Layers beside what the device can do at most.
#pragma once

#include "session.h"

#include <tenon/tenon.h>

#include <vector>

namespace tenon::cli {

// The best of what a device was measured to do in a second.
struct Peaks {
  // 0 where the device has no such measurement.
  double flops = 0;
  double bytes = 0;

  // Measures many times, for less than a second in all. Shared machines slow down now and then:
  // look before and after what is held against the peaks.
  void look(const Device& device);
};

// The keys, without layers.
void prepare_profile(Json& json);

// Rates are those of each layer's shortest run.
void report_profile(const std::vector<LayerTime>& times, const Peaks& peaks, Session& session);

}  // namespace tenon::cli
