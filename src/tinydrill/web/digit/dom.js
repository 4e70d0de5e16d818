// Elements as every view writes them.
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

// Lays a frame over a box of a picture that is height × width large.
export function outline(node, box, height, width) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  node.style.cssText =
    `top:${share(box.top, height)};height:${share(box.height, height)};` +
    `left:${share(box.left, width)};width:${share(box.width, width)}`;
}
