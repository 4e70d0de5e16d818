// The network as a drawing: values on units, weight and gradient as two strokes of each line.

import { attribute, byId, dragged, draggable, shape, text } from "./dom.js";
import { layoutOf } from "./layout.js";
import { figure, short } from "./mathml.js";
import { nameParts, ofSample } from "./names.js";

const DWELL = 120; // ms over a line before it counts as pointed at

export function drawing(names, actions) {
  const svg = byId("drawing");
  let nodes = new Map();
  let edges = [];
  let width = 0;
  let fine = 1;
  let model = null;

  function build() {
    const plan = layoutOf(names, width);
    svg.setAttribute("viewBox", `0 0 ${plan.wide} ${plan.high}`);
    svg.setAttribute("height", plan.high);
    fine = Math.min(1, Math.max(0.15, 90 / plan.lines.length)); // many lines must be thin ones
    edges = plan.lines.map((line) => edge(line, plan));
    nodes = new Map(Object.entries(plan.places).map(([name, at]) => [name, node(name, at, plan)]));
    svg.replaceChildren(
      ...edges.map((e) => e.group), ...edges.filter((e) => e.label).map((e) => e.label),
      ...[...nodes.values()].map((n) => n.group),
    );
  }

  function edge(line, { places, labelled }) {
    const [a, b] = [places[line.from], places[line.to]];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const [nx, ny] = [(-(b.y - a.y) / length) * 5, ((b.x - a.x) / length) * 5];
    const at = (css, dx = 0, dy = 0) =>
      shape("line", { class: css, x1: a.x + dx, y1: a.y + dy, x2: b.x + dx, y2: b.y + dy });
    const found = { ...line, glow: at("glow"), weightLine: at("weight"), slopeLine: at("slope", nx, ny), label: null };
    found.group = shape("g", { class: "edge" }, found.glow, found.weightLine);
    if (!line.weight) return found;
    found.group.append(found.slopeLine);
    const hit = at("hit");
    found.group.append(hit);
    const targets = [hit];
    if (labelled) {
      const { x, y } = line.label;
      found.value = shape("text", { x, y: y - 2, class: "number" });
      found.slope = shape("text", { x, y: y + 12, class: "number gradient" });
      const box = shape("rect", { class: "box", x: x - 34, y: y - 15, width: 68, rx: 6 });
      found.box = box;
      found.label = shape("g", { class: "label", "data-name": line.weight, tabindex: "-1", role: "button", "aria-description": "show its paths" }, box, found.value, found.slope);
      targets.push(found.label);
      edit(found.label, line.weight);
      found.label.addEventListener("focus", () => actions.focus(line.weight));
      found.label.addEventListener("keydown", (event) => roam(event, line.weight));
    }
    for (const target of targets) point(target, line.weight);
    return found;
  }

  /** Hovering lights the ways of a weight. */
  function point(target, name) {
    let timer = 0;
    target.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && !event.buttons) timer = setTimeout(() => actions.focus(name), DWELL);
    });
    target.addEventListener("pointerleave", () => clearTimeout(timer));
    target.addEventListener("click", () => actions.focus(name));
  }

  /** Dragging up or to the right makes a number larger; the numbers are those the descent starts from. */
  function edit(target, name) {
    target.classList.add("drag");
    draggable(target, () => actions.startValue(called(name)), (start, pixels) => {
      if (pixels) actions.edit(called(name), dragged(start, pixels));
    });
  }

  /** One tab stop for all weights; up and down go from one to the next. */
  function roam(event, name) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const labels = edges.filter((e) => e.label);
    const at = labels.findIndex((e) => e.weight === name);
    labels[(at + step + labels.length) % labels.length].label.focus();
  }

  function node(name, { x, y }, { radius, aside, tight, crowded, wide }) {
    const [base, below] = nameParts(name);
    const roomy = radius >= 17;
    const title = shape("text", { x, y: roomy ? y - 3 : y + 4, class: "unit" }, base);
    title.append(shape("tspan", { class: "sub", dy: 4 }, below));
    const value = shape("text", { x, y: y + 13, class: "number" });
    const side = x < wide / 2 ? -1 : 1;
    const beside = { x: x + side * (radius + 5), style: `text-anchor: ${side < 0 ? "end" : "start"}` };
    const above = shape("text", { x, y: y - radius - 5, ...(aside && { ...beside, y: y - 3 }), class: "number soft" });
    const bias = shape("text", { x, y: y - radius - 18, ...(aside && { ...beside, y: y - 17 }), class: "number soft" });
    const under = shape("text", { x, y: y + radius + 13, ...(aside && { ...beside, y: y + 12 }), class: "number gradient" });
    const group = shape("g", { class: "node", "data-name": name },
      shape("circle", { cx: x, cy: y, r: radius }), ...(radius >= 9 ? [title] : []), ...(roomy ? [value] : []), ...(roomy && !crowded ? [under] : []), ...(roomy && (!tight || names.errors.includes(name)) ? [above, bias] : []));
    if (names.inputs.includes(name)) edit(group, name);
    if (names.errors.includes(name)) edit(above, names.targets[names.errors.indexOf(name)]);
    return { group, value, above, bias, under };
  }

  const called = (name) => (/^[wb]/.test(name) || name === "E_total" ? name : ofSample(name, names.samples[model?.sample ?? 0]));

  function updateNode([name, parts]) {
    const { now } = model;
    const unit = /^[ho]\d/.test(name);
    const column = called(unit ? `a_${name}` : name);
    const shown = (key, value) => (model.isHidden(key) ? "?" : short(value));
    text(parts.value, shown(column, now.values[column]));
    attribute(parts.value, "class", `number${model.isFound(column) ? "" : " soft"}`);
    if (unit) text(parts.above, `Σ ${shown(called(name), now.values[called(name)])}`);
    if (biasOf(name)) text(parts.bias, `${biasOf(name)} ${short(now.values[biasOf(name)])}`);
    if (names.errors.includes(name)) {
      const t = names.targets[names.errors.indexOf(name)];
      text(parts.above, `${t} ${short(now.values[called(t)])}`);
    }
    const delta = `dE/d${called(name)}`;
    if (unit) text(parts.under, model.isFound(delta) ? `δ ${shown(delta, now.gradients[called(name)])}` : "");
    const current = [called(name), column].includes(model.step.name) || (model.step.kind === "bias" && biasOf(name) === model.step.name);
    const lit = litNodes.has(called(name)) || litNodes.has(column);
    attribute(parts.group, "class", `node${lit ? " lit" : ""}${current ? " current" : ""}${model.isFound(column) ? "" : " future"}${parts.group.classList.contains("drag") ? " drag" : ""}`);
  }

  function biasOf(unit) {
    const layer = names.layers.find(({ sums }) => sums.includes(unit));
    return layer?.biases[layer.sums.indexOf(unit)];
  }

  function updateEdge(found, most, steepest) {
    const { now, step } = model;
    const { weight, from, to } = found;
    const source = /^[ho]\d/.test(from) ? `a_${from}` : from;
    const lit = weight ? litNodes.has(weight) || (litNodes.has(called(source)) && litNodes.has(called(to)) && model.paths)
      : litNodes.has(called(source)) && litNodes.has(called(to));
    const current = weight && step.name === weight;
    attribute(found.group, "class", `edge${lit ? " lit" : ""}${current ? " current" : ""}`);
    if (!weight) return;
    const w = now.values[weight];
    const g = now.gradients[weight];
    const column = `dE/d${weight}`;
    const known = model.isFound(column) && !model.isHidden(column);
    attribute(found.weightLine, "stroke-width", (fine * (1 + (5 * Math.abs(w)) / most)).toFixed(2));
    attribute(found.weightLine, "class", `weight ${w < 0 ? "negative" : "positive"}`);
    attribute(found.slopeLine, "class", `slope ${g < 0 ? "negative" : "positive"}${known ? "" : " unknown"}`);
    attribute(found.slopeLine, "stroke-width", (fine * (0.8 + (4 * Math.abs(g)) / steepest)).toFixed(2));
    if (!found.label) return;
    text(found.value, `${weight} ${short(w)}`);
    text(found.slope, known ? `∂ ${short(g)}` : model.isFound(column) ? "∂ ?" : "");
    attribute(found.box, "height", model.isFound(column) ? 31 : 18); // hides no more line than it must
    attribute(found.label, "class", `label drag${lit ? " lit" : ""}${current ? " current" : ""}`);
    attribute(found.label, "tabindex", weight === (model.focus || names.layers[0].weights[0][0]) ? "0" : "-1");
  }

  let litNodes = new Set();
  const magnitude = (list) => Math.max(...list.map(Math.abs), 1e-12);

  return {
    measure() {
      width = Math.floor(svg.parentElement.clientWidth);
      build();
    },
    update(next) {
      model = next;
      const { paths, state } = model;
      const chosen = paths ? (state.path && paths.paths[state.path - 1] ? [paths.paths[state.path - 1]] : paths.paths) : [];
      litNodes = new Set(chosen.flatMap((path) => path.nodes));
      svg.classList.toggle("tracing", Boolean(paths));
      const weights = names.layers.flatMap((layer) => layer.weights.flat());
      const most = magnitude(weights.map((w) => model.now.values[w]));
      const steepest = magnitude(weights.map((w) => model.now.gradients[w]));
      for (const found of edges) updateEdge(found, most, steepest);
      for (const entry of nodes) updateNode(entry);
      attribute(svg, "aria-label", `${model.problem.title}: the network at iteration ${model.iter}, E_total ${model.isHidden("E_total") ? "hidden" : figure(model.now.values.E_total)}`);
    },
  };
}
