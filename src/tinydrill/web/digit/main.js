// Puts the page together: one state, one pass through the network, every view shown from it.
import { describe, samplesView } from "./samples.js";
import { drawingView } from "./drawing.js";
import { inspectView } from "./inspect.js";
import { mapsView } from "./maps.js";
import { verdictView } from "./verdict.js";
import { whyView } from "./why.js";
import { lookedInto } from "./terms.js";
import { argmax, backward, forward, softmax } from "./net.js";
import { picture } from "./ink.js";
import { places, sees } from "./places.js";
import { read, write } from "./state.js";
import { readColours } from "./paint.js";
import { unpack } from "./given.js";

const find = (id) => document.getElementById(id);
// The bare page is painted first: the rest takes longer than a glance.
await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));

const { net, labels, fields, samples } = unpack(find("given").textContent);
const geometry = places(net);
const { h: height, w: width } = net.shapes[0];

// At first, the middle of the first layer that has learned something.
const learned = (end, i) => net.ops.slice(net.ends[i - 1] ?? 0, end).some((op) => op.weight);
const first = net.ends.findIndex(learned);
const middle = net.shapes[net.ends[first]];
const start = { layer: first, row: middle.h >> 1, col: middle.w >> 1 };
let state = read(location.hash, start);
let drawing = false;
let scheme = 0; // counts changes of the colour scheme
let asked = 0; // when the last input came, until its answer is shown
let explaining = 0; // the timer of what follows an answer
const shows = document.getElementsByName("show");

function update(change) {
  state = { ...state, ...change };
  if (!drawing) history.replaceState(null, "", `#${write(state, start)}`);
  if (!asked) {
    asked = performance.now();
    clearTimeout(explaining);
    delete find("field").dataset.scores;
    requestAnimationFrame(render);
  }
}

function drawn(ink, finished) {
  drawing = !finished;
  update({ ink, sample: -1 });
}

const answers = [
  drawingView(find("field"), { undo: find("undo"), clear: find("clear") }, drawn),
  verdictView(
    {
      ...{ seen: find("seen"), field: find("mark"), classes: find("classes") },
      ...{ spoken: find("spoken"), timing: find("timing") },
    },
    net.shapes.at(-1).c,
    update,
  ),
];
const maps = mapsView(find("maps"), net, labels, fields, update);
const explanations = [
  maps.render,
  inspectView(find("inspector"), labels, update),
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

// The answer first; what explains it follows as soon as the browser has shown that.
function render() {
  const began = performance.now();
  const sample = Math.min(samples.index.length - 1, state.sample);
  const isSample = !state.ink.length && sample >= 0;
  const image = isSample
    ? samples.images.slice(sample * height * width, (sample + 1) * height * width)
    : picture(state.ink, state.pen, height, width);
  const values = forward(net, image);
  const scores = Array.from(values.at(-1).v);
  const winner = argmax(scores);
  const looked = lookedInto(net, values, state);
  const { layer, row, col } = looked.at;
  const now = {
    ...{ state, image, height, width, values, scores, winner, scheme, drawing, isSample },
    chosen: state.class >= 0 && state.class < scores.length ? state.class : winner,
    ...{ milliseconds: performance.now() - began, probabilities: softmax(scores) },
    ...{ blank: !isSample && !state.ink.length, seen: sees(geometry[layer], fields[layer], row, col) },
    source: isSample ? describe(samples, sample) : "",
    ...looked,
  };
  for (const show of answers) show(now);
  if (asked) performance.measure("answer", { start: asked, end: performance.now() });
  asked = 0;
  clearTimeout(explaining);
  explaining = setTimeout(() => explain(now));
  return now;
}

function explain(now) {
  const gradients = backward(net, now.values, now.chosen);
  const place = (now.at.map * now.x.h + now.at.row) * now.x.w + now.at.col;
  const value = now.x.v[place];
  const gradient = gradients[net.ends[now.at.layer]].v[place];
  // The inspector lies below the layer it is about; moving it must not lose the focus.
  const [panel, home] = [find("inspector"), maps.node(now.at.layer)];
  if (panel.parentNode !== home) {
    const focused = panel.contains(document.activeElement) ? document.activeElement : null;
    home.append(panel);
    focused?.focus();
  }
  for (const show of explanations) show({ ...now, gradients, value, gradient });
  find("pen").value = now.state.pen;
  for (const choice of shows) choice.checked = choice.value === now.state.show;
  // The exact scores, for whoever wants to check them; there once everything is shown.
  find("field").dataset.scores = JSON.stringify(now.scores);
}

find("pen").addEventListener("input", (event) => update({ pen: Number(event.target.value) }));
for (const choice of shows)
  choice.addEventListener("change", () => update({ show: choice.value }));
addEventListener("hashchange", () => {
  state = read(location.hash, start);
  render();
});
// Paper is light, whatever the screen is; a printer doesn't wait for what would follow later.
matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  scheme++;
  explain(render());
});
readColours();
render();
