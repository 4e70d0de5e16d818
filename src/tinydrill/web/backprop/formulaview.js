// The step in words, in symbols, in numbers; in quiz mode, the question instead of the numbers.

import { byId, element, text } from "./dom.js";
import { equation, number, partial, name } from "./mathml.js";
import { judge } from "./quiz.js";
import { columnOf, PHASES } from "./steps.js";

export function formulaView(actions) {
  const [panel, form, answer, verdict] = ["formula", "ask", "answer", "verdict"].map(byId);
  let model = null;
  let shown = "";

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { right, message } = judge(answer.value, model.explanation);
    if (right) actions.set({ show: true });
    tell(message, right ? "right" : "wrong");
  });
  byId("reveal").addEventListener("click", () => actions.set({ show: true }));

  function tell(message, css) {
    verdict.className = css;
    text(verdict, message);
  }

  return {
    update(next) {
      model = next;
      const { explanation, step, state, at, key } = model;
      const asking = state.quiz && !state.show;
      const stamp = `${key} ${at} ${asking} ${state.quiz}`;
      if (stamp === shown) return;
      const moved = !shown.startsWith(`${key} ${at} `);
      shown = stamp;
      const { left, sign, symbols, numbers, result } = explanation;
      const sides = asking ? symbols : [...symbols, numbers, number(result, false)];
      text(byId("phase"), PHASES[step.phase]);
      byId("phase").className = `tag ${step.phase}`;
      byId("heading").innerHTML = `<math>${step.phase === "backward" ? partial("E_total", step.name) : name(step.name)}</math>`;
      text(byId("words"), explanation.words);
      panel.innerHTML = equation(left, sides, sign);
      panel.classList.toggle("answered", !asking);
      form.hidden = !asking;
      text(byId("asked"), `${step.phase === "update" ? `the new ${step.name}` : columnOf(step)} =`);
      if (moved) {
        answer.value = "";
        tell("", "");
      }
      if (state.quiz) panel.append(element("p", { class: "given" }, "Given: ", ...given()));
    },
  };

  /** The numbers a quiz step needs, so that nobody has to look for them. */
  function given() {
    const { values, gradients } = model.now;
    const reads = [...new Set(model.explanation.reads)].slice(0, 12);
    const value = (column) => (column.startsWith("dE/d") ? gradients[column.slice(4)] : values[column]);
    const all = model.step.phase === "update" ? ["rate", ...reads] : reads;
    return all.map((column) => element("span", {}, `${column} = ${Number((column === "rate" ? model.state.lr : value(column)).toPrecision(7))}`.replace("-", "−")));
  }
}
