#include "base/bytes.h"
#include "base/check.h"
#include "base/checked_math.h"
#include "base/hash.h"
#include "base/try.h"
#include "plan/file_layout.h"
#include "plan/format.h"
#include "plan/plan_generated.h"

#include <algorithm>
#include <array>
#include <map>

namespace tenon::internal {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

// Writes one plan's metadata; texts of dims are collected so that each stands once.
class MetadataWriter {
 public:
  std::vector<std::byte> write(const Plan& plan);

 private:
  uint32_t expression(const Dim& dim);
  std::vector<uint32_t> expressions(const std::vector<Dim>& dims);
  Offset<fb::Attribute> attribute(const std::string& name, const AttributeValue& value);
  Offset<fb::Value> value(const PlanValue& value);
  Offset<fb::Step> step(const PlanStep& step);
  Offset<fb::Profile> profile(const Profile& profile);
  Offset<flatbuffers::Vector<Offset<fb::Binding>>> bindings(
      const std::vector<PlanBinding>& bindings);

  FlatBufferBuilder builder_;
  std::vector<std::string> expressions_;
  std::map<std::string, uint32_t> expression_index_;
};

uint32_t MetadataWriter::expression(const Dim& dim) {
  const auto [entry, is_new] =
      expression_index_.try_emplace(dim.to_string(), static_cast<uint32_t>(expressions_.size()));
  if (is_new) expressions_.push_back(entry->first);
  return entry->second;
}

std::vector<uint32_t> MetadataWriter::expressions(const std::vector<Dim>& dims) {
  std::vector<uint32_t> indices;
  indices.reserve(dims.size());
  for (const Dim& dim : dims) indices.push_back(expression(dim));
  return indices;
}

Offset<fb::Attribute> MetadataWriter::attribute(const std::string& name,
                                                const AttributeValue& value) {
  const auto name_offset = builder_.CreateString(name);
  const auto make = [&](fb::AttributeKind kind, const std::vector<int64_t>* ints,
                        const std::vector<double>* floats,
                        const std::vector<std::string>* strings) {
    const auto ints_offset = ints ? builder_.CreateVector(*ints) : 0;
    const auto floats_offset = floats ? builder_.CreateVector(*floats) : 0;
    const auto strings_offset = strings ? builder_.CreateVectorOfStrings(*strings) : 0;
    return fb::CreateAttribute(builder_, name_offset, kind, ints_offset, floats_offset,
                               strings_offset);
  };
  return std::visit(
      [&](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, int64_t>) {
          const std::vector<int64_t> one{held};
          return make(fb::AttributeKind::Int, &one, nullptr, nullptr);
        } else if constexpr (std::is_same_v<T, double>) {
          const std::vector<double> one{held};
          return make(fb::AttributeKind::Float, nullptr, &one, nullptr);
        } else if constexpr (std::is_same_v<T, std::string>) {
          const std::vector<std::string> one{held};
          return make(fb::AttributeKind::String, nullptr, nullptr, &one);
        } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
          return make(fb::AttributeKind::Ints, &held, nullptr, nullptr);
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          return make(fb::AttributeKind::Floats, nullptr, &held, nullptr);
        } else {
          return make(fb::AttributeKind::Strings, nullptr, nullptr, &held);
        }
      },
      value);
}

Offset<fb::Value> MetadataWriter::value(const PlanValue& value) {
  const auto name = builder_.CreateString(value.name);
  const auto dims = builder_.CreateVector(expressions(value.info.shape));
  const bool has_elements = value.info.elements.has_value();
  const auto elements = has_elements ? builder_.CreateVector(expressions(*value.info.elements)) : 0;
  Offset<fb::Window> window;
  if (value.window) {
    window = fb::CreateWindow(builder_, expression(value.window->offset),
                              expression(value.window->pitch));
  }
  return fb::CreateValue(builder_, name, static_cast<uint8_t>(value.info.type), dims, elements,
                         has_elements, static_cast<uint8_t>(value.storage), value.index,
                         static_cast<uint8_t>(value.info.layout), window);
}

Offset<fb::Step> MetadataWriter::step(const PlanStep& step) {
  std::vector<Offset<fb::Attribute>> attributes;
  for (const auto& [name, value] : step.attributes) attributes.push_back(attribute(name, value));
  const auto name = builder_.CreateString(step.name);
  const auto op = builder_.CreateString(step.op);
  const auto attributes_offset = builder_.CreateVector(attributes);
  const auto inputs = builder_.CreateVector(step.inputs);
  const auto outputs = builder_.CreateVector(step.outputs);
  std::vector<Offset<fb::Body>> bodies;
  for (const PlanBody& body : step.bodies) {
    const auto body_inputs = builder_.CreateVector(body.inputs);
    const auto body_outputs = builder_.CreateVector(body.outputs);
    bodies.push_back(fb::CreateBody(builder_, body.end, body_inputs, body_outputs));
  }
  const auto bodies_offset = bodies.empty() ? 0 : builder_.CreateVector(bodies);
  return fb::CreateStep(builder_, name, op, attributes_offset, step.tactic, inputs, outputs,
                        expression(step.workspace), bodies_offset);
}

