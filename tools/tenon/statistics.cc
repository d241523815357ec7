#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tenon::cli {

Statistics summarize(std::vector<double> series) {
  Statistics result;
  if (series.empty()) return result;
  std::sort(series.begin(), series.end());
  const auto count = static_cast<double>(series.size());
  const auto percentile = [&](double fraction) {
    const auto rank = static_cast<size_t>(std::ceil(fraction * count));
    return series[std::max<size_t>(rank, 1) - 1];
  };
  result.min = series.front();
  result.max = series.back();
  result.mean = std::accumulate(series.begin(), series.end(), 0.0) / count;
  const size_t middle = series.size() / 2;
  result.median =
      series.size() % 2 == 1 ? series[middle] : (series[middle - 1] + series[middle]) / 2;
  result.p90 = percentile(0.90);
  result.p95 = percentile(0.95);
  result.p99 = percentile(0.99);
  double squares = 0;
  for (const double value : series) squares += (value - result.mean) * (value - result.mean);
  result.cv = result.mean == 0 ? 0 : std::sqrt(squares / count) / result.mean;
  return result;
}

Json to_json(const Statistics& statistics) {
  return {{"min", statistics.min}, {"mean", statistics.mean}, {"median", statistics.median},
          {"p90", statistics.p90}, {"p95", statistics.p95},   {"p99", statistics.p99},
          {"max", statistics.max}, {"cv", statistics.cv}};
}

}  // namespace tenon::cli
