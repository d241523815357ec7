#include "devices/cpu/tactics/attention_code.h"

#include "base/try.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

PointwiseProgram::Instruction instruction(ScalarCode code, int32_t a, int32_t b = -1) {
  return {.code = code, .type = DataType::kFloat32, .operands = {a, b, -1}};
}

PointwiseProgram program(size_t inputs, std::vector<PointwiseProgram::Instruction> body) {
  PointwiseProgram program;
  program.inputs.assign(inputs, DataType::kFloat32);
  program.body = std::move(body);
  program.outputs = {static_cast<int32_t>(inputs + program.body.size()) - 1};
  return program;
}

// The greatest of scores, which are capped first, and get a bias added.
FoldSpec greatest_of(bool capped, bool biased) {
  FoldSpec spec = fold_of(ScalarCode::kMax, FoldDirection::kAcross);
  std::vector<PointwiseProgram::Instruction> body;
  const int32_t inputs = 1 + (capped ? 2 : 0) + (biased ? 1 : 0);
  int32_t last = 0;
  const auto add = [&](ScalarCode code, int32_t operand) {
    body.push_back(instruction(code, last, operand));
    last = inputs + static_cast<int32_t>(body.size()) - 1;
  };
  if (capped) {
    spec.extras = {FoldExtra::kOne, FoldExtra::kOne};
    add(ScalarCode::kMul, 1);
    add(ScalarCode::kTanh, -1);
    add(ScalarCode::kMul, 2);
  }
  if (biased) {
    spec.extras.push_back(FoldExtra::kElement);
    const int32_t bias = inputs - 1;
    add(ScalarCode::kAdd, bias);
    // What is hidden stays so, whatever its score is: infinite ones and NaN too.
    body.push_back({.code = ScalarCode::kIsInf,
                    .type = DataType::kBool,
                    .operands = {bias, -1, -1},
                    .params = {1, 0}});
    body.push_back({.code = ScalarCode::kWhere,
                    .type = DataType::kFloat32,
                    .operands = {last + 1, bias, last}});
  }
  if (body.empty()) return spec;
  spec.map = program(static_cast<size_t>(inputs), std::move(body));
  spec.stores = true;
  return spec;
}

}  // namespace

Result<AttentionLoops> AttentionLoops::create(CodeSet& code, bool capped) {
  FoldSpec sum = fold_of(ScalarCode::kAdd, FoldDirection::kAcross);
  sum.map = program(2, {instruction(ScalarCode::kSub, 0, 1), instruction(ScalarCode::kExp, 2)});
  sum.extras = {FoldExtra::kResult};
  sum.stores = true;
  const PointwiseProgram decay = sum.map;
  const std::array repeats = {false, false};
  FoldKernel plain = TRY(FoldKernel::create(code, greatest_of(capped, false)));
  FoldKernel biased = TRY(FoldKernel::create(code, greatest_of(capped, true)));
  FoldKernel exponentials = TRY(FoldKernel::create(code, sum));
  PointwiseLoop difference = TRY(PointwiseLoop::create(code, decay, repeats));
  PointwiseLoop scale =
      TRY(PointwiseLoop::create(code, program(2, {instruction(ScalarCode::kMul, 0, 1)}), repeats));
  return AttentionLoops{.greatest = {std::move(plain), std::move(biased)},
                        .exponentials = std::move(exponentials),
                        .decay = std::move(difference),
                        .scale = std::move(scale)};
}

Result<PanelCode> PanelCode::create(CodeSet& code, Isa isa, int vectors) {
  const auto product = [&](bool strided, bool continued) {
    return TileProduct::create({vectors, strided, continued}, isa, code);
  };
  TileProduct scores = TRY(product(false, false));
  TileProduct first = TRY(product(true, false));
  TileProduct more = TRY(product(true, true));
  return PanelCode{std::move(scores), std::move(first), std::move(more)};
}

}  // namespace tenon::internal
