// A step explained: its formula in symbols, with the numbers put in, the result, and what the
// result is a sum of products of. Slopes and values of activations and losses are Python's formulas.

import { bracket, fill, fraction, name, number, partial, product, row, sum } from "./mathml.js";
import { ofSample } from "./names.js";
import { ACTIVATIONS } from "./nn.js";

const MEANING = {
  sigmoid: "The sigmoid σ(h) = 1/(1 + e⁻ʰ) squeezes the sum between 0 and 1.",
  tanh: "tanh squeezes the sum between −1 and 1.",
  relu: "ReLU passes a positive sum on and stops a negative one.",
  "leaky-relu": "Leaky ReLU passes a positive sum on and little of a negative one.",
  linear: "This unit passes its sum on as it is.",
  softmax: "Softmax turns all sums of the layer into shares that add up to 1.",
};

/**
 * Explain one step.
 *
 * `moment` holds problem, names, formulas (Python's), values, gradients and rate. The answer:
 * left, sign, symbols (lines), numbers, result; terms, each a list of factors {label, value};
 * reads (columns the numbers come from); words; slips, wrong answers often given with their cause.
 */
export function explain(step, moment) {
  return { sign: "=", left: name(step.name), slips: [], ...KINDS[`${step.phase} ${step.kind}`](step, moment) };
}

