// The loss over the iterations, one curve a rate; a click or a drag goes to an iteration.

import { diverged, endLabels, lossCurves, scaleOf } from "./curves.js";
import { byId, element, shape, text } from "./dom.js";
import { figure } from "./mathml.js";
import { MAX_ITERATIONS, ratesFrom } from "./state.js";

const HIGH = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 66, 12, 34];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 4", "1 4"];

export function plot(actions) {
  const svg = byId("plot");
  const curves = lossCurves();
  let model = null;
  let wide = 0;
  let shown = "";
  let key = "";

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

  function draw() {
    const found = [...curves.all()].filter(([, { losses }]) => losses.length);
    const { state, now, iter } = model;
    const { share, ticks } = scaleOf(found.flatMap(([, { losses }]) => losses), found[0]?.[1].losses[0] ?? now.values.E_total, state.scale === "log");
    const x = (n) => LEFT + (n / MAX_ITERATIONS) * (wide - LEFT - RIGHT);
    const y = (loss) => TOP + (1 - share(loss)) * (HIGH - TOP - BOTTOM);
    const tick = (at, css, words) => shape("text", { ...at, class: `tick ${css}` }, words);
    const chosen = (rate) => (rate === state.lr ? " chosen" : "");
    svg.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    svg.setAttribute("height", HIGH);
    svg.setAttribute("aria-label", `Loss over ${MAX_ITERATIONS} iterations for the rates ${[...curves.all().keys()].join(", ")}`);
    svg.replaceChildren(
      ...ticks.flatMap((v) => [
        shape("line", { class: "grid", x1: LEFT, x2: wide - RIGHT, y1: y(v), y2: y(v) }),
        tick({ x: LEFT - 6, y: y(v) + 4 }, "end", figure(v, 3)),
      ]),
      ...[0, 50, 100, 150, 200].map((n) => tick({ x: x(n), y: HIGH - BOTTOM + 16 }, "", String(n))),
      tick({ x: (LEFT + wide - RIGHT) / 2, y: HIGH - 3 }, "", "iteration"),
      ...found.map(([rate, { losses }], k) => {
        const d = losses.map((v, n) => `${n ? "L" : "M"}${x(n).toFixed(1)} ${y(v).toFixed(1)}`).join("");
        return shape("path", { class: `curve c${k % 6}${chosen(rate)}`, d, "stroke-dasharray": DASHES[k % 6] });
      }),
      ...endLabels(found, x, y, HIGH - BOTTOM + 4).map((label) => tick({ x: label.x, y: label.y }, `start${chosen(label.rate)}`, label.words)),
      shape("line", { class: "here", x1: x(iter), x2: x(iter), y1: TOP, y2: HIGH - BOTTOM }),
      shape("circle", { class: "here", cx: x(iter), cy: y(now.values.E_total), r: 5 }),
    );
  }

  /** The same in words: for who can't see the curves, and for who wants the number. */
  function list() {
    const end = (curve) => curve.source ? "…"
      : diverged(curve) ? `diverges after iteration ${curve.losses.length - 1}`
      : `${figure(curve.losses.at(-1), 4)} after ${MAX_ITERATIONS}`;
    byId("ends").replaceChildren(...[...curves.all()].map(([rate, curve]) => element("li", {}, `rate ${rate}: ${end(curve)}`)));
  }

  function refresh() {
    const more = curves.compute();
    draw();
    list();
    if (more) requestAnimationFrame(refresh);
  }

  return {
    measure: () => (wide = Math.floor(svg.parentElement.clientWidth)),
    update(next) {
      model = next;
      const { state, problem, iter } = model;
      const rates = [...new Set([...state.rates, state.lr])].sort((a, b) => a - b);
      const wanted = JSON.stringify([state.edits, rates]);
      if (wanted !== key) curves.want(problem, JSON.stringify(state.edits), rates);
      key = wanted;
      text(byId("lossnow"), `E_total at iteration ${iter}: ${model.isHidden("E_total") ? "?" : figure(model.now.values.E_total)}`);
      const stamp = `${wanted} ${iter} ${state.lr} ${state.scale} ${wide}`;
      if (stamp === shown) return;
      shown = stamp;
      byId("logscale").checked = state.scale === "log";
      if (document.activeElement !== byId("rates")) byId("rates").value = state.rates.join(" ");
      refresh();
    },
  };
}
