// Why this class: what each pixel would do to its score, and which places carried it.
import { el, say } from "./dom.js";
import { argmax, forward, gradCam } from "./net.js";
import { largest, num } from "./numbers.js";
import { paintHeat, paintMap } from "./paint.js";
import { readAt } from "./places.js";

// The gradient in units of brightness (0 black, 1 white), not of the normalised image.
function inBrightness(net, gradient) {
  return { ...gradient, v: gradient.v.map((v) => v / net.sd) };
}

export function whyView(parts, net, labels, geometry, update) {
  const { title, slopes, slopesNote, nudge, heat, heatNote, layers } = parts;
  const usable = labels.map((_, i) => i).filter((i) => net.shapes[net.ends[i]].h > 1);
  // Grad-CAM was made for what a ReLU lets through; and below 4×4 there is little to point at.
  const telling = (i) =>
    net.shapes[net.ends[i]].h >= 4 &&
    net.ops.slice(net.ends[i - 1] ?? 0, net.ends[i]).some((op) => op.kind === "relu");
  const usual = usable.findLast(telling) ?? usable.at(-1) ?? 0;
  for (const i of usable) {
    const { h, w } = net.shapes[net.ends[i]];
    layers.append(el("option", { value: i }, `${i + 1}. ${labels[i]} (${h}×${w})`));
  }
  layers.addEventListener("change", () => update({ cam: Number(layers.value) }));

  return ({ state, image, height, width, values, gradients, chosen }) => {
    say(title, `Why ${chosen}?`);
    const slope = inBrightness(net, gradients[0]);
    const scale = largest(slope.v);
    paintMap(slopes, slope, 0, scale);
    say(slopesNote, `∂score(${chosen})/∂brightness, colours from −${num(scale)} to +${num(scale)}`);

    // The derivative's own claim, put to the test as in a spreadsheet: nudge, and run it again.
    const place = argmax(slope.v.map(Math.abs));
    const other = Uint8Array.from(image);
    other[place] += image[place] < 255 ? 1 : -1;
    const step = (other[place] - image[place]) / 255;
    const score = (all) => all.at(-1).v[chosen];
    const [before, after] = [score(values), score(forward(net, other))];
    say(
      nudge,
      `Steepest at row ${Math.floor(place / width)}, column ${place % width}: ` +
        `${num(slope.v[place])}. That pixel ${step > 0 ? "brighter" : "darker"} by 1/255 should ` +
        `change the score by ${num(slope.v[place] * step)}; run again, it changes by ` +
        `${num(after - before)}.`,
    );

    const layer = usable.includes(state.cam) ? state.cam : usual;
    layers.value = String(layer);
    const cam = gradCam(values[net.ends[layer]], gradients[net.ends[layer]]);
    const most = largest(cam.v);
    const warm = (row, col) => (most ? readAt(cam, geometry[layer], row, col) / most : 0);
    paintHeat(heat, image, height, width, warm);
    say(heatNote, most ? `strongest place: ${num(most)}` : `no place of it speaks for ${chosen}`);
  };
}
