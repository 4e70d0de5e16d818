// All the ways from a quantity to E_total: each edge is a slope, each way their product.

import { ofSample } from "./names.js";
import { ACTIVATIONS, lossOf, softmaxSlope } from "./nn.js";

export const MAX_PATHS = 8; // spelled out for each weight; a reader has understood by then

/** From each name to its later neighbours: a Map from name to [[of, ∂of/∂name], …]. */
function edgesOf(problem, names, at) {
  const loss = lossOf(problem);
  const edges = new Map();
  const add = (by, of, slope) => {
    if (!edges.has(by)) edges.set(by, []);
    edges.get(by).push([of, slope]);
  };
  const last = names.layers.length - 1;
  for (const [s, number] of names.samples.entries()) {
    const call = (name) => ofSample(name, number);
    const pass = at.samples[s];
    names.errors.forEach((e, k) => {
      const t = problem.samples[s].targets[k];
      add(call(e), "E_total", 1 / names.samples.length);
      add(call(names.layers[last].outputs[k]), call(e), loss.slope(t, pass.outputs[last][k], names.errors.length));
    });
    for (let depth = last; depth >= 0; depth -= 1) {
      const { sums, outputs, weights, biases } = names.layers[depth];
      const activation = ACTIVATIONS[problem.layers[depth].activation];
      const before = depth ? names.layers[depth - 1].outputs : names.inputs;
      const signal = depth ? pass.outputs[depth - 1] : problem.samples[s].inputs;
      sums.forEach((sum, u) => {
        if (activation) {
          const slope = activation.slope(pass.sums[depth][u], pass.outputs[depth][u], problem.leaky_slope);
          add(call(sum), call(outputs[u]), slope);
        } else {
          outputs.forEach((a, k) => add(call(sum), call(a), softmaxSlope(pass.outputs[depth], k, u)));
        }
        before.forEach((x, k) => {
          add(weights[u][k], call(sum), signal[k]);
          if (depth) add(call(x), call(sum), problem.layers[depth].weights[u][k]);
        });
        if (biases.length) add(biases[u], call(sum), 1);
      });
    }
  }
  return edges;
}

/** The paths from a weight or bias: {count, sum, paths: [{nodes, factors, value}]}, first ones only. */
export function pathsFrom(start, problem, names, at) {
  const edges = edgesOf(problem, names, at);
  const known = new Map([["E_total", { count: 1, sum: 1 }]]);
  const gather = (name) => { // as deep as the network has layers, so recursion is safe
    if (!known.has(name)) {
      const found = { count: 0, sum: 0 };
      for (const [of, slope] of edges.get(name) ?? []) {
        const later = gather(of);
        found.count += later.count;
        found.sum += slope * later.sum;
      }
      known.set(name, found);
    }
    return known.get(name);
  };
  const paths = [];
  const stack = [{ nodes: [start], factors: [] }];
  while (stack.length && paths.length < MAX_PATHS) {
    const { nodes, factors } = stack.pop();
    if (nodes.at(-1) === "E_total") {
      const chain = [...factors].reverse();
      paths.push({ nodes, factors: chain, value: chain.reduce((product, f) => product * f.value, 1) });
      continue;
    }
    for (const [of, value] of [...edges.get(nodes.at(-1))].reverse()) {
      stack.push({ nodes: [...nodes, of], factors: [...factors, { of, by: nodes.at(-1), value }] });
    }
  }
  return { ...gather(start), paths };
}
