#include "ops/problem.h"

#include "ops/list.h"
#include "ops/pointwise.h"

#include <gtest/gtest.h>

#include <set>

namespace tenon::internal {
namespace {

ValueInfo info(DataType type, std::initializer_list<const char*> dims) {
  ValueInfo result;
  result.type = type;
  for (const char* dim : dims) result.shape.push_back(Dim::parse(dim).value());
  return result;
}

Problem leaky_relu(std::initializer_list<const char*> dims, float alpha = 0.01F) {
  Problem problem;
  problem.op = find_op("LeakyRelu");
  problem.attrs = Attrs::of(LeakyReluAttrs{.alpha = alpha});
  problem.inputs = {info(DataType::kFloat32, dims)};
  problem.outputs = problem.inputs;
  return problem;
}

TEST(Problem, PrintsOpOperandsAttributesAndOutputs) {
  EXPECT_EQ(to_string(leaky_relu({"N", "3", "2*H"}, 0.5F)),
            "LeakyRelu(f32[N,3,2*H]) {alpha=0.5} -> f32[N,3,2*H]");
}

TEST(Problem, PrintsOmittedOperandsAndNoBracesWithoutAttributes) {
  Problem problem;
  problem.op = find_op("Where");
  problem.inputs = {info(DataType::kBool, {}), ValueInfo(), info(DataType::kInt8, {"4"})};
  problem.outputs = {info(DataType::kInt8, {"4"})};
  EXPECT_EQ(to_string(problem), "Where(bool[], omitted, i8[4]) -> i8[4]");
}

TEST(CanonicalBytes, DoNotDependOnTheNamesOfSymbols) {
  EXPECT_EQ(canonical_bytes(leaky_relu({"N", "C", "N"})),
            canonical_bytes(leaky_relu({"batch", "A", "batch"})));
  EXPECT_EQ(canonical_bytes(leaky_relu({"N", "2*N+C"})),
            canonical_bytes(leaky_relu({"Z", "2*Z+A"})));
  // A later symbol that stands alone still fixes the order of those in sums before it.
  EXPECT_EQ(canonical_bytes(leaky_relu({"A+2*B", "A"})),
            canonical_bytes(leaky_relu({"B+2*A", "B"})));
}

TEST(CanonicalBytes, DoNotDependOnNamesWhereNoSymbolStandsAlone) {
  EXPECT_EQ(canonical_bytes(leaky_relu({"A+2*B+3*C"})), canonical_bytes(leaky_relu({"B+2*C+3*A"})));
  EXPECT_EQ(canonical_bytes(leaky_relu({"A+B", "2*A"})),
            canonical_bytes(leaky_relu({"A+B", "2*B"})));
  EXPECT_NE(canonical_bytes(leaky_relu({"A+2*B", "2*A"})),
            canonical_bytes(leaky_relu({"A+2*B", "2*B"})));
}

TEST(CanonicalBytes, DifferWhereAnythingOfTheProblemDoes) {
  std::vector<Problem> problems = {
      leaky_relu({"N", "C", "N"}), leaky_relu({"N", "N", "C"}), leaky_relu({"N", "C"}),
      leaky_relu({"N", "3"}),      leaky_relu({"N", "4"}),      leaky_relu({"N", "3"}, 0.5F),
      leaky_relu({"12"}),          leaky_relu({"1", "2"}),      leaky_relu({}),
  };
  problems.push_back(leaky_relu({"N", "3"}));
  problems.back().op = find_op("Elu");
  problems.push_back(leaky_relu({"N", "3"}));
  problems.back().inputs[0].type = DataType::kFloat16;
  problems.push_back(leaky_relu({"N", "3"}));
  problems.back().inputs.emplace_back();
  problems.push_back(leaky_relu({"2"}));
  problems.back().inputs[0].elements = {{Dim(1), Dim(2)}};
  problems.push_back(leaky_relu({"2"}));
  problems.back().inputs[0].elements = {{Dim(1), Dim::symbol("N")}};

  std::set<std::vector<std::byte>> all;
  for (const Problem& problem : problems) {
    EXPECT_TRUE(all.insert(canonical_bytes(problem)).second) << to_string(problem);
  }
}

}  // namespace
}  // namespace tenon::internal
