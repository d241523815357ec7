// Where the windows of a convolution or a pooling lie in a channels_last tensor: for each tap and
// output position the address of the channels that it reads.
#pragma once

#include "devices/cpu/product/row_tiles.h"
#include "ops/window.h"
#include "tensor/dim.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tenon::internal {

// What taps outside of the input read.
enum class WindowPadding : uint8_t {
  kZeros,
  // What another tap of the same window reads, which leaves maxima as they are; -inf where the
  // window has no tap inside.
  kRepeat,
};

// The most channels of a tensor whose windows reach out of it.
inline constexpr int64_t kMaxPaddedChannels = 16384;
// That many zeros.
const float* zeros();

// Immutable. Positions are counted over batch and output, row-major.
class WindowRows {
 public:
  // `channels`: elements from one position of the input to the next. `lines_apart`: positions on
  // different lines never count as at even distances.
  WindowRows(const std::array<WindowAxis, kMaxSpatialRank>& axes, int64_t batch, int64_t channels,
             WindowPadding padding, bool lines_apart = false);

  int64_t positions() const { return batch_ * outputs_; }
  int64_t taps() const { return static_cast<int64_t>(tap_offsets_.size()); }

  // Writes for each tap where positions [first, first + count) read: [taps][count] addresses. But
  // where the positions lie at even distances, stride() elements, only where the first reads,
  // [taps], and returns true.
  bool addresses(const float* input, int64_t first, int64_t count, const float** out) const;
  int64_t stride() const { return axes_.back().stride * channels_; }
  // Those that addresses() writes.
  RowForms forms() const;

  // Taps of position `number` that lie inside of the input, or of the input and its padding.
  int64_t taps_inside(int64_t number, bool with_padding = false) const;

 private:
  struct Position;
  struct Place;
  Position position(int64_t number) const;
  void advance(Position& position) const;
  Place place(const Position& position) const;
  std::array<IndexRange, kMaxSpatialRank> inside(const Position& position) const;
  bool is_even(const Position& first, const Place& place, int64_t count) const;
  void padded(const float* input, const Position& position, int64_t offset, int64_t count,
              const float** out) const;

  std::array<WindowAxis, kMaxSpatialRank> axes_;
  int64_t batch_;
  int64_t channels_;
  WindowPadding padding_;
  // Positions and input elements of one image.
  int64_t outputs_ = 1;
  int64_t image_elements_ = 1;
  // Elements from tap 0 of a window to each tap.
  std::vector<int64_t> tap_offsets_;
  // Windows are single positions, and the next one's is always the next.
  bool dense_;
};

// The positions that windows over images [N, C, D...] may have, without lines apart.
PossibleRows possible_positions(const WindowAttrs& attrs, std::span<const int64_t> kernel,
                                const SymbolicShape& input, const SymbolicShape& output);

}  // namespace tenon::internal
