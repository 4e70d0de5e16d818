// Puts the page together: one state, one pass through the network, every view shown from it.
import { describe, samplesView } from "./samples.js";
import { drawingView } from "./drawing.js";
import { inspectView } from "./inspect.js";
import { mapsView } from "./maps.js";
import { verdictView } from "./verdict.js";
import { whyView } from "./why.js";
import { chain } from "./terms.js";
import { argmax, backward, build, forward, softmax } from "./net.js";
import { picture } from "./ink.js";
import { places } from "./places.js";
import { read, write } from "./state.js";
import { readColours } from "./paint.js";

const find = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const given = JSON.parse(find("given").textContent);
const { labels, fields } = given.net;
const net = build(given.net, new Float32Array(bytes(given.net.weights).buffer));
const samples = { ...given.samples, images: bytes(given.samples.images) };
const geometry = places(net);
const [, height, width] = net.shape;
const empty = forward(net, new Uint8Array(height * width));

let state = read(location.hash);
let cleared = false; // an empty field that was asked for, not the start
let drawing = false;
let scheme = 0; // counts changes of the colour scheme
let asked = 0; // when the last input came, until its answer is shown

function update(change) {
  state = { ...state, ...change };
  if ("sample" in change) cleared = false;
  if (!drawing) history.replaceState(null, "", `#${write(state)}`);
  if (!asked) {
    asked = performance.now();
    requestAnimationFrame(render);
  }
}

function drawn(ink, finished) {
  drawing = !finished;
  cleared ||= ink.length > 0 || state.ink.length > 0;
  update({ ink });
}

const views = [
  drawingView(find("field"), { undo: find("undo"), clear: find("clear") }, drawn),
  verdictView(
    {
      ...{ seen: find("seen"), field: find("mark"), classes: find("classes") },
      ...{ spoken: find("spoken"), timing: find("timing") },
    },
    empty.at(-1).v.length,
    update,
  ),
  samplesView(
    { wrong: find("wrong"), right: find("right"), heading: find("counted") },
    ...[samples, height, width, update],
  ),
  whyView(
    {
      ...{ title: find("why-title"), slopes: find("slopes"), slopesNote: find("slopes-note") },
      ...{ nudge: find("nudge"), heat: find("heat"), heatNote: find("heat-note") },
      layers: find("cam"),
    },
    ...[net, labels, geometry, update],
  ),
];
const maps = mapsView(find("maps"), net, labels, fields, empty, update);
const inspect = inspectView(find("inspector"), labels, update);

// The chosen value, kept inside the net whatever the address says.
function lookedInto(values, gradients) {
  const clip = (v, size) => Math.max(0, Math.min(size - 1, v));
  const layer = clip(state.layer, net.ends.length);
  const x = values[net.ends[layer]];
  const at = { layer, map: clip(state.map, x.c), row: clip(state.row, x.h), col: clip(state.col, x.w) };
  const steps = chain(net, values, layer, at.map, at.row, at.col);
  for (const step of steps) step.map = at.map;
  const parts = steps[0]?.parts ?? [];
  const heaviest = parts[argmax(parts.map((part) => Math.abs(part.sum ?? 0)))];
  const place = (at.map * x.h + at.row) * x.w + at.col;
  return {
    ...{ at, x, steps, value: x.v[place], gradient: gradients[net.ends[layer]].v[place] },
    part: parts.find((part) => part.map === state.from) ?? heaviest,
  };
}

// What the chosen value sees of the image, as the style of a frame over it.
function frame({ layer, row, col }) {
  const { start, jump } = geometry[layer];
  const size = fields[layer];
  const edge = (i, whole) => {
    const low = Math.max(0, start + i * jump - (size - 1) / 2);
    const high = Math.min(whole, start + i * jump + (size + 1) / 2);
    return [(100 * low) / whole, (100 * (high - low)) / whole];
  };
  const [[top, tall], [left, wide]] = [edge(row, height), edge(col, width)];
  return `top:${top}%;height:${tall}%;left:${left}%;width:${wide}%`;
}

function render() {
  const began = performance.now();
  const sample = Math.max(0, Math.min(samples.index.length - 1, state.sample));
  const isSample = !state.ink.length && !cleared && samples.index.length > 0;
  const image = isSample
    ? samples.images.slice(sample * height * width, (sample + 1) * height * width)
    : picture(state.ink, state.pen, height, width);
  const values = forward(net, image);
  const scores = Array.from(values.at(-1).v);
  const winner = argmax(scores);
  const chosen = state.class >= 0 && state.class < scores.length ? state.class : winner;
  const gradients = backward(net, values, chosen);
  const milliseconds = performance.now() - began;
  const looked = lookedInto(values, gradients);
  const now = {
    ...{ state, image, height, width, values, gradients, winner, chosen, scheme, drawing },
    ...{ milliseconds, mark: frame(looked.at), unit: isSample ? "sample" : "ink" },
    ...{ probabilities: softmax(scores), blank: !isSample && !state.ink.length },
    source: isSample ? describe(samples, sample) : "",
    ...looked,
  };
  for (const show of views) show(now);
  const place = maps.node(looked.at.layer);
  const panel = find("inspector");
  if (panel.parentNode !== place) {
    const focused = panel.contains(document.activeElement) ? document.activeElement : null;
    place.append(panel);
    focused?.focus();
  }
  inspect(now);
  maps.render(now);
  find("pen").value = state.pen;
  for (const choice of document.getElementsByName("show")) choice.checked = choice.value === state.show;
  // Tests and the curious can look up the exact scores, and how long an answer took.
  find("field").dataset.scores = JSON.stringify(scores);
  if (asked) performance.measure("answer", { start: asked, end: performance.now() });
  asked = 0;
}

find("pen").addEventListener("input", (event) => update({ pen: Number(event.target.value) }));
for (const choice of document.getElementsByName("show"))
  choice.addEventListener("change", () => update({ show: choice.value }));
addEventListener("hashchange", () => {
  state = read(location.hash);
  cleared = false;
  render();
});
// Paper is light, whatever the screen is.
matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  scheme++;
  render();
});
readColours();
render();
