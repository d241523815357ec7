// Products of matrices that are in the cache, on one thread, whose sums stay where they are made.
#pragma once

#include "devices/cpu/isa.h"
#include "devices/cpu/jit/code_set.h"

#include <tenon/error.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace tenon::internal {

// Of right factors of one width, and any number of rows. Immutable: any thread.
class TileProduct {
 public:
  struct Form {
    // In vectors, at most max_tile_vectors().
    int vectors = 1;
    // Neighbours along the depth of the left factor do not lie side by side.
    bool strided = false;
    // Adds to the sums that are there.
    bool continued = false;
  };
  // Errors: those of CodeSet::get().
  static Result<TileProduct> create(const Form& form, Isa isa, CodeSet& code);

  // Distances are in elements.
  struct Left {
    const float* data = nullptr;
    int64_t rows = 0;
    int64_t row_stride = 0;
    int64_t depth = 0;
    int64_t depth_stride = 1;
  };

  // sums [rows][width] are, or grow by, left [rows][depth] times right [depth][width].
  void run(const Left& left, const float* right, float* sums) const;

 private:
  int64_t width_ = 0;
  // By rows of a tile, less one.
  std::vector<std::shared_ptr<const JitCode>> codes_;
};

}  // namespace tenon::internal
