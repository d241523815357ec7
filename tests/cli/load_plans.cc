// Loads plans one after another and runs each twice, for whoever measures how a process grows:
//
//   load_plans PLAN...
//
// Before each plan and after the last it prints a line and waits for one on stdin. The line holds
// the bytes that the plan before was predicted to take, 0 in the first. Open dims of inputs are 1.
// What it needs itself is there before the first line.
#include <tenon/tenon.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Memory for inputs and outputs, which the caller of a context provides.
constexpr size_t kTensorBytes = size_t{8} << 20;

struct Loaded {
  std::optional<tenon::Engine> engine;
  std::optional<tenon::Context> context;
};

tenon::Shape shape_of(const tenon::TensorInfo& info) {
  tenon::Shape shape;
  for (const tenon::DimInfo& dim : info.dims) shape.push_back(dim.value < 0 ? 1 : dim.value);
  return shape;
}

// Tensors one behind the other.
class Tensors {
 public:
  explicit Tensors(std::span<std::byte> memory) : left_(memory) {}

  tenon::Result<tenon::TensorView> take(const tenon::TensorInfo& info, const tenon::Shape& shape) {
    constexpr size_t kAlignment = 64;
    const auto bytes = static_cast<size_t>(tenon::byte_size(info.type, shape));
    const size_t taken = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (taken > left_.size()) {
      return tenon::Error(tenon::ErrorKind::kOutOfMemory, info.name + " is too large");
    }
    const tenon::TensorView view = {left_.data(), info.type, shape};
    left_ = left_.subspan(taken);
    return view;
  }

 private:
  std::span<std::byte> left_;
};

tenon::Status bind(tenon::Context& context, const tenon::Engine& engine, Tensors tensors) {
  for (const tenon::TensorInfo& info : engine.inputs()) {
    const tenon::Result<tenon::TensorView> view = tensors.take(info, shape_of(info));
    if (!view.ok()) return view.error();
    tenon::Status bound = context.set_shape(info.name, view->shape);
    if (bound.ok()) bound = context.bind_input(info.name, *view);
    if (!bound.ok()) return bound;
  }
  for (const tenon::TensorInfo& info : engine.outputs()) {
    const tenon::Result<tenon::Shape> shape = context.shape(info.name);
    if (!shape.ok()) return shape.error();
    const tenon::Result<tenon::TensorView> view = tensors.take(info, *shape);
    if (!view.ok()) return view.error();
    tenon::Status bound = context.bind_output(info.name, *view);
    if (!bound.ok()) return bound;
  }
  return {};
}

// Returns the predicted bytes.
tenon::Result<int64_t> load(const char* path, const tenon::Device& device, Tensors tensors,
                            Loaded& loaded) {
  tenon::Result<tenon::Engine> engine = tenon::Engine::load(path, device);
  if (!engine.ok()) return std::move(engine).error();
  loaded.engine = std::move(engine).value();
  tenon::InputShapes shapes;
  for (const tenon::TensorInfo& info : loaded.engine->inputs()) shapes[info.name] = shape_of(info);
  const tenon::Result<tenon::MemoryReport> memory = loaded.engine->memory(shapes);
  if (!memory.ok()) return memory.error();
  tenon::Result<tenon::Context> context = loaded.engine->create_context();
  if (!context.ok()) return std::move(context).error();
  loaded.context = std::move(context).value();
  tenon::Status status = bind(*loaded.context, *loaded.engine, tensors);
  for (int run = 0; status.ok() && run < 2; ++run) status = loaded.context->run();
  if (!status.ok()) return std::move(status).error();
  return memory->total().predicted;
}

// False at the end of stdin.
bool report(int64_t predicted) {
  std::printf("%lld\n", static_cast<long long>(predicted));
  std::fflush(stdout);
  for (int c = std::getchar(); c != '\n'; c = std::getchar()) {
    if (c == EOF) return false;
  }
  return true;
}

int fail(const tenon::Error& error) {
  std::fprintf(stderr, "load_plans: %s\n", error.to_string().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> plans = std::span(argv, static_cast<size_t>(argc)).subspan(1);
  const tenon::Result<tenon::Device> device = tenon::Device::open("cpu");
  if (!device.ok()) return fail(device.error());
  std::vector<std::byte> memory(kTensorBytes, std::byte{0});
  std::vector<Loaded> loaded(plans.size());
  int64_t predicted = 0;
  for (size_t i = 0; i < plans.size(); ++i) {
    if (!report(predicted)) return 0;
    const tenon::Result<int64_t> bytes = load(plans[i], *device, Tensors(memory), loaded[i]);
    if (!bytes.ok()) return fail(bytes.error());
    predicted = *bytes;
  }
  report(predicted);
  return 0;
}
