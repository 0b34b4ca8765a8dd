// The slices of the newest volume, with a weight map blended over them.
import { Surface } from "/static/chart.js";

const POSITIVE = [255, 176, 66];
const NEGATIVE = [86, 178, 255];
const LEAST_WEIGHT = 22; // of 127: below, the map is only haze

export function unpack(buffer, Pixels) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { ...header, pixels: new Pixels(buffer, 4 + length) };
}

export class Mosaic {
  #picture = null;
  #overlay = null;
  #sheet = document.createElement("canvas");

  constructor(canvas) {
    this.opacity = 0.6;
    this.surface = new Surface(canvas, () => this.draw());
  }

  get volume() {
    return this.#picture?.volume ?? null;
  }

  show(buffer) {
    this.#picture = unpack(buffer, Uint8Array);
    this.draw();
  }

  cover(buffer) {
    this.#overlay = buffer === null ? null : unpack(buffer, Int8Array);
    this.draw();
  }

  #columns() {
    const { n, width, height, pixel_mm } = this.#picture;
    const shape = (width * pixel_mm[0]) / (height * pixel_mm[1]);
    let best = [0, 1];
    for (let columns = 1; columns <= n; columns++) {
      const rows = Math.ceil(n / columns);
      const size = Math.min(this.surface.width / columns / shape, this.surface.height / rows);
      if (size > best[0]) best = [size, columns];
    }
    return { columns: best[1], tall: best[0], wide: best[0] * shape };
  }

  #fits() {
    const [a, b] = [this.#picture, this.#overlay];
    return b !== null && a.n === b.n && a.width === b.width && a.height === b.height;
  }

  // All tiles in one column: pixels keep their order, so one pass fills the sheet.
  #fill() {
    const { n, width, height, pixels } = this.#picture;
    const sheet = this.#sheet;
    if (sheet.width !== width || sheet.height !== n * height) {
      [sheet.width, sheet.height] = [width, n * height];
    }
    const image = new ImageData(width, n * height);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < pixels.length; i++) words[i] = 0xff000000 | (pixels[i] * 0x010101);
    if (this.#fits() && this.opacity > 0) this.#blend(image.data);
    sheet.getContext("2d").putImageData(image, 0, 0);
  }

  #blend(bytes) {
    const weights = this.#overlay.pixels;
    for (let i = 0, at = 0; i < weights.length; i++, at += 4) {
      const weight = weights[i];
      const size = weight < 0 ? -weight : weight;
      if (size < LEAST_WEIGHT) continue;
      const share = this.opacity * Math.min(1, size / 90);
      const colour = weight < 0 ? NEGATIVE : POSITIVE;
      for (let c = 0; c < 3; c++) bytes[at + c] += (colour[c] - bytes[at + c]) * share;
    }
  }

  draw() {
    const context = this.surface.clear();
    if (this.#picture === null || this.surface.width < 20) return;
    this.#fill();
    const { n, width, height, heights_mm } = this.#picture;
    const { columns, wide, tall } = this.#columns();
    const left = (this.surface.width - columns * wide) / 2;
    const top = (this.surface.height - Math.ceil(n / columns) * tall) / 2;
    context.imageSmoothingQuality = "medium";
    for (let tile = 0; tile < n; tile++) {
      const x = left + (tile % columns) * wide;
      const y = top + Math.floor(tile / columns) * tall;
      context.drawImage(this.#sheet, 0, tile * height, width, height, x, y, wide, tall);
      this.#label(context, `${Math.round(heights_mm[tile])}`.replace("-", "−"), x + 4, y + tall - 4);
    }
    this.#label(context, "L", left + 4, top + 12);
    context.textAlign = "right";
    this.#label(context, "R", left + columns * wide - 4, top + 12);
    context.textAlign = "left";
  }

  #label(context, text, x, y) {
    context.textBaseline = "alphabetic";
    context.fillStyle = "#cfc6b8";
    context.globalAlpha = 0.85;
    context.fillText(text, x, y);
    context.globalAlpha = 1;
  }
}
