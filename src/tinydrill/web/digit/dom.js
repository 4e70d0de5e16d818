// Elements and numbers as every view writes them.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Sets a text only where it changed: most frames change few.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Three significant digits, and a minus sign that is one.
export function num(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e4 || size < 1e-3) return value.toExponential(1).replace(/-/g, "−");
  return value.toPrecision(3).replace("-", "−");
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
