// Tells the type of files from their bytes with a neural network.
//
//   filetype MODEL.onnx LABELS.txt PLAN FILE…
#include "../common/plan.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// What the model wants to see of a file: the first and the last kHalf bytes behind white space,
// looked for in the outer kBlock bytes; kPadding where the file is shorter.
constexpr size_t kBlock = 4096;
constexpr size_t kHalf = 1024;
constexpr int32_t kPadding = 256;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool read_features(const fs::path& path, std::vector<int32_t>& features) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return false;
  const auto size = static_cast<size_t>(file.tellg());
  const size_t block = std::min(kBlock, size);
  std::string head(block, '\0');
  std::string tail(block, '\0');
  file.seekg(0).read(head.data(), static_cast<std::streamsize>(block));
  file.seekg(static_cast<std::streamoff>(size - block));
  file.read(tail.data(), static_cast<std::streamsize>(block));
  if (!file) return false;
  head.erase(head.begin(), std::find_if_not(head.begin(), head.end(), is_space));
  tail.erase(std::find_if_not(tail.rbegin(), tail.rend(), is_space).base(), tail.end());
  head.resize(std::min(head.size(), kHalf));
  tail.erase(0, tail.size() - std::min(tail.size(), kHalf));
  const auto to_feature = [](char c) { return static_cast<int32_t>(static_cast<uint8_t>(c)); };
  features.assign(2 * kHalf, kPadding);
  std::transform(head.begin(), head.end(), features.begin(), to_feature);
  std::transform(tail.begin(), tail.end(),
                 features.end() - static_cast<std::ptrdiff_t>(tail.size()), to_feature);
  return true;
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void print_memory(const tenon::MemoryReport& memory) {
  const auto mb = [&](tenon::MemoryKind kind) {
    return static_cast<double>(memory[kind].allocated) * 1e-6;
  };
  std::printf("memory %.2f MB weights (mapped), %.2f MB activations, %.2f MB workspace\n\n",
              mb(tenon::MemoryKind::kWeights), mb(tenon::MemoryKind::kActivations),
              mb(tenon::MemoryKind::kWorkspace));
}

// Classifies files one by one with one context. Errors: NotFound where some cannot be read, after
// the others.
tenon::Status classify(const tenon::Engine& engine, const std::vector<std::string>& labels,
                       const std::vector<std::string>& files) {
  auto context = engine.create_context();
  if (!context.ok()) return context.error();
  std::vector<int32_t> features(2 * kHalf);
  std::vector<float> scores(labels.size());
  const tenon::Shape in = {1, static_cast<int64_t>(features.size())};
  const tenon::Shape out = {1, static_cast<int64_t>(scores.size())};
  const std::string& input = engine.inputs()[0].name;
  const std::string& output = engine.outputs()[0].name;
  for (tenon::Status status :
       {context->set_shape(input, in),
        context->bind(input, tenon::TensorView{features.data(), tenon::DataType::kInt32, in}),
        context->bind(output, tenon::TensorView{scores.data(), tenon::DataType::kFloat32, out})}) {
    if (!status.ok()) return status;
  }
  size_t unreadable = 0;
  std::printf("%-44s %-16s %10s %8s\n", "file", "type", "confidence", "ms");
  for (const std::string& file : files) {
    if (!read_features(file, features)) {
      std::fprintf(stderr, "%-44s cannot be read\n", file.c_str());
      ++unreadable;
      continue;
    }
    if (std::count(features.begin(), features.end(), kPadding) == std::ssize(features)) {
      std::printf("%-44s empty\n", file.c_str());
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    if (tenon::Status ran = context->run(); !ran.ok()) return ran;
    const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
    const auto best = std::max_element(scores.begin(), scores.end());
    std::printf("%-44s %-16s %9.1f%% %8.1f\n", file.c_str(),
                labels[static_cast<size_t>(best - scores.begin())].c_str(),
                static_cast<double>(*best) * 100, ms.count());
  }
  std::printf("\n");
  print_memory(context->memory());
  if (unreadable == 0) return {};
  return tenon::Error(tenon::ErrorKind::kNotFound,
                      std::to_string(unreadable) + " of the files cannot be read");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: filetype MODEL.onnx LABELS.txt PLAN FILE...\n");
    return 2;
  }
  const std::vector<std::string> labels = read_lines(argv[2]);
  auto device = tenon::Device::open("cpu");
  auto engine = device.ok() ? examples::load_or_build(argv[1], argv[3], *device)
                            : tenon::Result<tenon::Engine>(device.error());
  const tenon::Status status =
      engine.ok() ? classify(*engine, labels, {argv + 4, argv + argc}) : engine.error();
  if (!status.ok()) {
    std::fprintf(stderr, "filetype: %s\n", status.error().to_string().c_str());
    return 1;
  }
  return 0;
}
