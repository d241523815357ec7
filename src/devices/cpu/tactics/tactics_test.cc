// Every tactic of the table on every case of every op, with each instruction set of the machine.
#include "devices/cpu/tactics/tactics.h"

#include "devices/cpu/cpu_device.h"
#include "devices/cpu/tactics/large_cases.h"
#include "ops/operands.h"
#include "testing/bound_case.h"
#include "testing/matchers.h"
#include "testing/op_cases.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::internal::testing {
namespace {

struct Reference {
  OpCase op_case;
  OpCaseData data;
  std::vector<HostTensor> want;
};

// All cases with the reference's results.
const std::vector<Reference>& references() {
  static const std::vector<Reference> all = [] {
    const auto pool = ThreadPool::create({}).value();
    std::vector<Reference> made;
    std::vector<OpCase> cases = all_op_cases();
    std::ranges::move(large_cases(), std::back_inserter(cases));
    for (OpCase& op_case : cases) {
      OpCaseData data = make_case(op_case).value();
      std::vector<HostTensor> want = run_reference(data, *pool).value();
      made.push_back({std::move(op_case), std::move(data), std::move(want)});
    }
    return made;
  }();
  return all;
}

class CpuTacticsTest : public ::testing::TestWithParam<Isa> {
 protected:
  // Calls check(tactic, reference, variant) for each tactic and all that it accepts; the reference
  // needs no comparison with itself.
  template <class Check>
  void for_each_accepted(const Check& check) {
    for (const Tactic& tactic : cpu_tactics()) {
      if (tactic.last_resort) continue;
      for (const Reference& reference : references()) {
        if (reference.op_case.sums_in_double) continue;
        for (const CaseVariant& variant : case_variants()) {
          if (!accepts(tactic, reference.data, variant, one_->info())) continue;
          if (!is_distinct(variant, tactic, problem_of(reference.data, variant))) continue;
          SCOPED_TRACE(fmt::format("{} on {}/{}, {}", tactic.name, reference.op_case.op,
                                   reference.op_case.name, to_string(variant)));
          check(tactic, reference, variant);
          if (HasFatalFailure()) return;
        }
      }
    }
  }

