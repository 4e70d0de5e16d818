// Puts the page together: the state, the model made from it, the views that show the model.

import { byId, text } from "./dom.js";
import { drawing } from "./drawing.js";
import { editor } from "./editor.js";
import { formulaView } from "./formulaview.js";
import { modelMaker } from "./model.js";
import { named, evaluate } from "./nn.js";
import { pathView } from "./pathview.js";
import { plot } from "./plot.js";
import { format, parse, startOf } from "./state.js";
import { stepper } from "./stepper.js";
import { tableView } from "./tableview.js";

const SETTLE = 150; // ms without a change before the address follows; browsers limit how often it may

const { problem, formulas } = JSON.parse(byId("data").textContent);
const { modelOf, start, names, steps, editable } = modelMaker(problem, formulas);
const fresh = startOf(problem);
let state = parse(location.hash, fresh, editable);
let frame = 0;
let writing = 0;
let resized = true;

const given = (edits) => named(start(edits), names, evaluate(start(edits))).values;
const numbers = { edits: null, values: null };

const actions = {
  state: () => state,
  set(change) {
    state = { ...state, ...change };
    if (!frame) frame = requestAnimationFrame(render);
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", format(state, fresh)), SETTLE);
  },
  /** A number that the descent starts from. */
  startValue(name) {
    if (numbers.edits !== state.edits) Object.assign(numbers, { edits: state.edits, values: given(state.edits) });
    return numbers.values[name];
  },
  edit(name, value) {
    const edits = { ...state.edits, [name]: value };
    if (value === given({})[name]) delete edits[name];
    actions.set({ edits });
  },
  reset: () => actions.set({ edits: {} }),
  focus(name) {
    if (name === state.focus) return;
    actions.set({ focus: name, path: name ? 1 : 0 });
    const model = modelOf(state);
    views.paths.cycle(model?.paths?.paths.length ?? 0);
  },
};

const views = {
  drawing: drawing(names, actions),
  stepper: stepper(steps, actions),
  formula: formulaView(actions),
  paths: pathView(names, actions),
  editor: editor(names, editable, actions),
  table: tableView(steps, actions),
  plot: plot(actions),
};

function render() {
  frame = 0;
  const model = modelOf(state);
  byId("endless").hidden = Boolean(model);
  if (!model) return;
  const all = Object.values(views);
  if (resized) for (const view of all) view.measure?.();
  resized = false;
  for (const view of all) view.update(model);
  for (const view of all) view.settle?.(); // reads places, so it comes after everything is written
}

byId("clear").addEventListener("click", () => (views.paths.stop(), actions.set({ focus: "", path: 0 })));
byId("link").addEventListener("click", async () => {
  history.replaceState(null, "", format(state, fresh));
  const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  text(byId("linked"), copied ? "Copied." : "The address bar holds it.");
});
addEventListener("hashchange", () => {
  state = parse(location.hash, fresh, editable);
  render();
});
addEventListener("resize", () => {
  resized = true;
  actions.set({});
});
render();