Offset<fb::Profile> MetadataWriter::profile(const Profile& profile) {
  std::vector<Offset<fb::ShapeRange>> ranges;
  for (const auto& [input, range] : profile.inputs) {
    const auto name = builder_.CreateString(input);
    const auto min = builder_.CreateVector(range.min);
    const auto opt = builder_.CreateVector(range.opt);
    const auto max = builder_.CreateVector(range.max);
    ranges.push_back(fb::CreateShapeRange(builder_, name, min, opt, max));
  }
  return fb::CreateProfile(builder_, builder_.CreateVector(ranges));
}

Offset<flatbuffers::Vector<Offset<fb::Binding>>> MetadataWriter::bindings(
    const std::vector<PlanBinding>& bindings) {
  std::vector<Offset<fb::Binding>> offsets;
  for (const PlanBinding& binding : bindings) {
    offsets.push_back(
        fb::CreateBinding(builder_, builder_.CreateString(binding.name), binding.value));
  }
  return builder_.CreateVector(offsets);
}

std::vector<std::byte> MetadataWriter::write(const Plan& plan) {
  std::vector<Offset<fb::Value>> values;
  for (const PlanValue& entry : plan.values) values.push_back(value(entry));
  std::vector<Offset<fb::Step>> steps;
  for (const PlanStep& entry : plan.steps) steps.push_back(step(entry));
  std::vector<Offset<fb::Tactic>> tactics;
  for (const PlanTactic& tactic : plan.tactics) {
    const auto source = builder_.CreateString(tactic.source);
    const auto name = builder_.CreateString(tactic.name);
    tactics.push_back(fb::CreateTactic(builder_, source, name, tactic.version));
  }
  std::vector<fb::Weight> weights;
  for (const PlanWeight& weight : plan.weights) {
    weights.emplace_back(static_cast<uint64_t>(weight.offset), static_cast<uint64_t>(weight.bytes));
  }
  std::vector<Offset<fb::Profile>> profiles;
  for (const Profile& entry : plan.profiles) profiles.push_back(profile(entry));
  const auto device_kind = builder_.CreateString(plan.device_kind);
  const auto network_name = builder_.CreateString(plan.network_name);
  const auto expressions_offset = builder_.CreateVectorOfStrings(expressions_);
  const auto values_offset = builder_.CreateVector(values);
  const auto steps_offset = builder_.CreateVector(steps);
  const auto tactics_offset = builder_.CreateVector(tactics);
  const auto inputs_offset = bindings(plan.inputs);
  const auto outputs_offset = bindings(plan.outputs);
  const auto weights_offset = builder_.CreateVectorOfStructs(weights);
  const auto profiles_offset = builder_.CreateVector(profiles);
  fb::FinishPlanBuffer(
      builder_,
      fb::CreatePlan(builder_, device_kind, network_name, expressions_offset, values_offset,
                     steps_offset, tactics_offset, inputs_offset, outputs_offset, weights_offset,
                     profiles_offset, plan.imported_nodes, plan.code_bytes));
  const auto bytes = std::as_bytes(std::span(builder_.GetBufferPointer(), builder_.GetSize()));
  return {bytes.begin(), bytes.end()};
}

// Passes bytes on and counts them, so that padding can be filled in.
class CountingSink {
 public:
  explicit CountingSink(ByteSink sink) : sink_(sink) {}

  Status write(std::span<const std::byte> bytes) {
    TRY_STATUS(sink_(bytes));
    position_ += bytes.size();
    return {};
  }

  Status pad_to(uint64_t position) {
    static constexpr std::array<std::byte, 4096> kZeros{};
    while (position_ < position) {
      const uint64_t missing = std::min<uint64_t>(position - position_, kZeros.size());
      TRY_STATUS(write(std::span(kZeros).first(missing)));
    }
    return {};
  }

  uint64_t position() const { return position_; }

 private:
  ByteSink sink_;
  uint64_t position_ = 0;
};

}  // namespace

Result<uint64_t> write_plan(const Plan& plan, WeightReader weights, ByteSink sink) {
  const std::vector<std::byte> metadata = MetadataWriter().write(plan);
  FileHeader header;
  header.metadata_offset = kHeaderBytes;
  header.metadata_bytes = metadata.size();
  header.weights_offset =
      align_up<uint64_t>(kHeaderBytes + metadata.size(), kWeightsRegionAlignment).value();
  header.weights_bytes = static_cast<uint64_t>(plan.weight_bytes());
  header.trailer_offset =
      align_up<uint64_t>(header.weights_offset + header.weights_bytes, sizeof(uint64_t)).value();
  header.trailer_bytes = (plan.weights.size() + 1) * sizeof(uint64_t);
  header.metadata_sum = hash64(metadata);

  CountingSink out(sink);
  TRY_STATUS(out.write(encode_header(header)));
  TRY_STATUS(out.write(metadata));
  ByteWriter trailer;
  for (size_t i = 0; i < plan.weights.size(); ++i) {
    const std::span<const std::byte> weight = TRY(weights(i));
    TENON_CHECK(static_cast<int64_t>(weight.size()) == plan.weights[i].bytes);
    TRY_STATUS(out.pad_to(header.weights_offset + static_cast<uint64_t>(plan.weights[i].offset)));
    TRY_STATUS(out.write(weight));
    trailer.write(hash64(weight));
  }
  trailer.write(hash64(trailer.bytes()));
  TRY_STATUS(out.pad_to(header.trailer_offset));
  TRY_STATUS(out.write(trailer.bytes()));
  return out.position();
}

}  // namespace tenon::internal
