// Numbers as colours. The colours themselves stand in the style sheet, for light, dark and paper.
const STEPS = 127;
let palette = null;

function colours(style, name) {
  const text = style.getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

const mix = (a, b, share) => a.map((v, i) => Math.round(v + (b[i] - v) * share));
const packed = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

// Reads the colours anew: after the scheme changed, and before printing.
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const [zero, plus, minus, paper, ink, heat] = [
    ...["--zero", "--plus", "--minus", "--canvas", "--drawn", "--heat"],
  ].map((name) => colours(style, name));
  const signed = new Uint32Array(2 * STEPS + 1);
  for (let i = -STEPS; i <= STEPS; i++)
    signed[i + STEPS] = packed(mix(zero, i < 0 ? minus : plus, Math.abs(i / STEPS) ** 0.8));
  const grey = new Uint32Array(256);
  for (let i = 0; i < 256; i++) grey[i] = packed(mix(paper, ink, i / 255));
  palette = { signed, grey, paper, ink, heat };
}

function fill(canvas, h, w, colour) {
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const context = canvas.getContext("2d");
  const image = context.createImageData(w, h);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
  context.putImageData(image, 0, 0);
}

// One map of a tensor: 0 is the paper's colour, ±scale the strongest.
export function paintMap(canvas, x, map, scale) {
  const start = map * x.h * x.w;
  const factor = scale ? STEPS / scale : 0;
  fill(canvas, x.h, x.w, (i) => palette.signed[STEPS + Math.round(x.v[start + i] * factor)]);
}

export function paintImage(canvas, image, h, w) {
  fill(canvas, h, w, (i) => palette.grey[image[i]]);
}

// The image, and over it heat from 0 to 1 (`heat` is asked by row and column).
export function paintHeat(canvas, image, h, w, heat) {
  fill(canvas, h, w, (i) => {
    const under = mix(palette.paper, palette.ink, (0.75 * image[i]) / 255);
    return packed(mix(under, palette.heat, 0.8 * heat(Math.floor(i / w), i % w)));
  });
}

// A tint for a table's cell, faint enough to read a number on it.
export function tint(value, scale) {
  const share = scale ? Math.round((38 * Math.abs(value)) / scale) : 0;
  const colour = value < 0 ? "--minus" : "--plus";
  return share ? `background: color-mix(in srgb, var(${colour}) ${share}%, var(--card))` : "";
}
