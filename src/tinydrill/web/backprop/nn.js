// The network's mathematics: forwards, backwards, descent. No DOM, no names but in `named`.
// A problem is what Python writes: layers {activation, weights[unit][input], biases}, samples
// {inputs, targets}, loss, bias, train_biases, rate, leaky_slope. Nothing here changes one.

import { ofSample } from "./names.js";

/** An activation beside its slope in terms of sum h and output a. */
export const ACTIVATIONS = {
  sigmoid: {
    // The second form, for h < 0, is the same number and can't overflow.
    value: (h) => (h >= 0 ? 1 / (1 + Math.exp(-h)) : Math.exp(h) / (1 + Math.exp(h))),
    slope: (h, a) => a * (1 - a),
  },
  tanh: { value: Math.tanh, slope: (h, a) => 1 - a * a },
  relu: { value: (h) => (h > 0 ? h : 0), slope: (h) => (h > 0 ? 1 : 0) },
  "leaky-relu": { value: (h, leak) => (h > 0 ? h : leak * h), slope: (h, a, leak) => (h > 0 ? 1 : leak) },
  linear: { value: (h) => h, slope: () => 1 },
};

/** e^oₖ / Σⱼ e^oⱼ for every k; subtracting the largest changes nothing and can't overflow. */
export function softmax(sums) {
  const largest = Math.max(...sums);
  const powers = sums.map((o) => Math.exp(o - largest));
  const whole = powers.reduce((x, y) => x + y, 0);
  return powers.map((power) => power / whole);
}

/** ∂aₖ/∂oⱼ of softmax. */
export const softmaxSlope = (outputs, k, j) => outputs[k] * ((j === k ? 1 : 0) - outputs[j]);

/** A loss beside its slope by the output a, for target t and K outputs. */
export const LOSSES = {
  "half-squared": { value: (t, a) => 0.5 * (t - a) ** 2, slope: (t, a) => a - t },
  "mean-squared": { value: (t, a, K) => (t - a) ** 2 / K, slope: (t, a, K) => (2 * (a - t)) / K },
  "cross-entropy": { // of one class after softmax; 0·ln 0 counts as 0
    value: (t, a) => (t === 0 ? 0 : -t * Math.log(a)),
    slope: (t, a) => (t === 0 ? 0 : -t / a),
  },
};
const ENTROPY = LOSSES["cross-entropy"];
const BINARY = { // after sigmoid: of yes and of no
  value: (t, a) => ENTROPY.value(t, a) + ENTROPY.value(1 - t, 1 - a),
  slope: (t, a) => ENTROPY.slope(t, a) - ENTROPY.slope(1 - t, 1 - a),
};

/** The loss that the problem's words mean. */
export const lossOf = (problem) =>
  problem.loss === "cross-entropy" && problem.layers.at(-1).activation !== "softmax"
    ? BINARY
    : LOSSES[problem.loss];

/** The bias of a unit: none, the layer's only one, or its own. */
const biasOf = (layer, unit) =>
  layer.biases.length === layer.weights.length ? layer.biases[unit] : (layer.biases[0] ?? 0);

function forward(problem, sample) {
  const loss = lossOf(problem);
  const sums = [];
  const outputs = [];
  let signal = sample.inputs;
  for (const layer of problem.layers) {
    const h = layer.weights.map(
      (row, unit) => row.reduce((sum, w, k) => sum + w * signal[k], 0) + biasOf(layer, unit),
    );
    const { value } = ACTIVATIONS[layer.activation] ?? {};
    signal = value ? h.map((x) => value(x, problem.leaky_slope)) : softmax(h);
    sums.push(h);
    outputs.push(signal);
  }
  const errors = sample.targets.map((t, k) => loss.value(t, signal[k], signal.length));
  return { sums, outputs, errors };
}

/** ∂E_total/∂sum of a layer, from ∂E_total/∂output. */
function throughActivation(problem, depth, pass, dOutputs) {
  const { sums, outputs } = pass;
  const activation = ACTIVATIONS[problem.layers[depth].activation];
  return sums[depth].map((h, j) =>
    activation
      ? dOutputs[j] * activation.slope(h, outputs[depth][j], problem.leaky_slope)
      : dOutputs.reduce((sum, d, k) => sum + d * softmaxSlope(outputs[depth], k, j), 0),
  );
}

