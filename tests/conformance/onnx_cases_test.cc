// Every case of ONNX's own tests whose operators can be imported: by the references, as a plan on
// each device, and as a plan whose dims are open. What is excluded stands in kExclusions with its
// reason, and must fail: the list can only shrink.
#include "graph/executor.h"
#include "graph/verify.h"
#include "onnx_case.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tenon::internal::testing {
namespace {

namespace fs = std::filesystem;

enum class Excluded : uint8_t {
  // It must fail.
  kAlways,
  // It must fail where the dims are open, and pass where they are fixed.
  kWithOpenDims,
  // Its files are wrong in some releases of the package.
  kInSomeReleases,
};

struct Exclusion {
  std::string_view name;
  std::string_view reason;
  Excluded when = Excluded::kAlways;
};

constexpr std::string_view kTraining = "it trains, and Tenon infers";
constexpr std::string_view kStrings = "strings are no numbers";
constexpr std::string_view kTruncated = "its files hold truncated bf16 as u16";
constexpr std::string_view kCornersApart = "its corners do not meet, as those of runtimes do";
constexpr std::string_view kOddScale = "its scale is no fraction of small numbers";
constexpr std::string_view kOpenRank = "the rank of its result is a dim of its indices";
constexpr std::string_view kNoTensor = "sequences and optional values are no tensors";

constexpr auto kExclusions = std::to_array<Exclusion>({
    {"test_batchnorm_epsilon_training_mode", kTraining},
    {"test_batchnorm_example_training_mode", kTraining},
    {"test_cast_BFLOAT16_to_FLOAT", kTruncated, Excluded::kInSomeReleases},
    {"test_cast_FLOAT_to_BFLOAT16", kTruncated, Excluded::kInSomeReleases},
    {"test_cast_FLOAT_to_STRING", kStrings},
    {"test_cast_STRING_to_FLOAT", kStrings},
    {"test_castlike_BFLOAT16_to_FLOAT", kTruncated, Excluded::kInSomeReleases},
    {"test_castlike_BFLOAT16_to_FLOAT_expanded", kTruncated, Excluded::kInSomeReleases},
    {"test_castlike_FLOAT_to_BFLOAT16", kTruncated, Excluded::kInSomeReleases},
    {"test_castlike_FLOAT_to_BFLOAT16_expanded", kTruncated, Excluded::kInSomeReleases},
    {"test_castlike_FLOAT_to_STRING", kStrings},
    {"test_castlike_FLOAT_to_STRING_expanded", kStrings},
    {"test_castlike_STRING_to_FLOAT", kStrings},
    {"test_castlike_STRING_to_FLOAT_expanded", kStrings},
    {"test_gathernd_example_float32", kOpenRank, Excluded::kWithOpenDims},
    {"test_gathernd_example_int32", kOpenRank, Excluded::kWithOpenDims},
    {"test_gathernd_example_int32_batch_dim1", kOpenRank, Excluded::kWithOpenDims},
    {"test_identity_opt", kNoTensor},
    {"test_identity_sequence", kNoTensor},
    {"test_resize_downsample_scales_cubic", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_cubic_A_n0p5_exclude_outside", kOddScale,
     Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_cubic_align_corners", kCornersApart},
    {"test_resize_downsample_scales_linear", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_linear_align_corners", kCornersApart},
    {"test_resize_downsample_scales_nearest", kOddScale, Excluded::kWithOpenDims},
    {"test_training_dropout", kTraining},
    {"test_training_dropout_default", kTraining},
    {"test_training_dropout_default_mask", kTraining},
    {"test_training_dropout_mask", kTraining},
    {"test_training_dropout_zero_ratio", kTraining},
    {"test_training_dropout_zero_ratio_mask", kTraining},
});

constexpr std::array<std::string_view, 4> kGroups = {"node", "pytorch-converted",
                                                     "pytorch-operator", "simple"};

std::vector<fs::path> cases() {
  std::vector<fs::path> folders;
  for (const std::string_view group : kGroups) {
    for (const auto& entry : fs::directory_iterator(fs::path(TENON_ONNX_CASES) / group)) {
      if (has_all_operators(entry.path())) folders.push_back(entry.path());
    }
  }
  std::ranges::sort(folders);
  return folders;
}

const Exclusion* find_exclusion(std::string_view name) {
  const auto found = std::ranges::find(kExclusions, name, &Exclusion::name);
  return found == kExclusions.end() ? nullptr : &*found;
}

// What ONNX's own runner allows.
constexpr Tolerance kTolerance{.absolute = 1e-7, .relative = 1e-3};

::testing::AssertionResult agrees(const Result<std::vector<HostTensor>>& got,
                                  const std::vector<HostTensor>& want) {
  if (!got.ok()) return ::testing::AssertionFailure() << got.error().to_string();
  if (got->size() != want.size()) {
    return ::testing::AssertionFailure()
           << got->size() << " outputs where " << want.size() << " are expected";
  }
  for (size_t i = 0; i < want.size(); ++i) {
    auto close = tensors_close((*got)[i].view(), want[i].view(), kTolerance);
    if (!close) return close << " in output " << i;
  }
  return ::testing::AssertionSuccess();
}

std::shared_ptr<Device> device(std::string_view name) {
  static const std::shared_ptr<Device> cpu = open_test_device("cpu:threads=2");
  static const std::shared_ptr<Device> null = open_test_device("null");
  return name == "cpu" ? cpu : null;
}

Result<std::vector<HostTensor>> run_plan(const OnnxCase& made, std::string_view on) {
  const std::shared_ptr<Device> opened = device(on);
  Result<std::vector<std::byte>> plan = plan_of(made.graph, *opened);
  if (!plan.ok()) return std::move(plan).error();
  auto engine = load_plan(*plan, opened);
  if (!engine.ok()) return std::move(engine).error();
  Result<BoundContext> context = BoundContext::create(*std::move(engine), made.inputs);
  if (!context.ok()) return std::move(context).error();
  return context->run();
}

::testing::AssertionResult passes(const fs::path& folder) {
  const Result<OnnxCase> made = read_case(folder, CaseDims::kFixed);
  if (!made.ok()) return ::testing::AssertionFailure() << made.error().to_string();
  const Status sound = verify(made->graph, GraphLevel::kImported);
  if (!sound.ok()) return ::testing::AssertionFailure() << sound.error().to_string();
  const auto pool = ThreadPool::create({}).value();
  auto by_reference = agrees(execute(made->graph, made->inputs, *pool), made->outputs);
  if (!by_reference) return by_reference << ", by the references";
  for (const std::string_view name : {"cpu", "null"}) {
    auto by_plan = agrees(run_plan(*made, name), made->outputs);
    if (!by_plan) return by_plan << ", as a plan on " << name;
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult passes_with_open_dims(const fs::path& folder) {
  const Result<OnnxCase> made = read_case(folder, CaseDims::kOpen);
  if (!made.ok()) return ::testing::AssertionFailure() << made.error().to_string();
  return agrees(run_plan(*made, "cpu"), made->outputs);
}

class OnnxCases : public ::testing::TestWithParam<fs::path> {
 protected:
  // Against the list, where it holds for this way to run a case.
  void expect(const ::testing::AssertionResult& passed, bool with_open_dims) {
    const std::string name = GetParam().filename().string();
    const Exclusion* exclusion = find_exclusion(name);
    if (exclusion != nullptr && exclusion->when == Excluded::kInSomeReleases) return;
    const bool must_pass =
        exclusion == nullptr || (exclusion->when == Excluded::kWithOpenDims && !with_open_dims);
    if (must_pass) {
      EXPECT_TRUE(passed) << name;
    } else {
      EXPECT_FALSE(passed) << name << " passes: it need not be excluded any more ("
                           << exclusion->reason << ")";
    }
  }
};

TEST_P(OnnxCases, AreRight) { expect(passes(GetParam()), false); }

TEST_P(OnnxCases, AreRightWithOpenDims) { expect(passes_with_open_dims(GetParam()), true); }

std::string test_name(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name =
      info.param.parent_path().filename().string() + "_" + info.param.filename().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OnnxCases, ::testing::ValuesIn(cases()), test_name);

// Not a run over nothing because the folder has moved.
TEST(OnnxCaseList, HoldsHundredsOfCases) { EXPECT_GE(cases().size(), 900U); }

}  // namespace
}  // namespace tenon::internal::testing
