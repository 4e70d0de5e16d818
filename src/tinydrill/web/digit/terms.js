// How one value came about: which numbers were read, and what was done to them. No DOM.
import { argmax } from "./net.js";
import { unshuffled } from "./operations.js";

// Numbers of one map around a place; what lies outside the map is null and counts as 0.
function patch(x, c, top, left, height, width) {
  const cells = [];
  for (let row = top; row < top + height; row++)
    for (let col = left; col < left + width; col++) {
      const inside = row >= 0 && row < x.h && col >= 0 && col < x.w;
      cells.push(inside ? x.v[(c * x.h + row) * x.w + col] : null);
    }
  return { map: c, top, left, height, width, cells };
}

// One entry an input map: its patch, the kernel laid over it, and the sum of the products.
function weighted(op, x, map, top, left, height, width) {
  const parts = [];
  for (let c = 0; c < x.c; c++) {
    const seen = patch(x, c, top, left, height, width);
    const start = (map * x.c + c) * height * width;
    const kernel = Array.from(op.weight.subarray(start, start + height * width));
    const sum = seen.cells.reduce((total, value, i) => total + (value ?? 0) * kernel[i], 0);
    parts.push({ ...seen, kernel, sum });
  }
  return parts;
}

function step(op, x, map, row, col) {
  switch (op.kind) {
    case "conv": {
      const [top, left] = [row - op.padding, col - op.padding];
      return { parts: weighted(op, x, map, top, left, op.kernel, op.kernel) };
    }
    case "fc":
      return { parts: weighted(op, x, map, 0, 0, x.h, x.w) };
    case "max":
    case "average": {
      const [h, w] = op.size ? [op.size, op.size] : [x.h, x.w];
      return { parts: [patch(x, map, row * h, col * w, h, w)] };
    }
    case "unshuffle": {
      const from = unshuffled(op.block, x, map, row, col);
      return { parts: [patch(x, from.c, from.row, from.col, 1, 1)] };
    }
    default:
      return { parts: [] };
  }
}

// The operations of one layer that end in one value of it, each with what it read and gave.
export function chain(net, values, layer, map, row, col) {
  const begin = layer ? net.ends[layer - 1] : 0;
  return net.ops.slice(begin, net.ends[layer]).map((op, k) => {
    const [x, y] = [values[begin + k], values[begin + k + 1]];
    const at = (t) => t.v[(map * t.h + row) * t.w + col];
    const same = op.kind === "norm" || op.kind === "relu";
    return { op, map, ...step(op, x, map, row, col), before: same ? at(x) : null, result: at(y) };
  });
}

// The value that the state asks for, kept inside the net whatever it says, with its chain and the
// input map to be spelled out: the one asked for, or else the one that weighs most.
export function lookedInto(net, values, state) {
  const clip = (v, size) => Math.max(0, Math.min(size - 1, v));
  const layer = clip(state.layer, net.ends.length);
  const x = values[net.ends[layer]];
  const [map, row, col] = [clip(state.map, x.c), clip(state.row, x.h), clip(state.col, x.w)];
  const steps = chain(net, values, layer, map, row, col);
  const parts = steps[0]?.parts ?? [];
  const heaviest = parts[argmax(parts.map((part) => Math.abs(part.sum ?? 0)))];
  const part = parts.find((each) => each.map === state.from) ?? heaviest;
  return { at: { layer, map, row, col }, x, steps, part };
}
