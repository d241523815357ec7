#include "onnx/import_inputs.h"

#include "base/errors.h"
#include "base/text.h"
#include "base/try.h"
#include "graph/graph.h"
#include "onnx/messages.h"
#include "onnx/tensor_reader.h"

#include <map>
#include <string>

namespace tenon::internal {
namespace {

// Gives texts symbol names, different ones to different texts.
class SymbolNames {
 public:
  // The name for all dims that carry this text.
  const std::string& shared(std::string_view text) {
    const auto found = by_text_.find(text);
    if (found != by_text_.end()) return found->second;
    return by_text_.emplace(text, fresh(text)).first->second;
  }

  // A name that nothing else has.
  std::string fresh(std::string_view text) {
    std::string name = Dim::unused_symbol_name(text, [this](std::string_view candidate) {
      return taken_.contains(std::string(candidate));
    });
    taken_.insert(name);
    return name;
  }

 private:
  std::map<std::string_view, std::string> by_text_;
  std::unordered_set<std::string> taken_;
};

Result<DataType> input_type(const TypeProto& type) {
  switch (type.kind) {
    case TypeProto::Kind::kTensor:
      return to_data_type(type.element_type);
    case TypeProto::Kind::kNone:
      return corrupt("no type is stated");
    default:
      return unsupported("it is no dense tensor");
  }
}

Result<SymbolicShape> input_shape(const ValueInfoProto& input, SymbolNames& symbols) {
  if (input.type.shape->size() > kMaxRank) {
    return unsupported("it has {} dims, the limit is {}", input.type.shape->size(), kMaxRank);
  }
  SymbolicShape shape;
  for (size_t axis = 0; axis < input.type.shape->size(); ++axis) {
    const DimProto& dim = (*input.type.shape)[axis];
    if (is_open(dim)) {
      shape.push_back(Dim::symbol(symbols.fresh(fmt::format("{}_{}", input.name, axis))));
    } else if (!dim.name.empty()) {
      shape.push_back(Dim::symbol(symbols.shared(dim.name)));
    } else if (*dim.value < 0) {
      return corrupt("axis {} has the size {}", axis, *dim.value);
    } else {
      shape.emplace_back(*dim.value);
    }
  }
  return shape;
}

// Symbols of dims that carry a name come first, so that a made-up one cannot take their place.
Result<std::vector<const ValueInfoProto*>> list_inputs(
    const GraphProto& graph, const std::unordered_set<std::string_view>& constants,
    SymbolNames& symbols) {
  std::vector<const ValueInfoProto*> inputs;
  std::unordered_set<std::string_view> names;
  for (const ValueInfoProto& input : graph.inputs) {
    if (input.name.empty()) return corrupt("the graph has an input without a name");
    if (!names.insert(input.name).second) {
      return corrupt("two inputs have the name {}", name_text(input.name));
    }
    if (constants.contains(input.name)) continue;
    inputs.push_back(&input);
    if (!input.type.shape) continue;
    for (const DimProto& dim : *input.type.shape) {
      if (!dim.name.empty()) symbols.shared(dim.name);
    }
  }
  return inputs;
}

Status check_names(const InputShapes& shapes, const std::vector<ModelInput>& inputs,
                   const std::unordered_set<std::string_view>& constants) {
  std::vector<std::string_view> names;
  for (const ModelInput& input : inputs) names.push_back(input.name);
  for (const auto& [name, shape] : shapes) {
    if (constants.contains(name)) {
      return invalid_argument("a shape is given for {}, which is a constant of the model",
                              name_text(name));
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return invalid_argument("a shape is given for {}, which is no input of the model{}",
                              name_text(name), did_you_mean(name, names));
    }
  }
  return ok_status();
}

// Puts numbers in place of the symbols that `shapes` fixes.
Status fix_dims(const InputShapes& shapes, std::vector<ModelInput>& inputs) {
  SymbolBindings bindings;
  for (const ModelInput& input : inputs) {
    const auto given = shapes.find(std::string(input.name));
    if (given == shapes.end()) continue;
    const Shape& shape = given->second;
    const std::string context = fmt::format("for shape {} of input {} of type {}", to_string(shape),
                                            name_text(input.name), to_string(input.info));
    if (std::any_of(shape.begin(), shape.end(), [](int64_t dim) { return dim < 0; })) {
      return invalid_argument("a dim is negative").with_context(context);
    }
    TRY_CONTEXT(bind_symbols(input.info.shape, shape, bindings), context);
  }
  std::map<std::string, Dim, std::less<>> numbers;
  for (const auto& [symbol, value] : bindings) numbers.emplace(symbol, Dim(value));
  for (ModelInput& input : inputs) {
    for (Dim& dim : input.info.shape) dim = dim.substitute(numbers);
  }
  return ok_status();
}

}  // namespace

bool is_open(const DimProto& dim) { return dim.name.empty() && (!dim.value || *dim.value == -1); }

Result<std::vector<ModelInput>> read_inputs(const GraphProto& graph,
                                            const std::unordered_set<std::string_view>& constants,
                                            const InputShapes& shapes,
                                            const MissingShape& missing_shape) {
  SymbolNames symbols;
  std::vector<ModelInput> inputs;
  for (const ValueInfoProto* input : TRY(list_inputs(graph, constants, symbols))) {
    const auto context = [&] { return "for input " + name_text(input->name); };
    ModelInput& added = inputs.emplace_back();
    added.name = input->name;
    added.info.type = TRY_CONTEXT(input_type(input->type), context());
    if (input->type.shape) {
      added.info.shape = TRY_CONTEXT(input_shape(*input, symbols), context());
      continue;
    }
    const std::string name(input->name);
    const auto given = shapes.find(name);
    std::optional<Shape> shape;
    if (given != shapes.end()) {
      shape = given->second;
    } else if (missing_shape) {
      const TensorInfo known{.name = name, .type = added.info.type, .dims = {}};
      shape = TRY_CONTEXT(missing_shape(known, inputs.size() - 1), context());
    }
    if (!shape) {
      return invalid_argument(
          "the model does not state a shape of input {}: give one (--shape {}:1x3x…, or "
          "ImportOptions::input_shapes)",
          name_text(input->name), input->name);
    }
    added.info.shape = to_symbolic(*shape);
  }
  TRY_STATUS(check_names(shapes, inputs, constants));
  TRY_STATUS(fix_dims(shapes, inputs));
  return inputs;
}

}  // namespace tenon::internal
