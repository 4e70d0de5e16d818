// MathML as text: names, numbers, sums, products, and Python's formulas with their names filled in.

import { nameParts } from "./names.js";

const DIGITS = 7; // as Python's derivation shows them

/** A number as it is read: a true minus sign, and no more digits than asked for. */
export function figure(number, digits = DIGITS) {
  if (!Number.isFinite(number)) return number > 0 ? "∞" : number < 0 ? "−∞" : "?";
  return String(Number(number.toPrecision(digits))).replaceAll("-", "−");
}

/** A number in at most seven signs, to fit into a circle. */
export function short(value) {
  const fitting = [4, 3].map((digits) => figure(value, digits)).find((written) => written.length <= 7);
  return fitting ?? value.toExponential(1).replaceAll("-", "−");
}

export const row = (...parts) => `<mrow>${parts.join("")}</mrow>`;
export const bracket = (part) => row("<mo>(</mo>", part, "<mo>)</mo>");
export const fraction = (top, bottom) => `<mfrac>${top}${bottom}</mfrac>`;
export const product = (parts) => row(parts.join("<mo>·</mo>"));
export const word = (text) => `<mi mathvariant="normal">${text}</mi>`;

/** A number; in brackets if it is negative and stands inside a formula. */
export function number(value, inside = true) {
  const written = `<mn>${figure(value)}</mn>`;
  return inside && value < 0 ? bracket(written) : written;
}

/** w5 as w with a small 5, a_h1[2] with the sample above. */
export function name(text) {
  const [base, below, sample] = nameParts(text);
  const sub = /^\d+$/.test(below) ? `<mn>${below}</mn>` : `<mi>${below}</mi>`;
  const sup = row("<mo>(</mo>", `<mn>${sample}</mn>`, "<mo>)</mo>");
  if (below && sample) return `<msubsup><mi>${base}</mi>${sub}${sup}</msubsup>`;
  return below ? `<msub><mi>${base}</mi>${sub}</msub>` : `<mi>${base}</mi>`;
}

/** ∂of/∂by. */
export const partial = (of, by) => fraction(row("<mo>∂</mo>", name(of)), row("<mo>∂</mo>", name(by)));

/** Terms added up; of more than six, the first three and the last. */
export function sum(terms) {
  const few = terms.length > 6 ? [...terms.slice(0, 3), "<mo>…</mo>", terms.at(-1)] : terms;
  return row(few.join("<mo>+</mo>"));
}

/** A formula from Python, whose names are marked {h} {a} {t}, with each mark written by `write`. */
export const fill = (formula, write) => formula.replace(/\{(\w+)\}/g, (_, role) => write(role));

/** Equal sides below each other, as one block. */
export function equation(left, sides, sign = "=") {
  const lines = sides.map((side, k) =>
    `<mtr><mtd>${k ? "" : left}</mtd><mtd><mo>${k ? "=" : sign}</mo></mtd><mtd>${side}</mtd></mtr>`);
  return `<math display="block"><mtable displaystyle="true">${lines.join("")}</mtable></math>`;
}
