// Quiz mode's judgement: is a typed number the step's result, and if not, what is missing?

const CLOSE = 0.005; // three digits typed are right to half a percent

const near = (a, b) => Math.abs(a - b) <= Math.max(CLOSE * Math.abs(b), 1e-9);

const productOf = (factors) => factors.reduce((all, { value }) => all * value, 1);

/** The number in what was typed, with a decimal comma or a true minus sign, too; else NaN. */
export const numberFrom = (text) => (text.trim() ? Number(text.trim().replace(",", ".").replaceAll("−", "-")) : NaN);

/** {right, message} for what was typed, given a step's explanation. */
export function judge(text, { result, terms, slips }) {
  const typed = numberFrom(text);
  if (Number.isNaN(typed)) return { right: false, message: "Type a number, such as 0.0822 or 1.5e-3." };
  if (near(typed, result)) return { right: true, message: "Right." };
  return { right: false, message: slipOf(typed, terms, slips, result) ?? "Not yet. Put the numbers into the formula, one factor at a time." };
}

function slipOf(typed, terms, slips, result) {
  const known = slips.find(([value]) => near(typed, value));
  if (known) return known[1];
  if (near(typed, -result)) return "The sign is the wrong way round.";
  for (const [place, term] of terms.entries()) {
    const rest = result - productOf(term);
    for (const [k, { label }] of term.entries()) {
      if (term.length > 1 && near(typed, rest + productOf(term.filter((_, j) => j !== k)))) {
        return `The factor ${label} is missing${terms.length > 1 ? ` in term ${place + 1}` : ""}.`;
      }
    }
    if (terms.length > 1 && near(typed, rest)) {
      return `A term is missing: ${term.map(({ label }) => label).join(" · ")}.`;
    }
    if (terms.length > 1 && near(typed, productOf(term))) {
      return `That is ${term.map(({ label }) => label).join(" · ")} alone; ${terms.length - 1} more to add.`;
    }
  }
  for (const label of sharedLabels(terms)) {
    const without = terms.reduce((all, term) => all + productOf(term.filter((f) => f.label !== label)), 0);
    if (near(typed, without)) return `The factor ${label} is missing.`;
  }
  return null;
}

/** Labels that stand in every term of several. */
const sharedLabels = (terms) =>
  terms.length > 1 ? terms[0].map((f) => f.label).filter((label) => terms.every((t) => t.some((f) => f.label === label))) : [];
