#include "plan/profile_ranges.h"

#include "testing/matchers.h"

#include <gtest/gtest.h>

#include <array>

namespace tenon::internal {
namespace {

using testing::IsError;
using testing::IsOkAndHolds;

// Of inputs x[N,3] and z[N,M].
Result<SymbolRanges> ranges(const Profile& profile) {
  const SymbolicShape x = {Dim::symbol("N"), 3};
  const SymbolicShape z = {Dim::symbol("N"), Dim::symbol("M")};
  const std::array inputs = {ProfiledInput{"x", x}, ProfiledInput{"z", z}};
  return profile_ranges(inputs, profile);
}

Result<SymbolRanges> of_x(const ShapeRange& range) { return ranges({.inputs = {{"x", range}}}); }

TEST(ProfileRanges, MeetWhereTwoInputsShareASymbol) {
  EXPECT_THAT(ranges({.inputs = {{"x", {.min = {2, 3}, .opt = {}, .max = {8, 3}}},
                                 {"z", {.min = {1, 3}, .opt = {}, .max = {6, 4}}}}}),
              IsOkAndHolds(SymbolRanges{{"N", {2, 6}}, {"M", {3, 4}}}));
}

TEST(ProfileRanges, AreOfSymbolsWithAMax) {
  EXPECT_THAT(ranges({}), IsOkAndHolds(SymbolRanges{}));
  EXPECT_THAT(of_x({.min = {2, 3}, .opt = {}, .max = {}}), IsOkAndHolds(SymbolRanges{}));
  EXPECT_THAT(ranges({.inputs = {{"x", {.min = {2, 3}, .opt = {}, .max = {}}},
                                 {"z", {.min = {}, .opt = {}, .max = {6, 4}}}}}),
              IsOkAndHolds(SymbolRanges{{"N", {2, 6}}, {"M", {0, 4}}}));
}

TEST(ProfileRanges, OfOneSymbolMustHaveAValueInCommon) {
  EXPECT_THAT(ranges({.inputs = {{"x", {.min = {4, 3}, .opt = {}, .max = {8, 3}}},
                                 {"z", {.min = {1, 3}, .opt = {}, .max = {2, 3}}}}}),
              IsError(ErrorKind::kInvalidArgument,
                      "dim N at least 4 in input 'x' and at most 2 in input 'z'"));
  EXPECT_THAT(ranges({.inputs = {{"x", {.min = {}, .opt = {}, .max = {3, 3}}},
                                 {"z", {.min = {4, 3}, .opt = {}, .max = {}}}}}),
              IsError(ErrorKind::kInvalidArgument,
                      "dim N at least 4 in input 'z' and at most 3 in input 'x'"));
}

TEST(ProfileRanges, OfAnExpressionMustHoldAValueThatItsSymbolsGive) {
  const SymbolicShape x = {Dim::symbol("N")};
  const SymbolicShape y = {2 * Dim::symbol("N") + 1};
  const std::array inputs = {ProfiledInput{"x", x}, ProfiledInput{"y", y}};
  const auto with = [&](int64_t min, int64_t max) {
    return profile_ranges(inputs, {.inputs = {{"x", {.min = {2}, .opt = {}, .max = {4}}},
                                              {"y", {.min = {min}, .opt = {}, .max = {max}}}}});
  };
  EXPECT_THAT(with(9, 20), IsOkAndHolds(SymbolRanges{{"N", {2, 4}}}));
  EXPECT_THAT(with(10, 20), IsError(ErrorKind::kInvalidArgument,
                                    "axis 0 of input 'y' 10 to 20, and with the other dims "
                                    "2*N + 1 is 5 to 9"));
  EXPECT_THAT(with(1, 4), IsError(ErrorKind::kInvalidArgument, "'y' 1 to 4"));
}

TEST(PossibleRanges, AreOfAllSymbols) {
  const SymbolicShape x = {Dim::symbol("N"), 3};
  const SymbolicShape z = {Dim::symbol("K"), Dim::symbol("M")};
  const std::array inputs = {ProfiledInput{"x", x}, ProfiledInput{"z", z}};
  const Profile profile = {.inputs = {{"z", {.min = {2, 3}, .opt = {}, .max = {}}}}};
  EXPECT_THAT(possible_ranges(inputs, profile),
              IsOkAndHolds(SymbolRanges{
                  {"N", {0, kMaxSymbol}}, {"K", {2, kMaxSymbol}}, {"M", {3, kMaxSymbol}}}));
}

TEST(ProfileRanges, NameWhatDoesNotFitTheInputs) {
  EXPECT_THAT(ranges({.inputs = {{"y", {}}}}), IsError(ErrorKind::kNotFound, "'y'"));
  EXPECT_THAT(of_x({.min = {1}, .opt = {}, .max = {}}),
              IsError(ErrorKind::kInvalidArgument, "input 'x' the shape [1], and it is [N,3]"));
  EXPECT_THAT(of_x({.min = {20, 3}, .opt = {}, .max = {5, 3}}),
              IsError(ErrorKind::kInvalidArgument, "min 20, opt 20, max 5"));
  EXPECT_THAT(of_x({.min = {}, .opt = {}, .max = {-5, 3}}),
              IsError(ErrorKind::kInvalidArgument, "max -5"));
  EXPECT_THAT(of_x({.min = {1, 4}, .opt = {1, 4}, .max = {1, 4}}),
              IsError(ErrorKind::kInvalidArgument, "axis 1 of input 'x' is 3"));
}

}  // namespace
}  // namespace tenon::internal
