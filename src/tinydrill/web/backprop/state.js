// What the person has chosen, as text behind the # of the address: a link to one moment.

export const MAX_ITERATIONS = 200;
const MAX_RATES = 12;

/** What an address without anything behind the # means. */
export const startOf = (problem) => ({
  step: 0, iter: 0, lr: problem.rate, sample: 1, focus: "", path: 0, quiz: false, show: false,
  scale: "log", rates: [0.1, 0.2, 0.5, 0.8, 1, 2], edits: {},
});

/** Rates as typed: "0.1 0.5; 1" is 0.1, 0.5, 1. Whatever is no rate is left out. */
export function ratesFrom(text) {
  const found = text.split(/[\s,;]+/).filter(Boolean).map(Number);
  return [...new Set(found.filter((rate) => rate > 0 && Number.isFinite(rate)))].slice(0, MAX_RATES);
}

/**
 * Text and state into each other. `editable` are the names whose number may be changed; values
 * that can't be used fall back to those of the start.
 */
export function parse(text, start, editable) {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  const state = { ...start, edits: {} };
  const number = (key, usable, put) => {
    const value = Number(given.get(key));
    if (given.get(key)?.trim() && Number.isFinite(value) && usable(value)) put(value);
  };
  number("step", (n) => n >= 0, (n) => (state.step = Math.floor(n)));
  number("iter", (n) => n >= 0 && n <= MAX_ITERATIONS, (n) => (state.iter = Math.floor(n)));
  number("lr", (n) => n > 0, (n) => (state.lr = n));
  number("sample", (n) => n >= 1, (n) => (state.sample = Math.floor(n)));
  number("path", (n) => n >= 0, (n) => (state.path = Math.floor(n)));
  state.focus = given.get("focus") ?? "";
  state.quiz = given.get("quiz") === "1";
  state.show = given.get("show") === "1";
  if (given.get("scale") === "linear") state.scale = "linear";
  const rates = ratesFrom(given.get("rates") ?? "");
  if (rates.length) state.rates = rates;
  for (const name of given.keys()) {
    if (editable.has(name)) number(name, () => true, (n) => (state.edits[name] = n));
  }
  return state;
}

/** The moment always, everything else only where it differs from the start. */
export function format(state, start) {
  const parts = [`step=${state.step}`, `iter=${state.iter}`, `lr=${state.lr}`];
  if (state.sample !== start.sample) parts.push(`sample=${state.sample}`);
  if (state.focus) parts.push(`focus=${state.focus}`);
  if (state.path) parts.push(`path=${state.path}`);
  for (const flag of ["quiz", "show"]) if (state[flag]) parts.push(`${flag}=1`);
  if (state.scale !== start.scale) parts.push(`scale=${state.scale}`);
  if (String(state.rates) !== String(start.rates)) parts.push(`rates=${state.rates.join(",")}`);
  return `#${[...parts, ...Object.entries(state.edits).map(([name, v]) => `${name}=${v}`)].join("&")}`;
}
