// Number fields for weights, inputs and targets; their names can be dragged, too.

import { byId, dragged, draggable, element } from "./dom.js";
import { ofSample, parametersOf } from "./names.js";

const OPEN = 48; // fields that may stand open at once

export function editor(names, editable, actions) {
  const fields = new Map();

  function field(name) {
    const label = element("span", { class: "drag" }, name);
    const input = element("input", { type: "number", step: "any", inputmode: "decimal", "data-name": name, "aria-label": `${name} at the start` });
    input.addEventListener("input", () => {
      if (Number.isFinite(input.valueAsNumber)) actions.edit(name, input.valueAsNumber);
    });
    if (/^[wb]/.test(name)) input.addEventListener("focus", () => actions.focus(name));
    draggable(label, () => actions.startValue(name), (start, pixels) => actions.edit(name, dragged(start, pixels)));
    fields.set(name, input);
    return element("label", { class: "field" }, label, input);
  }

  /** Fields are made when they are first seen: there may be thousands. */
  function group(title, called) {
    const inside = element("div", { class: "fields" });
    const made = element("details", {}, element("summary", {}, title), inside);
    const fill = () => {
      if (made.open && !inside.firstChild) inside.append(...called.map(field)), show();
    };
    made.addEventListener("toggle", fill);
    made.open = editable.size <= OPEN;
    if (made.open) inside.append(...called.map(field));
    return made;
  }

  function show() {
    const { edits } = actions.state();
    for (const [name, input] of fields) {
      if (document.activeElement !== input) input.value = actions.startValue(name);
      input.parentElement.classList.toggle("edited", name in edits);
    }
  }

  byId("fields").append(
    ...names.samples.map((s) => group(s ? `Sample ${s}` : "Inputs and targets", [...names.inputs, ...names.targets].map((n) => ofSample(n, s)))),
    ...names.layers.map((layer, k) => group(`Layer ${k + 1}${k === names.layers.length - 1 ? ", the outputs" : ""}`, parametersOf(layer))),
  );
  byId("reset").addEventListener("click", actions.reset);
  const choice = byId("sample");
  choice.append(...names.samples.map((s) => element("option", { value: s ?? 1 }, String(s ?? 1))));
  choice.addEventListener("change", () => actions.set({ sample: Number(choice.value) }));
  byId("samples").hidden = names.samples.length < 2;

  return {
    update({ state, sample }) {
      choice.value = sample + 1;
      byId("reset").disabled = Object.keys(state.edits).length === 0;
      show();
    },
  };
}
