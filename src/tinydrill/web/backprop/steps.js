// One pass as a list of steps, one quantity each, in the order in which each needs only what
// stands before it: forwards unit by unit, the errors, backwards edge by edge, the update.

import { ofSample, parametersOf } from "./names.js";

export const PHASES = { forward: "Forwards", loss: "The error", backward: "Backwards", update: "The update" };

/**
 * Steps {phase, kind, name, depth, unit, input, sample}: `name` is the quantity found; in the
 * phase backward the step finds ∂E_total/∂name, in the phase update the next value of name.
 * kind: sum, output, error, total; output, sum, weight, bias. sample is an index, or null where a
 * step gathers all samples.
 */
export function stepsOf(problem, names) {
  const steps = [];
  const push = (phase, kind, name, rest = {}) =>
    steps.push({ phase, kind, name, depth: 0, unit: 0, input: 0, sample: null, ...rest });
  const each = (phase, kind, called, sample, depth) =>
    called.forEach((name, unit) =>
      push(phase, kind, ofSample(name, names.samples[sample]), { depth, unit, sample }),
    );
  const samples = names.samples.map((_, index) => index);
  const last = names.layers.length - 1;
  for (const s of samples) {
    names.layers.forEach((layer, depth) => {
      const mixed = problem.layers[depth].activation === "softmax"; // needs every sum first
      if (mixed) each("forward", "sum", layer.sums, s, depth);
      layer.sums.forEach((sum, unit) => {
        const at = { depth, unit, sample: s };
        if (!mixed) push("forward", "sum", ofSample(sum, names.samples[s]), at);
        push("forward", "output", ofSample(layer.outputs[unit], names.samples[s]), at);
      });
    });
    each("loss", "error", names.errors, s, last);
  }
  push("loss", "total", "E_total");
  for (let depth = last; depth >= 0; depth -= 1) {
    const layer = names.layers[depth];
    for (const s of samples) {
      each("backward", "output", layer.outputs, s, depth);
      each("backward", "sum", layer.sums, s, depth);
    }
    layer.weights.forEach((row, unit) =>
      row.forEach((name, input) => push("backward", "weight", name, { depth, unit, input })),
    );
    [...new Set(layer.biases)].forEach((name, unit) => push("backward", "bias", name, { depth, unit }));
  }
  for (const [depth, layer] of names.layers.entries()) {
    for (const name of parametersOf(layer)) {
      if (problem.train_biases || name.startsWith("w")) push("update", "new", name, { depth });
    }
  }
  return steps;
}

/** The column of the table in which a step's number stands; null where it has none. */
export const columnOf = (step) => (step.phase === "backward" ? `dE/d${step.name}` : step.name);
