// What every op must do on every one of its cases.
#include "testing/op_cases.h"
#include "base/thread_pool.h"
#include "ops/list.h"
#include "ops/op_def.h"
#include "testing/compare.h"
#include "testing/matchers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tenon::internal::testing {
namespace {

std::unique_ptr<ThreadPool> make_pool(int workers) {
  return ThreadPool::create({.workers = workers}).value();
}

// Calls check(data) for each case of an op, with the case's name in every failure.
class OpCasesTest : public ::testing::TestWithParam<const OpDef*> {
 protected:
  static const std::vector<OpCase>& cases_of(std::string_view op) {
    static const std::map<std::string, std::vector<OpCase>, std::less<>> by_op = [] {
      std::map<std::string, std::vector<OpCase>, std::less<>> groups;
      for (OpCase& op_case : all_op_cases()) groups[op_case.op].push_back(std::move(op_case));
      return groups;
    }();
    static const std::vector<OpCase> none;
    const auto found = by_op.find(op);
    return found == by_op.end() ? none : found->second;
  }

  template <class Check>
  void for_each_case(const Check& check) {
    for (const OpCase& op_case : cases_of(GetParam()->name)) {
      SCOPED_TRACE(fmt::format("case {}", op_case.name));
      const Result<OpCaseData> data = make_case(op_case);
      ASSERT_THAT(data, IsOk());
      check(op_case, *data);
      if (HasFatalFailure()) return;
    }
  }

  // The reference's results without workers.
  std::vector<HostTensor> run(const OpCaseData& data) {
    Result<std::vector<HostTensor>> results = run_reference(data, *pool_);
    EXPECT_THAT(results, IsOk());
    return results.ok() ? std::move(results).value() : std::vector<HostTensor>();
  }

  std::unique_ptr<ThreadPool> pool_ = make_pool(0);
};

TEST_P(OpCasesTest, HasCasesUnderDifferentNamesAndOneWithExpectedValues) {
  std::set<std::string> names;
  bool any_expected = false;
  for (const OpCase& op_case : cases_of(GetParam()->name)) {
    EXPECT_EQ(op_case.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string::npos)
        << op_case.name;
    EXPECT_TRUE(names.insert(op_case.name).second) << "two cases are named " << op_case.name;
    any_expected = any_expected || !op_case.expected.empty();
  }
  // Those of ops with bodies are tested as parts of graphs.
  EXPECT_TRUE(any_expected || GetParam()->bodies > 0) << "no case states expected values";
}

TEST_P(OpCasesTest, ReferenceGivesTheExpectedValues) {
  for_each_case([&](const OpCase& op_case, const OpCaseData& data) {
    if (op_case.expected.empty()) return;
    const std::vector<HostTensor> results = run(data);
    ASSERT_EQ(results.size(), op_case.expected.size());
    for (size_t i = 0; i < results.size(); ++i) {
      const HostTensor& got = results[i];
      ASSERT_EQ(static_cast<size_t>(got.elements()), op_case.expected[i].size())
          << "inferred " << to_string(data.output_infos[i]);
      const Result<HostTensor> want = HostTensor::of(got.type(), got.shape(), op_case.expected[i]);
      ASSERT_THAT(want, IsOk());
      EXPECT_TRUE(tensors_close(got.view(), want->view(),
                                tolerance_or_default(op_case.tolerance, got.type())));
    }
  });
}

TEST_P(OpCasesTest, ResultsAreTheSameWithAnyNumberOfWorkers) {
  const std::unique_ptr<ThreadPool> pool_of_three = make_pool(3);
  for_each_case([&](const OpCase&, const OpCaseData& data) {
    const std::vector<HostTensor> alone = run(data);
    const Result<std::vector<HostTensor>> shared = run_reference(data, *pool_of_three);
    ASSERT_THAT(shared, IsOk());
    ASSERT_EQ(shared->size(), alone.size());
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_TRUE(tensors_identical((*shared)[i].view(), alone[i].view()));
    }
  });
}

// Infers with symbols in place of dims, and returns the outputs' shapes once they are bound.
Result<std::vector<Shape>> infer_with_symbols(const OpCaseData& data,
                                              const std::vector<ValueInfo>& operands,
                                              const SymbolBindings& bindings) {
  const Result<std::vector<ValueInfo>> outputs = infer_outputs(*data.op, data.attrs, operands);
  if (!outputs.ok()) return outputs.error();
  std::vector<Shape> shapes;
  for (const ValueInfo& output : *outputs) {
    Result<Shape> shape = evaluate(output.shape, bindings);
    EXPECT_THAT(shape, IsOk()) << to_string(output);
    shapes.push_back(std::move(shape).value_or(Shape()));
  }
  return shapes;
}

