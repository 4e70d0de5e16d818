// Images of the test set, one click away: those the network gets wrong, and one a class that it
// gets right.
import { el } from "./dom.js";
import { paintImage } from "./paint.js";

export function describe(samples, i) {
  const [truth, taken] = [samples.label[i], samples.taken[i]];
  const verdict = truth === taken ? "read rightly" : `taken for ${taken}`;
  return `Test image ${samples.index[i]}: a ${truth}, ${verdict}.`;
}

export function samplesView({ wrong, right, heading }, samples, height, width, update) {
  const shown = samples.index.filter((_, i) => samples.label[i] !== samples.taken[i]).length;
  const all = `${samples.wrong} of ${samples.of.toLocaleString("en")} test images`;
  heading.textContent = shown < samples.wrong ? `${all}, the ${shown} worst here` : all;
  const buttons = samples.index.map((_, i) => {
    const [truth, taken] = [samples.label[i], samples.taken[i]];
    const canvas = el("canvas");
    const caption = truth === taken ? `${truth}` : `${truth} → ${taken}`;
    const button = el(
      "button",
      { "type": "button", "aria-label": describe(samples, i), "title": describe(samples, i) },
      canvas,
      el("span", {}, caption),
    );
    button.addEventListener("click", () => update({ sample: i, ink: [] }));
    (truth === taken ? right : wrong).append(button);
    return { button, canvas };
  });
  const size = height * width;
  let painted = -1;
  return ({ state, scheme, source }) => {
    buttons.forEach(({ button, canvas }, i) => {
      button.setAttribute("aria-pressed", String(Boolean(source) && state.sample === i));
      if (painted !== scheme)
        paintImage(canvas, samples.images.subarray(i * size, (i + 1) * size), height, width);
    });
    painted = scheme;
  };
}
