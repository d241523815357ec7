// ReverseSequence: batches of sequences, each turned around as far as it goes.
#pragma once

#include "ops/op_def.h"

#include <cstdint>
#include <span>

namespace tenon::internal {

// One of the first two axes is for the batch and the other one for time.
struct ReverseSequenceAttrs {
  int64_t batch_axis = 1;
  int64_t time_axis = 0;
  bool operator==(const ReverseSequenceAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("batch_axis", self.batch_axis);
    field("time_axis", self.time_axis);
  }
};

// Operands: x of rank 2 or more; the length of each sequence of the batch, i64 or i32, from 0 to
// the extent of the time axis. What lies behind the length stays.
std::span<const OpDef* const> reverse_sequence_ops();

}  // namespace tenon::internal
