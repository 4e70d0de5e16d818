// The table's columns, those of the workbook, and the table as text for a spreadsheet.

import { ofSample, parametersOf } from "./names.js";

/** Columns [{name, heading}]: targets, inputs, layer by layer, errors, (δ,) gradients. */
export function columnsOf(problem, names) {
  const found = [];
  const add = (called) => found.push(...called);
  for (const s of names.samples) {
    add([...names.targets, ...names.inputs].map((name) => ofSample(name, s)));
  }
  for (const layer of names.layers) {
    add(parametersOf(layer));
    for (const s of names.samples) {
      layer.sums.forEach((sum, u) => add([sum, layer.outputs[u]].map((name) => ofSample(name, s))));
    }
  }
  for (const s of names.samples) add(names.errors.map((name) => ofSample(name, s)));
  add(["E_total"]);
  const softmax = problem.layers.at(-1).activation === "softmax";
  if (names.layers.length > 2 || names.samples.length > 1 || softmax) {
    for (const layer of [...names.layers].reverse()) {
      for (const s of names.samples) add(layer.sums.map((sum) => `dE/d${ofSample(sum, s)}`));
    }
  }
  for (const kind of ["weights", "biases"]) {
    for (const layer of names.layers) add([...new Set(layer[kind].flat())].map((name) => `dE/d${name}`));
  }
  return found.map((name) => ({ name, heading: headingOf(name) }));
}

const WIDE = 80; // columns shown at once

/** The part of the columns that holds the one named, where there are too many to show. */
export function columnsAround(column, all) {
  if (all.length <= WIDE) return all;
  const at = Math.max(0, all.findIndex(({ name }) => name === column));
  const first = Math.min(Math.floor(at / (WIDE / 2)) * (WIDE / 2), all.length - WIDE);
  return all.slice(first, first + WIDE);
}

const headingOf = (name) =>
  name === "E_total" ? "E_TOTAL" : name.startsWith("dE/d") ? `d${name.slice(4)}` : name;

/** A column's number among the named values and gradients of one iteration. */
export const cellOf = (name, { values, gradients }) =>
  name.startsWith("dE/d") ? gradients[name.slice(4)] : values[name];

/** Headings and rows with tabs between, every digit kept. */
export function asText(columns, rows) {
  const lines = rows.map((row, n) => [n, ...columns.map(({ name }) => cellOf(name, row))].join("\t"));
  return [["iteration", ...columns.map(({ heading }) => heading)].join("\t"), ...lines].join("\n") + "\n";
}
