#include "passes/drop_identity.h"
#include "passes/expand_powers.h"
#include "passes/fold_axes.h"
#include "passes/fold_batch_norm.h"
#include "passes/fold_constants.h"
#include "passes/fold_padding.h"
#include "passes/fold_scale.h"
#include "passes/fold_shapes.h"
#include "passes/fuse_group_normalization.h"
#include "passes/fuse_normalization.h"
#include "passes/fuse_regions.h"
#include "passes/gather_to_slice.h"
#include "passes/gemm_to_matmul.h"
#include "passes/inline_if.h"
#include "passes/join_heads.h"
#include "passes/merge_duplicates.h"
#include "passes/merge_pads.h"
#include "passes/merge_views.h"
#include "passes/move_slices.h"
#include "passes/move_transposes.h"
#include "passes/narrow_bodies.h"
#include "passes/pass.h"
#include "passes/recognize_activations.h"
#include "passes/recognize_attention.h"
#include "passes/remove_dead.h"

#include <array>

namespace tenon::internal {
namespace {

constexpr Pass kDropIdentity = {"drop-identity", "Removes nodes that return their operand.",
                                drop_identity};
constexpr Pass kMergeViews = {"merge-views", "Makes views of views one view.", merge_views};
constexpr Pass kRemoveDead = {"remove-dead", "Removes nodes from which no output follows.",
                              remove_dead};

constexpr std::array kCanonical = {
    Pass{"inline-if", "Puts the body that runs in the place of an If whose condition is known.",
         inline_if},
    Pass{"narrow-bodies", "Moves constants into bodies, and drops operands that no body uses.",
         narrow_bodies},
    Pass{"fold-shapes", "Replaces values that follow from shapes.", fold_shapes},
    Pass{"fold-constants", "Evaluates nodes whose operands are all constants.", fold_constants},
    Pass{"fold-axes", "Writes the axes of reductions as attributes.", fold_axes},
    Pass{"fold-padding", "Writes the padding of windows as numbers.", fold_padding},
    Pass{"merge-pads", "Makes zeros around images the padding of what reads them.", merge_pads},
    kDropIdentity,
    kMergeViews,
    Pass{"merge-duplicates", "Computes once what several nodes compute.", merge_duplicates},
    kRemoveDead,
};

// Each makes what a later one looks for: arithmetic of normalizations and products, then no views
// that are idle because weights told the passes before what a dim is, then transposes out of its
// way, then weights that take it in, then regions of what is left.
constexpr std::array kFuse = {
    Pass{"gather-to-slice", "Makes a Gather of one index, or of neighbours, a Slice.",
         gather_to_slice},
    Pass{"fold-batch-norm", "Makes constant normalizations part of weights, or arithmetic.",
         fold_batch_norm},
    Pass{"fuse-normalization", "Recognizes layer and RMS normalizations in their arithmetic.",
         fuse_normalization},
    Pass{"fuse-group-normalization",
         "Recognizes group normalizations that are written as instance normalizations.",
         fuse_group_normalization},
    Pass{"recognize-attention", "Recognizes attention in its arithmetic.", recognize_attention},
    Pass{"move-slices", "Takes parts before they are transposed or seen in other shapes.",
         move_slices},
    Pass{"join-heads", "Lets Attention read and write heads where products have them.", join_heads},
    Pass{"recognize-activations", "Recognizes GELU, SiLU, HardSwish and Mish in their arithmetic.",
         recognize_activations},
    Pass{"expand-powers", "Makes squares and cubes products.", expand_powers},
    Pass{"gemm-to-matmul", "Makes Gemm a MatMul with transposes and arithmetic.", gemm_to_matmul},
    kDropIdentity,
    kMergeViews,
    kRemoveDead,
    Pass{"move-transposes", "Merges transposes and moves them to where they cancel.",
         move_transposes},
    Pass{"fold-scale", "Makes constant scales and shifts part of weights and biases.", fold_scale},
    Pass{"fuse-regions", "Fuses nodes into regions.", fuse_regions},
};

}  // namespace

std::span<const Pass> canonical_passes() { return kCanonical; }

std::span<const Pass> fuse_passes() { return kFuse; }

}  // namespace tenon::internal
