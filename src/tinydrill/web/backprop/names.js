// What every part of a problem is called. The rule is the one of Python's `problem` package.

/** h1[2] for sample 2, h1 for the only sample (null). */
export const ofSample = (name, sample) => (sample === null ? name : `${name}[${sample}]`);

/** Names of inputs, targets, errors, samples, and of each layer's weights, biases, sums, outputs. */
export function namesOf(problem) {
  const count = (n, stem, from = 0) => Array.from({ length: n }, (_, k) => `${stem}${from + k + 1}`);
  let weight = 0;
  let bias = 0;
  let hidden = 0;
  const layers = problem.layers.map((layer, depth) => {
    const last = depth === problem.layers.length - 1;
    const width = layer.weights.length;
    const weights = layer.weights.map((row) => {
      weight += row.length;
      return count(row.length, "w", weight - row.length);
    });
    const own = count(layer.biases.length, "b", bias);
    bias += own.length;
    const biases = problem.bias === "shared" ? Array(width).fill(own[0]) : own;
    const sums = last ? count(width, "o") : count(width, "h", hidden);
    hidden += last ? 0 : width;
    return { weights, biases, sums, outputs: sums.map((sum) => `a_${sum}`) };
  });
  const outputs = problem.layers.at(-1).weights.length;
  const samples = problem.samples.length;
  return {
    inputs: count(problem.samples[0].inputs.length, "i"),
    targets: count(outputs, "t"),
    errors: count(outputs, "E"),
    layers,
    samples: samples > 1 ? Array.from({ length: samples }, (_, k) => k + 1) : [null],
  };
}

/** A layer's weights, then its biases, each once. */
export const parametersOf = (layer) => [...layer.weights.flat(), ...new Set(layer.biases)];

/** Base, subscript and sample, for typesetting: a_h1[2] is a, h1, 2. */
export function nameParts(name) {
  const [plain, sample = ""] = name.replace("]", "").split("[");
  const under = plain.indexOf("_");
  if (under > 0) return [plain.slice(0, under), plain.slice(under + 1), sample];
  const [, stem, number] = plain.match(/^([A-Za-z]*)(.*)$/);
  return [stem, number, sample];
}
