// The rows around the current iteration in the workbook's columns, the current cell lit.

import { asText, cellOf, columnsAround } from "./columns.js";
import { byId, element, text } from "./dom.js";
import { figure } from "./mathml.js";
import { MAX_ITERATIONS } from "./state.js";
import { columnOf } from "./steps.js";

const BEFORE = 2;
const ROWS = 9;

export function tableView(steps, actions) {
  const [table, scroller] = ["table", "tablescroll"].map(byId);
  const stepAt = new Map(steps.map((step, k) => [step.phase === "update" ? `new ${step.name}` : columnOf(step), k]).reverse());
  let model = null;
  let shown = "";
  let cells = new Map();
  let lit = null;

  byId("copy").addEventListener("click", () => {
    const put = (event) => {
      event.clipboardData.setData("text/plain", asText(model.columns, model.rows(0, MAX_ITERATIONS)));
      event.preventDefault();
    };
    document.addEventListener("copy", put, { once: true });
    const done = document.execCommand("copy"); // works in a page opened from a file, everywhere
    document.removeEventListener("copy", put);
    text(byId("copied"), done ? "Copied: paste it into a spreadsheet." : "This browser did not allow it.");
  });
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-column]");
    if (!cell) return;
    const step = stepAt.get(cell.dataset.column);
    actions.set({ iter: Number(cell.dataset.iter), show: false, ...(step === undefined ? {} : { step }) });
  });

  function fill(columns, from) {
    cells = new Map();
    const rows = model.rows(from, from + ROWS - 1);
    const head = element("tr", {}, element("th", { scope: "col" }, "n"), ...columns.map(({ heading }) => element("th", { scope: "col" }, heading)));
    const lines = rows.map((row, k) => {
      const n = from + k;
      const line = columns.map(({ name }) => {
        const hidden = model.state.quiz && (n > model.iter || (n === model.iter && model.isHidden(name)));
        const cell = element("td", { "data-column": name, "data-iter": n }, hidden ? "?" : figure(cellOf(name, row), 6));
        cells.set(`${n} ${name}`, cell);
        return cell;
      });
      return element("tr", n === model.iter ? { class: "now" } : {}, element("th", { scope: "row" }, String(n)), ...line);
    });
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...lines);
  }

  return {
    /** Bring what is lit into view. */
    settle() {
      if (!lit) return;
      const [left, right] = [lit.offsetLeft - 60, lit.offsetLeft + lit.offsetWidth];
      if (left < scroller.scrollLeft || right > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = left - 80;
    },
    update(next) {
      model = next;
      const { iter, at, step, explanation, state, key } = model;
      const column = columnOf(step);
      const columns = columnsAround(column, model.columns);
      const from = Math.max(0, Math.min(iter - BEFORE, MAX_ITERATIONS - ROWS + 1));
      const stamp = `${key} ${columns[0].name} ${state.quiz ? `${at} ${state.show}` : ""}`;
      if (stamp !== shown) fill(columns, from);
      shown = stamp;
      for (const cell of table.querySelectorAll("td.lit, td.read")) cell.removeAttribute("class");
      for (const read of explanation.reads) cells.get(`${iter} ${read}`)?.setAttribute("class", "read");
      const own = cells.get(`${step.phase === "update" ? iter + 1 : iter} ${column}`);
      own?.setAttribute("class", "lit");
      lit = own ?? table.querySelector("td.read"); // on the way to a gradient some steps have no cell
      const part = columns.length < model.columns.length ? ` Columns ${columns[0].heading} to ${columns.at(-1).heading} of ${model.columns.length.toLocaleString("en")} are shown; the copy holds all.` : "";
      text(byId("part"), part);
    },
  };
}
