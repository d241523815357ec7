#include "passes/drop_identity.h"
#include "passes/fold_constants.h"
#include "passes/fold_shapes.h"
#include "passes/merge_duplicates.h"
#include "passes/merge_views.h"
#include "passes/pass.h"
#include "passes/remove_dead.h"

#include <array>

namespace tenon::internal {
namespace {

constexpr std::array kCanonical = {
    Pass{"fold-shapes", "Replaces values that follow from shapes.", fold_shapes},
    Pass{"fold-constants", "Evaluates nodes whose operands are all constants.", fold_constants},
    Pass{"drop-identity", "Removes nodes that return their operand.", drop_identity},
    Pass{"merge-views", "Makes views of views one view.", merge_views},
    Pass{"merge-duplicates", "Computes once what several nodes compute.", merge_duplicates},
    Pass{"remove-dead", "Removes nodes from which no output follows.", remove_dead},
};

}  // namespace

std::span<const Pass> canonical_passes() { return kCanonical; }

}  // namespace tenon::internal
