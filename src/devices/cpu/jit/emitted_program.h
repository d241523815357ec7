// For tests: a pointwise program as machine code, run over arrays.
#pragma once

#include "devices/cpu/cpu_device.h"
#include "devices/cpu/jit/code.h"
#include "devices/cpu/jit/program_emitter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

namespace tenon::internal::testing {

// The instruction sets of this machine that code is generated for.
inline std::vector<Isa> generated_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= best_isa()) isas.push_back(isa);
  }
  return isas;
}

class EmittedProgram {
 public:
  // The program must not be rejected. `scratch` vector registers are free to use; all others must
  // survive, which run() checks.
  EmittedProgram(Isa isa, const PointwiseProgram& program,
                 size_t scratch = ProgramEmitter::kMinScratch)
      : isa_(isa) {
    device_ = CpuDevice::create(1, isa).value();
    const auto writer = CodeWriter::create().value();
    CodeWriter& c = *writer;
    ProgramEmitter emitter(c, isa, program);
    spill_bytes_ = emitter.spill_bytes();
    // void(const float* const* inputs, float* output, const float* witness, float* survivors)
    const auto frame = static_cast<uint32_t>(spill_bytes_ + kSpillOffset);
    c.sub(c.rsp, frame);
    for (int i = 0; i < registers(); ++i) c.vmovups(vector_register(isa, i), c.ptr[c.rdx]);
    const Vmm in_out = vector_register(isa, 3);
    load(c, 0, in_out);
    std::vector<int> free(scratch);
    std::iota(free.begin(), free.end(), 4);
    emitter.emit(in_out,
                 {.vectors = free, .mask = c.k1, .address = c.rax, .spill_offset = kSpillOffset},
                 [&](int input, const Vmm& to) {
                   ++loads_;
                   load(c, input, to);
                 });
    c.vmovups(c.ptr[c.rsi], in_out);
    for (int i = 0; i < registers(); ++i) {
      const bool may_change = i >= 3 && i < 4 + static_cast<int>(scratch);
      if (may_change) c.vmovups(vector_register(isa, i), c.ptr[c.rdx]);
      c.vmovups(c.ptr[c.rcx + static_cast<size_t>(i * vector_bytes(isa))], vector_register(isa, i));
    }
    c.add(c.rsp, frame);
    c.vzeroupper();
    c.ret();
    emitter.emit_constants();
    code_ = writer->finish(*device_).value();
  }

  int spill_bytes() const { return spill_bytes_; }
  // How often the code loads an input other than the first.
  int loads() const { return loads_; }

  // All arrays have one length, of any size. False if a register changed that must not.
  bool run(std::span<const std::span<const float>> inputs, std::span<float> output) const {
    const auto lanes = static_cast<size_t>(vector_bytes(isa_)) / sizeof(float);
    std::vector<std::array<float, kMaxLanes>> blocks(inputs.size());
    std::array<float, kMaxLanes> result = {};
    std::array<float, kMaxLanes> witness = {};
    std::iota(witness.begin(), witness.end(), 1.0F);
    std::array<float, kMaxLanes* kMaxRegisters> survivors = {};
    std::vector<const float*> pointers;
    for (const auto& block : blocks) pointers.push_back(block.data());
    bool survived = true;
    for (size_t begin = 0; begin < output.size(); begin += lanes) {
      const size_t count = std::min(lanes, output.size() - begin);
      for (size_t i = 0; i < inputs.size(); ++i) {
        std::copy_n(inputs[i].begin() + static_cast<std::ptrdiff_t>(begin), count,
                    blocks[i].begin());
      }
      code_->entry<void(const float* const*, float*, const float*, float*)>()(
          pointers.data(), result.data(), witness.data(), survivors.data());
      std::copy_n(result.begin(), count, output.begin() + static_cast<std::ptrdiff_t>(begin));
      for (size_t i = 0; i < lanes * static_cast<size_t>(registers()); ++i) {
        survived = survived && survivors[i] == witness[i % lanes];
      }
    }
    return survived;
  }

 private:
  static constexpr size_t kMaxLanes = 16;
  static constexpr size_t kMaxRegisters = 32;
  // Some bytes that the code must leave alone.
  static constexpr int kSpillOffset = 192;

  int registers() const { return isa_ == Isa::kAvx512 ? 32 : 16; }

  static void load(CodeWriter& c, int input, const Vmm& to) {
    c.mov(c.r8, c.ptr[c.rdi + static_cast<size_t>(input) * 8]);
    c.vmovups(to, c.ptr[c.r8]);
  }

  Isa isa_;
  int spill_bytes_ = 0;
  int loads_ = 0;
  std::shared_ptr<Device> device_;
  std::unique_ptr<JitCode> code_;
};

}  // namespace tenon::internal::testing
