// The few things every view does with the document.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The same for SVG. */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Set an attribute only where it changes: stepping touches little of a large drawing. */
export function attribute(target, key, value) {
  if (target.getAttribute(key) !== String(value)) target.setAttribute(key, value);
}

/** Set the text only where it changes. */
export function text(target, value) {
  if (target.textContent !== value) target.textContent = value;
}

export const byId = (id) => document.getElementById(id);

/** Call `move(pixels to the right and up, since the start)` while the pointer drags the target. */
export function draggable(target, begin, move) {
  target.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    const start = begin();
    const follow = (event) => move(start, event.clientX - down.clientX + down.clientY - event.clientY);
    const end = () => {
      target.removeEventListener("pointermove", follow);
      target.removeEventListener("pointerup", end);
      target.removeEventListener("pointercancel", end);
    };
    target.setPointerCapture(down.pointerId);
    target.addEventListener("pointermove", follow);
    target.addEventListener("pointerup", end);
    target.addEventListener("pointercancel", end);
    down.preventDefault();
  });
}

/** A number moved by a drag, in steps of 0.01. */
export const dragged = (start, pixels) => Math.round((start + pixels * 0.01) * 100) / 100;
