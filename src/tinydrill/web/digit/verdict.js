// What the network sees and says: the image as MNIST was made, and a row a class.
import { el, outline, say } from "./dom.js";
import { percent } from "./numbers.js";
import { paintImage } from "./paint.js";

export function verdictView({ seen, field, classes, spoken, timing }, count, update) {
  const radio = (value) =>
    el("input", {
      type: "radio",
      name: "class",
      value,
      onchange: () => update({ class: value }),
    });
  const auto = radio(-1);
  classes.append(el("label", { class: "auto" }, auto, "explain the most probable"));
  const rows = Array.from({ length: count }, (_, digit) => {
    const [bar, share, choice] = [el("i"), el("span", { class: "share" }), radio(digit)];
    const row = el("label", {}, choice, el("b", {}, String(digit)), el("span", {}, bar), share);
    classes.append(row);
    return { row, bar, share, choice };
  });
  return (now) => {
    const { state, image, height, width, probabilities, winner, chosen, seen: box } = now;
    paintImage(seen, image, height, width);
    outline(field, box, height, width);
    auto.checked = state.class < 0;
    rows.forEach(({ row, bar, share, choice }, digit) => {
      bar.style.width = `${100 * probabilities[digit]}%`;
      say(share, percent(probabilities[digit]));
      choice.checked = state.class === digit;
      row.classList.toggle("winner", digit === winner && !now.blank);
      row.classList.toggle("chosen", digit === chosen);
    });
    const words = now.blank
      ? "Nothing drawn yet."
      : `The network reads ${winner} (${percent(probabilities[winner])}).`;
    // A screen reader is told when a stroke ends, not a hundred times while it is drawn.
    if (!now.drawing) say(spoken, now.source ? `${words} ${now.source}` : words);
    say(timing, `read in ${now.milliseconds.toFixed(1)} ms`);
  };
}
