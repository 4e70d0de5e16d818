// Numbers as they are read and written: no DOM.
// The greatest size of a value, for a scale.
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

// Three significant digits, and a minus sign that is one.
export function num(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e4 || size < 1e-3) return value.toExponential(1).replace(/-/g, "−");
  return value.toPrecision(3).replace("-", "−");
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
