#include "profile.h"

#include <algorithm>
#include <string>

namespace tenon::cli {
namespace {

// As short as a layer, so that some are not interrupted where layers are not.
constexpr int kLooks = 100;
constexpr double kLookSeconds = 0.001;
constexpr int kReads = 3;
constexpr double kReadSeconds = 0.01;

// A layer, or several.
struct Row {
  std::string op;
  int layers = 0;
  double mean_us = 0;
  double min_us = 0;
  double flops = 0;
  double bytes = 0;

  void add(const LayerTime& time) {
    ++layers;
    mean_us += time.runs == 0 ? 0 : time.total_us / static_cast<double>(time.runs);
    min_us += time.min_us;
    flops += time.flops;
    bytes += time.bytes;
  }
};

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

struct Rates {
  double gflops;
  double gb_per_s;
  double percent_of_peak;
  double percent_of_bandwidth;
};

Rates rates_of(const Row& row, const Peaks& peaks) {
  const double seconds = row.min_us * 1e-6;
  const double flops = ratio(row.flops, seconds);
  const double bytes = ratio(row.bytes, seconds);
  return {.gflops = flops * 1e-9,
          .gb_per_s = bytes * 1e-9,
          .percent_of_peak = ratio(flops, peaks.flops) * 100,
          .percent_of_bandwidth = ratio(bytes, peaks.bytes) * 100};
}

void add_costs(const Row& row, const Peaks& peaks, Json& json) {
  const Rates rates = rates_of(row, peaks);
  json["time_us"] = row.mean_us;
  json["min_us"] = row.min_us;
  json["flop"] = row.flops;
  json["bytes"] = row.bytes;
  json["gflops"] = rates.gflops;
  json["gb_per_s"] = rates.gb_per_s;
  json["percent_of_peak"] = rates.percent_of_peak;
  json["percent_of_bandwidth"] = rates.percent_of_bandwidth;
}

constexpr std::string_view kColumns =
    "     mean us       min us   GFLOP/s   % peak      GB/s   % read";

std::string columns_of(const Row& row, const Peaks& peaks) {
  const Rates rates = rates_of(row, peaks);
  return fmt::format("{:>12.1f} {:>12.1f} {:>9.1f} {:>8.1f} {:>9.1f} {:>8.1f}", row.mean_us,
                     row.min_us, rates.gflops, rates.percent_of_peak, rates.gb_per_s,
                     rates.percent_of_bandwidth);
}

// Of the layers of each op, those that take longest first.
std::vector<Row> rows_by_op(const std::vector<LayerTime>& times) {
  std::vector<Row> rows;
  for (const LayerTime& time : times) {
    const auto found = std::ranges::find(rows, time.layer.main_op, &Row::op);
    Row& row = found == rows.end() ? rows.emplace_back() : *found;
    row.op = time.layer.main_op;
    row.add(time);
  }
  std::ranges::stable_sort(rows, std::ranges::greater(), &Row::mean_us);
  return rows;
}

}  // namespace

void Peaks::look(const Device& device) {
  for (int i = 0; i < kLooks; ++i) {
    flops = std::max(flops, device.measure_peak(PeakKind::kFlops, kLookSeconds).value_or(0));
  }
  for (int i = 0; i < kReads; ++i) {
    bytes = std::max(bytes, device.measure_peak(PeakKind::kBandwidth, kReadSeconds).value_or(0));
  }
}

void prepare_profile(Json& json) {
  json["layers"] = Json::array();
  json["by_op"] = Json::array();
  json["peak"] = {{"gflops", 0.0}, {"gb_per_s", 0.0}};
}

void report_profile(const std::vector<LayerTime>& times, const Peaks& peaks, Session& session) {
  Json& json = session.json();
  json["peak"] = {{"gflops", peaks.flops * 1e-9}, {"gb_per_s", peaks.bytes * 1e-9}};
  session.print("peak: {:.1f} GFLOP/s f32, {:.1f} GB/s read from memory\n", peaks.flops * 1e-9,
                peaks.bytes * 1e-9);

  struct Line {
    Row row;
    const LayerInfo* layer;
  };
  std::vector<Line> lines;
  for (const LayerTime& time : times) {
    Line& line = lines.emplace_back();
    line.row.add(time);
    line.layer = &time.layer;
    Json layer = {{"name", time.layer.name},
                  {"op", time.layer.op},
                  {"tactic", time.layer.tactic},
                  {"source", time.layer.source}};
    add_costs(line.row, peaks, layer);
    json["layers"].push_back(std::move(layer));
  }
  std::ranges::stable_sort(lines, std::ranges::greater(),
                           [](const Line& line) { return line.row.mean_us; });
  session.print("{}  {:<20} {:<20} {}\n", kColumns, "op", "tactic", "layer");
  for (const Line& line : lines) {
    session.print("{}  {:<20} {:<20} {}\n", columns_of(line.row, peaks), line.layer->op,
                  line.layer->tactic, line.layer->name);
  }

  session.print("{}  {:<20} {}\n", kColumns, "op", "layers");
  for (const Row& row : rows_by_op(times)) {
    Json op = {{"op", row.op}, {"layers", row.layers}};
    add_costs(row, peaks, op);
    json["by_op"].push_back(std::move(op));
    session.print("{}  {:<20} {}\n", columns_of(row, peaks), row.op, row.layers);
  }
}

}  // namespace tenon::cli
