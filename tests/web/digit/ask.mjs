// Lets the tests ask the page's modules, without a browser: a job as JSON in, an answer out.
import { readFileSync } from "node:fs";
import { picture } from "../../../src/tinydrill/web/digit/ink.js";
import { backward, build, forward, gradCam } from "../../../src/tinydrill/web/digit/net.js";
import { places } from "../../../src/tinydrill/web/digit/places.js";
import { read, write } from "../../../src/tinydrill/web/digit/state.js";
import { chain } from "../../../src/tinydrill/web/digit/terms.js";

const job = JSON.parse(readFileSync(0, "utf8"));
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const net = job.net && build(job.net, new Float32Array(bytes(job.net.weights).buffer));

function images() {
  const all = bytes(job.images);
  const size = job.net.shape[1] * job.net.shape[2];
  return Array.from({ length: all.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size));
}

const answers = {
  logits: () => images().map((image) => Array.from(forward(net, image).at(-1).v)),

  // Of each image: what every layer ends with, the gradients there, and Grad-CAM.
  insides: () =>
    images().map((image, i) => {
      const values = forward(net, image);
      const slopes = backward(net, values, job.classes[i]);
      const at = [0, ...net.ends];
      return {
        values: at.map((k) => Array.from(values[k].v)),
        gradients: at.map((k) => Array.from(slopes[k].v)),
        cams: at.map((k) => Array.from(gradCam(values[k], slopes[k]).v)),
      };
    }),

  // The largest difference between a value and what its own explanation adds up to.
  chain: () => {
    let worst = 0;
    let sums = 0;
    for (const image of images()) {
      const values = forward(net, image);
      net.ends.forEach((end, layer) => {
        const y = values[end];
        for (let i = 0; i < y.v.length; i += Math.max(1, Math.floor(y.v.length / 40))) {
          const map = Math.floor(i / (y.h * y.w));
          const [row, col] = [Math.floor(i / y.w) % y.h, i % y.w];
          const steps = chain(net, values, layer, map, row, col);
          if (steps.length) worst = Math.max(worst, Math.abs(steps.at(-1).result - y.v[i]));
          for (const { op, parts, before, result } of steps) {
            const own = {
              conv: () => parts.reduce((s, p) => s + p.sum, op.bias ? op.bias[map] : 0),
              fc: () => parts.reduce((s, p) => s + p.sum, op.bias[map]),
              max: () => Math.max(...parts[0].cells),
              average: () => parts[0].cells.reduce((a, b) => a + b) / parts[0].cells.length,
              unshuffle: () => parts[0].cells[0],
              norm: () =>
                ((before - op.mean[map]) / op.deviation(map)) * op.weight[map] + op.bias[map],
              relu: () => Math.max(0, before),
            }[op.kind]();
            worst = Math.max(worst, Math.abs(own - result));
            sums++;
          }
        }
      });
    }
    return { worst, sums };
  },

  places: () => places(net),
  pictures: () => job.drawings.map((ink) => Array.from(picture(ink, job.pen, 28, 28))),
  states: () => job.hashes.map((hash) => [read(hash), write(read(hash))]),
};

process.stdout.write(JSON.stringify(answers[job.ask]()));
