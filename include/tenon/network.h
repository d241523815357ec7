/// A network: the graph that the builder takes.
#pragma once

#include <tenon/error.h>
#include <tenon/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

namespace internal {
class Graph;
}

struct ImportOptions {
  /// Fixes open dims of inputs before anything is inferred.
  InputShapes input_shapes;
  /// Asked for the shape of an input for which neither the model nor input_shapes states one: its
  /// name and type, and its place among the inputs. Nothing: an error that asks for a shape.
  std::function<Result<std::optional<Shape>>(const TensorInfo& input, size_t index)> missing_shape;
  /// Told what is odd about the model and does not keep it from running; one sentence each.
  std::function<void(std::string_view warning)> warning;
  /// Folder that external data of a model given as bytes is read from; empty: such data is an
  /// error.
  std::filesystem::path external_data_folder;
};

/// A model in memory. Move only; a const network may be read from several threads. Values (tensors)
/// are referred to by their names, which are unique in a network.
class Network {
 public:
  /// Reads an ONNX model. The file stays mapped as long as the network, or a plan in the making,
  /// refers to its weights. External data lies in the model's folder; symbolic links out of it are
  /// followed where they lead below the folder of the model's real file. Errors: NotFound, IoError,
  /// CorruptData; Unsupported lists every node that cannot be imported.
  static Result<Network> from_onnx(const std::filesystem::path& path,
                                   const ImportOptions& options = {});

  /// The same from memory; the bytes are copied, and need not outlive the call.
  static Result<Network> from_onnx(std::span<const std::byte> bytes,
                                   const ImportOptions& options = {});

  /// Parses the text form (docs/formats/graph-text.md). Errors: CorruptData with line and column.
  static Result<Network> from_text(std::string_view text);

  /// An empty network to be built by hand.
  explicit Network(std::string_view name);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  /// A second network; constants are shared.
  Network clone() const;

  /// Adds an input. A dim with value -1 and an empty expression gets a symbol of its own. Errors:
  /// InvalidArgument for a name in use, no element type, a dim below -1 or a malformed expression.
  Status add_input(const TensorInfo& info);

  /// Adds a constant; the elements are copied.
  Status add_constant(std::string_view name, const ConstTensorView& tensor);

  /// Adds a node. An empty input name leaves an optional operand out. Shapes and types are inferred
  /// at once. Errors: NotFound for an unknown op or input, InvalidArgument from the op.
  Status add(std::string_view op, std::span<const std::string> inputs,
             std::span<const std::string> outputs, const AttributeMap& attributes = {},
             std::string_view node_name = {});

  /// Makes a value an output, under its own name. Marking an output again does nothing.
  Status mark_output(std::string_view value);

  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;
  /// Every value that a node computes, in execution order.
  std::vector<TensorInfo> computed_values() const;
  /// Name of the op that computes a value; empty for inputs, constants and unknown names.
  std::string_view producer_op(std::string_view value) const;
  size_t node_count() const;
  /// Bytes of all constants.
  int64_t constant_bytes() const;

  /// Runs the network node by node with the reference implementations in host memory, nothing
  /// optimized, and returns the outputs in order. `inputs` holds host tensors by name. Errors:
  /// InvalidArgument for an input that is missing or does not fit, NotFound for names of no input.
  Result<std::vector<Tensor>> evaluate(const std::map<std::string, ConstTensorView>& inputs) const;

  /// The same, and returns every value that a node computes, by name.
  Result<std::map<std::string, Tensor>> evaluate_all(
      const std::map<std::string, ConstTensorView>& inputs) const;

  /// The node that computes `value`, alone, with all its outputs. Operands are inputs of the shapes
  /// that `values` has for them; what follows from shapes and constants, be it the value itself, is
  /// a constant. Errors: NotFound for a value that no node computes, or that `values` lacks.
  Result<Network> isolate(std::string_view value,
                          const std::map<std::string, ConstTensorView>& values) const;

  /// Text that from_text parses back to an equal network. Constants of more than
  /// `max_constant_elements` elements are left out, and such a text does not parse back.
  Result<std::string> to_text(size_t max_constant_elements = SIZE_MAX) const;

  /// For the layers below; not part of the API's promise.
  explicit Network(std::unique_ptr<internal::Graph> graph);
  const internal::Graph& graph() const { return *graph_; }

 private:
  std::unique_ptr<internal::Graph> graph_;
};

/// Reads one serialized ONNX TensorProto, the form of ONNX's test data. Errors: CorruptData,
/// Unsupported for strings, sequences and external data.
Result<Tensor> tensor_from_onnx(std::span<const std::byte> bytes);

/// An operator the library knows.
struct OperatorInfo {
  std::string name;
  std::string doc;
  /// ONNX operator and the opset versions that can be imported: "Conv 1-23"; empty for an op that
  /// only passes make.
  std::string onnx;
  /// "strides ints, group int" …
  std::string attributes;
};

/// All operators, sorted by name.
std::vector<OperatorInfo> list_operators();

}  // namespace tenon
