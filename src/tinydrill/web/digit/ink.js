// From strokes to an image, made as MNIST was: no DOM. A stroke is a flat list x0, y0, x1, y1, …
// in a field of FIELD × FIELD.
export const FIELD = 280;
const GRID = 140; // cells along an edge of the raster: fine enough that 20 pixels stay smooth

// How much of each raster cell a pen of this width covers, from 0 to 1.
export function raster(strokes, width) {
  const cells = new Float64Array(GRID * GRID);
  const unit = FIELD / GRID;
  const radius = width / unit / 2;
  for (const stroke of strokes) {
    const points = stroke.map((v) => v / unit - 0.5);
    for (let i = 0; i < points.length; i += 2) {
      const last = Math.min(i + 2, points.length - 2); // a lone point is a dot
      cover(cells, radius, points[i], points[i + 1], points[last], points[last + 1]);
    }
  }
  return cells;
}

function cover(cells, radius, ax, ay, bx, by) {
  const reach = radius + 1;
  const clip = (v) => Math.max(0, Math.min(GRID - 1, v));
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const right = clip(Math.ceil(Math.max(ax, bx) + reach));
  const bottom = clip(Math.ceil(Math.max(ay, by) + reach));
  for (let y = clip(Math.floor(Math.min(ay, by) - reach)); y <= bottom; y++)
    for (let x = clip(Math.floor(Math.min(ax, bx) - reach)); x <= right; x++) {
      const along = length ? ((x - ax) * dx + (y - ay) * dy) / length : 0;
      const t = Math.max(0, Math.min(1, along));
      const distance = Math.hypot(x - ax - t * dx, y - ay - t * dy);
      const covered = Math.min(1, radius - distance + 0.5);
      if (covered > cells[y * GRID + x]) cells[y * GRID + x] = covered;
    }
}

function bounds(cells) {
  let [top, left, bottom, right] = [GRID, GRID, -1, -1];
  for (let y = 0; y < GRID; y++)
    for (let x = 0; x < GRID; x++)
      if (cells[y * GRID + x] > 0.05) {
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
  return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
}

// Mean of the raster over a rectangle whose edges need not lie on cells.
function mean(cells, top, left, height, width) {
  let sum = 0;
  for (let y = Math.floor(top); y < top + height; y++)
    for (let x = Math.floor(left); x < left + width; x++) {
      if (y < 0 || x < 0 || y >= GRID || x >= GRID) continue;
      const overlapY = Math.min(y + 1, top + height) - Math.max(y, top);
      const overlapX = Math.min(x + 1, left + width) - Math.max(x, left);
      sum += overlapY * overlapX * cells[y * GRID + x];
    }
  return sum / (height * width);
}

// The image [height, width] in bytes. The ink's longer edge is scaled to 20 of 28 pixels, then the
// whole is moved by whole pixels until its centre of mass lies on pixel 14 of 28: so were MNIST's
// images made.
export function picture(strokes, penWidth, height, width) {
  const image = new Uint8Array(height * width);
  const cells = raster(strokes, penWidth);
  const box = bounds(cells);
  if (!box) return image;
  const edge = Math.round((Math.min(height, width) * 20) / 28);
  const step = Math.max(box.height, box.width) / edge; // raster cells a pixel
  const [rows, columns] = [box.height, box.width].map((size) =>
    Math.max(1, Math.round(size / step)),
  );
  const ink = [];
  let [mass, massY, massX] = [0, 0, 0];
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const value = mean(cells, box.top + y * step, box.left + x * step, step, step);
      ink.push(value);
      mass += value;
      massY += value * y;
      massX += value * x;
    }
  const moveY = Math.round(Math.floor(height / 2) - massY / mass);
  const moveX = Math.round(Math.floor(width / 2) - massX / mass);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const [row, column] = [y + moveY, x + moveX];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      image[row * width + column] = Math.round(255 * ink[y * columns + x]);
    }
  return image;
}
