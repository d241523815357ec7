// Pointwise arithmetic: the table of scalar operations, and programs over them. The table gives
// each row its op (inference, reference), its import and, on each device, its code; a program is
// what a fused chain of pointwise nodes becomes. One program form for all: interpreted here,
// emitted by devices.
#pragma once

#include "base/thread_pool.h"
#include "ops/op_def.h"

#include <tenon/error.h>
#include <tenon/types.h>

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

enum class ScalarCode : uint8_t {
#define TENON_SCALAR_OP(name, arity, types, signature, attributes, doc) k##name,
#include "ops/scalar_ops.inc"
#undef TENON_SCALAR_OP
};

// Which element types an operation takes. Numeric types are f32, f64, f16, bf16 and the integers of
// at least eight bits; kAny has fp8, the four-bit integers and bool too.
enum class ScalarTypes : uint8_t {
  kNumeric,
  kSigned,
  kFloating,
  kInteger,
  kBool,
  kNumericOrBool,
  kAny
};

// How the types of operands and result hang together.
enum class ScalarSignature : uint8_t {
  kUniform,     // operands and result have one type
  kFolded,      // the same; as an op it takes any number of operands, combined from the left
  kComparison,  // operands have one type, the result is bool
  kSelection,   // bool, then operands of the result's type
  kConversion,  // the result's type is the instruction's own matter
};

// Numbers that an instruction carries: the fields of its row's attributes, less element types, in
// order.
using ScalarParams = std::array<float, 2>;

// One row of the table.
struct ScalarOp {
  ScalarCode code;
  // Name of the op, which is ONNX's too.
  std::string_view name;
  std::string_view doc;
  int arity;
  ScalarTypes types;
  ScalarSignature signature;
  const AttrTable* attrs;
  // Of attributes made with `attrs`.
  ScalarParams (*params)(const Attrs& attrs);
};

// In the order of ScalarCode.
std::span<const ScalarOp> scalar_ops();
const ScalarOp& scalar_op(ScalarCode code);

// Bounds that are no constants, or no f32, are operands of Max and Min instead.
struct ClipAttrs {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
  bool operator==(const ClipAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("min", self.min);
    field("max", self.max);
  }
};
struct HardSigmoidAttrs {
  float alpha = 0.2F;
  float beta = 0.5F;
  bool operator==(const HardSigmoidAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("beta", self.beta);
  }
};
struct LeakyReluAttrs {
  float alpha = 0.01F;
  bool operator==(const LeakyReluAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("alpha", self.alpha); }
};
struct AlphaAttrs {
  float alpha = 1;
  bool operator==(const AlphaAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("alpha", self.alpha); }
};
// With these values means and variances tend to 0 and 1 from layer to layer.
struct SeluAttrs {
  float alpha = 1.67326319217681884765625F;
  float gamma = 1.05070102214813232421875F;
  bool operator==(const SeluAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("gamma", self.gamma);
  }
};
struct ShrinkAttrs {
  float bias = 0;
  float lambd = 0.5F;
  bool operator==(const ShrinkAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("bias", self.bias);
    field("lambd", self.lambd);
  }
};
struct GeluAttrs {
  bool tanh = false;
  bool operator==(const GeluAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("tanh", self.tanh); }
};
struct IsInfAttrs {
  bool detect_negative = true;
  bool detect_positive = true;
  bool operator==(const IsInfAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("detect_negative", self.detect_negative);
    field("detect_positive", self.detect_positive);
  }
};
struct BitShiftAttrs {
  bool left = false;
  bool operator==(const BitShiftAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("left", self.left); }
};
struct ModAttrs {
  bool fmod = false;
  bool operator==(const ModAttrs&) const = default;
  static void fields(auto& self, auto&& field) { field("fmod", self.fmod); }
};
struct CastAttrs {
  DataType to = DataType::kFloat32;
  // Values beyond the range of an fp8 type become its largest, not infinity or NaN.
  bool saturate = true;
  bool operator==(const CastAttrs&) const = default;
  static void fields(auto& self, auto&& field) {
    field("to", self.to);
    field("saturate", self.saturate);
  }
};

// A small program in SSA form over scalars: registers are the inputs, then one for each
// instruction.
struct PointwiseProgram {
  struct Instruction {
    ScalarCode code = ScalarCode::kIdentity;
    // Of the result.
    DataType type = DataType::kUndefined;
    // Registers; unused ones are -1.
    std::array<int32_t, 3> operands = {-1, -1, -1};
    ScalarParams params = {};
    bool operator==(const Instruction&) const = default;
  };
  std::vector<DataType> inputs;
  std::vector<Instruction> body;
  // Registers that are results, each of an instruction.
  std::vector<int32_t> outputs;

  // Where a program is optional, one without instructions stands for none.
  bool is_empty() const { return body.empty(); }
  // The register must exist.
  DataType type_of(int32_t reg) const;
  bool operator==(const PointwiseProgram&) const = default;
};

// Registers defined before use, arities and types as the table says, at least one output. Errors:
// InvalidArgument.
Status verify(const PointwiseProgram& program);

// The part of it that concerns one instruction; those before it must be verified.
Status verify_instruction(const PointwiseProgram& program, size_t index);

// "(%0: f32, %1: f32) { %2: f32 = Add(%0, %1); %3: f32 = Elu(%2, alpha=1) } -> %3". Of a verified
// program; equal programs have equal texts, and parameters read back as the same numbers.
std::string to_string(const PointwiseProgram& program);

// What to_string() writes, verified. Errors: CorruptData with line and column; what it takes is
// bounded by the length of the text, also for hostile text.
Result<PointwiseProgram> parse_program(std::string_view text);

// The empty program is the empty text.
template <>
struct TextForm<PointwiseProgram> {
  static constexpr std::string_view kName = "program";
  static std::string to_text(const PointwiseProgram& program);
  static Result<PointwiseProgram> parse(std::string_view text);
};

// The program of a single node of a pointwise op. Min and Max become chains; Pow takes an exponent
// of any numeric type, for which casts stand around it. Verified. Errors: InvalidArgument if the op
// is none, or for operand types that it does not take.
Result<PointwiseProgram> program_of(const OpDef& op, const Attrs& attrs,
                                    std::span<const DataType> inputs);

// The row of a pointwise op, or nullptr.
const ScalarOp* pointwise_row(const OpDef& op);

// Attributes with which a node of the instruction's op computes what it does: those whose
// program_of() is the instruction.
Attrs attrs_of(const PointwiseProgram::Instruction& instruction);

// Runs a verified program over tensors that broadcast (NumPy) to the shape that all outputs have.
// Values between instructions are rounded to their instruction's type: f16 and bf16 compute in f32.
// The only output of a program may be the memory of an input with as many elements of the same
// size. All memory is aligned to its elements. Errors: InvalidArgument for types that are not the
// program's and shapes that do not broadcast.
Status interpret(const PointwiseProgram& program, std::span<const ConstTensorView> in,
                 std::span<const TensorView> out, ThreadPool& pool);

// The OpDefs made from the rows, in the order of scalar_ops().
std::span<const OpDef> pointwise_op_defs();

std::span<const OpDef* const> pointwise_ops();

}  // namespace tenon::internal
