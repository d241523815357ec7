#include "base/bytes.h"
#include "base/errors.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/try.h"
#include "plan/file_layout.h"
#include "plan/format.h"
#include "plan/plan_generated.h"
#include "plan/verify_plan.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tenon::internal {
namespace {

// Deeper or larger than any plan the builder writes; stops hostile nesting.
constexpr flatbuffers::uoffset_t kMaxDepth = 16;
constexpr flatbuffers::uoffset_t kMaxTables = 50'000'000;

std::string text(const flatbuffers::String* string) {
  return string == nullptr ? std::string() : string->str();
}

template <class T>
std::vector<T> numbers(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? std::vector<T>() : std::vector<T>(vector->begin(), vector->end());
}

// A missing vector is an empty one.
template <class T, class F>
Status for_each(const flatbuffers::Vector<T>* vector, F&& body) {
  if (vector == nullptr) return {};
  for (const auto* entry : *vector) TRY_STATUS(body(*entry));
  return {};
}

class MetadataReader {
 public:
  Result<Plan> read(const fb::Plan& root);

 private:
  Result<Dim> dim(uint32_t index) const;
  Result<std::vector<Dim>> dims(const flatbuffers::Vector<uint32_t>* indices) const;
  Status read_value(const fb::Value& entry);
  Status read_step(const fb::Step& entry);
  static Result<AttributeValue> attribute(const fb::Attribute& entry);
  static Profile profile(const fb::Profile& entry);

  Plan plan_;
  std::vector<Dim> expressions_;
};

Result<Dim> MetadataReader::dim(uint32_t index) const {
  if (index >= expressions_.size())
    return corrupt("the plan names dim {} of {}", index, expressions_.size());
  return expressions_[index];
}

Result<std::vector<Dim>> MetadataReader::dims(const flatbuffers::Vector<uint32_t>* indices) const {
  std::vector<Dim> result;
  if (indices == nullptr) return result;
  result.reserve(indices->size());
  for (const uint32_t index : *indices) result.push_back(TRY(dim(index)));
  return result;
}

Status MetadataReader::read_value(const fb::Value& entry) {
  if (entry.type() > static_cast<uint8_t>(DataType::kBool)) {
    return corrupt("value '{}' has element type {}, which does not exist", text(entry.name()),
                   entry.type());
  }
  if (entry.storage() > kLastStorage) {
    return corrupt("value '{}' has storage {}, which does not exist", text(entry.name()),
                   entry.storage());
  }
  if (entry.layout() > kLastLayout) {
    return corrupt("value '{}' has layout {}, which does not exist", text(entry.name()),
                   entry.layout());
  }
  SymbolicShape shape = TRY(dims(entry.dims()));
  PlanValue value{.name = text(entry.name()),
                  .info = {.type = static_cast<DataType>(entry.type()),
                           .shape = std::move(shape),
                           .elements = std::nullopt,
                           .layout = static_cast<Layout>(entry.layout())},
                  .storage = static_cast<Storage>(entry.storage()),
                  .index = entry.index()};
  if (entry.window() != nullptr) {
    Dim offset = TRY(dim(entry.window()->offset()));
    Dim pitch = TRY(dim(entry.window()->pitch()));
    value.window = PlanWindow{std::move(offset), std::move(pitch)};
  }
  if (entry.has_elements()) value.info.elements = TRY(dims(entry.elements()));
  plan_.values.push_back(std::move(value));
  return {};
}

Result<AttributeValue> MetadataReader::attribute(const fb::Attribute& entry) {
  const std::vector<int64_t> ints = numbers(entry.ints());
  const std::vector<double> floats = numbers(entry.floats());
  std::vector<std::string> strings;
  if (entry.strings() != nullptr) {
    for (const auto* string : *entry.strings()) strings.push_back(string->str());
  }
  const auto kind = entry.kind();
  if (kind == fb::AttributeKind::Ints) return AttributeValue(ints);
  if (kind == fb::AttributeKind::Floats) return AttributeValue(floats);
  if (kind == fb::AttributeKind::Strings) return AttributeValue(strings);
  if (kind == fb::AttributeKind::Int && ints.size() == 1) return AttributeValue(ints[0]);
  if (kind == fb::AttributeKind::Float && floats.size() == 1) return AttributeValue(floats[0]);
  if (kind == fb::AttributeKind::String && strings.size() == 1) return AttributeValue(strings[0]);
  return corrupt("attribute '{}' is malformed", entry.name()->str());
}

Status MetadataReader::read_step(const fb::Step& entry) {
  Dim workspace = TRY(dim(entry.workspace()));
  PlanStep step{.name = text(entry.name()),
                .op = entry.op()->str(),
                .attributes = {},
                .tactic = entry.tactic(),
                .inputs = numbers(entry.inputs()),
                .outputs = numbers(entry.outputs()),
                .workspace = std::move(workspace)};
  TRY_STATUS(for_each(entry.attributes(), [&](const fb::Attribute& held) -> Status {
    step.attributes.emplace(held.name()->str(), TRY(attribute(held)));
    return {};
  }));
  TRY_STATUS(for_each(entry.bodies(), [&](const fb::Body& body) -> Status {
    step.bodies.push_back(
        {.end = body.end(), .inputs = numbers(body.inputs()), .outputs = numbers(body.outputs())});
    return {};
  }));
  plan_.steps.push_back(std::move(step));
  return {};
}

Profile MetadataReader::profile(const fb::Profile& entry) {
  Profile result;
  if (entry.inputs() == nullptr) return result;
  for (const auto* range : *entry.inputs()) {
    result.inputs.emplace(range->input()->str(), ShapeRange{.min = numbers(range->min()),
                                                            .opt = numbers(range->opt()),
                                                            .max = numbers(range->max())});
  }
  return result;
}

Result<Plan> MetadataReader::read(const fb::Plan& root) {
  plan_.device_kind = root.device_kind()->str();
  plan_.network_name = text(root.network_name());
  plan_.imported_nodes = root.imported_nodes();
  plan_.code_bytes = root.code_bytes();
  if (plan_.code_bytes < 0) return corrupt("the plan states {} bytes of code", plan_.code_bytes);
  TRY_STATUS(for_each(root.expressions(), [&](const flatbuffers::String& expression) -> Status {
    expressions_.push_back(TRY(Dim::parse(expression.string_view())));
    return {};
  }));
  TRY_STATUS(for_each(root.values(), [&](const fb::Value& value) { return read_value(value); }));
  TRY_STATUS(for_each(root.steps(), [&](const fb::Step& step) { return read_step(step); }));
  TRY_STATUS(for_each(root.tactics(), [&](const fb::Tactic& tactic) -> Status {
    plan_.tactics.push_back({tactic.source()->str(), tactic.name()->str(), tactic.version()});
    return {};
  }));
  const auto read_bindings = [](const auto* from, std::vector<PlanBinding>& to) {
    return for_each(from, [&](const fb::Binding& binding) -> Status {
      to.push_back({binding.name()->str(), binding.value()});
      return {};
    });
  };
  TRY_STATUS(read_bindings(root.inputs(), plan_.inputs));
  TRY_STATUS(read_bindings(root.outputs(), plan_.outputs));
  if (root.weights() != nullptr) {
    for (const fb::Weight* weight : *root.weights()) {
      if (weight->offset() > INT64_MAX || weight->bytes() > INT64_MAX) {
        return corrupt("a weight lies outside of the file");
      }
      plan_.weights.push_back(
          {static_cast<int64_t>(weight->offset()), static_cast<int64_t>(weight->bytes())});
    }
  }
  TRY_STATUS(for_each(root.profiles(), [&](const fb::Profile& entry) -> Status {
    plan_.profiles.push_back(profile(entry));
    return {};
  }));
  return std::move(plan_);
}

Result<std::vector<uint64_t>> read_trailer(std::span<const std::byte> bytes, size_t weights) {
  ByteReader reader(bytes, "plan trailer");
  std::vector<uint64_t> sums;
  if (bytes.size() != (weights + 1) * sizeof(uint64_t)) {
    return corrupt("the plan's trailer has {} for {}", counted(bytes.size(), "byte"),
                   counted(weights, "weight"));
  }
  for (size_t i = 0; i < weights; ++i) sums.push_back(TRY(reader.read<uint64_t>()));
  const uint64_t sum = hash64(bytes.first(reader.offset()));
  if (TRY(reader.read<uint64_t>()) != sum) {
    return corrupt("the plan's trailer does not match its checksum");
  }
  return sums;
}

}  // namespace

