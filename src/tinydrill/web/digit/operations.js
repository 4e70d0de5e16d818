// What a layer can do: every operation stands next to its own derivative. No DOM.
// A tensor is {c, h, w, v}: channels, height, width, and the values in that order.

export function tensor(c, h, w) {
  return { c, h, w, v: new Float64Array(c * h * w) };
}

// The values of a tensor with `padding` zeros around every map.
function padded(x, padding) {
  if (!padding) return x.v;
  const wide = tensor(x.c, x.h + 2 * padding, x.w + 2 * padding);
  for (let c = 0, from = 0; c < x.c; c++)
    for (let row = 0; row < x.h; row++, from += x.w)
      wide.v.set(x.v.subarray(from, from + x.w), (c * wide.h + row + padding) * wide.w + padding);
  return wide.v;
}

// Rows cut out of maps [c, height, width] from (skip, skip) on.
function cropped(v, c, height, width, skip, h, w) {
  const y = tensor(c, h, w);
  for (let map = 0, to = 0; map < c; map++)
    for (let row = 0; row < h; row++, to += w) {
      const from = (map * height + row + skip) * width + skip;
      y.v.set(v.subarray(from, from + w), to);
    }
  return y;
}

// A kernel's every number reads a whole map at once, moved by a constant distance: the output is
// kept as wide as the padded input, and what lies beyond its own width is cut off afterwards.
export function conv(weight, bias, out, kernel, padding) {
  const sizes = (x) => {
    const [height, width] = [x.h + 2 * padding, x.w + 2 * padding];
    const [h, w] = [height - kernel + 1, width - kernel + 1];
    const count = x.c * kernel * kernel;
    const starts = new Int32Array(count); // where each number of the kernel begins to read
    for (let j = 0; j < count; j++) {
      const [c, dy, dx] = [Math.floor(j / kernel ** 2), Math.floor(j / kernel) % kernel, j % kernel];
      starts[j] = (c * height + dy) * width + dx;
    }
    return { height, width, h, w, run: (h - 1) * width + w, count, starts };
  };
  return {
    kind: "conv",
    weight,
    bias,
    kernel,
    padding,
    forward(x) {
      const { height, width, h, w, run, count, starts } = sizes(x);
      const from = padded(x, padding);
      const to = new Float64Array(out * h * width);
      for (let o = 0, place = 0; o < out; o++) {
        const y = to.subarray(o * h * width, o * h * width + run);
        if (bias) y.fill(bias[o]);
        let j = 0;
        for (; j + 4 <= count; j += 4, place += 4) {
          // Four at once: each output is then read and written a quarter as often.
          const [k0, k1, k2, k3] = weight.subarray(place, place + 4);
          const [s0, s1, s2, s3] = starts.subarray(j, j + 4);
          for (let i = 0; i < run; i++)
            y[i] += k0 * from[s0 + i] + k1 * from[s1 + i] + k2 * from[s2 + i] + k3 * from[s3 + i];
        }
        for (; j < count; j++, place++)
          for (let i = 0, k = weight[place], start = starts[j]; i < run; i++)
            y[i] += k * from[start + i];
      }
      return cropped(to, out, h, width, 0, h, w);
    },
    backward(given, x) {
      const { height, width, h, w, run, count, starts } = sizes(x);
      const from = new Float64Array(out * h * width);
      for (let row = 0; row < out * h; row++)
        from.set(given.v.subarray(row * w, row * w + w), row * width);
      const to = new Float64Array(x.c * height * width);
      for (let o = 0, place = 0; o < out; o++) {
        const y = from.subarray(o * h * width, o * h * width + run);
        for (let j = 0; j < count; j++, place++)
          for (let i = 0, k = weight[place], start = starts[j]; i < run; i++)
            to[start + i] += k * y[i];
      }
      return cropped(to, x.c, height, width, padding, x.h, x.w);
    },
  };
}

export function fc(weight, bias, out) {
  return {
    kind: "fc",
    weight,
    bias,
    forward(x) {
      const y = tensor(out, 1, 1);
      for (let o = 0, place = 0; o < out; o++) {
        let sum = bias[o];
        for (let i = 0; i < x.v.length; i++) sum += weight[place++] * x.v[i];
        y.v[o] = sum;
      }
      return y;
    },
    backward(dy, x) {
      const dx = tensor(x.c, x.h, x.w);
      for (let o = 0, place = 0; o < out; o++)
        for (let i = 0; i < x.v.length; i++) dx.v[i] += weight[place++] * dy.v[o];
      return dx;
    },
  };
}

const BATCH_NORM_EPSILON = 1e-5; // torch's, inside the root

