// Tenon as one of the engines that bench/peers compares: takes requests on stdin and answers on
// stdout, a line of JSON each (docs/design/0015-one-process-an-engine.md). Ends with its input.
#include "memory.h"

#include <tenon/tenon.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct TypeName {
  tenon::DataType type;
  std::string_view name;
};

// The spelling of requests and answers is NumPy's.
constexpr TypeName kTypeNames[] = {
    {tenon::DataType::kFloat32, "float32"}, {tenon::DataType::kFloat64, "float64"},
    {tenon::DataType::kFloat16, "float16"}, {tenon::DataType::kInt8, "int8"},
    {tenon::DataType::kUInt8, "uint8"},     {tenon::DataType::kInt16, "int16"},
    {tenon::DataType::kUInt16, "uint16"},   {tenon::DataType::kInt32, "int32"},
    {tenon::DataType::kUInt32, "uint32"},   {tenon::DataType::kInt64, "int64"},
    {tenon::DataType::kUInt64, "uint64"},   {tenon::DataType::kBool, "bool"},
};

tenon::Result<tenon::DataType> type_named(std::string_view name) {
  for (const TypeName& row : kTypeNames) {
    if (row.name == name) return row.type;
  }
  return tenon::Error(tenon::ErrorKind::kUnsupported, "element type " + std::string(name));
}

tenon::Result<std::string> name_of(tenon::DataType type) {
  for (const TypeName& row : kTypeNames) {
    if (row.type == type) return std::string(row.name);
  }
  return tenon::Error(tenon::ErrorKind::kUnsupported,
                      "element type " + std::string(tenon::to_string(type)) + " of an output");
}

tenon::Error io_error(const std::string& path) {
  return {tenon::ErrorKind::kIoError, "cannot read or write " + path};
}

// A loaded model with tensors bound.
class Engine {
 public:
  // Answers a request; the members that are missing or of another type throw, as the JSON library
  // does.
  tenon::Result<Json> answer(const Json& request) {
    const std::string what = request.at("do");
    if (what == "open") return open(request);
    if (what == "bind") return bind(request);
    if (what == "run") return run(request);
    if (what == "results") return results(request);
    if (what == "memory") return Json{{"peak_rss_bytes", bench::peak_rss_bytes()}};
    return tenon::Error(tenon::ErrorKind::kInvalidArgument, "unknown request " + what);
  }

 private:
  struct Slot {
    std::string name;
    tenon::Tensor tensor;
  };

  tenon::Result<Json> open(const Json& request);
  tenon::Status load(const Json& request);
  tenon::Result<Json> bind(const Json& request);
  tenon::Status bind_input(const Json& input);
  tenon::Status bind_output(const tenon::TensorInfo& info);
  tenon::Result<Json> run(const Json& request);
  tenon::Result<Json> results(const Json& request);

  std::optional<tenon::Engine> engine_;
  std::optional<tenon::Context> context_;
  std::vector<Slot> inputs_;
  std::vector<Slot> outputs_;
};

tenon::Result<Json> Engine::open(const Json& request) {
  bench::reset_peak_rss();
  const int64_t before = bench::rss_bytes();
  const Clock::time_point start = Clock::now();
  tenon::Status loaded = load(request);
  if (!loaded.ok()) return std::move(loaded).error();
  tenon::Result<tenon::Context> context = engine_->create_context();
  if (!context.ok()) return std::move(context).error();
  context_ = std::move(context).value();
  return Json{{"version", tenon::version()},
              {"load_s", seconds_since(start)},
              {"rss_before_bytes", before}};
}

// From the model, or from the plan that an earlier process kept.
tenon::Status Engine::load(const Json& request) {
  const fs::path keep = request.at("keep").is_null() ? "" : request.at("keep").get<std::string>();
  const fs::path plan = keep / "model.plan";
  std::string device_name = request.at("device");
  device_name += device_name.find(':') == std::string::npos ? ":" : ",";
  device_name += "threads=" + std::to_string(request.at("threads").get<int>());
  const tenon::Result<tenon::Device> device = tenon::Device::open(device_name);
  if (!device.ok()) return device.error();
  const auto take = [this](tenon::Result<tenon::Engine> engine) -> tenon::Status {
    if (!engine.ok()) return std::move(engine).error();
    engine_ = std::move(engine).value();
    return {};
  };
  if (request.at("from") == "kept") return take(tenon::Engine::load(plan, *device));

  const auto network = tenon::Network::from_onnx(request.at("model").get<std::string>());
  if (!network.ok()) return network.error();
  if (keep.empty()) {
    const auto bytes = tenon::build_to_bytes(*network, *device);
    return bytes.ok() ? take(tenon::Engine::load(*bytes, *device)) : bytes.error();
  }
  const auto report = tenon::build_to_file(*network, *device, {}, plan);
  return report.ok() ? take(tenon::Engine::load(plan, *device)) : report.error();
}

