// Generated loops that fold many elements into one: sums, products, maxima, of elements or of what
// a program makes of them.
#pragma once

#include "devices/cpu/jit/code_set.h"
#include "ops/pointwise.h"

#include <tenon/error.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tenon::internal {

enum class FoldDirection : uint8_t {
  // Each result of the elements of a row, which lie side by side.
  kAlong,
  // Each result of the elements of a column, one in each row.
  kAcross,
};

// What a further input of FoldSpec::map is for an element.
enum class FoldExtra : uint8_t {
  kElement,  // the one at the element's offset
  kResult,   // the one of the element's result
  kOne,      // the same for all
};

inline constexpr size_t kMaxFoldExtras = 4;

struct FoldSpec {
  FoldDirection direction = FoldDirection::kAlong;
  // Input 0: what is folded so far; input 1: the next. In any order and grouping.
  PointwiseProgram fold;
  // What to start from: it changes nothing it is folded with.
  float start = 0;
  // What is folded instead of an element. Input 0: the element; further ones: extras. Empty: none.
  PointwiseProgram map = {};
  // One for each input of the map but the first.
  std::vector<FoldExtra> extras = {};
  // Whether what is folded is stored too.
  bool stores = false;
};

// f32. Counts are in elements.
struct FoldCall {
  const float* elements = nullptr;
  // What is stored with FoldSpec::stores, at the same offsets; may be `elements`.
  float* mapped = nullptr;
  // Side by side. May lie where elements of the same result do.
  float* results = nullptr;
  std::array<const float*, kMaxFoldExtras> extras = {};
  // Elements of a result. May be 0.
  int64_t count = 0;
  // From a row to the next.
  int64_t row_bytes = 0;
  // Of results; at least 1.
  int64_t number = 1;
  // Results are multiplied by it.
  float scale = 1;
};

// Code that copies share. Immutable; any thread may run it. Results depend on the call alone.
class FoldKernel {
 public:
  // Programs that ProgramEmitter takes. Errors: those of CodeWriter.
  static Result<FoldKernel> create(CodeSet& code, const FoldSpec& spec);

  void run(const FoldCall& call) const { code_->entry<void(const FoldCall*)>()(&call); }

 private:
  explicit FoldKernel(std::shared_ptr<const JitCode> code) : code_(std::move(code)) {}

  std::shared_ptr<const JitCode> code_;
};

// The fold of a sum, product, minimum or maximum, by name of the scalar operation.
FoldSpec fold_of(ScalarCode code, FoldDirection direction);

}  // namespace tenon::internal
