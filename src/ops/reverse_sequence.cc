#include "ops/reverse_sequence.h"

#include "base/errors.h"
#include "base/try.h"
#include "ops/operand_checks.h"
#include "tensor/host_tensor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace tenon::internal {
namespace {

// Bytes worth handing to another thread.
constexpr int64_t kGrain = int64_t{1} << 16;

Result<std::vector<ValueInfo>> infer_reverse_sequence(const Attrs& erased,
                                                      std::span<const ValueInfo> in) {
  TRY_STATUS(require_whole_bytes(in[0].type));
  TRY_STATUS(require_indices(in[1]));
  const auto& attrs = erased.as<ReverseSequenceAttrs>();
  const bool batch_first = attrs.batch_axis == 0 && attrs.time_axis == 1;
  if (!batch_first && !(attrs.batch_axis == 1 && attrs.time_axis == 0)) {
    return invalid_argument("batch_axis={} and time_axis={} must be 0 and 1, or 1 and 0",
                            attrs.batch_axis, attrs.time_axis);
  }
  if (in[0].shape.size() < 2) {
    return invalid_argument("x {} must have a batch axis and a time axis", to_string(in[0].shape));
  }
  const Dim& batch = in[0].shape[batch_first ? 0 : 1];
  if (in[1].shape.size() != 1 || certainly_differ(in[1].shape[0], batch)) {
    return invalid_argument("the lengths are {}, there must be {}, one for each sequence",
                            to_string(in[1].shape), batch.to_string());
  }
  return std::vector{ValueInfo{in[0].type, in[0].shape, std::nullopt}};
}

Status reverse_sequence_reference(const Attrs& erased, std::span<const ConstTensorView> in,
                                  std::span<const TensorView> out, ThreadPool& pool) {
  TRY_STATUS(check_shapes(infer_reverse_sequence, erased, in, out));
  const bool batch_first = erased.as<ReverseSequenceAttrs>().batch_axis == 0;
  const Shape& shape = in[0].shape;
  const int64_t batch = shape[batch_first ? 0 : 1];
  const int64_t time = shape[batch_first ? 1 : 0];
  const std::vector<int64_t> lengths = TRY(to_int64s(in[1]));
  for (const int64_t length : lengths) {
    if (length >= 0 && length <= time) continue;
    return invalid_argument("{} is no length of a sequence of at most {} steps", length, time);
  }
  const int64_t step = byte_size(in[0].type, std::span(shape).subspan(2));
  if (tenon::element_count(shape) == 0) return ok_status();
  const auto* const from = static_cast<const std::byte*>(in[0].data);
  auto* const to = static_cast<std::byte*>(out[0].data);
  const auto at = [&](int64_t sequence, int64_t t) {
    return (batch_first ? sequence * time + t : t * batch + sequence) * step;
  };
  pool.parallel_for(
      batch,
      [&](int64_t begin, int64_t end) {
        for (int64_t sequence = begin; sequence < end; ++sequence) {
          const int64_t length = lengths[static_cast<size_t>(sequence)];
          for (int64_t t = 0; t < time; ++t) {
            const int64_t source = t < length ? length - 1 - t : t;
            std::memcpy(to + at(sequence, t), from + at(sequence, source),
                        static_cast<size_t>(step));
          }
        }
      },
      std::max<int64_t>(1, kGrain / (time * step)));
  return ok_status();
}

constexpr OpDef kReverseSequence = {
    .name = "ReverseSequence",
    .doc = "Turns each sequence of a batch around, up to its length.",
    .attrs = &attr_table<ReverseSequenceAttrs>,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer_reverse_sequence,
    .reference = reverse_sequence_reference};
constexpr std::array<const OpDef*, 1> kOps = {&kReverseSequence};

}  // namespace

std::span<const OpDef* const> reverse_sequence_ops() { return kOps; }

}  // namespace tenon::internal