export function norm(weight, bias, mean, variance) {
  const slope = (c) => weight[c] / Math.sqrt(variance[c] + BATCH_NORM_EPSILON);
  const scaled = (x, value) => {
    const y = tensor(x.c, x.h, x.w);
    const area = x.h * x.w;
    for (let c = 0, i = 0; c < x.c; c++)
      for (const s = slope(c), end = i + area; i < end; i++) y.v[i] = value(x.v[i], c, s);
    return y;
  };
  return {
    kind: "norm",
    weight,
    bias,
    mean,
    deviation: (c) => Math.sqrt(variance[c] + BATCH_NORM_EPSILON),
    forward: (x) => scaled(x, (v, c, s) => (v - mean[c]) * s + bias[c]),
    backward: (dy) => scaled(dy, (v, c, s) => v * s),
  };
}

export function relu() {
  return {
    kind: "relu",
    forward(x) {
      const y = tensor(x.c, x.h, x.w);
      for (let i = 0; i < x.v.length; i++) if (x.v[i] > 0) y.v[i] = x.v[i];
      return y;
    },
    backward(dy, x) {
      const dx = tensor(x.c, x.h, x.w);
      for (let i = 0; i < x.v.length; i++) if (x.v[i] > 0) dx.v[i] = dy.v[i];
      return dx;
    },
  };
}

// Windows of size × size that do not overlap (without a size: the whole map, once). `visit` gets
// the place of each output and of its window's first value.
function windows(x, size, visit) {
  const [sy, sx] = size ? [size, size] : [x.h, x.w];
  const [h, w] = [Math.floor(x.h / sy), Math.floor(x.w / sx)];
  for (let c = 0, to = 0; c < x.c; c++)
    for (let row = 0; row < h; row++)
      for (let col = 0; col < w; col++, to++)
        visit(to, (c * x.h + row * sy) * x.w + col * sx, sy, sx);
}

function pooled(x, size) {
  return size ? tensor(x.c, Math.floor(x.h / size), Math.floor(x.w / size)) : tensor(x.c, 1, 1);
}

// Of several equal maxima the first one is taken, and gets the gradient, as in torch.
function highest(x, first, sy, sx) {
  let best = first;
  for (let dy = 0; dy < sy; dy++)
    for (let i = first + dy * x.w, end = i + sx; i < end; i++) if (x.v[i] > x.v[best]) best = i;
  return best;
}

export function maxPool(size) {
  return {
    kind: "max",
    size,
    forward(x) {
      const y = pooled(x, size);
      windows(x, size, (to, first, sy, sx) => (y.v[to] = x.v[highest(x, first, sy, sx)]));
      return y;
    },
    backward(dy, x) {
      const dx = tensor(x.c, x.h, x.w);
      windows(x, size, (to, first, sy, sx) => (dx.v[highest(x, first, sy, sx)] += dy.v[to]));
      return dx;
    },
  };
}

export function averagePool(size) {
  return {
    kind: "average",
    size,
    forward(x) {
      const y = pooled(x, size);
      windows(x, size, (to, first, sy, sx) => {
        for (let dy = 0; dy < sy; dy++)
          for (let i = first + dy * x.w, end = i + sx; i < end; i++) y.v[to] += x.v[i];
        y.v[to] /= sy * sx;
      });
      return y;
    },
    backward(dy, x) {
      const dx = tensor(x.c, x.h, x.w);
      windows(x, size, (to, first, sy, sx) => {
        for (let row = 0; row < sy; row++)
          for (let i = first + row * x.w, end = i + sx; i < end; i++)
            dx.v[i] += dy.v[to] / (sy * sx);
      });
      return dx;
    },
  };
}

// Space to depth: map (c, dy, dx) of the output holds every block-th pixel, from (dy, dx) on.
export function unshuffled(block, x, map, row, col) {
  const [c, dy, dx] = [
    Math.floor(map / (block * block)),
    Math.floor(map / block) % block,
    map % block,
  ];
  return { c, row: row * block + dy, col: col * block + dx };
}

export function unshuffle(block) {
  const walk = (x, visit) => {
    for (let map = 0, to = 0; map < x.c * block * block; map++)
      for (let row = 0; row < x.h / block; row++)
        for (let col = 0; col < x.w / block; col++, to++) {
          const from = unshuffled(block, x, map, row, col);
          visit(to, (from.c * x.h + from.row) * x.w + from.col);
        }
  };
  return {
    kind: "unshuffle",
    block,
    forward(x) {
      const y = tensor(x.c * block * block, x.h / block, x.w / block);
      walk(x, (to, from) => (y.v[to] = x.v[from]));
      return y;
    },
    backward(dy, x) {
      const dx = tensor(x.c, x.h, x.w);
      walk(x, (to, from) => (dx.v[from] = dy.v[to]));
      return dx;
    },
  };
}
