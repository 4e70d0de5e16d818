// What the person has chosen, as the part of the address after "#": no DOM.
const START = {
  sample: 0, // which test image is shown while there is no drawing; −1: none
  ink: [], // strokes
  pen: 22, // width of the pen
  class: -1, // whose score is explained; −1: the most probable one's
  layer: 0, // the value looked into: layer, map, row, column
  map: 0,
  row: 0,
  col: 0,
  from: -1, // which input map of it is spelled out; −1: the one that weighs most
  cam: -1, // the layer of Grad-CAM; −1: the last telling one (see why.js)
  show: "values", // or "gradients"
};

// Two digits in base 36 a coordinate, strokes divided by dots.
const pair = (v) => Math.max(0, Math.min(1295, Math.round(v))).toString(36).padStart(2, "0");

export function writeInk(strokes) {
  return strokes.map((stroke) => stroke.map(pair).join("")).join(".");
}

export function readInk(text) {
  return text
    .split(".")
    .map((part) => (part.match(/[0-9a-z]{2}/g) ?? []).map((two) => parseInt(two, 36)))
    .map((stroke) => stroke.slice(0, stroke.length & ~1))
    .filter((stroke) => stroke.length);
}

// `start` is what a page begins with where that differs from START; both ways alike.
export function write(state, start = {}) {
  const parts = [];
  for (const [key, usual] of Object.entries({ ...START, ...start })) {
    if (key === "ink" && state.ink.length) parts.push(`ink=${writeInk(state.ink)}`);
    if (key !== "ink" && state[key] !== usual) parts.push(`${key}=${state[key]}`);
  }
  return parts.join("&");
}

// What can't be read is left as it is at the start.
export function read(hash, start = {}) {
  const state = { ...START, ...start };
  for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (key === "ink") state.ink = readInk(text);
    else if (key === "show") state.show = text === "gradients" ? text : "values";
    else if (key in START && /^-?\d{1,6}$/.test(text)) state[key] = Number(text);
  }
  return state;
}
