// Moving through the steps: buttons, slider, play, keys, the list, iteration and rate.

import { attribute, byId, element, text } from "./dom.js";
import { figure } from "./mathml.js";
import { MAX_ITERATIONS } from "./state.js";
import { columnOf, PHASES } from "./steps.js";

const PACE = 1100; // ms a step while playing
const WINDOW = 40; // steps listed on either side of the current one

export function stepper(steps, actions) {
  const [slider, list, play] = ["scrub", "list", "play"].map(byId);
  let buttons = new Map();
  let playing = 0;
  slider.max = steps.length - 1;
  byId("iter").max = MAX_ITERATIONS;

  /** Beyond the last step the next iteration begins. */
  function go(by) {
    const { step, iter } = actions.state();
    const to = Math.min(step, steps.length - 1) + by;
    if (to >= steps.length && iter < MAX_ITERATIONS) actions.set({ step: 0, iter: iter + 1, show: false });
    else if (to < 0 && iter > 0) actions.set({ step: steps.length - 1, iter: iter - 1, show: false });
    else actions.set({ step: Math.max(0, Math.min(steps.length - 1, to)), show: false });
  }
  const jump = (iter) => actions.set({ iter: Math.max(0, Math.min(MAX_ITERATIONS, iter)), show: false });

  function toggle() {
    if (playing) clearInterval(playing);
    playing = playing ? 0 : setInterval(() => go(1), PACE);
    text(play, playing ? "❚❚ Pause" : "▶ Play");
  }

  byId("back").addEventListener("click", () => go(-1));
  byId("next").addEventListener("click", () => go(1));
  play.addEventListener("click", toggle);
  slider.addEventListener("input", () => actions.set({ step: Number(slider.value), show: false }));
  byId("iter").addEventListener("input", ({ target }) => {
    if (target.value !== "" && target.checkValidity()) jump(target.valueAsNumber);
  });
  byId("rate").addEventListener("input", ({ target }) => {
    if (target.valueAsNumber > 0) actions.set({ lr: target.valueAsNumber });
  });
  byId("quiz").addEventListener("change", ({ target }) => actions.set({ quiz: target.checked, show: false }));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) actions.set({ step: Number(button.dataset.step), show: false });
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea, [data-arrows]")) return;
    const { iter } = actions.state();
    const moves = {
      ArrowRight: () => (event.shiftKey ? jump(iter + 1) : go(1)),
      ArrowLeft: () => (event.shiftKey ? jump(iter - 1) : go(-1)),
      Home: () => actions.set({ step: 0, show: false }),
      End: () => actions.set({ step: steps.length - 1, show: false }),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });

  /** The list holds a part of a long way only: a network of 2,000 weights has thousands of steps. */
  function fillList(from, to) {
    buttons = new Map();
    const groups = [];
    for (let k = from; k < to; k += 1) {
      const step = steps[k];
      if (groups.at(-1)?.phase !== step.phase) groups.push({ phase: step.phase, items: [] });
      const mark = step.phase === "update" ? `${step.name} ←` : columnOf(step);
      const button = element("button", { type: "button", "data-step": k, tabindex: "-1" }, mark);
      buttons.set(k, button);
      groups.at(-1).items.push(element("li", {}, button));
    }
    list.replaceChildren(...groups.map(({ phase, items }) =>
      element("div", { class: "phase" }, element("h3", {}, PHASES[phase]), element("ol", { class: phase }, ...items))));
    attribute(list, "data-range", `${from} ${to}`);
  }

  return {
    /** Bring the current step into view. Reading a place makes the browser lay the page out: once. */
    settle() {
      const y = list.querySelector(".current").offsetTop - list.offsetTop;
      if (y < list.scrollTop || y > list.scrollTop + list.clientHeight - 40) list.scrollTop = y - list.clientHeight / 3;
    },
    update(model) {
      const { at, iter, state } = model;
      const [from, to] = (list.dataset.range ?? "1 0").split(" ").map(Number);
      const whole = steps.length <= 2 * WINDOW;
      if (at < from + (from && 8) || at >= to - (to < steps.length && 8)) {
        const first = whole ? 0 : Math.max(0, at - WINDOW);
        fillList(first, whole ? steps.length : Math.min(steps.length, at + WINDOW));
      }
      for (const [k, button] of buttons) {
        attribute(button, "class", k < at ? "done" : k === at ? "current" : "");
        attribute(button, "tabindex", k === at ? "0" : "-1");
        if (k === at) attribute(button, "aria-current", "step");
        else button.removeAttribute("aria-current");
      }
      slider.value = at;
      attribute(slider, "aria-valuetext", `step ${at + 1} of ${steps.length}: ${columnOf(model.step)}`);
      text(byId("where"), `step ${at + 1} of ${steps.length}`);
      for (const [id, value] of [["iter", iter], ["rate", state.lr]]) {
        if (document.activeElement !== byId(id)) byId(id).value = value;
      }
      byId("quiz").checked = state.quiz;
      const hidden = model.isHidden(columnOf(model.step));
      text(byId("status"), `Iteration ${iter}, step ${at + 1} of ${steps.length}: ${columnOf(model.step)}${hidden ? "" : ` = ${figure(model.explanation.result)}`}`);
      text(byId("notice"), state.iter > iter ? `At rate ${state.lr} the numbers leave what a computer can hold after iteration ${iter}: it diverges.` : "");
    },
  };
}