/**
 * One pass forwards and backwards: for each sample `sums`, `outputs` by layer, `errors`, and the
 * derivatives of E_total, `dSums`, `dOutputs`, `dInputs`; for all of them `total`, `dWeights`,
 * `dBiases` by layer.
 */
export function evaluate(problem) {
  const loss = lossOf(problem);
  const share = 1 / problem.samples.length;
  const dWeights = problem.layers.map((layer) => layer.weights.map((row) => row.map(() => 0)));
  const dBiases = problem.layers.map((layer) => layer.biases.map(() => 0));
  const samples = problem.samples.map((sample) => {
    const pass = forward(problem, sample);
    const dSums = [];
    const dOutputs = [];
    let down = sample.targets.map(
      (t, k) => share * loss.slope(t, pass.outputs.at(-1)[k], sample.targets.length),
    );
    for (let depth = problem.layers.length - 1; depth >= 0; depth -= 1) {
      const layer = problem.layers[depth];
      const signal = depth ? pass.outputs[depth - 1] : sample.inputs;
      dOutputs[depth] = down;
      const delta = throughActivation(problem, depth, pass, down);
      dSums[depth] = delta;
      delta.forEach((d, unit) => {
        signal.forEach((x, k) => (dWeights[depth][unit][k] += d * x));
        if (layer.biases.length) dBiases[depth][layer.biases.length > 1 ? unit : 0] += d;
      });
      down = signal.map((_, k) => delta.reduce((sum, d, unit) => sum + d * layer.weights[unit][k], 0));
    }
    return { ...pass, dSums, dOutputs, dInputs: down };
  });
  const sum = samples.reduce((all, s) => s.errors.reduce((x, e) => x + e, all), 0);
  return { samples, total: sum * share, dWeights, dBiases };
}

/** The problem after one update by plain gradient descent. */
export function updated(problem, at, rate) {
  const move = (w, g) => w - rate * g;
  return {
    ...problem,
    layers: problem.layers.map((layer, depth) => ({
      ...layer,
      weights: layer.weights.map((row, u) => row.map((w, k) => move(w, at.dWeights[depth][u][k]))),
      biases: problem.train_biases
        ? layer.biases.map((b, k) => move(b, at.dBiases[depth][k]))
        : layer.biases,
    })),
  };
}

const finite = (at) =>
  Number.isFinite(at.total) &&
  at.dWeights.every((rows) => rows.every((row) => row.every(Number.isFinite))) &&
  at.dBiases.every((row) => row.every(Number.isFinite));

/** Iteration by iteration {problem, at}; ends early where a number is no longer finite. */
export function* descent(problem, rate, iterations) {
  for (let n = 0; n <= iterations; n += 1) {
    const at = evaluate(problem);
    if (!finite(at)) return;
    yield { problem, at };
    problem = updated(problem, at, rate);
  }
}

/** Every quantity and its gradient by name. */
export function named(problem, names, at) {
  const values = {};
  const gradients = { E_total: 1 };
  const put = (name, value, gradient) => {
    values[name] = value;
    if (gradient !== undefined) gradients[name] = gradient;
  };
  names.layers.forEach(({ weights, biases }, depth) => {
    weights.forEach((row, u) =>
      row.forEach((w, k) => put(w, problem.layers[depth].weights[u][k], at.dWeights[depth][u][k])),
    );
    [...new Set(biases)].forEach((b, k) =>
      put(b, problem.layers[depth].biases[k], at.dBiases[depth][k]),
    );
  });
  names.samples.forEach((number, s) => {
    const pass = at.samples[s];
    const all = (called, numbers, slopes = []) =>
      called.forEach((name, k) => put(ofSample(name, number), numbers[k], slopes[k]));
    all(names.inputs, problem.samples[s].inputs, pass.dInputs);
    all(names.targets, problem.samples[s].targets);
    names.layers.forEach(({ sums, outputs }, depth) => {
      all(sums, pass.sums[depth], pass.dSums[depth]);
      all(outputs, pass.outputs[depth], pass.dOutputs[depth]);
    });
    all(names.errors, pass.errors, pass.errors.map(() => 1 / names.samples.length));
  });
  values.E_total = at.total;
  return { values, gradients };
}
