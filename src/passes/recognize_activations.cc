#include "passes/recognize_activations.h"

#include "base/data_types.h"
#include "base/try.h"
#include "ops/list.h"
#include "passes/match_pattern.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::internal {
namespace {

struct Activation {
  std::string_view op;
  AttributeMap attributes;
  Pattern pattern;
};

// The ways to multiply %x, %half and %share, which `share` computes.
void add_gelus(std::vector<Activation>& activations, const AttributeMap& attributes,
               const std::string& share) {
  for (const std::string_view product :
       {"%p = Mul(%x, %share)\n%y = Mul(%p, %half)", "%p = Mul(%x, %half)\n%y = Mul(%p, %share)",
        "%p = Mul(%share, %half)\n%y = Mul(%x, %p)"}) {
    activations.push_back({"Gelu", attributes,
                           Pattern("input %x: f32[N]\nconst %half: f32[] = [0.5]\n"
                                   "const %one: f32[] = [1]\n" +
                                   share + std::string(product) + "\noutput \"y\" = %y")});
  }
}

void add_gelus_by_erf(std::vector<Activation>& activations) {
  constexpr std::string_view kEnd = "%e = Erf(%z)\n%share = Add(%e, %one)\n";
  for (const std::string_view scaled :
       {"const %root: f32[] = [1.4142135623730951]\n%z = Div(%x, %root)\n",
        "const %root: f32[] = [0.7071067811865476]\n%z = Mul(%x, %root)\n"}) {
    add_gelus(activations, {{"tanh", int64_t{0}}}, std::string(scaled) + std::string(kEnd));
  }
}

void add_gelus_by_tanh(std::vector<Activation>& activations) {
  constexpr std::string_view kStart =
      "const %k: f32[] = [0.044715]\nconst %r: f32[] = [0.7978845608028654]\n"
      "const %two: f32[] = [2]\nconst %three: f32[] = [3]\n";
  constexpr std::string_view kEnd = "%t = Tanh(%z)\n%share = Add(%t, %one)\n";
  constexpr std::array<std::string_view, 5> kInner = {
      "%c = Pow(%x, %three)\n%s = Mul(%c, %k)\n%i = Add(%x, %s)\n%z = Mul(%i, %r)\n",
      "%q = Mul(%x, %x)\n%c = Mul(%q, %x)\n%s = Mul(%c, %k)\n%i = Add(%x, %s)\n%z = Mul(%i, %r)\n",
      // k * x times x times x
      "%a = Mul(%x, %k)\n%b = Mul(%a, %x)\n%c = Mul(%b, %x)\n%i = Add(%x, %c)\n%z = Mul(%i, %r)\n",
      // x times r times 1 + k * x^2
      "%q = Mul(%x, %x)\n%s = Mul(%q, %k)\n%i = Add(%s, %one)\n%f = Mul(%x, %r)\n"
      "%z = Mul(%f, %i)\n",
      "%q = Pow(%x, %two)\n%s = Mul(%q, %k)\n%i = Add(%s, %one)\n%f = Mul(%x, %r)\n"
      "%z = Mul(%f, %i)\n",
  };
  for (const std::string_view inner : kInner) {
    add_gelus(activations, {{"tanh", int64_t{1}}},
              std::string(kStart) + std::string(inner) + std::string(kEnd));
  }
}

std::vector<Activation> all_activations() {
  std::vector<Activation> activations;
  add_gelus_by_erf(activations);
  add_gelus_by_tanh(activations);
  const auto add = [&](std::string_view op, AttributeMap attributes, const std::string& body) {
    activations.push_back(
        {op, std::move(attributes), Pattern("input %x: f32[N]\n" + body + "\noutput \"y\" = %y")});
  };
  add("Mish", {}, "%s = Softplus(%x)\n%t = Tanh(%s)\n%y = Mul(%x, %t)");
  add("Swish", {{"alpha", 1.0}}, "%s = Sigmoid(%x)\n%y = Mul(%x, %s)");
  const std::string clipped =
      "const %three: f32[] = [3]\nconst %six: f32[] = [6]\n%a = Add(%x, %three)\n"
      "%c = Clip(%a) {min=0, max=6}\n";
  add("HardSwish", {}, clipped + "%p = Mul(%x, %c)\n%y = Div(%p, %six)");
  add("HardSwish", {}, clipped + "%p = Div(%c, %six)\n%y = Mul(%x, %p)");
  add("HardSwish", {}, "%s = HardSigmoid(%x) {alpha=0.16666667, beta=0.5}\n%y = Mul(%x, %s)");
  return activations;
}

}  // namespace

Result<Patch> recognize_activations(const Graph& graph) {
  const std::vector<Activation> activations = all_activations();
  const std::vector<std::vector<Use>> uses = graph.uses();
  Patch patch(graph);
  std::set<NodeId> taken;
  for (const NodeId id : graph.order()) {
    for (const Activation& activation : activations) {
      const auto match = activation.pattern.match(graph, uses, id);
      if (!match || !is_floating(graph.value(match->input).info.type)) continue;
      if (std::ranges::any_of(match->nodes, [&](NodeId node) { return taken.contains(node); })) {
        continue;
      }
      const OpDef& op = *find_op(activation.op);
      Attrs attrs = TRY(Attrs::from_map(*op.attrs, activation.attributes));
      const std::vector<ValueId> outputs =
          TRY(patch.add_node(id, op, std::move(attrs), {match->input}, graph.node(id).name));
      patch.replace(graph.node(id).outputs[0], outputs[0]);
      for (const NodeId node : match->nodes) patch.remove(node);
      taken.insert(match->nodes.begin(), match->nodes.end());
      break;
    }
  }
  return patch;
}

}  // namespace tenon::internal