const KINDS = {
  "forward sum": (step, moment) => {
    const { signal, weights, bias } = inputsOf(step, moment);
    const { values } = moment;
    const pairs = weights.map((w, k) => [w, signal[k]]);
    return {
      words: `${step.name} adds up what arrives, each signal times its weight${bias ? ", and the bias" : ""}.`,
      symbols: [sum([...pairs.map((pair) => product(pair.map(name))), ...(bias ? [name(bias)] : [])])],
      numbers: sum([
        ...pairs.map((pair) => product(pair.map((n) => number(values[n])))),
        ...(bias ? [number(values[bias])] : []),
      ]),
      result: values[step.name],
      terms: [...pairs, ...(bias ? [[bias]] : [])].map((term) => factors(term, values)),
      reads: [...pairs.flat(), ...(bias ? [bias] : [])],
    };
  },

  "forward output": (step, moment) => {
    const { values, problem, formulas } = moment;
    const h = inLayer(step, moment, "sums");
    const kind = problem.layers[step.depth].activation;
    const slips = [[values[h], `That is ${h} itself, before the activation.`]];
    if (kind !== "softmax") {
      const formula = formulas.activations[kind].value;
      return {
        words: MEANING[kind],
        symbols: [fill(formula, () => name(h))],
        numbers: fill(formula, () => number(values[h], kind === "linear")),
        result: values[step.name],
        terms: [],
        reads: [h],
        slips: kind === "linear" ? [] : slips,
      };
    }
    const sums = layerOf(step, moment, "sums");
    const power = (exponent) => `<msup><mi>e</mi>${exponent}</msup>`;
    const share = (write) => fraction(power(write(h)), sum(sums.map((o) => power(write(o)))));
    return {
      words: MEANING.softmax,
      symbols: [share(name)],
      numbers: share((o) => number(values[o], false)),
      result: values[step.name],
      terms: [],
      reads: sums,
      slips: [...slips, [Math.exp(values[h]), "That is the numerator: the sum of all powers is missing below."]],
    };
  },

  "loss error": (step, moment) => {
    const { values, formulas, problem } = moment;
    const { t, a } = lossNames(step, moment);
    const gap = values[t] - values[a];
    const scale = problem.loss === "half-squared" ? "½" : `1/${problem.samples[0].targets.length}`;
    const squared = problem.loss !== "cross-entropy" && [
      [gap * gap, `The factor ${scale} is missing.`],
      [gap / 2, "The square is missing."],
      [gap, "The square is missing."],
    ];
    return {
      words: `How far ${a} is from its target ${t}.`,
      symbols: [fill(formulas.loss.value, (role) => name({ t, a }[role]))],
      numbers: fill(formulas.loss.value, (role) => number(values[{ t, a }[role]])),
      result: values[step.name],
      terms: [],
      reads: [t, a],
      slips: squared || [[-values[step.name], "The sign is the wrong way round: a logarithm of less than 1 is negative."]],
    };
  },

  "loss total": (step, { names, values }) => {
    const errors = names.samples.flatMap((s) => names.errors.map((e) => ofSample(e, s)));
    const count = names.samples.length;
    const mean = (whole) => (count > 1 ? product([fraction("<mn>1</mn>", `<mn>${count}</mn>`), bracket(whole)]) : whole);
    const added = errors.reduce((all, e) => all + values[e], 0);
    return {
      words: count > 1 ? "All errors, averaged over the samples: the one number that training brings down."
        : "All errors added up: the one number that training brings down.",
      symbols: [mean(sum(errors.map(name)))],
      numbers: mean(sum(errors.map((e) => number(values[e])))),
      result: values.E_total,
      terms: count > 1 ? [] : errors.map((e) => factors([e], values)),
      reads: errors,
      slips: count > 1 ? [[added, `The mean over ${count} samples is asked for: the factor 1/${count} is missing.`]] : [],
    };
  },

  "backward output": (step, moment) =>
    step.depth === moment.names.layers.length - 1 ? lossSlope(step, moment) : gathered(step, moment),

  "backward sum": (step, moment) => {
    const { problem, formulas, values, gradients } = moment;
    const kind = problem.layers[step.depth].activation;
    const outputs = kind === "softmax" ? layerOf(step, moment, "outputs") : [inLayer(step, moment, "outputs")];
    const own = inLayer(step, moment, "outputs");
    const h = step.name;
    const ways = outputs.map((a) => {
      const formula = kind !== "softmax" ? formulas.activations[kind].slope
        : a === own ? formulas.softmax.own : formulas.softmax.other;
      const role = { h, a, b: own };
      const k = outputs.indexOf(a);
      const slope = kind !== "softmax"
        ? ACTIVATIONS[kind].slope(values[h], values[a], problem.leaky_slope)
        : values[a] * ((a === own ? 1 : 0) - values[own]);
      return { by: a, k, slope, symbol: fill(formula, (r) => name(role[r])), put: fill(formula, (r) => number(values[role[r]])) };
    });
    const wrong = kind === "sigmoid"
      ? [[gradients[own] * values[h] * (1 - values[h]), `The slope is a·(1 − a), with ${own}, not ${h}.`]] : [];
    return {
      ...chained(h, ways, moment),
      words: `Back through the activation: times its slope. This is often called δ; it is kept, for it is needed again.`,
      reads: [...ways.map((way) => `dE/d${way.by}`), ...outputs],
      slips: wrong,
    };
  },

  "backward weight": (step, moment) => {
    const { names, values } = moment;
    const ways = names.samples.map((s) => {
      const by = ofSample(names.layers[step.depth].sums[step.unit], s);
      const x = ofSample(signalNames(step.depth, names)[step.input], s);
      return { by, slope: values[x], symbol: name(x), put: number(values[x]), x };
    });
    return {
      ...chained(step.name, ways, moment),
      words: `${ways[0].by} changes with ${step.name} as fast as ${ways[0].x} is large.`,
      reads: ways.flatMap((way) => [`dE/d${way.by}`, way.x]),
    };
  },

  "backward bias": (step, moment) => {
    const { sums, biases } = moment.names.layers[step.depth];
    const units = sums.filter((_, u) => biases[u] === step.name);
    const ways = moment.names.samples.flatMap((s) => units.map((u) =>
      ({ by: ofSample(u, s), slope: 1, symbol: "<mn>1</mn>", put: "<mn>1</mn>" })));
    return {
      ...chained(step.name, ways, moment),
      words: "A bias is added as it is, so its slope is 1.",
      reads: ways.map((way) => `dE/d${way.by}`),
    };
  },

  "update new": (step, { values, gradients, rate }) => {
    const w = values[step.name];
    const g = gradients[step.name];
    const minus = (from, by) => row(from, "<mo>−</mo>", by);
    return {
      sign: "←",
      words: "Downhill is against the gradient, a step as long as the rate says.",
      symbols: [minus(name(step.name), product([name("rate"), partial("E_total", step.name)]))],
      numbers: minus(number(w), product([number(rate), number(g)])),
      result: w - rate * g,
      terms: [],
      reads: [step.name, `dE/d${step.name}`],
      slips: [
        [w + rate * g, "That is uphill: the step is subtracted."],
        [w - g, "The factor rate is missing."],
        [rate * g, `That is the step alone: ${step.name} itself is missing.`],
      ],
    };
  },
};

