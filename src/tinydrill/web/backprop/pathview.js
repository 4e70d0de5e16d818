// The ways from a weight to E_total: each in turn with its product, then their sum.

import { byId, element, text } from "./dom.js";
import { equation, figure, number, partial, product, sum } from "./mathml.js";

const PACE = 1500; // ms a path
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function pathView(names, actions) {
  const [choice, ways, total] = ["weight", "ways", "total"].map(byId);
  let timer = 0;
  let shown = "";
  const parameters = names.layers.flatMap((layer) => [...layer.weights.flat(), ...new Set(layer.biases)]);
  choice.append(element("option", { value: "" }, "choose"), ...parameters.map((w) => element("option", { value: w }, w)));
  choice.addEventListener("change", () => actions.focus(choice.value));
  ways.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) stop(), actions.set({ path: Number(button.dataset.path) });
  });
  byId("all").addEventListener("click", () => (stop(), actions.set({ path: 0 })));
  const stop = () => clearInterval(timer);

  /** One path after the other, the sum at last. */
  function cycle(count) {
    stop();
    if (still.matches || count < 2) return;
    timer = setInterval(() => {
      const { path } = actions.state();
      actions.set({ path: path && path < count ? path + 1 : 0 });
      if (!path || path >= count) stop();
    }, PACE);
  }

  function item(path, k, hidden) {
    const partials = product(path.factors.map(({ of, by }) => partial(of, by)));
    const numbers = product(path.factors.map(({ value }) => number(value)));
    const lines = hidden ? [partials] : [partials, `<mo>=</mo>${numbers}`, `<mo>=</mo>${number(path.value, false)}`];
    const button = element("button", { type: "button", "data-path": k + 1 }, path.nodes.join(" → "));
    const line = element("li", {}, button);
    line.insertAdjacentHTML("beforeend", `<div class="scroll" tabindex="0" role="group" aria-label="Product of path ${k + 1}">${lines.map((side) => `<div><math>${side}</math></div>`).join("")}</div>`);
    return line;
  }

  return {
    cycle,
    stop,
    update({ paths, focus, state, key, isHidden }) {
      choice.value = focus;
      byId("traced").hidden = !paths;
      byId("untraced").hidden = Boolean(paths);
      if (!paths) {
        shown = "";
        return;
      }
      const hidden = isHidden(`dE/d${focus}`);
      if (shown !== `${key} ${focus} ${hidden}`) {
        shown = `${key} ${focus} ${hidden}`;
        ways.replaceChildren(...paths.paths.map((path, k) => item(path, k, hidden)));
        const more = paths.count > paths.paths.length ? `, the first ${paths.paths.length} are shown` : "";
        text(byId("counted"), `${paths.count === 1 ? "One path leads" : `${paths.count.toLocaleString("en")} paths lead`} from ${focus} to E_total${more}.`);
        const parts = paths.count > paths.paths.length ? ["<mo>…</mo>"] : paths.paths.map((path) => number(path.value));
        const added = paths.count > 1 ? [sum(parts)] : [];
        total.innerHTML = equation(partial("E_total", focus), hidden ? ["<mo>?</mo>"] : [...added, number(paths.sum, false)]);
        total.setAttribute("aria-label", `Sum over the paths: ${hidden ? "hidden" : figure(paths.sum)}`);
      }
      [...ways.children].forEach((line, k) => {
        line.classList.toggle("lit", state.path === k + 1);
        line.firstChild.setAttribute("aria-pressed", state.path === k + 1);
      });
      byId("all").setAttribute("aria-pressed", state.path === 0);
    },
  };
}
