// The feature maps, a row a layer. Each value can be chosen to be looked into.
import { el, outline, say } from "./dom.js";
import { largest, num } from "./numbers.js";
import { paintMap } from "./paint.js";

const MOST = 64; // maps drawn a layer; the others are reached by their number

function row(heading, count, layer, update) {
  const note = el("span", { class: "note" });
  const maps = el("div", { class: "maps" });
  const mark = el("i", { class: "mark" });
  const tiles = Array.from({ length: Math.min(count, MOST) }, (_, map) => {
    const canvas = el("canvas");
    const label = `${heading}, map ${map}`;
    const tile =
      layer < 0
        ? el("span", { class: "tile", role: "img", "aria-label": "the normalised image" }, canvas)
        : el("button", { "type": "button", "class": "tile", "aria-label": label, "data-map": map }, canvas);
    if (layer >= 0)
      tile.addEventListener("click", (event) => {
        if (!event.detail) return update({ layer, map, from: -1 }); // by key: the place stays
        const box = canvas.getBoundingClientRect();
        const cell = (at, from, size, cells) =>
          Math.max(0, Math.min(cells - 1, Math.floor(((at - from) * cells) / size)));
        update({
          layer,
          map,
          row: cell(event.clientY, box.top, box.height, canvas.height),
          col: cell(event.clientX, box.left, box.width, canvas.width),
          from: -1,
        });
      });
    maps.append(tile);
    return { tile, canvas };
  });
  if (count > MOST) maps.append(el("span", { class: "note" }, `and ${count - MOST} more`));
  const node = el("section", { class: "layer" }, el("h3", {}, heading, " ", note), maps);
  return { node, note, tiles, mark };
}

// Only one tile of a row is a tab stop; arrow keys go on from there, with Shift to another value.
function walk(event, state, now, update) {
  const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const [down, over] = move[event.key] ?? [0, 0];
  if (!(down || over) || event.ctrlKey || event.altKey || event.metaKey) return;
  const layer = Number(event.currentTarget.dataset.layer);
  const { c, h, w } = now.values[now.ends[layer]];
  const clip = (v, size) => Math.max(0, Math.min(size - 1, v));
  event.preventDefault();
  if (event.shiftKey)
    return update({ layer, row: clip(state.row + down, h), col: clip(state.col + over, w) });
  const map = clip((layer === state.layer ? state.map : 0) + over + down, Math.min(c, MOST));
  update({ layer, map, from: -1 });
  event.currentTarget.querySelectorAll(".tile")[map]?.focus();
}

export function mapsView(root, net, labels, fields, update) {
  let now = null;
  const rows = [row("The image", 1, -1, update)];
  rows.push(...labels.map((label, i) => row(`${i + 1}. ${label}`, net.shapes[net.ends[i]].c, i, update)));
  rows.forEach(({ node }, i) => {
    if (i) {
      node.dataset.layer = i - 1;
      node.addEventListener("keydown", (event) => {
        if (event.target.matches(".tile")) walk(event, now.state, now, update);
      });
    }
    root.append(node);
  });

  const place = ({ tiles, mark }, map, x, box) => {
    const tile = tiles[map]?.tile;
    if (!tile) return mark.remove();
    outline(mark, box, x.h, x.w);
    if (mark.parentNode !== tile) tile.append(mark);
  };

  return {
    node: (layer) => rows[layer + 1].node,
    render(next) {
      now = { ...next, ends: net.ends };
      const { state, at, part } = now;
      const shown = state.show === "gradients" ? now.gradients : now.values;
      rows.forEach((each, i) => {
        const x = shown[i ? net.ends[i - 1] : 0];
        const scale = largest(x.v);
        each.node.classList.toggle("flat", x.h * x.w === 1);
        each.node.classList.toggle("chosen", i - 1 === at.layer);
        each.tiles.forEach(({ tile, canvas }, map) => {
          paintMap(canvas, x, map, scale);
          if (!i) return;
          const current = i - 1 === at.layer && map === at.map;
          tile.setAttribute("aria-pressed", String(current));
          tile.tabIndex = current || (i - 1 !== at.layer && !map) ? 0 : -1;
        });
        const size = x.h * x.w > 1 ? `${x.c} × ${x.h}×${x.w}` : `${x.c} values`;
        const sees = i ? `, each sees ${fields[i - 1]}×${fields[i - 1]} pixels` : "";
        say(each.note, `${size}${sees}; colours ±${num(scale)}`);
        each.mark.remove();
      });
      const x = now.values[net.ends[at.layer]];
      place(rows[at.layer + 1], at.map, x, { top: at.row, left: at.col, height: 1, width: 1 });
      if (!part) return;
      const before = now.values[at.layer ? net.ends[at.layer - 1] : 0];
      place(rows[at.layer], part.map, before, part);
    },
  };
}