/** ∂E_total/∂a of an output, by the slope of the loss. */
function lossSlope(step, moment) {
  const { names, values, gradients, formulas } = moment;
  const { t, a, e } = lossNames(step, moment);
  const count = names.samples.length;
  const slope = gradients[a] * count;
  const ways = [{ by: e, slope, symbol: fill(formulas.loss.slope, (role) => name({ t, a }[role])),
    put: fill(formulas.loss.slope, (role) => number(values[{ t, a }[role]])) }];
  return {
    ...chained(a, ways, moment, count > 1 ? 1 / count : 1),
    words: `The error's own slope: how much ${e} changes with ${a}.`,
    reads: [a, t],
  };
}

/** ∂E_total/∂a of a hidden unit: through every sum it feeds. */
function gathered(step, moment) {
  const { names, values, problem, gradients } = moment;
  const above = names.layers[step.depth + 1];
  const number_ = names.samples[step.sample];
  const ways = above.sums.map((sum_, u) => {
    const w = above.weights[u][step.unit];
    return { by: ofSample(sum_, number_), slope: values[w], symbol: name(w), put: number(values[w]), w };
  });
  const rows = problem.layers[step.depth + 1].weights;
  const square = rows.length === rows[0].length;
  const turned = ways.reduce((all, way, u) => all + gradients[way.by] * (rows[step.unit]?.[u] ?? 0), 0);
  const through = ways.length > 4 ? `${ways.length} units` : ways.map((way) => way.by).join(" and ");
  return {
    ...chained(step.name, ways, moment),
    words: `${step.name} reaches the error through ${through}: one product for each way, added up. It is computed once and serves all weights of its unit.`,
    reads: ways.flatMap((way) => [`dE/d${way.by}`, way.w]),
    slips: square ? [[turned, `These weights lead to the unit, not from it: take ${ways.map((way) => way.w).join(", ")}.`]] : [],
  };
}

/** The chain rule: Σ ∂E_total/∂by · ∂by/∂target over the ways, in partials, symbols and numbers. */
function chained(target, ways, moment, scale = null) {
  const known = (way) => scale ?? moment.gradients[way.by];
  const first = (way, written) => (scale === 1 ? [] : [written]);
  return {
    left: partial("E_total", target),
    symbols: [
      sum(ways.map((way) => product([...first(way, partial("E_total", way.by)), partial(way.by, target)]))),
      sum(ways.map((way) => product([...first(way, partial("E_total", way.by)), way.symbol]))),
    ],
    numbers: sum(ways.map((way) => product([...first(way, number(known(way))), way.put]))),
    result: moment.gradients[target],
    terms: ways.map((way) => [
      ...first(way, { label: `∂E_total/∂${way.by}`, value: known(way) }),
      { label: `∂${way.by}/∂${target}`, value: way.slope },
    ]),
  };
}

const factors = (called, values) => called.map((label) => ({ label, value: values[label] }));
const layerOf = (step, { names }, part) => names.layers[step.depth][part].map((n) => ofSample(n, names.samples[step.sample]));
const inLayer = (step, moment, part) => layerOf(step, moment, part)[step.unit];
const signalNames = (depth, names) => (depth ? names.layers[depth - 1].outputs : names.inputs);

function inputsOf(step, { names }) {
  const { weights, biases } = names.layers[step.depth];
  const signal = signalNames(step.depth, names).map((n) => ofSample(n, names.samples[step.sample]));
  return { signal, weights: weights[step.unit], bias: biases[step.unit] };
}

function lossNames(step, { names }) {
  const called = [names.targets, names.layers.at(-1).outputs, names.errors];
  const [t, a, e] = called.map((list) => ofSample(list[step.unit], names.samples[step.sample]));
  return { t, a, e };
}