  std::shared_ptr<Device> one_ = CpuDevice::create(1, GetParam()).value();
  std::shared_ptr<Device> two_ = CpuDevice::create(2, GetParam()).value();
};

TEST_P(CpuTacticsTest, AgreeWithTheReferenceToTheSameBitsForAnyThreads) {
  for_each_accepted([&](const Tactic& tactic, const Reference& reference,
                        const CaseVariant& variant) {
    const auto alone = run_tactic(tactic, reference.data, one_, variant);
    const auto shared = run_tactic(tactic, reference.data, two_, variant);
    ASSERT_THAT(alone, IsOk());
    ASSERT_THAT(shared, IsOk());
    ASSERT_EQ(alone->size(), reference.want.size());
    for (size_t i = 0; i < alone->size(); ++i) {
      const HostTensor& want = reference.want[i];
      EXPECT_TRUE(tensors_close((*alone)[i].view(), want.view(),
                                tactic_tolerance(reference.op_case, reference.data, want.type())));
      EXPECT_TRUE(tensors_identical((*shared)[i].view(), (*alone)[i].view()));
    }
  });
}

TEST_P(CpuTacticsTest, MayWriteOverAnInPlaceOperand) {
  for_each_accepted(
      [&](const Tactic& tactic, const Reference& reference, const CaseVariant& variant) {
        // Windows of other bytes are not overwritten.
        if (variant.pitched()) return;
        const OpCaseData& data = reference.data;
        const OperandMask in_place = in_place_operands(*data.op, data.attrs, data.inputs.size());
        std::vector<HostTensor> apart;
        for (size_t i = 0; i < data.inputs.size(); ++i) {
          if (!in_mask(in_place, i)) continue;
          if (data.inputs[i].bytes().size() != reference.want[0].bytes().size()) continue;
          if (apart.empty())
            apart = run_tactic(tactic, data, one_, variant).value_or(reference.want);
          const auto together = run_tactic(tactic, data, two_, variant, i);
          ASSERT_THAT(together, IsOk());
          EXPECT_TRUE(tensors_identical((*together)[0].view(), apart[0].view()))
              << "in place of operand " << i;
        }
      });
}

TEST_P(CpuTacticsTest, TakeSomePitchesIfTheySayThatTheyTakeAny) {
  for (const Tactic& tactic : cpu_tactics()) {
    if (tactic.takes_pitches == nullptr) continue;
    bool accepted = false;
    for (const Reference& reference : references()) {
      for (const CaseVariant& variant : case_variants()) {
        accepted = accepted || (variant.pitched_result &&
                                accepts(tactic, reference.data, variant, one_->info()));
      }
    }
    const bool needs_isa =
        tactic.rejects(problem_of(references()[0].data), one_->info()).starts_with(kNeedsIsa);
    EXPECT_NE(accepted, needs_isa) << tactic.name;
  }
}

TEST_P(CpuTacticsTest, HaveAllTheirCodeBeforeShapesAreBound) {
  for_each_accepted([&](const Tactic& tactic, const Reference& reference,
                        const CaseVariant& variant) {
    const auto bound = BoundCase::create(tactic, reference.data, one_, variant);
    ASSERT_THAT(bound, IsOk());
    ASSERT_THAT((*bound)->enqueue(), IsOk());
    EXPECT_EQ(code_bytes((*bound)->kernel().code()), one_->account().current(MemoryKind::kCode));
  });
}

TEST_P(CpuTacticsTest, ComputeWithOpenDimsWhatTheyComputeWithout) {
  std::set<std::string_view> opened;
  for (const OpenDims open : {OpenDims::kFirst, OpenDims::kBehindChannels, OpenDims::kAll}) {
    for_each_accepted([&](const Tactic& tactic, const Reference& reference, CaseVariant variant) {
      if (variant.pitched()) return;
      const auto want = run_tactic(tactic, reference.data, one_, variant);
      variant.open = open;
      if (!accepts(tactic, reference.data, variant, one_->info())) return;
      const auto bound = BoundCase::create(tactic, reference.data, one_, variant);
      ASSERT_THAT(bound, IsOk());
      ASSERT_THAT((*bound)->enqueue(), IsOk());
      EXPECT_EQ(code_bytes((*bound)->kernel().code()), one_->account().current(MemoryKind::kCode));
      const auto got = (*bound)->outputs();
      ASSERT_THAT(want, IsOk());
      ASSERT_THAT(got, IsOk());
      for (size_t i = 0; i < got->size(); ++i) {
        EXPECT_TRUE(tensors_identical((*got)[i].view(), (*want)[i].view()));
      }
      const Problem problem = problem_of(reference.data, variant);
      if (!constant_shape(problem.outputs[0].shape)) opened.insert(tactic.name);
    });
  }
  for (const Tactic& tactic : cpu_tactics()) {
    const std::string reason = tactic.rejects(problem_of(references()[0].data), one_->info());
    if (tactic.last_resort || reason.starts_with(kNeedsIsa)) continue;
    EXPECT_TRUE(opened.contains(tactic.name)) << tactic.name;
  }
}

TEST_P(CpuTacticsTest, SayWhyTheyRejectAndAcceptSomething) {
  for (const Tactic& tactic : cpu_tactics()) {
    size_t accepted = 0;
    for (const Reference& reference : references()) {
      for (const CaseVariant& variant : case_variants()) {
        if (variant.pitched()) continue;
        const Problem problem = problem_of(reference.data, variant);
        const std::string reason = tactic.rejects(problem, one_->info());
        accepted += reason.empty() ? 1U : 0U;
        // A reason is a clause that goes on after "rejects it:".
        EXPECT_FALSE(reason.ends_with('.')) << reason;
      }
    }
    const std::string reason = tactic.rejects(problem_of(references()[0].data), one_->info());
    EXPECT_EQ(accepted == 0, reason.starts_with(kNeedsIsa)) << tactic.name;
  }
}

TEST_P(CpuTacticsTest, HaveALargeCaseToBeTimedOn) {
  for (const Tactic& tactic : cpu_tactics()) {
    const std::string reason = tactic.rejects(problem_of(references()[0].data), one_->info());
    if (tactic.last_resort || reason.starts_with(kNeedsIsa)) continue;
    const auto takes = [&](const OpCase& op_case) {
      const OpCaseData data = make_case(op_case).value();
      return std::ranges::any_of(case_variants(), [&](const CaseVariant& variant) {
        return tactic.rejects(problem_of(data, variant), one_->info()).empty();
      });
    };
    EXPECT_TRUE(std::ranges::any_of(large_cases(), takes)) << tactic.name;
  }
}

std::vector<Isa> isas() {
  std::vector<Isa> all;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= best_isa()) all.push_back(isa);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Isa, CpuTacticsTest, ::testing::ValuesIn(isas()),
                         [](const ::testing::TestParamInfo<Isa>& isa) {
                           return std::string(to_string(isa.param));
                         });

}  // namespace
}  // namespace tenon::internal::testing