TEST_P(OpCasesTest, SymbolicInferenceEvaluatesToTheConcreteShapes) {
  size_t tried = 0;
  size_t accepted = 0;
  for_each_case([&](const OpCase&, const OpCaseData& data) {
    std::vector<Shape> concrete;
    for (const ValueInfo& output : data.output_infos) {
      concrete.push_back(evaluate(output.shape, {}).value());
    }
    SymbolBindings bindings = data.extents;
    std::vector<ValueInfo> all_symbolic = data.input_infos;
    std::vector<std::vector<ValueInfo>> attempts;
    for (size_t i = 0; i < data.inputs.size(); ++i) {
      if (in_mask(data.op->host_inputs, i)) continue;
      for (size_t axis = 0; axis < data.inputs[i].shape().size(); ++axis) {
        const int64_t extent = data.inputs[i].shape()[axis];
        // A dim that may broadcast is 1 in inference, or never is.
        if (extent == 1) continue;
        const std::string symbol = fmt::format("S{}_{}", i, axis);
        bindings[symbol] = extent;
        all_symbolic[i].shape[axis] = Dim::symbol(symbol);
        attempts.push_back(data.input_infos);
        attempts.back()[i].shape[axis] = Dim::symbol(symbol);
      }
    }
    if (attempts.empty()) return;
    attempts.push_back(all_symbolic);
    for (const std::vector<ValueInfo>& operands : attempts) {
      ++tried;
      const Result<std::vector<Shape>> symbolic = infer_with_symbols(data, operands, bindings);
      if (symbolic.ok()) {
        ++accepted;
        EXPECT_EQ(*symbolic, concrete);
      } else {
        EXPECT_TRUE(symbolic.error().kind() == ErrorKind::kUnsupported ||
                    symbolic.error().kind() == ErrorKind::kInvalidArgument)
            << symbolic.error().to_string();
      }
    }
  });
  EXPECT_TRUE(tried == 0 || accepted > 0) << "no symbolic shape was accepted";
}

TEST_P(OpCasesTest, ElementsThatInferenceKnowsAreTheResults) {
  for_each_case([&](const OpCase&, const OpCaseData& data) {
    std::vector<ValueInfo> operands;
    for (size_t i = 0; i < data.inputs.size(); ++i) {
      operands.push_back(data.input_infos[i].present() ? data.inputs[i].info() : ValueInfo());
    }
    const Result<std::vector<ValueInfo>> infos = infer_outputs(*data.op, data.attrs, operands);
    ASSERT_THAT(infos, IsOk());
    const std::vector<HostTensor> results = run(data);
    ASSERT_EQ(infos->size(), results.size());
    for (size_t i = 0; i < results.size(); ++i) {
      const std::optional<std::vector<Dim>>& elements = (*infos)[i].elements;
      if (!elements) continue;
      std::vector<int64_t> want;
      for (const Dim& element : *elements) want.push_back(element.constant());
      EXPECT_THAT(to_int64s(results[i].view()), IsOkAndHolds(want));
    }
  });
}

TEST_P(OpCasesTest, OutputMayShareMemoryWithAnInPlaceOperand) {
  for_each_case([&](const OpCase&, const OpCaseData& data) {
    std::vector<HostTensor> want;
    for (size_t i = 0; i < data.inputs.size(); ++i) {
      const OperandMask mask = in_place_operands(*data.op, data.attrs, data.inputs.size());
      if (!in_mask(mask, i)) continue;
      if (want.empty()) want = run(data);
      ASSERT_FALSE(want.empty());
      if (data.inputs[i].bytes().size() != want[0].bytes().size()) continue;

      std::vector<std::vector<std::byte>> storage;
      std::vector<TensorView> outputs;
      for (const HostTensor& result : want) {
        storage.emplace_back(result.bytes().size());
        outputs.push_back({storage.back().data(), result.type(), result.shape()});
      }
      std::copy(data.inputs[i].bytes().begin(), data.inputs[i].bytes().end(), storage[0].begin());
      std::vector<ConstTensorView> inputs;
      for (const HostTensor& input : data.inputs) inputs.push_back(input.view());
      inputs[i].data = storage[0].data();

      ASSERT_THAT(data.op->reference(data.attrs, inputs, outputs, *pool_), IsOk());
      for (size_t o = 0; o < want.size(); ++o) {
        EXPECT_TRUE(tensors_identical(outputs[o], want[o].view())) << "in place of operand " << i;
      }
    }
  });
}

TEST_P(OpCasesTest, ViewsKeepTheBytesOfTheirOperand) {
  if (!GetParam()->view) return;
  for_each_case([&](const OpCase&, const OpCaseData& data) {
    const std::vector<HostTensor> results = run(data);
    ASSERT_EQ(results.size(), 1U);
    ASSERT_FALSE(data.inputs.empty());
    EXPECT_EQ(results[0].type(), data.inputs[0].type());
    EXPECT_TRUE(std::ranges::equal(results[0].bytes(), data.inputs[0].bytes()));
  });
}

INSTANTIATE_TEST_SUITE_P(Ops, OpCasesTest, ::testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const ::testing::TestParamInfo<const OpDef*>& op) {
                           return std::string(op.param->name);
                         });

TEST(OpCases, NameOnlyOpsThatExist) {
  for (const OpCase& op_case : all_op_cases()) {
    EXPECT_NE(find_op(op_case.op), nullptr) << op_case.op << "/" << op_case.name;
  }
}

}  // namespace
}  // namespace tenon::internal::testing
