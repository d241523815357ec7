// For tests of importers: one node as a model.
#pragma once

#include "base/thread_pool.h"
#include "graph/executor.h"
#include "graph/verify.h"
#include "onnx/import.h"
#include "onnx/tensor_reader.h"
#include "testing/onnx_writer.h"

#include <gtest/gtest.h>
#include <tenon/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {

// One node in one opset, on its operands: what the importer makes of it, and what that computes.
class NodeCase {
 public:
  NodeCase(int64_t opset, std::string op_type) {
    model_.opsets = {{"", opset}};
    node_.op_type = std::move(op_type);
    node_.outputs = {"y"};
    node_.name = "n";
  }

  NodeCase& operand(std::vector<int64_t> shape, std::vector<double> values,
                    DataType type = DataType::kFloat32) {
    const std::string name = "x" + std::to_string(node_.inputs.size());
    node_.inputs.push_back(name);
    std::vector<std::string> dims;
    for (const int64_t dim : shape) dims.push_back(std::to_string(dim));
    model_.inputs.push_back(onnx_value(name, onnx_type(type), dims));
    inputs_.push_back(HostTensor::of(type, std::move(shape), values).value());
    return *this;
  }
  NodeCase& constant(const std::vector<int64_t>& shape, std::vector<int64_t> values) {
    const std::string name = "c" + std::to_string(node_.inputs.size());
    node_.inputs.push_back(name);
    model_.initializers.push_back(onnx_int64s(name, shape, std::move(values)));
    return *this;
  }
  NodeCase& constant_tensor(const std::vector<int64_t>& shape, const std::vector<double>& values,
                            DataType type) {
    const std::string name = "c" + std::to_string(node_.inputs.size());
    node_.inputs.push_back(name);
    const HostTensor tensor = HostTensor::of(type, shape, values).value();
    const auto* bytes = reinterpret_cast<const char*>(tensor.bytes().data());
    model_.initializers.push_back(
        onnx_tensor(name, onnx_type(type), shape, Bytes(bytes, tensor.bytes().size())));
    return *this;
  }
  NodeCase& constant_floats(const std::vector<int64_t>& shape, const std::vector<double>& values) {
    return constant_tensor(shape, values, DataType::kFloat32);
  }
  NodeCase& constant_bool(bool value) {
    node_.inputs.emplace_back("flag");
    model_.initializers.push_back(
        onnx_tensor("flag", kOnnxBool, {}, std::string(1, value ? 1 : 0)));
    return *this;
  }
  NodeCase& omitted() {
    node_.inputs.emplace_back("");
    return *this;
  }
  NodeCase& attribute(Bytes attribute) {
    node_.attributes.push_back(std::move(attribute));
    return *this;
  }
  // A further output, which is one of the model.
  NodeCase& used_output(const std::string& name, DataType type = DataType::kFloat32) {
    node_.outputs.push_back(name);
    model_.outputs.push_back(onnx_value(name, onnx_type(type), std::nullopt));
    return *this;
  }
  NodeCase& unused_output(const std::string& name) {
    node_.outputs.push_back(name);
    return *this;
  }

  Result<Graph> import() const {
    OnnxModel model = model_;
    model.nodes = {node_};
    Bytes output;
    protozero::pbf_writer(output).add_string(1, "y");
    model.outputs.insert(model.outputs.begin(), output);
    const auto bytes = std::make_shared<Bytes>(model.bytes());
    return import_onnx(onnx_bytes(*bytes), bytes);
  }

  // The first output of the imported graph.
  Tensor run() const {
    const std::vector<Tensor> outputs = run_all();
    return outputs.empty() ? Tensor() : outputs.front();
  }
  // All outputs that are the model's; none after a failure.
  std::vector<Tensor> run_all() const {
    Result<Graph> graph = import();
    if (!graph.ok()) {
      ADD_FAILURE() << graph.error().to_string();
      return {};
    }
    const Status verified = verify(*graph, GraphLevel::kImported);
    EXPECT_TRUE(verified.ok());
    const std::unique_ptr<ThreadPool> pool = ThreadPool::create({}).value();
    const Result<std::vector<HostTensor>> outputs = execute(*graph, inputs_, *pool);
    if (!outputs.ok()) {
      ADD_FAILURE() << outputs.error().to_string();
      return {};
    }
    std::vector<Tensor> tensors;
    for (const HostTensor& y : *outputs) {
      tensors.push_back({y.type(), y.shape(), {y.bytes().begin(), y.bytes().end()}});
    }
    return tensors;
  }

 private:
  static int32_t onnx_type(DataType type) {
    for (int32_t number = 1; number < 23; ++number) {
      const Result<DataType> known = to_data_type(number);
      if (known.ok() && *known == type) return number;
    }
    return 0;
  }

  OnnxModel model_;
  OnnxNode node_;
  std::vector<HostTensor> inputs_;
};

// The elements of a tensor as numbers.
inline std::vector<double> values(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tenon::element_count(tensor.shape); ++i) {
    values.push_back(element_as_double(tensor.view(), i));
  }
  return values;
}

}  // namespace tenon::internal::testing
