
#include "ops/reformat.h"
#include "base/errors.h"
#include "device/host_device.h"
#include "devices/cpu/tactics/function_kernel.h"
#include "devices/cpu/tactics/tactics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tenon::internal {
namespace {

// Edge of the square tiles that are turned at once: a tile of both tensors stays in the first-level
// cache.
constexpr int64_t kTile = 32;

// A tensor as `images` matrices that are turned each, in bands of columns.
template <class T>
class TurnInvocation final : public Invocation {
 public:
  TurnInvocation(int64_t images, int64_t rows, int64_t columns, ThreadPool& pool)
      : images_(images), rows_(rows), columns_(columns), pool_(pool) {}

  Status enqueue(Stream& stream, std::span<void* const> pointers, void* workspace) override {
    static_cast<void>(stream);
    static_cast<void>(workspace);
    const auto* from = static_cast<const T*>(pointers[0]);
    auto* to = static_cast<T*>(pointers[1]);
    const int64_t bands = (columns_ + kTile - 1) / kTile;
    const int64_t grain =
        std::max<int64_t>(1, kGrainElements / std::max<int64_t>(1, rows_ * kTile));
    pool_.parallel_for(
        images_ * bands,
        [&](int64_t begin, int64_t end) {
          for (int64_t at = begin; at < end; ++at) turn_band(from, to, at / bands, at % bands);
        },
        grain);
    return {};
  }

 private:
  // Elements that are worth a thread of their own.
  static constexpr int64_t kGrainElements = 16 * 1024;

  void turn_band(const T* from, T* to, int64_t image, int64_t band) const {
    const int64_t first = band * kTile;
    const int64_t last = std::min(first + kTile, columns_);
    from += image * rows_ * columns_;
    to += image * rows_ * columns_;
    for (int64_t row = 0; row < rows_; row += kTile) {
      const int64_t row_end = std::min(row + kTile, rows_);
      for (int64_t column = first; column < last; ++column) {
        for (int64_t r = row; r < row_end; ++r)
          to[column * rows_ + r] = from[r * columns_ + column];
      }
    }
  }

  int64_t images_;
  int64_t rows_;
  int64_t columns_;
  ThreadPool& pool_;
};

class TurnKernel final : public Kernel {
 public:
  TurnKernel(Layout to, HostDevice& device) : to_(to), device_(device) {}

  Result<std::unique_ptr<Invocation>> bind(std::span<const BoundOperand> inputs,
                                           std::span<const BoundOperand> outputs) const override {
    static_cast<void>(outputs);
    const std::span<const int64_t> shape(inputs[0].shape);
    int64_t rows = shape[1];
    int64_t columns = tenon::element_count(shape.subspan(2));
    if (to_ == Layout::kPlain) std::swap(rows, columns);
    switch (bits_of(inputs[0].type)) {
      case 8:
        return make<uint8_t>(shape[0], rows, columns);
      case 16:
        return make<uint16_t>(shape[0], rows, columns);
      case 32:
        return make<uint32_t>(shape[0], rows, columns);
      default:
        return make<uint64_t>(shape[0], rows, columns);
    }
  }

 private:
  template <class T>
  std::unique_ptr<Invocation> make(int64_t images, int64_t rows, int64_t columns) const {
    return std::make_unique<TurnInvocation<T>>(images, rows, columns, device_.pool());
  }

  Layout to_;
  HostDevice& device_;
};

std::string rejects_reformat(const Problem& problem, const DeviceInfo& device) {
  static_cast<void>(device);
  if (problem.op->name != "Reformat") return "it changes no layout";
  const ReformatAttrs& attrs = problem.attrs.as<ReformatAttrs>();
  return attrs.from == attrs.to ? "the layouts are the same" : "";
}

Result<std::unique_ptr<Kernel>> make_reformat(const Problem& problem, Device& device) {
  return std::unique_ptr<Kernel>(std::make_unique<TurnKernel>(problem.attrs.as<ReformatAttrs>().to,
                                                              static_cast<HostDevice&>(device)));
}

constexpr std::array kTactics = {Tactic{.source = "own",
                                        .name = "reformat",
                                        .version = 1,
                                        .doc = "Turns channels and positions, tile by tile.",
                                        .rejects = rejects_reformat,
                                        .workspace = no_workspace,
                                        .make = make_reformat}};

}  // namespace

std::span<const Tactic> reformat_tactics() { return kTactics; }

}  // namespace tenon::internal
