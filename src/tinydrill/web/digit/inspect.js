// How one chosen value came about: patch, kernel, products and sum, then what followed.
import { el, say } from "./dom.js";
import { largest, num } from "./numbers.js";
import { tint } from "./paint.js";

function grid(caption, numbers, width, scale, strong = -1) {
  const body = el("tbody");
  for (let start = 0; start < numbers.length; start += width)
    body.append(
      el(
        "tr",
        {},
        ...numbers.slice(start, start + width).map((value, i) => {
          const style = value === null ? "" : tint(value, scale);
          const kind = value === null ? "outside" : start + i === strong ? "strong" : null;
          return el("td", { style, class: kind }, value === null ? "0" : num(value));
        }),
      ),
    );
  return el("div", { class: "grid" }, el("table", {}, el("caption", {}, caption), body));
}

const sign = (text) => el("span", { class: "sign", "aria-hidden": "true" }, text);
const line = (...content) => el("p", {}, ...content);

// Patch · kernel for one input map, chosen from bars that show what each map adds.
function weightedSum(step, spelled, choose) {
  const { op, parts, result } = step;
  const { map, width, cells, kernel, sum } = parts.find((part) => part.map === spelled);
  const products = cells.map((value, i) => (value ?? 0) * kernel[i]);
  const most = largest(parts.map((part) => part.sum));
  const bars = parts.map((part) =>
    el(
      "button",
      {
        "type": "button",
        "aria-pressed": String(part.map === map),
        "aria-label": `input map ${part.map} adds ${num(part.sum)}`,
        "data-from": part.map,
        "style": tint(part.sum, most),
        "onclick": () => choose(part.map),
      },
      el("small", {}, String(part.map)),
      num(part.sum),
    ),
  );
  const size = parts[0].cells.length;
  const count = `${parts.length} input map${parts.length > 1 ? "s" : ""} × ${size}`;
  return [
    line(`Input map ${map}: each number of the patch times the kernel's, then their sum.`),
    el(
      "div",
      { class: "product" },
      grid("patch", cells, width, largest(cells)),
      sign("⊙"),
      grid("kernel", kernel, width, largest(kernel)),
      sign("="),
      grid("products", products, width, largest(products)),
      sign("→"),
      el("p", { class: "sum" }, "sum ", el("b", {}, num(sum))),
    ),
    line(`What each input map adds (${count} products):`),
    el("div", { class: "adds", role: "group", "aria-label": "input maps" }, ...bars),
    line(
      `All together${op.bias ? `, with the bias ${num(op.bias[step.map])}` : ""}: `,
      el("b", { "data-result": op.kind }, num(result)),
    ),
  ];
}

function explained(step, spelled, choose) {
  const { op, parts, before, result } = step;
  const gives = el("b", { "data-result": op.kind }, num(result));
  switch (op.kind) {
    case "conv":
    case "fc":
      return weightedSum(step, spelled, choose);
    case "max":
    case "average": {
      const { cells, width } = parts[0];
      const strong = op.kind === "max" ? cells.indexOf(result) : -1;
      const what = op.kind === "max" ? "the greatest of them" : `the mean of all ${cells.length}`;
      return [grid("window", cells, width, largest(cells), strong), line(`${what}: `, gives)];
    }
    case "unshuffle": {
      const { map, top, left } = parts[0];
      return [line(`Row ${top}, column ${left} of input map ${map}, unchanged: `, gives)];
    }
    case "norm": {
      const m = step.map;
      const [mean, deviation] = [num(op.mean[m]), num(op.deviation(m))];
      const formula = `(${num(before)} − ${mean}) ÷ ${deviation} × ${num(op.weight[m])}`;
      return [line(`BatchNorm: ${formula} + ${num(op.bias[m])} = `, gives)];
    }
    default:
      return [line(`ReLU: max(0, ${num(before)}) = `, gives)];
  }
}

const FIELDS = { map: "c", row: "h", col: "w" };

export function inspectView(root, labels, update) {
  const layers = el("select", { id: "layer" });
  labels.forEach((label, i) => layers.append(el("option", { value: i }, `${i + 1}. ${label}`)));
  layers.addEventListener("change", () => update({ layer: Number(layers.value), from: -1 }));
  const numbers = Object.keys(FIELDS).map((key) => {
    const input = el("input", { type: "number", min: 0, id: key });
    const spelled = key === "map" ? { from: -1 } : {};
    input.addEventListener("change", () =>
      update({ [key]: Math.max(0, Math.round(Number(input.value)) || 0), ...spelled }),
    );
    return input;
  });
  const named = ["map", "row", "column"].map((name, i) => el("label", {}, name, numbers[i]));
  const slope = el("p", { class: "slope" });
  const steps = el("div");
  root.append(
    el("h4", {}, "How this value came about"),
    el("div", { class: "choice" }, el("label", {}, "layer", layers), ...named),
    steps,
    slope,
  );

  return ({ at, x, steps: chain, part, value, gradient, chosen }) => {
    layers.value = String(at.layer);
    Object.entries(FIELDS).forEach(([key, size], i) => {
      numbers[i].max = x[size] - 1;
      if (document.activeElement !== numbers[i] || Number(numbers[i].value) >= x[size])
        numbers[i].value = at[key];
    });
    const focused = root.contains(document.activeElement) && document.activeElement.dataset.from;
    const choose = (from) => update({ from });
    const lines = chain.flatMap((step) => explained(step, part?.map, choose));
    steps.replaceChildren(...lines);
    if (focused) steps.querySelector(`[data-from="${focused}"]`)?.focus();
    say(
      slope,
      `Value ${num(value)}; ∂score(${chosen})/∂value = ${num(gradient)}: ` +
        `if it grew by a little, the score of ${chosen} would ` +
        (gradient ? `${gradient > 0 ? "rise" : "fall"} by ${num(Math.abs(gradient))} times that.` : "not move."),
    );
  };
}
