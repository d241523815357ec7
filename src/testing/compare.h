// Comparing tensors in tests.
#pragma once

#include <gtest/gtest.h>
#include <tenon/types.h>

namespace tenon::internal::testing {

// Elements are close when |got - want| <= absolute + relative * |want|. NaN is close to NaN only,
// an infinity only to itself.
struct Tolerance {
  double absolute = 0;
  double relative = 0;
};

// For results computed in two ways, or copied with the digits that a printer gives: a few units of
// the type's precision around 1. Exact for integers and bool.
Tolerance default_tolerance(DataType type);

// `tolerance`, absolute and relative alike, or the default of the type where it is 0: how
// OpCase::tolerance is meant.
Tolerance tolerance_or_default(double tolerance, DataType type);

// Whether type, shape and all elements of two host tensors agree. The message names how many
// elements differ, the first one and the worst one, with their distance in units of the last place.
::testing::AssertionResult tensors_close(const ConstTensorView& got, const ConstTensorView& want,
                                         Tolerance tolerance = {});

// The same, to the last bit: -0 differs from 0, and NaNs differ where their bits do.
::testing::AssertionResult tensors_identical(const ConstTensorView& got,
                                             const ConstTensorView& want);

}  // namespace tenon::internal::testing
