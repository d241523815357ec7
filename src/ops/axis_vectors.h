// Tensors as vectors along one axis: the loop of ops that go along one.
#pragma once

#include "base/checked_math.h"
#include "base/thread_pool.h"

#include <tenon/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tenon::internal {

// Vector (o, i), with o < outer and i < inner, has its elements k at (o * count + k) * inner + i.
struct AxisVectors {
  int64_t outer = 1;
  int64_t count = 1;
  int64_t inner = 1;

  AxisVectors(std::span<const int64_t> shape, size_t axis)
      : outer(tenon::element_count(shape.first(axis))),
        count(shape[axis]),
        inner(tenon::element_count(shape.subspan(axis + 1))) {}
};

// Calls body(outer, inner, lanes) for groups of at most `lanes` neighbouring vectors (outer,
// inner), (outer, inner + 1), …, which are best walked together, so that the operand is read in
// order. The groups cover all vectors; a thread gets at least `grain` elements where there are as
// many.
template <class Body>
void for_each_vector_group(const AxisVectors& vectors, int64_t lanes, int64_t grain,
                           ThreadPool& pool, const Body& body) {
  const int64_t groups = ceil_div(vectors.inner, lanes);
  const int64_t size = std::max<int64_t>(vectors.count, 1) * std::min(lanes, vectors.inner);
  pool.parallel_for(
      vectors.outer * groups,
      [&](int64_t begin, int64_t end) {
        for (int64_t group = begin; group < end; ++group) {
          const int64_t first = group % groups * lanes;
          body(group / groups, first, std::min(lanes, vectors.inner - first));
        }
      },
      std::max<int64_t>(1, grain / std::max<int64_t>(size, 1)));
}

}  // namespace tenon::internal
