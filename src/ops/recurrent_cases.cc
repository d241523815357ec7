#include "testing/op_cases.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::internal::testing {
namespace {

// Expected values are those of onnxruntime.
std::vector<OpCase> lstm_cases() {
  return {
      {.name = "forward",
       .op = "LSTM",
       .inputs = {{.shape = {3, 2, 2},
                   .values = {0.5, 0.75, -1, 0.75, 0, 0, 0.25, -0.5, 1, -1, -0.5, -0.25}},
                  {.shape = {1, 8, 2},
                   .values = {0.25, -0.25, -0.75, -1, -1, -1, -0.75, 1, -0.75, 0.25, 0.5, -0.5,
                              -0.5, -0.25, -0.5, 1}},
                  {.shape = {1, 8, 2},
                   .values = {-0.75, 1, 0.75, 0.75, -0.75, -0.25, 0.25, 0, 0.25, 0.5, 0.25, -1, 1,
                              0.25, 1, -0.5}}},
       .expected = {{-0.043817736, 0.066838682, 0.066454269, 0.32736823, -0.057721876, 0.0077331774,
                     0.076709338, -0.060713619, -0.10993883, -0.067002155, 0.16185741, -0.010133},
                    {-0.10993883, -0.067002155, 0.16185741, -0.010133},
                    {-0.21885194, -0.49500185, 0.2464951, -0.018907741}}},

      {.name = "all_operands",
       .op = "LSTM",
       .inputs = {{.shape = {2, 2, 1}, .values = {-0.25, 0.75, -0.75, -1}},
                  {.shape = {1, 8, 1}, .values = {-0.25, 0.5, -0.75, 0.75, -0.25, -0.5, 0, 1}},
                  {.shape = {1, 8, 2},
                   .values = {0.75, 0.75, -0.5, -1, 0.75, 0.5, 0.5, -1, -1, 0, -0.25, -0.25, 1,
                              -0.75, 0, -0.5}},
                  {.shape = {1, 16},
                   .values = {-0.5, 0.75, -0.75, -0.5, -0.75, -0.75, -0.5, 0.5, 0.25, 0, -0.75,
                              0.75, 0.75, -0.5, -1, -0.5}},
                  {.type = DataType::kInt32, .shape = {2}, .values = {2, 1}},
                  {.shape = {1, 2, 2}, .values = {-0.75, 0.75, 0, 0}},
                  {.shape = {1, 2, 2}, .values = {-0.5, 0, 1, -0.5}},
                  {.shape = {1, 6}, .values = {0.5, -1, -0.5, 1, 0.75, -1}}},
       .expected = {{-0.14396024, -0.06099423, 0.017636595, 0.29873013, -0.18285069, -0.14681256, 0,
                     0},
                    {-0.18285069, -0.14681256, 0.017636595, 0.29873013},
                    {-0.64844429, -0.54486954, 0.17031834, 0.40811402}}},

      {.name = "reverse_of_sequences",
       .op = "LSTM",
       .attributes = {{"direction", std::string("reverse")}},
       .inputs = {{.shape = {3, 2, 2},
                   .values = {0.75, 0.75, 0, -0.25, 1, 1, 0.5, -0.25, -0.75, 1, -0.5, 0.25}},
                  {.shape = {1, 4, 2}, .values = {0.5, -0.5, -0.5, 0.5, -0.75, 0.5, 1, 0.5}},
                  {.shape = {1, 4, 1}, .values = {0.25, 0, 1, -0.75}},
                  {.shape = {1, 8}, .values = {-0.25, 0.25, 0.25, -1, -0.75, 0.5, 0.75, 0.25}},
                  {.type = DataType::kInt32, .shape = {2}, .values = {1, 3}}},
       .expected = {{0.065255389, -0.20188972, 0, -0.11197196, 0, -0.12221368},
                    {0.065255389, -0.20188972},
                    {0.096377149, -0.320494}}},

      {.name = "both_directions",
       .op = "LSTM",
       .attributes = {{"direction", std::string("bidirectional")}},
       .inputs =
           {{.shape = {2, 1, 2}, .values = {1, -0.25, -0.5, 0.75}},
            {.shape = {2, 8, 2},
             .values = {-1,    -0.75, -0.75, -0.25, -0.75, 0.75,  0.75,  -0.25, -1,   0.5,   -1,
                        0.25,  -0.75, 1,     0.5,   1,     0.25,  0.5,   -0.25, 0.75, -0.75, -0.75,
                        -0.25, 0.5,   0,     0.75,  1,     -0.25, -0.25, 0,     0.25, 0}},
            {.shape = {2, 8, 2},
             .values = {0.25, 1,    0.5, -0.5,  -0.25, -0.25, -0.75, -1,   0.75,  -0.25, -0.25,
                        0.25, 0.25, 1,   0.25,  1,     0.25,  -0.5,  -0.5, 1,     0.25,  -0.75,
                        0.75, 0.75, -1,  -0.75, 0.5,   -0.25, -0.25, -1,   -0.75, 0.75}},
            {.shape = {2, 16},
             .values = {0.75, 0.75, 0.25, -0.75, -0.5, 0,     1,    -0.5,  0, 0,    0,
                        0,    0.5,  -1,   1,     0.75, 0.5,   -0.5, -0.25, 0, -0.5, -1,
                        0.5,  -1,   0.5,  -0.75, 0.25, -0.25, -0.5, 1,     0, 1}},
            {.omitted = true},
            {.shape = {2, 1, 2}, .values = {-0.75, 0, -0.25, 0}}},
       .expected = {{0.10782433, 0.082854576, 0.085797414, 0.013750878, 0.54204595, 0.09390942,
                     0.18722808, 0.01262458},
                    {0.54204595, 0.09390942, 0.085797414, 0.013750878},
                    {0.898224, 0.55585158, 0.23509543, 0.03588032}}},

      {.name = "coupled_gates",
       .op = "LSTM",
       .attributes = {{"input_forget", int64_t{1}}},
       .inputs = {{.shape = {2, 1, 2}, .values = {-1, 0.5, -0.25, 0.75}},
                  {.shape = {1, 8, 2},
                   .values = {-0.75, -0.25, -1, 0.75, 0, -0.25, 1, 0.25, 1, 0.5, 0.25, 0, -0.75,
                              0.5, 0.75, 0.5}},
                  {.shape = {1, 8, 2},
                   .values = {-0.25, -1, 0.5, -1, 0.75, -0.75, -0.5, -0.75, 0, -0.75, -0.5, -1, 1,
                              -0.75, -0.75, 0.25}},
                  {.omitted = true},
                  {.omitted = true},
                  {.omitted = true},
                  {.shape = {1, 1, 2}, .values = {-0.75, 0.75}}},
       .expected = {{0.10799707, -0.063000269, 0.19604014, 0.0016082019},
                    {0.19604014, 0.0016082019},
                    {0.42847621, 0.0033317283}}},

      {.name = "activations_and_clip",
       .op = "LSTM",
       .attributes = {{"activations",
                       std::vector<std::string>{"HardSigmoid", "ScaledTanh", "Affine"}},
                      {"activation_alpha", std::vector<double>{0.25, 0.5, 2}},
                      {"activation_beta", std::vector<double>{0.5, 0.75, 0.125}},
                      {"clip", 0.5}},
       .inputs =
           {{.shape = {2, 2, 2}, .values = {0.75, -0.25, -0.25, -0.25, 0.5, -0.25, -0.5, 0.5}},
            {.shape = {1, 8, 2},
             .values = {-0.75, 0.75, -0.25, 1, -0.5, -0.25, 0.75, 0.5, -1, -0.25, -1, 0.75, -0.25,
                        -0.5, 0.5, 0.75}},
            {.shape = {1, 8, 2},
             .values = {-1, 0, -0.25, 0.5, 1, 0, 0.5, -0.5, 0.25, 0, 0.5, -1, -0.5, -1, 1, 0}},
            {.shape = {1, 16},
             .values = {0, 0, -1, 0.75, 0.75, -1, 0.25, 0.25, -0.25, 0, 0.75, 0.25, 0, 0.5, 0.5,
                        0}}},
       .expected = {{0.097269014, 0.1554773, 0.13648786, 0.064859577, 0.14020558, 0.18528445,
                     0.21703811, 0.21022081},
                    {0.14020558, 0.18528445, 0.21703811, 0.21022081},
                    {0.10644589, 0.085727558, 0.15329857, 0.10567664}}},
  };
}

std::vector<OpCase> gru_cases() {
  return {
      {.name = "forward",
       .op = "GRU",
       .inputs = {{.shape = {3, 2, 2},
                   .values = {0.75, 0.25, 0.25, 0, 0.25, 0.25, 1, -0.5, -0.25, 0, -0.25, 0.5}},
                  {.shape = {1, 6, 2},
                   .values = {0.75, -0.75, -1, 1, 0, 0.5, 0.5, 1, -1, -0.5, 1, -0.25}},
                  {.shape = {1, 6, 2},
                   .values = {-0.25, -0.5, -1, -1, 1, -1, -0.75, -0.5, -0.5, 0.75, -0.5, -0.75}}},
       .expected = {{-0.28672427, 0.37121829, -0.11101229, 0.1376875, -0.21646516, 0.21602614,
                     -0.23197842, 0.68041134, 0.10338693, -0.00023392588, 0.14749603, 0.15761247},
                    {0.10338693, -0.00023392588, 0.14749603, 0.15761247}}},

      {.name = "linear_before_reset",
       .op = "GRU",
       .attributes = {{"linear_before_reset", int64_t{1}}},
       .inputs = {{.shape = {2, 2, 2}, .values = {-0.25, 0.5, 0, -0.5, -0.75, -1, 0, -0.75}},
                  {.shape = {1, 6, 2},
                   .values = {0.25, 0.5, -0.25, 0, -1, 0, -0.75, 0, -1, -0.5, -0.25, 0}},
                  {.shape = {1, 6, 2},
                   .values = {-1, 1, -0.25, -0.75, -0.75, 0.5, -0.25, -0.5, 0, -0.75, -0.75, -0.5}},
                  {.shape = {1, 12},
                   .values = {1, -1, 0, 1, 0, -0.25, 0.25, -0.75, 0.5, -1, 0.25, -1}},
                  {.omitted = true},
                  {.shape = {1, 2, 2}, .values = {-1, -0.75, 0.5, -0.25}}},
       .expected = {{-0.75858468, -0.29164806, 0.47249979, -0.63304871, -0.31465447, -0.26692215,
                     0.54829216, -0.66681504},
                    {-0.31465447, -0.26692215, 0.54829216, -0.66681504}}},

      {.name = "both_directions_of_sequences",
       .op = "GRU",
       .attributes = {{"direction", std::string("bidirectional")}},
       .inputs = {{.shape = {3, 2, 1}, .values = {-0.25, 0.25, -1, 1, 0, 1}},
                  {.shape = {2, 6, 1},
                   .values = {0.5, -0.5, -0.5, 0.25, 0.75, 1, 0, -1, 1, 0.75, 0.5, -0.25}},
                  {.shape = {2, 6, 2},
                   .values = {-0.75, 0.75,  -0.75, -0.5, 0.75, 0.25,  -0.5, 0,
                              0.25,  -1,    -0.5,  0.5,  0.25, 0.75,  0.5,  0,
                              -0.5,  -0.25, -0.75, 1,    -1,   -0.25, -1,   0.75}},
                  {.shape = {2, 12},
                   .values = {0.25,  -0.25, 0.75, -0.25, 0,   -0.25, 0.5,  -1, 0, -0.5,  1,   -0.5,
                              -0.25, -1,    0,    0,     0.5, -0.25, -0.5, -1, 1, -0.75, 0.5, 1}},
                  {.type = DataType::kInt32, .shape = {2}, .values = {2, 3}}},
       .expected = {{0.23392943, -0.57493889, 0.24414015, -0.3688558,  0.45301944, 0.63023674,
                     0.60732543, 0.23068309,  0.33844337, -0.82510948, 0.46677843, 0.042216197,
                     0.31386015, 0.55676997,  0.68180144, 0.170442,    0,          0,
                     0.60278165, 0.09845864,  0,          0,           0.61475742, 0.44020087},
                    {0.33844337, -0.82510948, 0.60278165, 0.09845864, 0.45301944, 0.63023674,
                     0.60732543, 0.23068309}}},

      {.name = "activations_and_clip",
       .op = "GRU",
       .attributes = {{"activations", std::vector<std::string>{"Softsign", "Softplus"}},
                      {"clip", 0.5}},
       .inputs = {{.shape = {2, 1, 2}, .values = {-0.5, -0.75, 0.5, -0.25}},
                  {.shape = {1, 6, 2},
                   .values = {-1, 1, 1, -0.75, 0.5, -0.25, -1, 0.75, 0.75, -1, -1, -1}},
                  {.shape = {1, 6, 2},
                   .values = {1, 1, 0.75, 0.5, -1, -0.5, 0, 0, -1, -0.5, 0.5, 1}},
                  {.shape = {1, 12},
                   .values = {-1, 1, -0.5, -1, 1, 0, 0.25, -0.75, 1, -0.25, -0.25, 0.5}},
                  {.omitted = true},
                  {.shape = {1, 1, 2}, .values = {0.5, 0.5}}},
       .expected = {{0.97407699, 0.8160513, 0.97407699, 0.67548925}, {0.97407699, 0.67548925}}},
  };
}

std::vector<OpCase> rnn_cases() {
  return {
      {.name = "forward",
       .op = "RNN",
       .inputs = {{.shape = {3, 2, 2},
                   .values = {-0.5, -0.75, 0.25, -0.5, -1, -0.25, 0.5, -0.25, -0.25, 0.5, 1, 0.75}},
                  {.shape = {1, 2, 2}, .values = {-0.75, -0.25, 0, -0.25}},
                  {.shape = {1, 2, 2}, .values = {-0.5, -1, 0.25, -0.25}}},
       .expected = {{0.50983, 0.18533325, -0.062418699, 0.12435305, 0.35595965, 0.14264476,
                     -0.38476759, 0.015805721, -0.25254059, -0.07154882, -0.64161968, -0.27996427},
                    {-0.25254059, -0.07154882, -0.64161968, -0.27996427}}},

      {.name = "all_operands",
       .op = "RNN",
       .attributes = {{"activations", std::vector<std::string>{"Relu", "LeakyRelu"}},
                      {"activation_alpha", std::vector<double>{0.25}},
                      {"direction", std::string("bidirectional")}},
       .inputs = {{.shape = {3, 2, 2},
                   .values = {-0.5, 1, 0.75, 0, 1, 0.25, 1, 0.25, -0.25, 0.25, 0.5, 0.75}},
                  {.shape = {2, 2, 2}, .values = {1, -0.5, -1, -0.5, 0.25, 0.75, 1, 0}},
                  {.shape = {2, 2, 2}, .values = {-1, 1, -0.5, -0.75, -0.75, 0.75, 0, 0}},
                  {.shape = {2, 4}, .values = {-0.25, 0, 0.5, 0.75, 1, -0.75, 0.5, 0}},
                  {.type = DataType::kInt32, .shape = {2}, .values = {3, 1}},
                  {.shape = {2, 2, 2}, .values = {-0.25, -0.5, -1, -0.25, -0.5, 0.75, 1, -0.25}}},
       .expected = {{0,     1.25, 1.75, 0.6875, 2.3447266,   -0.3125, 0.75, 0,
                     2.375, 0,    0,    0,      -0.04296875, 0.25,    0,    0,
                     0,     0,    0,    0,      2.5625,      -0.25,   0,    0},
                    {0, 0, 1.75, 0.6875, 2.3447266, -0.3125, 0.75, 0}}},

      {.name = "elu",
       .op = "RNN",
       .attributes = {{"activations", std::vector<std::string>{"Elu"}},
                      {"activation_alpha", std::vector<double>{0.5}},
                      {"clip", 0.75},
                      {"direction", std::string("reverse")}},
       .inputs = {{.shape = {2, 1, 2}, .values = {-0.25, 0.75, -0.75, -1}},
                  {.shape = {1, 2, 2}, .values = {-0.75, 1, -0.25, 1}},
                  {.shape = {1, 2, 2}, .values = {-1, 0.5, -0.5, -0.75}},
                  {.shape = {1, 4}, .values = {0.25, 0.25, 0.75, -0.75}}},
       .expected = {{0.75, 0.22911254, 0.5625, -0.26381671}, {0.75, 0.22911254}}},
  };
}

// What tells the three ops apart: gates, and whether there is a cell.
struct Cell {
  std::string op;
  int64_t gates;
  bool has_cell;
};

struct Sizes {
  int64_t steps;
  int64_t batch;
  int64_t inputs;
  int64_t hidden;
};

// All operands, of one type and random but for the lengths, which go down from `steps` to 0.
OpCase random_case(const std::string& name, const Cell& cell, const Sizes& sizes, int64_t layout,
                   DataType type) {
  const auto [steps, batch, inputs, hidden] = sizes;
  const auto tensor = [&](Shape shape) {
    return CaseInput{.type = type, .shape = std::move(shape), .low = -1, .high = 1};
  };
  const Shape states = layout == 1 ? Shape{batch, 2, hidden} : Shape{2, batch, hidden};
  CaseInput lengths = {.type = DataType::kInt32, .shape = {batch}};
  for (int64_t i = 0; i < batch; ++i) {
    lengths.values.push_back(static_cast<double>(steps - i % (steps + 1)));
  }
  OpCase made = {
      .name = name,
      .op = cell.op,
      .attributes = {{"direction", std::string("bidirectional")}, {"layout", layout}},
      .inputs = {tensor(layout == 1 ? Shape{batch, steps, inputs} : Shape{steps, batch, inputs}),
                 tensor({2, cell.gates * hidden, inputs}), tensor({2, cell.gates * hidden, hidden}),
                 tensor({2, 2 * cell.gates * hidden}), lengths, tensor(states)}};
  if (cell.has_cell) {
    made.inputs.push_back(tensor(states));
    made.inputs.push_back(tensor({2, 3 * hidden}));
  }
  return made;
}

void add_random_cases(const Cell& cell, std::vector<OpCase>& cases) {
  const auto add = [&](const std::string& name, const Sizes& sizes, int64_t layout = 0,
                       DataType type = DataType::kFloat32) {
    cases.push_back(random_case(name, cell, sizes, layout, type));
  };
  add("odd_sizes", {7, 5, 19, 37});
  add("batch_first", {5, 3, 7, 11}, 1);
  add("long_sequences", {70, 5, 3, 4});
  add("one_element", {1, 1, 1, 1});
  add("no_steps", {0, 3, 5, 7});
  add("no_batch", {3, 0, 5, 7});
  add("no_inputs", {3, 2, 0, 7});
  add("no_hidden_values", {3, 2, 5, 0});
  add("f64", {4, 3, 5, 6}, 0, DataType::kFloat64);
  add("f16", {4, 3, 5, 6}, 1, DataType::kFloat16);
  add("bf16", {4, 3, 5, 6}, 0, DataType::kBFloat16);
}

// All operands, and the attributes that change what a step computes.
void add_cases_of_attributes(std::vector<OpCase>& cases) {
  OpCase coupled = random_case("coupled_gates_and_clip_of_all_operands", {"LSTM", 4, true},
                               {6, 4, 5, 18}, 0, DataType::kFloat32);
  coupled.attributes.emplace("input_forget", int64_t{1});
  coupled.attributes.emplace("clip", 1.5);
  cases.push_back(std::move(coupled));
  OpCase linear = random_case("linear_before_reset_of_all_operands", {"GRU", 3, false},
                              {6, 4, 5, 18}, 1, DataType::kFloat32);
  linear.attributes.emplace("linear_before_reset", int64_t{1});
  cases.push_back(linear);
  linear.name = "linear_before_reset_without_bias";
  linear.inputs[3] = {.omitted = true};
  cases.push_back(std::move(linear));
}

}  // namespace

std::vector<OpCase> recurrent_cases();

std::vector<OpCase> recurrent_cases() {
  std::vector<OpCase> cases = lstm_cases();
  for (OpCase& gru : gru_cases()) cases.push_back(std::move(gru));
  for (OpCase& rnn : rnn_cases()) cases.push_back(std::move(rnn));
  add_random_cases({"GRU", 3, false}, cases);
  add_random_cases({"LSTM", 4, true}, cases);
  add_random_cases({"RNN", 1, false}, cases);
  add_cases_of_attributes(cases);
  return cases;
}

}  // namespace tenon::internal::testing
