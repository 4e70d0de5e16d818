// The field one draws in, with mouse, touch, pen or keyboard.
import { FIELD } from "./ink.js";
import { paintImage } from "./paint.js";

const SHARP = 2; // canvas pixels a unit of the field
const STEP = 10; // units an arrow key moves; with Shift a fifth of it

// `drawn(strokes, finished)` is told of every change.
export function drawingView(canvas, { undo, clear }, drawn) {
  let strokes = [];
  let pointer = null; // id of the pointer that draws
  const pen = { x: FIELD / 2, y: FIELD / 4, down: false, shown: false }; // the keyboard's
  canvas.width = canvas.height = FIELD * SHARP;

  const clip = (v) => Math.round(Math.max(0, Math.min(FIELD, v)));
  function extend(x, y) {
    const stroke = strokes[strokes.length - 1];
    const [lastX, lastY] = stroke.slice(-2);
    if (lastX !== x || lastY !== y) stroke.push(x, y);
  }
  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [
      clip(((event.clientX - box.left) * FIELD) / box.width),
      clip(((event.clientY - box.top) * FIELD) / box.height),
    ];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    pen.shown = pen.down = false;
    strokes = [...strokes, place(event)];
    drawn(strokes, false);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) extend(...place(each));
    drawn(strokes, false);
  });
  const lift = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    drawn(strokes, true);
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  const takeBack = () => drawn((strokes = strokes.slice(0, -1)), true);
  const empty = () => drawn((strokes = []), true);
  undo.addEventListener("click", takeBack);
  clear.addEventListener("click", empty);

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = moves[event.key];
    if (move) {
      const step = event.shiftKey ? STEP / 5 : STEP;
      pen.x = clip(pen.x + move[0] * step);
      pen.y = clip(pen.y + move[1] * step);
      if (pen.down) extend(pen.x, pen.y);
    } else if (event.key === " " || event.key === "Enter") {
      pen.down = !pen.down;
      if (pen.down) strokes = [...strokes, [pen.x, pen.y]];
    } else if (event.key === "Backspace") return void (event.preventDefault(), takeBack());
    else if (event.key === "Delete") return void empty();
    else return;
    event.preventDefault();
    pen.shown = true;
    drawn(strokes, !pen.down);
  });
  canvas.addEventListener("blur", () => {
    if (!pen.shown) return;
    pen.shown = pen.down = false;
    drawn(strokes, true);
  });

  const under = document.createElement("canvas");
  return ({ state, image, height, width, isSample }) => {
    strokes = state.ink;
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    context.setTransform(SHARP, 0, 0, SHARP, 0, 0);
    context.fillStyle = style.getPropertyValue("--canvas");
    context.fillRect(0, 0, FIELD, FIELD);
    if (isSample) {
      paintImage(under, image, height, width);
      context.imageSmoothingEnabled = false;
      context.globalAlpha = 0.3;
      context.drawImage(under, 0, 0, FIELD, FIELD);
      context.globalAlpha = 1;
    }
    context.strokeStyle = context.fillStyle = style.getPropertyValue("--drawn");
    context.lineWidth = state.pen;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(stroke[0], stroke[1]);
      for (let i = 0; i < stroke.length; i += 2) context.lineTo(stroke[i], stroke[i + 1]);
      context.stroke();
    }
    if (pen.shown) {
      context.strokeStyle = style.getPropertyValue("--lit");
      context.lineWidth = pen.down ? 5 : 2;
      context.beginPath();
      context.arc(pen.x, pen.y, state.pen / 2 + 4, 0, 2 * Math.PI);
      context.stroke();
    }
  };
}
