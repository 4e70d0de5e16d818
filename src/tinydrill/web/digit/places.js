// Where in the image the values of a layer lie: no DOM. Along either edge, value i of a layer is
// centred on pixel start + i · jump (the recursion of Araujo, Norris & Sim 2019).
export function places(net) {
  const found = [];
  let [start, jump, done] = [0, 1, 0];
  for (const end of net.ends) {
    for (const op of net.ops.slice(done, end)) {
      const size = op.kind === "conv" ? op.kernel : (op.size ?? op.block ?? 1);
      start += ((size - 1) / 2 - (op.padding ?? 0)) * jump;
      if (op.kind !== "conv") jump *= size || 1;
    }
    done = end;
    found.push({ start, jump });
  }
  return found;
}

// A coarse map [h, w] read at a pixel of the image, linearly between the values around it.
export function readAt(map, { start, jump }, row, col) {
  const along = (pixel, size) => {
    const u = Math.max(0, Math.min(size - 1, (pixel - start) / jump));
    const low = Math.min(Math.floor(u), Math.max(0, size - 2));
    return [low, Math.min(low + 1, size - 1), u - low];
  };
  const [top, bottom, down] = along(row, map.h);
  const [left, right, over] = along(col, map.w);
  const at = (y, x) => map.v[y * map.w + x];
  const upper = at(top, left) * (1 - over) + at(top, right) * over;
  const lower = at(bottom, left) * (1 - over) + at(bottom, right) * over;
  return upper * (1 - down) + lower * down;
}

// The box of the image that a value sees, `size` pixels large; it may reach beyond the edges.
export function sees({ start, jump }, size, row, col) {
  const first = (i) => start + i * jump - (size - 1) / 2;
  return { top: first(row), left: first(col), height: size, width: size };
}
