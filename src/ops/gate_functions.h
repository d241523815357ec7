// The activation functions of LSTM, GRU and RNN.
#pragma once

#include <tenon/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal {

// A function of ONNX's list, with what it is parametrised by.
struct GateFunction {
  enum class Kind : uint8_t {
    kRelu,
    kTanh,
    kSigmoid,
    kAffine,
    kLeakyRelu,
    kThresholdedRelu,
    kScaledTanh,
    kHardSigmoid,
    kElu,
    kSoftsign,
    kSoftplus
  };
  Kind kind = Kind::kTanh;
  double alpha = 0;
  double beta = 0;

  // Replaces the values by those of the function, after clipping them to [-limit, limit].
  void apply(std::span<double> values, double limit) const;
};

// The functions that these names mean, upper and lower case alike. `alphas` and `betas` are taken,
// in order, by the functions that have such a parameter; those beyond the end of a list have the
// defaults of ONNX's operators of the same names, or 1 and 0 where there is none. Errors:
// InvalidArgument for an unknown name.
Result<std::vector<GateFunction>> gate_functions(std::span<const std::string> names,
                                                 std::span<const float> alphas,
                                                 std::span<const float> betas);

}  // namespace tenon::internal