Result<PlanBytes> read_plan(std::span<const std::byte> bytes) {
  const FileHeader header = TRY(decode_header(bytes));
  const auto metadata = bytes.subspan(header.metadata_offset, header.metadata_bytes);
  if (hash64(metadata) != header.metadata_sum) {
    return corrupt("the plan's metadata does not match its checksum");
  }
  // Verified in an aligned copy: a plan in memory may start anywhere.
  std::vector<uint64_t> aligned((metadata.size() + 7) / 8);
  std::ranges::copy(metadata, std::as_writable_bytes(std::span(aligned)).begin());
  const auto* data = reinterpret_cast<const uint8_t*>(aligned.data());
  flatbuffers::Verifier verifier(data, metadata.size(), kMaxDepth, kMaxTables);
  if (!fb::VerifyPlanBuffer(verifier)) return corrupt("the plan's metadata is malformed");

  PlanBytes result;
  result.plan = TRY(MetadataReader().read(*fb::GetPlan(data)));
  result.weights = bytes.subspan(header.weights_offset, header.weights_bytes);
  TRY_STATUS(verify(result.plan, static_cast<int64_t>(header.weights_bytes)));
  result.weight_sums = TRY(read_trailer(bytes.subspan(header.trailer_offset, header.trailer_bytes),
                                        result.plan.weights.size()));
  return result;
}

Status verify_weights(const PlanBytes& plan) {
  for (size_t i = 0; i < plan.plan.weights.size(); ++i) {
    const PlanWeight& weight = plan.plan.weights[i];
    const auto bytes =
        plan.weights.subspan(static_cast<size_t>(weight.offset), static_cast<size_t>(weight.bytes));
    if (hash64(bytes) != plan.weight_sums[i]) {
      return corrupt("weight {} at offset {} of the weights does not match its checksum", i,
                     weight.offset);
    }
  }
  return {};
}

}  // namespace tenon::internal
