// The losses of several rates, computed a little at a time so that nothing waits, and the scale
// on which they are drawn. No DOM.

import { descent } from "./nn.js";
import { MAX_ITERATIONS } from "./state.js";

const SLICE = 6; // ms of computing in one go

/** Curves by rate: {losses, source}; the source is null when there is no more to come. */
export function lossCurves() {
  let curves = new Map();
  let start = "";
  return {
    all: () => curves,
    /** Ask for these rates from this start; what has been computed for it is kept. */
    want(problem, key, rates) {
      const fresh = (rate) => ({ losses: [], source: descent(problem, rate, MAX_ITERATIONS) });
      curves = new Map(rates.map((rate) => [rate, (key === start && curves.get(rate)) || fresh(rate)]));
      start = key;
    },
    /** Go on with what is missing; true if something still is. */
    compute() {
      const end = performance.now() + SLICE;
      for (const curve of curves.values()) {
        while (curve.source) {
          if (performance.now() > end) return true;
          const { value, done } = curve.source.next();
          if (done) curve.source = null;
          else curve.losses.push(value.at.total);
        }
      }
      return false;
    },
  };
}

/** Whether a rate's numbers left what a computer can hold. */
export const diverged = ({ losses, source }) => !source && losses.length <= MAX_ITERATIONS;

/** Each curve's rate beside its end, pushed apart where curves end close together. */
export function endLabels(curves, x, y, lowest) {
  const placed = curves.map(([rate, curve]) => ({
    rate,
    words: `${rate}${diverged(curve) ? " ✕" : ""}`,
    x: x(curve.losses.length - 1) + 6,
    y: y(curve.losses.at(-1)) + 4,
  }));
  placed.sort((a, b) => a.y - b.y);
  placed.forEach((label, k) => (label.y = Math.max(label.y, (placed[k - 1]?.y ?? 0) + 13)));
  const over = Math.max(0, (placed.at(-1)?.y ?? 0) - lowest);
  return placed.map((label) => ({ ...label, y: label.y - over }));
}

/** The part of the axis to show: eight times the start at most, and eight decades if it is log. */
export function scaleOf(losses, start, log) {
  const usable = log ? losses.filter((y) => y > 0) : losses;
  const top = Math.min(Math.max(...usable), start * 8) || 1;
  const low = log ? Math.max(Math.min(...usable), top * 1e-8) : 0;
  const by = log ? Math.log10 : (y) => y;
  /** 0 at the bottom, 1 at the top. */
  const share = (y) => (by(Math.max(low, Math.min(top, y))) - by(low)) / (by(top) - by(low) || 1);
  return { share, ticks: ticksOf(low, top, log) };
}

/** Round numbers for the axis. */
function ticksOf(low, top, log) {
  if (!log) {
    const raw = top / 4;
    const size = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((m) => m * size >= raw) * size;
    return Array.from({ length: Math.floor(top / step) + 1 }, (_, k) => k * step);
  }
  const found = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.log10(top); e += 1) {
    for (const m of top / low > 1e3 ? [1] : [1, 2, 5]) found.push(m * 10 ** e);
  }
  return found.filter((y) => y >= low && y <= top);
}
