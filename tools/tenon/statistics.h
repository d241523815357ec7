// Latency figures.
#pragma once

#include "session.h"

#include <vector>

namespace tenon::cli {

// Of a series; all 0 for an empty one. Percentiles by the nearest rank; cv is the standard
// deviation over the mean.
struct Statistics {
  double min = 0;
  double mean = 0;
  double median = 0;
  double p90 = 0;
  double p95 = 0;
  double p99 = 0;
  double max = 0;
  double cv = 0;
};

Statistics summarize(std::vector<double> series);

Json to_json(const Statistics& statistics);

}  // namespace tenon::cli