tenon::Result<Json> Engine::bind(const Json& request) {
  if (!context_) return tenon::Error(tenon::ErrorKind::kInvalidArgument, "no model is open");
  inputs_.clear();
  outputs_.clear();
  // Bound tensors must not move.
  inputs_.reserve(request.at("inputs").size());
  outputs_.reserve(engine_->outputs().size());
  for (const Json& input : request.at("inputs")) {
    tenon::Status bound = bind_input(input);
    if (!bound.ok()) return std::move(bound).error();
  }
  for (const tenon::TensorInfo& info : engine_->outputs()) {
    tenon::Status bound = bind_output(info);
    if (!bound.ok()) return std::move(bound).error();
  }
  return Json::object();
}

tenon::Status Engine::bind_input(const Json& input) {
  const tenon::Result<tenon::DataType> type = type_named(input.at("type").get<std::string>());
  if (!type.ok()) return type.error();
  const auto shape = input.at("shape").get<tenon::Shape>();
  const std::string file = input.at("file");
  std::vector<std::byte> bytes(static_cast<size_t>(tenon::byte_size(*type, shape)));
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!stream) return io_error(file);
  inputs_.push_back({input.at("name"), {*type, shape, std::move(bytes)}});
  Slot& slot = inputs_.back();
  tenon::Status shaped = context_->set_shape(slot.name, shape);
  return shaped.ok() ? context_->bind(slot.name, std::as_const(slot.tensor).view()) : shaped;
}

tenon::Status Engine::bind_output(const tenon::TensorInfo& info) {
  tenon::Result<tenon::Shape> shape = context_->shape(info.name);
  if (!shape.ok()) return std::move(shape).error();
  std::vector<std::byte> bytes(static_cast<size_t>(tenon::byte_size(info.type, *shape)));
  outputs_.push_back({info.name, {info.type, *shape, std::move(bytes)}});
  return context_->bind(info.name, outputs_.back().tensor.view());
}

// A block of runs after a pause and runs that do not count.
tenon::Result<Json> Engine::run(const Json& request) {
  if (!context_) return tenon::Error(tenon::ErrorKind::kInvalidArgument, "no model is open");
  const double seconds = request.at("seconds");
  const auto at_least = request.at("at_least").get<size_t>();
  const int discard = request.at("discard");
  std::this_thread::sleep_for(
      std::chrono::duration<double, std::milli>(request.at("pause_ms").get<double>()));
  for (int i = 0; i < discard; ++i) {
    tenon::Status ran = context_->run();
    if (!ran.ok()) return std::move(ran).error();
  }
  std::vector<double> series;
  const Clock::time_point start = Clock::now();
  while (series.size() < at_least || seconds_since(start) < seconds) {
    const Clock::time_point begin = Clock::now();
    tenon::Status ran = context_->run();
    if (!ran.ok()) return std::move(ran).error();
    series.push_back(seconds_since(begin) * 1e3);
  }
  return Json{{"ms", series}};
}

tenon::Result<Json> Engine::results(const Json& request) {
  const fs::path folder = request.at("folder").get<std::string>();
  Json list = Json::array();
  for (const Slot& slot : outputs_) {
    const tenon::Result<std::string> type = name_of(slot.tensor.type);
    if (!type.ok()) return type.error();
    const std::string file = folder / ("output_" + std::to_string(list.size()) + ".bin");
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(slot.tensor.bytes.data()),
                 static_cast<std::streamsize>(slot.tensor.bytes.size()));
    stream.close();
    if (!stream) return io_error(file);
    list.push_back(
        {{"name", slot.name}, {"type", *type}, {"shape", slot.tensor.shape}, {"file", file}});
  }
  return Json{{"outputs", list}};
}

Json respond(Engine& engine, const std::string& line) {
  try {
    tenon::Result<Json> answer = engine.answer(Json::parse(line));
    if (answer.ok()) return {{"ok", std::move(answer).value()}};
    return {{"error", answer.error().to_string()}};
  } catch (const std::exception& error) {
    return {{"error", std::string("malformed request: ") + error.what()}};
  }
}

}  // namespace

int main() {
  Engine engine;
  for (std::string line; std::getline(std::cin, line);) {
    // Names may hold bytes that are no UTF-8.
    std::cout << respond(engine, line).dump(-1, ' ', false, Json::error_handler_t::replace)
              << std::endl;
  }
  return 0;
}
