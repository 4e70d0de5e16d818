// Where everything of the drawing stands, in pixels, for a given width. No DOM.

const NARROW = 560; // below this, layers run downwards instead of to the right

/**
 * Columns (or rows) of units from the inputs to E_total, and the lines between them.
 * The answer: places {name: {x, y}}, lines [{from, to, weight, label: {x, y}}], radius, wide, high,
 * labelled (whether there is room for numbers on the lines), aside (whether a
 * unit's sum and derivative stand beside it, else above and below), tight (no room for the
 * sum), crowded (none for the derivative).
 */
export function layoutOf(names, width) {
  const columns = [names.inputs, ...names.layers.map((layer) => layer.sums), names.errors, ["E_total"]];
  const down = width < NARROW;
  const most = Math.max(...columns.map((column) => column.length));
  const edge = down ? 46 : 58;
  const room = down ? width - 2 * edge : 0;
  const across = down
    ? Math.min(132, most > 1 ? room / (most - 1) : 0)
    : most <= 2 ? Math.min(230, width * 0.26) : most <= 4 ? 124 : most <= 8 ? 84 : Math.max(14, 600 / most);
  const along = down ? 132 : (width - 2 * edge) / (columns.length - 1);
  const radius = Math.max(4, Math.min(27, across * 0.31 || 27));
  const places = {};
  columns.forEach((column, c) =>
    column.forEach((name, k) => {
      const side = (k - (column.length - 1) / 2) * across;
      const middle = down ? width / 2 : edge + ((most - 1) * across) / 2;
      places[name] = down ? { x: middle + side, y: edge + c * along } : { x: edge + c * along, y: middle + side };
    }),
  );
  const lines = [];
  names.layers.forEach(({ sums, weights }, depth) =>
    sums.forEach((to, u) =>
      columns[depth].forEach((from, k) => lines.push({ from, to, weight: weights[u][k] })),
    ),
  );
  const labelled = lines.length <= 40;
  names.layers.at(-1).sums.forEach((o, k) => lines.push({ from: o, to: names.errors[k], weight: "" }));
  names.errors.forEach((e) => lines.push({ from: e, to: "E_total", weight: "" }));
  const size = (count, step) => 2 * edge + (count - 1) * step;
  const placed = { places, lines, radius, labelled, aside: down && most <= 2, tight: across < 100, crowded: across < 80 && down, wide: width, high: down ? size(columns.length, along) : size(most, across) + 8 };
  if (labelled) placeLabels(placed);
  return placed;
}

/** Each label at the place on its line that overlaps least with what stands there already. */
function placeLabels({ places, lines, radius }) {
  const taken = Object.values(places).map(({ x, y }) => ({ x, y, w: 2 * radius + 4, h: 2 * radius + 30 }));
  for (const line of lines.filter(({ weight }) => weight)) {
    const [a, b] = [places[line.from], places[line.to]];
    let best = null;
    for (const share of [0.34, 0.4, 0.46, 0.52, 0.58, 0.64, 0.28, 0.7]) {
      const box = { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share, w: 66, h: 30 };
      const cost = taken.reduce((sum, other) => sum + overlap(box, other), Math.abs(share - 0.4) * 40);
      if (!best || cost < best.cost) best = { ...box, cost };
    }
    line.label = best;
    taken.push(best);
  }
}

function overlap(a, b) {
  const w = Math.min(a.x + a.w / 2, b.x + b.w / 2) - Math.max(a.x - a.w / 2, b.x - b.w / 2);
  const h = Math.min(a.y + a.h / 2, b.y + b.h / 2) - Math.max(a.y - a.h / 2, b.y - b.h / 2);
  return w > 0 && h > 0 ? w * h : 0;
}
