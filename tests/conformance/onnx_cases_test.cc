// Every case of ONNX's own tests that has tensors of numbers, and every other one whose operators
// can be imported: by the references before and after the passes, as a plan on each device, and as
// a plan whose dims are open. What is excluded stands in kExclusions with its reason, and must
// fail: the list can only shrink. Says at the end how many of the cases of single operators pass.
#include "graph/executor.h"
#include "graph/verify.h"
#include "onnx_case.h"
#include "passes/pass.h"
#include "testing/compare.h"
#include "testing/matchers.h"
#include "testing/plan_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace tenon::internal::testing {
namespace {

namespace fs = std::filesystem;

enum class Excluded : uint8_t {
  // It must fail.
  kAlways,
  // It must fail where all dims are open, and pass where they are fixed or only the first is open.
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
constexpr std::string_view kWords = "it counts words, and strings are no numbers";
constexpr std::string_view kOldScan = "a Scan of opset 8 is another operator than later ones";
constexpr std::string_view kUnknown = "Tenon has no such operator";
constexpr std::string_view kOtherDomain = "it is of another domain than neural networks";
constexpr std::string_view kAspectRatio = "its extents depend on all dims at once";
constexpr std::string_view kNoTensor = "sequences and optional values are no tensors";

constexpr auto kExclusions = std::to_array<Exclusion>({
    {"test_ai_onnx_ml_array_feature_extractor", kOtherDomain},
    {"test_ai_onnx_ml_binarizer", kOtherDomain},
    {"test_basic_deform_conv_with_padding", kUnknown},
    {"test_basic_deform_conv_without_padding", kUnknown},
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
    {"test_deform_conv_with_mask_bias", kUnknown},
    {"test_deform_conv_with_multiple_offset_groups", kUnknown},
    {"test_equal_string", kStrings},
    {"test_equal_string_broadcast", kStrings},
    {"test_gathernd_example_float32", kOpenRank, Excluded::kWithOpenDims},
    {"test_gathernd_example_int32", kOpenRank, Excluded::kWithOpenDims},
    {"test_gathernd_example_int32_batch_dim1", kOpenRank, Excluded::kWithOpenDims},
    {"test_identity_opt", kNoTensor},
    {"test_identity_sequence", kNoTensor},
    {"test_mish", kUnknown},
    {"test_optional_get_element_tensor", kNoTensor},
    {"test_optional_has_element_empty_no_input_name_optional_input", kNoTensor},
    {"test_optional_has_element_empty_no_input_name_tensor_input", kNoTensor},
    {"test_optional_has_element_empty_no_input_optional_input", kNoTensor},
    {"test_optional_has_element_empty_no_input_tensor_input", kNoTensor},
    {"test_resize_downsample_scales_cubic", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_cubic_A_n0p5_exclude_outside", kOddScale,
     Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_cubic_align_corners", kCornersApart},
    {"test_resize_downsample_scales_cubic_antialias", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_linear", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_linear_align_corners", kCornersApart},
    {"test_resize_downsample_scales_linear_antialias", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_linear_half_pixel_symmetric", kOddScale,
     Excluded::kWithOpenDims},
    {"test_resize_downsample_scales_nearest", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_downsample_sizes_nearest_not_larger", kAspectRatio, Excluded::kWithOpenDims},
    {"test_resize_downsample_sizes_nearest_not_smaller", kAspectRatio, Excluded::kWithOpenDims},
    {"test_resize_upsample_scales_linear_half_pixel_symmetric", kOddScale, Excluded::kWithOpenDims},
    {"test_resize_upsample_sizes_nearest_not_larger", kAspectRatio, Excluded::kWithOpenDims},
    {"test_scan_sum", kOldScan},
    {"test_sequence_model1", kNoTensor},
    {"test_sequence_model2", kNoTensor},
    {"test_sequence_model3", kNoTensor},
    {"test_sequence_model4", kNoTensor},
    {"test_sequence_model5", kNoTensor},
    {"test_sequence_model6", kNoTensor},
    {"test_sequence_model7", kNoTensor},
    {"test_sequence_model8", kNoTensor},
    {"test_tfidfvectorizer_tf_batch_onlybigrams_skip0", kWords},
    {"test_tfidfvectorizer_tf_batch_onlybigrams_skip5", kWords},
    {"test_tfidfvectorizer_tf_batch_uniandbigrams_skip5", kWords},
    {"test_tfidfvectorizer_tf_only_bigrams_skip0", kWords},
    {"test_tfidfvectorizer_tf_onlybigrams_levelempty", kWords},
    {"test_tfidfvectorizer_tf_onlybigrams_skip5", kWords},
    {"test_tfidfvectorizer_tf_uniandbigrams_skip5", kWords},
    {"test_training_dropout", kTraining},
    {"test_training_dropout_default", kTraining},
    {"test_training_dropout_default_mask", kTraining},
    {"test_training_dropout_mask", kTraining},
    {"test_training_dropout_zero_ratio", kTraining},
    {"test_training_dropout_zero_ratio_mask", kTraining},
});

constexpr std::array<std::string_view, 4> kGroups = {"node", "pytorch-converted",
                                                     "pytorch-operator", "simple"};

struct Case {
  fs::path folder;
  // One operator on tensors of numbers: these are counted.
  bool is_counted = false;
};

void PrintTo(const Case& at, std::ostream* out) { *out << at.folder; }

std::vector<Case> cases() {
  std::vector<Case> found;
  for (const std::string_view group : kGroups) {
    for (const auto& entry : fs::directory_iterator(fs::path(TENON_ONNX_CASES) / group)) {
      const Result<CaseFacts> facts = read_facts(entry.path());
      const bool has_tensors = facts.ok() && facts->kind == CaseKind::kTensors;
      if (has_tensors || !facts.ok() || facts->has_all_operators) {
        found.push_back({entry.path(), has_tensors && group == "node"});
      }
    }
  }
  std::ranges::sort(found, {}, &Case::folder);
  return found;
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

// The ways to compute a case.
enum class Way : uint8_t { kReference, kOptimized, kCpu, kNull, kOpenLeading, kOpen };
constexpr auto kWays = std::to_array<std::string_view>(
    {"by the references", "by the references after the passes", "as a plan on cpu",
     "as a plan on null", "as a plan with open first dims", "as a plan with open dims"});

bool has_open_dims(Way way) { return way == Way::kOpenLeading || way == Way::kOpen; }

CaseDims dims_of(Way way) {
  if (way == Way::kOpenLeading) return CaseDims::kOpenLeading;
  return way == Way::kOpen ? CaseDims::kOpen : CaseDims::kFixed;
}

Result<std::vector<HostTensor>> optimize_and_execute(OnnxCase made, ThreadPool& pool) {
  for (const auto& [passes, level] : {std::pair(canonical_passes(), GraphLevel::kCanonical),
                                      std::pair(fuse_passes(), GraphLevel::kFused)}) {
    Status optimized = run_passes(made.graph, passes, level);
    if (!optimized.ok()) return std::move(optimized).error();
  }
  return execute(made.graph, made.inputs, pool);
}

Result<std::vector<HostTensor>> compute(const OnnxCase& made, Way way) {
  if (way == Way::kNull) return run_plan(made, "null");
  if (way != Way::kReference && way != Way::kOptimized) return run_plan(made, "cpu");
  const auto pool = ThreadPool::create({}).value();
  if (way == Way::kOptimized) return optimize_and_execute(made, *pool);
  Status sound = verify(made.graph, GraphLevel::kImported);
  if (!sound.ok()) return std::move(sound).error();
  return execute(made.graph, made.inputs, *pool);
}

// How many of the counted cases were computed in a way, and how many of them rightly.
struct Count {
  size_t computed = 0;
  size_t right = 0;
};

class OnnxCases : public ::testing::TestWithParam<Case> {
 protected:
  static void TearDownTestSuite() {
    const std::vector<Case> all = cases();
    const auto counted = static_cast<size_t>(std::ranges::count(all, true, &Case::is_counted));
    std::printf("%zu cases of single operators on tensors; right are\n", counted);
    for (size_t way = 0; way < kWays.size(); ++way) {
      const Count& count = counts[way];
      std::printf("  %4zu of %4zu %s\n", count.right, count.computed,
                  std::string(kWays[way]).c_str());
      // A filter leaves cases out.
      if (counts[0].computed == counted) {
        EXPECT_GE(count.right, kLeast) << kWays[way];
      }
    }
  }

  // Computes the case and compares with the list, where that holds for this way.
  static void check(Way way) {
    const std::string name = GetParam().folder.filename().string();
    const Exclusion* exclusion = find_exclusion(name);
    const Result<OnnxCase> made = read_case(GetParam().folder, dims_of(way));
    if (made.ok() && has_open_dims(way) && !has_dims(made->graph)) return;
    const ::testing::AssertionResult passed = made.ok() ? agrees(compute(*made, way), made->outputs)
                                                        : ::testing::AssertionFailure()
                                                              << made.error().to_string();
    if (GetParam().is_counted) {
      Count& count = counts[static_cast<size_t>(way)];
      ++count.computed;
      count.right += passed ? 1U : 0U;
    }
    if (exclusion != nullptr && exclusion->when == Excluded::kInSomeReleases) return;
    const bool must_pass =
        exclusion == nullptr || (exclusion->when == Excluded::kWithOpenDims && way != Way::kOpen);
    if (must_pass) {
      EXPECT_TRUE(passed) << name << ' ' << kWays[static_cast<size_t>(way)];
    } else {
      EXPECT_FALSE(passed) << name << " passes: it need not be excluded any more ("
                           << exclusion->reason << ")";
    }
  }

 private:
  static constexpr size_t kLeast = 780;

  static bool has_dims(const Graph& graph) {
    return std::ranges::any_of(graph.inputs(),
                               [&](ValueId id) { return !graph.value(id).info.shape.empty(); });
  }

  static inline std::array<Count, kWays.size()> counts = {};
};

TEST_P(OnnxCases, AreRightByReference) { check(Way::kReference); }

TEST_P(OnnxCases, AreRightOptimized) { check(Way::kOptimized); }

TEST_P(OnnxCases, AreRightOnCpu) { check(Way::kCpu); }

TEST_P(OnnxCases, AreRightOnNull) { check(Way::kNull); }

TEST_P(OnnxCases, AreRightWithOpenLeadingDims) { check(Way::kOpenLeading); }

TEST_P(OnnxCases, AreRightWithOpenDims) { check(Way::kOpen); }

std::string test_name(const ::testing::TestParamInfo<Case>& info) {
  const fs::path& folder = info.param.folder;
  std::string name = folder.parent_path().filename().string() + "_" + folder.filename().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OnnxCases, ::testing::ValuesIn(cases()), test_name);

// Not a run over nothing because the folder has moved.
TEST(OnnxCaseList, HoldsHundredsOfCases) { EXPECT_GE(cases().size(), 900U); }

}  // namespace
}  // namespace tenon::internal::testing
