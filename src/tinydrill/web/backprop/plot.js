// The loss over the iterations, one curve a rate; computed a little at a time, so nothing waits.

import { byId, element, shape, text } from "./dom.js";
import { figure } from "./mathml.js";
import { descent } from "./nn.js";
import { MAX_ITERATIONS, ratesFrom } from "./state.js";

const SLICE = 6; // ms of computing in one frame
const HIGH = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 66, 12, 34];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 4", "1 4"];

export function plot(actions) {
  const svg = byId("plot");
  let curves = new Map(); // by rate: {losses, source}
  let key = "";
  let model = null;
  let shown = "";

  byId("rates").addEventListener("change", ({ target }) => {
    const rates = ratesFrom(target.value);
    if (rates.length) actions.set({ rates });
  });
  byId("logscale").addEventListener("change", ({ target }) => actions.set({ scale: target.checked ? "log" : "linear" }));
  const seek = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    actions.set({ iter: Math.max(0, Math.min(MAX_ITERATIONS, Math.round(share * MAX_ITERATIONS))) });
  };
  svg.addEventListener("pointerdown", (event) => (svg.setPointerCapture(event.pointerId), seek(event)));
  svg.addEventListener("pointermove", (event) => event.buttons && seek(event));

  /** Go on with what is missing; true if something is. */
  function compute() {
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
  }

  function draw() {
    const wide = Math.floor(svg.parentElement.clientWidth);
    const all = [...curves.values()].flatMap(({ losses }) => losses);
    const log = model.state.scale === "log";
    const usable = log ? all.filter((y) => y > 0) : all;
    const start = model.now.values.E_total;
    const top = Math.min(Math.max(...usable), (curves.get(model.state.lr)?.losses[0] ?? start) * 8);
    const low = log ? Math.max(Math.min(...usable), top * 1e-8) : 0;
    const by = log ? Math.log10 : (y) => y;
    const x = (n) => LEFT + (n / MAX_ITERATIONS) * (wide - LEFT - RIGHT);
    const y = (v) => TOP + (1 - (by(Math.max(low, Math.min(top, v))) - by(low)) / (by(top) - by(low) || 1)) * (HIGH - TOP - BOTTOM);
    const parts = [];
    for (const v of ticks(low, top, log)) {
      parts.push(shape("line", { class: "grid", x1: LEFT, x2: wide - RIGHT, y1: y(v), y2: y(v) }));
      parts.push(shape("text", { x: LEFT - 6, y: y(v) + 4, class: "tick end" }, figure(v, 3)));
    }
    for (const n of [0, 50, 100, 150, 200]) parts.push(shape("text", { x: x(n), y: HIGH - BOTTOM + 16, class: "tick" }, String(n)));
    parts.push(shape("text", { x: (LEFT + wide - RIGHT) / 2, y: HIGH - 3, class: "tick" }, "iteration"));
    const labels = [];
    [...curves.entries()].forEach(([rate, { losses }], k) => {
      if (!losses.length) return;
      const d = losses.map((v, n) => `${n ? "L" : "M"}${x(n).toFixed(1)} ${y(v).toFixed(1)}`).join("");
      const css = `curve c${k % 6}${rate === model.state.lr ? " chosen" : ""}`;
      parts.push(shape("path", { class: css, d, "stroke-dasharray": DASHES[k % 6] }));
      const ended = losses.length <= MAX_ITERATIONS;
      labels.push({ k, rate, x: x(losses.length - 1) + 6, y: y(losses.at(-1)) + 4, text: `${rate}${ended ? " ✕" : ""}` });
    });
    labels.sort((a, b) => a.y - b.y).forEach((label, k) => {
      if (k) label.y = Math.max(label.y, labels[k - 1].y + 13);
    });
    const over = Math.max(0, (labels.at(-1)?.y ?? 0) - (HIGH - BOTTOM + 4));
    for (const label of labels) {
      parts.push(shape("text", { x: label.x, y: label.y - over, class: `tick start t${label.k % 6}${label.rate === model.state.lr ? " chosen" : ""}` }, label.text));
    }
    parts.push(shape("line", { class: "here", x1: x(model.iter), x2: x(model.iter), y1: TOP, y2: HIGH - BOTTOM }));
    const { E_total } = model.now.values;
    parts.push(shape("circle", { class: "here", cx: x(model.iter), cy: y(E_total), r: 5 }));
    svg.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    svg.setAttribute("height", HIGH);
    svg.replaceChildren(...parts);
    svg.setAttribute("aria-label", `Loss over ${MAX_ITERATIONS} iterations for the rates ${[...curves.keys()].join(", ")}`);
  }

  /** The same as words, for who can't see the curves and for who wants the number. */
  function list() {
    const items = [...curves.entries()].map(([rate, { losses, source }]) =>
      element("li", {}, `rate ${rate}: ${source ? "…" : losses.length <= MAX_ITERATIONS ? `diverges after iteration ${losses.length - 1}` : `${figure(losses.at(-1), 4)} after ${MAX_ITERATIONS}`}`));
    byId("ends").replaceChildren(...items);
  }

  function refresh() {
    const more = compute();
    draw();
    list();
    if (more) requestAnimationFrame(refresh);
  }

  return {
    update(next) {
      model = next;
      const { state, problem, iter } = model;
      const rates = [...new Set([...state.rates, state.lr])].sort((a, b) => a - b);
      const wanted = JSON.stringify([state.edits, rates]);
      if (wanted !== key) {
        const same = key && JSON.stringify(JSON.parse(key)[0]) === JSON.stringify(state.edits);
        curves = new Map(rates.map((rate) => [rate, (same && curves.get(rate)) || { losses: [], source: descent(problem, rate, MAX_ITERATIONS) }]));
        key = wanted;
      }
      const stamp = `${wanted} ${iter} ${state.lr} ${state.scale} ${svg.parentElement.clientWidth}`;
      if (stamp === shown) return;
      shown = stamp;
      byId("logscale").checked = state.scale === "log";
      if (document.activeElement !== byId("rates")) byId("rates").value = state.rates.join(" ");
      text(byId("lossnow"), `E_total at iteration ${iter}: ${model.isHidden("E_total") ? "?" : figure(model.now.values.E_total)}`);
      refresh();
    },
  };
}

/** Round numbers for the axis. */
function ticks(low, top, log) {
  if (log) {
    const found = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(top); e += 1) {
      for (const m of top / low > 1e3 ? [1] : [1, 2, 5]) if (m * 10 ** e >= low && m * 10 ** e <= top) found.push(m * 10 ** e);
    }
    return found;
  }
  const raw = top / 4;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * size >= raw) * size;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, k) => k * step);
}
