/// Plain value types that the API and every layer below it share. Nothing here owns a device
/// resource.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tenon {

/// Element type of a tensor. The four-bit types are packed two to a byte, low half first, as ONNX
/// stores them. The numbers are stored in plans: add, never renumber.
enum class DataType : uint8_t {
  kUndefined = 0,
  kFloat32 = 1,
  kFloat64 = 2,
  kFloat16 = 3,
  kBFloat16 = 4,
  kFloat8E4M3FN = 5,
  kFloat8E4M3FNUZ = 6,
  kFloat8E5M2 = 7,
  kFloat8E5M2FNUZ = 8,
  kInt8 = 9,
  kUInt8 = 10,
  kInt16 = 11,
  kUInt16 = 12,
  kInt32 = 13,
  kUInt32 = 14,
  kInt64 = 15,
  kUInt64 = 16,
  kInt4 = 17,
  kUInt4 = 18,
  kBool = 19,
};

/// Short name: "f32", "i64", "bool" …
std::string_view to_string(DataType type);

/// Bits of one element; 0 for kUndefined.
int bits_of(DataType type);

/// Concrete dimensions, outermost first. A scalar has none.
using Shape = std::vector<int64_t>;

/// Number of elements; saturates at the largest int64_t. 1 for a scalar.
int64_t element_count(std::span<const int64_t> shape);

/// Bytes of a dense tensor; saturates at the largest int64_t. Four-bit types round up to whole
/// bytes.
int64_t byte_size(DataType type, std::span<const int64_t> shape);

/// "[1,3,224,224]"
std::string to_string(std::span<const int64_t> shape);

/// One dimension as a network or an engine states it.
struct DimInfo {
  /// The extent, or -1 where it is open.
  int64_t value = -1;
  /// Expression over named symbols ("N", "2*H+1"); dimensions with equal expressions are equal at
  /// run time. For a fixed dimension the number as text.
  std::string expression;
};

/// An input or output.
struct TensorInfo {
  std::string name;
  DataType type = DataType::kUndefined;
  std::vector<DimInfo> dims;
};

/// "f32[N,3,224,224]"
std::string to_string(const TensorInfo& info);

/// A dense tensor that somebody else owns: the memory must outlive every use. The pointer is one of
/// the device that uses the view (host memory on "cpu").
struct TensorView {
  void* data = nullptr;
  DataType type = DataType::kUndefined;
  Shape shape;
};

/// The same, read only.
struct ConstTensorView {
  const void* data = nullptr;
  DataType type = DataType::kUndefined;
  Shape shape;

  ConstTensorView() = default;
  ConstTensorView(const void* pointer, DataType element_type, Shape dims)
      : data(pointer), type(element_type), shape(std::move(dims)) {}
  ConstTensorView(const TensorView& view)  // NOLINT(google-explicit-constructor)
      : data(view.data), type(view.type), shape(view.shape) {}
};

/// A dense tensor in host memory that owns its elements.
struct Tensor {
  DataType type = DataType::kUndefined;
  Shape shape;
  std::vector<std::byte> bytes;

  TensorView view() { return {bytes.data(), type, shape}; }
  ConstTensorView view() const { return {bytes.data(), type, shape}; }
};

/// Element `index` (flat, row-major) of a host tensor as a number. The index must be in range and
/// the type defined. 64-bit integers beyond 2^53 are rounded.
double element_as_double(const ConstTensorView& tensor, int64_t index);

/// A copy of a host tensor with another element type, as the operator Cast makes it: floating types
/// round to nearest even, and fp8 saturates; floating values become integers by truncation and
/// saturation, NaN becomes 0; integers wrap around.
Tensor convert(const ConstTensorView& tensor, DataType type);

/// Value of an operator's attribute. Booleans and enumerations by number or name as the operator's
/// documentation says.
using AttributeValue = std::variant<int64_t, double, std::string, std::vector<int64_t>,
                                    std::vector<double>, std::vector<std::string>>;
using AttributeMap = std::map<std::string, AttributeValue, std::less<>>;

