// Everything the page shows, computed from the problem as written and the state. No DOM.

import { columnsOf } from "./columns.js";
import { explain } from "./formulas.js";
import { namesOf, ofSample } from "./names.js";
import { descent, named } from "./nn.js";
import { pathsFrom } from "./paths.js";
import { MAX_ITERATIONS } from "./state.js";
import { columnOf, stepsOf } from "./steps.js";

/** Names whose number a person may change, each with a function that puts it into a problem. */
export function editableOf(problem, names) {
  const found = new Map();
  names.layers.forEach(({ weights, biases }, depth) => {
    weights.forEach((row, u) => row.forEach((w, k) =>
      found.set(w, (p, value) => (p.layers[depth].weights[u][k] = value))));
    [...new Set(biases)].forEach((b, k) => found.set(b, (p, value) => (p.layers[depth].biases[k] = value)));
  });
  names.samples.forEach((number, s) => {
    names.inputs.forEach((i, k) => found.set(ofSample(i, number), (p, v) => (p.samples[s].inputs[k] = v)));
    names.targets.forEach((t, k) => found.set(ofSample(t, number), (p, v) => (p.samples[s].targets[k] = v)));
  });
  return found;
}

/** What a generator yields, computed only as far as somebody has asked. */
function lazily(generator) {
  const found = [];
  return {
    upTo(n) {
      while (found.length <= n) {
        const { value, done } = generator.next();
        if (done) break;
        found.push(value);
      }
      return found;
    },
  };
}

/** A function from state to model; what doesn't change with the state is computed once. */
export function modelMaker(written, formulas) {
  const names = namesOf(written);
  const steps = stepsOf(written, names);
  const columns = columnsOf(written, names);
  const editable = editableOf(written, names);
  const order = new Map(steps.filter((s) => s.phase !== "update").map((step, k) => [columnOf(step), k]));
  const kept = {};
  /** Computed anew only if its key has changed. */
  const once = (what, key, compute) => {
    if (kept[what]?.key !== key) kept[what] = { key, value: compute() };
    return kept[what].value;
  };

  function start(edits) {
    return once("start", JSON.stringify(edits), () => {
      const problem = structuredClone(written);
      for (const [name, value] of Object.entries(edits)) editable.get(name)?.(problem, value);
      return problem;
    });
  }

  function modelOf(state) {
    const problem = start(state.edits);
    const run = once("run", `${JSON.stringify(state.edits)} ${state.lr}`, () => lazily(descent(problem, state.lr, MAX_ITERATIONS)));
    if (!run.upTo(0).length) return null; // too large for a computer from the start
    const iter = Math.min(state.iter, run.upTo(state.iter).length - 1);
    const at = Math.min(state.step, steps.length - 1);
    const rowOf = (n) => named(run.upTo(n)[n].problem, names, run.upTo(n)[n].at);
    const now = once("now", `${kept.run.key} ${iter}`, () => ({ ...rowOf(iter), ...run.upTo(iter)[iter] }));
    const step = steps[at];
    const moment = { problem: now.problem, names, formulas, ...now, rate: state.lr };
    const focus = editable.has(state.focus) && order.has(`dE/d${state.focus}`) ? state.focus : "";
    /** Whether a column's number is found by the step shown; given numbers always are. */
    const isFound = (column) => (order.get(column) ?? -1) <= at;
    return {
      state, problem, names, steps, columns, now, step, focus, iter, at,
      key: kept.now.key, // the same as long as the numbers are
      sample: step.sample ?? Math.min(state.sample, names.samples.length) - 1,
      explanation: once("explanation", `${kept.now.key} ${at}`, () => explain(step, moment)),
      isFound,
      /** Quiz mode hides what isn't found yet, and the step's own number until it is answered. */
      isHidden: (column) => state.quiz && (!isFound(column) || (!state.show && column === columnOf(step) && step.phase !== "update")),
      paths: focus ? once("paths", `${kept.now.key} ${focus}`, () => pathsFrom(focus, now.problem, names, now.at)) : null,
      /** The rows from one iteration to another, fewer where the numbers end. */
      rows: (from, to) => run.upTo(to).slice(from, to + 1).map((_, k) => rowOf(from + k)),
    };
  }
  return { modelOf, start, names, steps, editable };
}
