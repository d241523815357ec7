#include "base/errors.h"
#include "base/try.h"
#include "onnx/importers/importers.h"
#include "onnx/tensor_reader.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::internal {
namespace {

// Bands and bins beyond which a matrix is no filter bank.
constexpr double kMaxExtent = 1 << 20;
constexpr double kMaxElements = 1 << 24;

double to_mel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double to_hertz(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

struct MelBands {
  double count = 0;
  double dft_length = 0;
  double sample_rate = 0;
  double low_hertz = 0;
  double high_hertz = 0;

  double bins() const { return std::floor(dft_length / 2) + 1; }
};

Result<MelBands> mel_bands(const ImportNode& node) {
  double numbers[5];
  for (size_t i = 0; i < 5; ++i) {
    const std::vector<double> operand = TRY(node.constant_numbers(i, "sizes and edges"));
    if (operand.size() != 1) return corrupt("its operand {} is no scalar", i);
    numbers[i] = operand[0];
  }
  const MelBands bands = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
  const bool fits = bands.count >= 0 && bands.count <= kMaxExtent && bands.dft_length >= 1 &&
                    bands.dft_length <= kMaxExtent && bands.count * bands.bins() <= kMaxElements;
  if (!fits || !(bands.sample_rate > 0) || !(bands.low_hertz >= 0) ||
      !(bands.high_hertz >= bands.low_hertz) || !std::isfinite(bands.high_hertz)) {
    return corrupt("{} bands from {} to {} Hz of {} samples at {} Hz", bands.count, bands.low_hertz,
                   bands.high_hertz, bands.dft_length, bands.sample_rate);
  }
  return bands;
}

// The bins of the edges and centres of all bands, which are equally far apart in mel. The step is
// ONNX's, which divides by the number of edges.
std::vector<int64_t> band_edges(const MelBands& bands) {
  const double low = to_mel(bands.low_hertz);
  const double step = (to_mel(bands.high_hertz) - low) / (bands.count + 2);
  std::vector<int64_t> edges;
  for (int64_t i = 0; i < static_cast<int64_t>(bands.count) + 2; ++i) {
    const double hertz = to_hertz(low + step * static_cast<double>(i));
    edges.push_back(
        static_cast<int64_t>(std::floor((bands.dft_length + 1) * hertz / bands.sample_rate)));
  }
  return edges;
}

// A triangle for each band, [bins, bands].
Result<std::vector<double>> mel_weights(const MelBands& bands) {
  const auto count = static_cast<int64_t>(bands.count);
  const auto bins = static_cast<int64_t>(bands.bins());
  const std::vector<int64_t> edges = band_edges(bands);
  if (edges.back() > bins) {
    return corrupt("bands up to {} Hz lie beyond half of {} Hz", bands.high_hertz,
                   bands.sample_rate);
  }
  std::vector<double> weights(static_cast<size_t>(count * bins));
  for (int64_t band = 0; band < count; ++band) {
    const auto edge = edges.begin() + band;
    const int64_t rise = edge[1] - edge[0];
    const int64_t fall = edge[2] - edge[1];
    for (int64_t bin = edge[0]; bin < std::min(std::max(edge[2], edge[1] + 1), bins); ++bin) {
      double weight = 1;
      if (bin < edge[1]) weight = static_cast<double>(bin - edge[0]) / static_cast<double>(rise);
      if (bin > edge[1]) weight = static_cast<double>(edge[2] - bin) / static_cast<double>(fall);
      weights[static_cast<size_t>(bin * count + band)] = weight;
    }
  }
  return weights;
}

}  // namespace

Status import_dft_17(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  attributes.emplace("axis", int64_t{1});
  return node.finish(node.op(), attributes, {node.inputs().begin(), node.inputs().end()});
}

Status import_dft(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  if (node.has_input(2)) {
    const std::vector<double> axis = TRY(node.constant_numbers(2, "axes"));
    if (axis.size() != 1) return corrupt("its axis is no scalar");
    attributes.emplace("axis", static_cast<int64_t>(axis[0]));
  }
  std::vector<ValueId> inputs = {node.input(0)};
  if (node.has_input(1)) inputs.push_back(node.input(1));
  return node.finish(node.op(), attributes, std::move(inputs));
}

Status import_mel_weight_matrix(ImportNode& node) {
  AttributeMap attributes = TRY(node.attributes());
  const int64_t number = TRY(take_int(attributes, "output_datatype", 1));
  TRY_STATUS(check_all_taken(attributes));
  if (number < 0 || number > INT32_MAX) {
    return corrupt("its attribute 'output_datatype' is {}", number);
  }
  const DataType type = TRY(to_data_type(static_cast<int32_t>(number)));
  const MelBands bands = TRY(mel_bands(node));
  const Shape shape = {static_cast<int64_t>(bands.bins()), static_cast<int64_t>(bands.count)};
  return node.finish_constant(TRY(HostTensor::of(type, shape, TRY(mel_weights(bands)))));
}

}  // namespace tenon::internal