/// Shapes of one input for which a plan is valid and the ones it is tuned for.
struct ShapeRange {
  Shape min;
  Shape opt;
  /// Empty: no upper bound.
  Shape max;
};

/// min/opt/max shapes of the inputs, by name. An input that is not named keeps its open dims.
struct Profile {
  std::map<std::string, ShapeRange> inputs;
};

/// Concrete shapes of inputs, by name.
using InputShapes = std::map<std::string, Shape>;

/// What a byte of a device's memory is for. Every allocation of the library carries one of these.
/// What the host keeps to run a context (shapes, addresses, bound steps) is in none of them.
enum class MemoryKind : uint8_t {
  /// Constants, once for an engine and all its contexts.
  kWeights = 0,
  /// What kernels keep on the device between the runs of one context. Those of cpu and null keep
  /// nothing there: 0.
  kPersistent = 1,
  /// Values between steps. What a Loop gathers or carries while its extents change is allocated
  /// and freed inside of a run; it follows from data, and reports leave it out.
  kActivations = 2,
  /// Scratch of kernels while they run, in the same block.
  kWorkspace = 3,
  /// Inputs and outputs that Device::allocate gave. They are the caller's: 0 in reports of engines
  /// and contexts, which own none.
  kIo = 4,
  /// Machine code of kernels in whole pages, once for an engine and all its contexts: made when it
  /// is loaded, for all shapes. Kernels of other engines on the device may share it; each engine
  /// reports all that it uses.
  kCode = 5,
  /// Taken by drivers and libraries; measured, never predicted.
  kForeign = 6,
};
inline constexpr size_t kMemoryKinds = 7;

/// "weights", "persistent" …
std::string_view to_string(MemoryKind kind);

/// Bytes by kind: what was foreseen and what the accounting allocator gave out.
struct MemoryReport {
  struct Entry {
    int64_t predicted = 0;
    int64_t allocated = 0;
  };
  Entry by_kind[kMemoryKinds];

  Entry& operator[](MemoryKind kind) { return by_kind[static_cast<size_t>(kind)]; }
  const Entry& operator[](MemoryKind kind) const { return by_kind[static_cast<size_t>(kind)]; }
  Entry total() const {
    Entry sum;
    for (const Entry& entry : by_kind) {
      sum.predicted += entry.predicted;
      sum.allocated += entry.allocated;
    }
    return sum;
  }
};

/// One layer of a built engine.
struct LayerInfo {
  std::string name;
  /// What it computes; where ops are fused all of them: "Conv+Add+Relu".
  std::string op;
  std::string source;
  std::string tactic;
  /// The op that decides what it costs: "Conv"; "Pointwise" for any number of pointwise ops.
  std::string main_op;
};

/// What a plan says of itself, wherever it can run.
struct PlanInfo {
  /// "cpu", "null": Device::open takes it where there is such a device.
  std::string device_kind;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<Profile> profiles;
  std::vector<LayerInfo> layers;
  /// Machine code of its kernels on the device that it was built for. With another instruction set,
  /// another version of the library or larger pages there may be more or less: Engine::memory()
  /// tells what is there.
  int64_t code_bytes = 0;
};

/// What a device can do at most.
enum class PeakKind : uint8_t {
  /// f32 operations a second; a multiply-add is two.
  kFlops = 0,
  /// Bytes a second that are read from memory, beyond all caches.
  kBandwidth = 1,
};

/// A device as the library sees it.
struct DeviceInfo {
  /// What Device::open takes: "cpu", "null:1".
  std::string name;
  /// "cpu", "null".
  std::string kind;
  /// For people: the processor's brand string.
  std::string description;
  /// Worker threads of one execution.
  int threads = 1;
  /// Memory of the device in bytes.
  int64_t memory_bytes = 0;
  /// Instruction set the kernels use: "avx512", "avx2", "portable".
  std::string isa;
  /// Further facts that plans and timings depend on, by name ("l2_bytes", "cpu_family" …).
  std::map<std::string, std::string> properties;
};

}  // namespace tenon
